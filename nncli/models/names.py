"""From tensors by name to layers in order: who wrote them, and which way round.

PyTorch and nncli store a matrix as (units, inputs), a row per neuron; scikit-learn and Keras as
(inputs, units). The names tell which. Names of no known convention leave it to the shapes, or to
the user's ``layout`` where a square matrix would fit both ways: never to a guess.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models.shapes import Expected, Layout, Pair, oriented, oriented_by_shape, refuse_open_order
from nncli.models.tensors import Tensors, checked, natural, quoted

LayerWeights = tuple[NDArray[Any], NDArray[Any] | None]
"""One layer's weights (n_inputs, n_units), and its biases (n_units,) where it has some."""


class Convention(NamedTuple):
    """How one tool names and stores its tensors; the pattern's group ``weights`` tells the two apart."""

    tool: str
    layout: Layout
    pattern: re.Pattern[str]
    counted: bool
    """Whether the layers are numbered 0, 1, 2, … without a gap."""


CONVENTIONS = (
    Convention(
        "nncli", "units_inputs", re.compile(r"(?P<layer>layers\.[0-9]+\.)((?P<weights>weights)|biases)"), True
    ),
    Convention(
        "PyTorch",
        "units_inputs",
        re.compile(r"(?P<layer>(.+\.)?)((?P<weights>weight)|bias)", re.DOTALL),
        False,
    ),
    Convention(
        "scikit-learn",
        "inputs_units",
        re.compile(r"((?P<weights>coefs)|intercepts)_\.?(?P<layer>[0-9]+)"),
        True,
    ),
    Convention(
        "Keras",
        "inputs_units",
        re.compile(r"(?P<layer>(.+[/._])?)((?P<weights>kernel)|bias)(:0)?", re.DOTALL),
        False,
    ),
)


def to_layers(
    tensors: Tensors, file: str, *, layout: Layout | None = None, expected: Expected | None = None
) -> list[LayerWeights]:
    """Return each layer's weights (n_inputs, n_units) and biases (n_units,), first layer first.

    Parameters
    ----------
    tensors
        All arrays of a weights file.
    file
        Its name, for messages.
    layout
        How the matrices are stored; decides whatever the names say.
    expected
        The shape that the weights must have.

    Raises
    ------
    ModelError
        Where a tensor is left over, missing or no plain numbers, the shapes make no chain of
        layers, or nothing tells which way round a matrix is stored.
    """
    expected = expected or Expected()
    if not tensors:
        raise ModelError(f"{file}: holds no tensors")
    _refuse_normalisation(tensors, file)
    convention = _convention(tensors, file)
    pairs = _by_convention(tensors, convention, file) if convention else _by_shape(tensors, file)
    pairs = [_checked(pair, file) for pair in pairs]
    if expected.units is not None and len(pairs) != len(expected.units):
        _refuse_count(pairs, len(expected.units), file)
    if layout is None and convention is not None:
        pairs = oriented(pairs, convention.tool, convention.layout, expected, file)
    else:
        pairs = oriented_by_shape(pairs, layout, expected, file)
    refuse_open_order(pairs, expected, file)
    dtype = np.result_type(
        *(part for pair in pairs for part in (pair.weights, pair.biases) if part is not None)
    )
    return [
        (
            np.ascontiguousarray(pair.weights, dtype=dtype),
            None if pair.biases is None else pair.biases.astype(dtype),
        )
        for pair in pairs
    ]


def _refuse_normalisation(tensors: Tensors, file: str) -> None:
    found = [n for n in tensors if re.search(r"running_mean|running_var|num_batches|moving_(mean|var)", n)]
    if found:
        raise ModelError(
            f"{file}: tensors {quoted(*found)} belong to a batch normalisation, which a weights file can't "
            "say in full; export the model to ONNX and convert that"
        )


def _convention(tensors: Tensors, file: str) -> Convention | None:
    """Return the convention of a file's names, or None where they follow none."""
    known = {
        convention: {n for n in tensors if convention.pattern.fullmatch(n)} for convention in CONVENTIONS
    }
    used = [c for c, names in known.items() if any(_is_weights(c, name) for name in names)]
    for convention in used:
        if len(known[convention]) == len(tensors):
            return convention
    if not used:
        return None
    first = max(used, key=lambda convention: len(known[convention]))
    others = [name for name in tensors if name not in known[first]]
    raise ModelError(f"{file}: unused tensors {quoted(*others)}: no layer's beside {first.tool}'s names")


def _is_weights(convention: Convention, name: str) -> bool:
    match = convention.pattern.fullmatch(name)
    return match is not None and match["weights"] is not None


