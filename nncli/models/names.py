"""From tensors by name to layers in order: who wrote them, and which way round.

PyTorch and nncli store a matrix as (units, inputs), a row per neuron; scikit-learn and Keras as
(inputs, units). The names tell which. Names of no known convention leave it to the shapes, or to
the user's ``layout`` where a square matrix would fit both ways: never to a guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models.tensors import Tensors, checked, natural, quoted
from nncli.spec.model import Spec

Layout = Literal["units_inputs", "inputs_units"]
LAYOUTS: tuple[Layout, Layout] = ("units_inputs", "inputs_units")
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


@dataclass(frozen=True, slots=True)
class Expected:
    """What the spec says about the network's shape; None where it leaves that to the file."""

    inputs: int | None = None
    units: Sequence[int | None] | None = None
    """One entry per layer."""

    @classmethod
    def of(cls, spec: Spec) -> Expected:
        """Return what a spec says."""
        n_inputs = len(spec.inputs) if isinstance(spec.inputs, tuple) else spec.inputs
        return cls(n_inputs, [layer.units for layer in spec.layers])


@dataclass(frozen=True, slots=True)
class _Pair:
    """The tensors of one layer, as the file names and stores them."""

    name: str
    weights: NDArray[Any]
    bias_name: str | None = None
    biases: NDArray[Any] | None = None

    def transposed(self) -> _Pair:
        return replace(self, weights=self.weights.T)


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
        pairs = _oriented(pairs, convention, expected, file)
    else:
        pairs = _oriented_by_shape(pairs, layout, expected, file)
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


def _by_convention(tensors: Tensors, convention: Convention, file: str) -> list[_Pair]:
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
        _Pair(weights[layer], tensors[weights[layer]], biases.get(layer), tensors.get(biases.get(layer, "")))
        for layer in order
    ]


def _by_shape(tensors: Tensors, file: str) -> list[_Pair]:
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
        return [_Pair(name, tensors[name]) for name in weights]
    for name, bias in zip(weights, biases, strict=True):
        if _stem(name) != _stem(bias) and _number(name) != _number(bias):
            raise ModelError(f"{file}: missing tensors: {quoted(name)} and {quoted(bias)} are no pair")
    return [_Pair(w, tensors[w], b, tensors[b]) for w, b in zip(weights, biases, strict=True)]


def _named_bias(name: str, tensor: NDArray[Any]) -> bool:
    row = tensor.ndim == 2 and tensor.shape[0] == 1
    return row and re.search(r"(?<![a-z])(b|bias(es)?|intercepts?)(?![a-z])", name.lower()) is not None


def _stem(name: str) -> str:
    return re.sub("[0-9]+", "", name)


def _number(name: str) -> list[str]:
    return re.findall("[0-9]+", name)


def _checked(pair: _Pair, file: str) -> _Pair:
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


def _refuse_count(pairs: list[_Pair], n_layers: int, file: str) -> None:
    counts = f"the spec has {n_layers} layer{'s' * (n_layers != 1)}, the file {len(pairs)}"
    if len(pairs) > n_layers:
        unused = [name for pair in pairs[n_layers:] for name in (pair.name, pair.bias_name) if name]
        raise ModelError(f"{file}: unused tensors {quoted(*unused)}: {counts}")
    found = quoted(*(pair.name for pair in pairs))
    raise ModelError(f"{file}: missing tensors for layers[{len(pairs)}]: {counts} ({found})")


def _oriented(pairs: list[_Pair], convention: Convention, expected: Expected, file: str) -> list[_Pair]:
    """Return pairs with weights (n_inputs, n_units), as the convention stores them."""
    turned = [pair.transposed() for pair in pairs]
    ours, other = (turned, pairs) if convention.layout == "units_inputs" else (pairs, turned)
    problem = _misfit(ours, expected)
    if problem is None:
        return ours
    hint = ""
    if _misfit(other, expected) is None:
        opposite = LAYOUTS[1 - LAYOUTS.index(convention.layout)]
        hint = f"; it fits only the other way round: if that is meant, say layout: {opposite}"
    elif len(pairs) > 1:
        hint = f"; the layers were taken in the order {quoted(*(pair.name for pair in pairs))}"
    raise ModelError(
        f"{file}: {problem} (by their names the matrices are {convention.tool}'s, "
        f"stored ({convention.layout.replace('_', ', ')})){hint}"
    )


def _oriented_by_shape(
    pairs: list[_Pair], layout: Layout | None, expected: Expected, file: str
) -> list[_Pair]:
    """Return pairs with weights (n_inputs, n_units), as the layout says or else the shapes."""
    ways = {"units_inputs": [pair.transposed() for pair in pairs], "inputs_units": pairs}
    problems = {name: _misfit(way, expected) for name, way in ways.items()}
    if layout is not None:
        if problem := problems[layout]:
            raise ModelError(f"{file}: {problem} (layout: {layout})")
        return ways[layout]
    fitting = [name for name in ways if problems[name] is None]
    square = [pair.name for pair in pairs if pair.weights.shape[0] == pair.weights.shape[1] > 1]
    if not fitting:
        raise ModelError(f"{file}: {problems['units_inputs']} (nor do the matrices fit the other way round)")
    if square or len(fitting) > 1:
        what = f"{quoted(*square)} is square" if square else "the shapes fit both ways"
        raise ModelError(
            f"{file}: {what} and the names follow no convention, so nothing tells whether it is stored "
            "(units, inputs) or (inputs, units): say units_inputs or inputs_units "
            "(the spec's key layout; --layout in convert)"
        )
    return ways[fitting[0]]


def _misfit(pairs: list[_Pair], expected: Expected) -> str | None:
    """Return what does not fit in a chain of layers with weights (n_inputs, n_units), if anything."""
    n_inputs = expected.inputs
    before = "the spec's inputs"
    for i, pair in enumerate(pairs):
        inputs, units = pair.weights.shape
        if n_inputs is not None and inputs != n_inputs:
            return f"{quoted(pair.name)} takes {inputs} inputs, but {before} are {n_inputs}"
        wanted = expected.units[i] if expected.units is not None else None
        if wanted is not None and units != wanted:
            return f"{quoted(pair.name)} has {units} units, but the spec's layers[{i}] has {wanted}"
        if pair.biases is not None and len(pair.biases) != units:
            return (
                f"{quoted(pair.bias_name or '')} has {len(pair.biases)} biases, "
                f"but {quoted(pair.name)} has {units} units"
            )
        n_inputs, before = units, f"the units of {quoted(pair.name)}"
    return None