def _by_convention(tensors: Tensors, convention: Convention, file: str) -> list[Pair]:
    """Pair weights with biases by the part of the name that they share, in natural order."""
    weights: dict[str, str] = {}
    biases: dict[str, str] = {}
    for name in tensors:
        match = convention.pattern.fullmatch(name)
        if match is None:
            continue
        group = weights if match["weights"] else biases
        if match["layer"] in group:
            raise ModelError(f"{file}: tensors {quoted(group[match['layer']], name)} are the same layer's")
        group[match["layer"]] = name
    if orphans := [biases[layer] for layer in biases if layer not in weights]:
        raise ModelError(f"{file}: missing weights: {quoted(*orphans)} has no weights beside it")
    order = sorted(weights, key=lambda layer: natural(layer.strip("/._")))
    bare = [weights[layer] for layer in order if layer not in biases]
    if bare and biases:
        raise ModelError(f"{file}: missing biases: {quoted(*bare)} has none beside it")
    if convention.counted:
        for i, layer in enumerate(order):
            if re.findall("[0-9]+", layer) != [str(i)]:
                raise ModelError(
                    f"{file}: missing tensors: no weights of layer {i} before {quoted(weights[layer])}"
                )
    return [
        Pair(weights[layer], tensors[weights[layer]], biases.get(layer), tensors.get(biases.get(layer, "")))
        for layer in order
    ]


def _by_shape(tensors: Tensors, file: str) -> list[Pair]:
    """Tell weights from biases by their dimensions, and pair them in natural order."""
    names = sorted(tensors, key=natural)
    biases = [name for name in names if tensors[name].ndim == 1 or _named_bias(name, tensors[name])]
    weights = [name for name in names if tensors[name].ndim == 2 and name not in biases]
    others = [name for name in names if name not in weights and name not in biases]
    if others or not weights:
        raise ModelError(f"{file}: unused tensors {quoted(*others or names)}: not a dense layer's")
    if biases and len(biases) != len(weights):
        raise ModelError(
            f"{file}: unused or missing tensors: {len(weights)} matrices ({quoted(*weights)}) "
            f"and {len(biases)} vectors ({quoted(*biases)}) make no layers"
        )
    if not biases:
        return [Pair(name, tensors[name]) for name in weights]
    for name, bias in zip(weights, biases, strict=True):
        if _stem(name) != _stem(bias) and _number(name) != _number(bias):
            raise ModelError(f"{file}: missing tensors: {quoted(name)} and {quoted(bias)} are no pair")
    return [Pair(w, tensors[w], b, tensors[b]) for w, b in zip(weights, biases, strict=True)]


def _named_bias(name: str, tensor: NDArray[Any]) -> bool:
    row = tensor.ndim == 2 and tensor.shape[0] == 1
    return row and re.search(r"(?<![a-z])(b|bias(es)?|intercepts?)(?![a-z])", name.lower()) is not None


def _stem(name: str) -> str:
    return re.sub("[0-9]+", "", name)


def _number(name: str) -> list[str]:
    return re.findall("[0-9]+", name)


def _checked(pair: Pair, file: str) -> Pair:
    """Return a pair with plain finite numbers: a matrix and a vector."""
    weights = checked(pair.weights, f"{file}: tensor {quoted(pair.name)}")
    if weights.ndim != 2:
        raise ModelError(f"{file}: tensor {quoted(pair.name)} has {weights.ndim} dimensions; weights have 2")
    if pair.biases is None or pair.bias_name is None:
        return replace(pair, weights=weights)
    biases = checked(pair.biases, f"{file}: tensor {quoted(pair.bias_name)}")
    if biases.ndim != 1 and biases.shape != (1, biases.size):
        raise ModelError(
            f"{file}: tensor {quoted(pair.bias_name)} has shape {biases.shape}; biases are a vector"
        )
    return replace(pair, weights=weights, biases=biases.reshape(-1))


def _refuse_count(pairs: list[Pair], n_layers: int, file: str) -> None:
    counts = f"the spec has {n_layers} layer{'s' * (n_layers != 1)}, the file {len(pairs)}"
    if len(pairs) > n_layers:
        unused = [name for pair in pairs[n_layers:] for name in (pair.name, pair.bias_name) if name]
        raise ModelError(f"{file}: unused tensors {quoted(*unused)}: {counts}")
    found = quoted(*(pair.name for pair in pairs))
    raise ModelError(f"{file}: missing tensors for layers[{len(pairs)}]: {counts} ({found})")
