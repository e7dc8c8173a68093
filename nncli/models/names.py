"""From tensors by name to layers in order: who wrote them, and which way round.

The names tell which (`nncli.models.conventions`). Names of no known convention leave it to the shapes, as
words leave the order of the layers: where more than one reading fits, ``layout`` and ``order`` are the
user's, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError, UsageError, of_argument
from nncli.models import order as words
from nncli.models.batch_norm import folded
from nncli.models.conventions import Convention, by_convention, find_convention
from nncli.models.foreign import refuse_foreign
from nncli.models.shapes import LAYOUTS, Expected, Layout, Pair, arranged, is_ordered
from nncli.models.tensors import Tensors, checked, natural, quoted

LayerWeights = tuple[NDArray[Any], NDArray[Any] | None]
"""One layer's weights (n_inputs, n_units), and its biases (n_units,) where it has some."""


def to_layers(
    tensors: Tensors,
    file: str,
    *,
    layout: Layout | None = None,
    order: Sequence[str] | None = None,
    expected: Expected | None = None,
    as_written: bool = False,
    is_numbered: bool = True,
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
    order
        The names of the layers or of their matrices, first layer first; decides whatever they say.
    expected
        The shape that the weights must have.
    as_written
        Whether the order of `tensors` decides where the names say nothing.
    is_numbered
        Whether numbers in the names tell the order.

    Raises
    ------
    ModelError
        Where a tensor is left over, missing or no plain numbers, the shapes make no chain of
        layers, or nothing tells their order or which way round a matrix is stored.
    UsageError
        Where `order` names something else than the layers.
    """
    expected = expected or Expected()
    if not tensors:
        raise ModelError(f"{file}: holds no tensors")
    tensors = folded(tensors, file)
    refuse_foreign(tensors, file)
    convention = find_convention(tensors, file)
    pairs = by_convention(tensors, convention, file) if convention else _by_shape(tensors, file)
    layouts = [layout] if layout else [convention.layout] if convention else _layouts(pairs)
    if expected.units is not None and len(pairs) != len(expected.units):
        _refuse_count(pairs, len(expected.units), file)
    in_order, pairs = _in_order(pairs, order, file, as_written, is_numbered)
    return chained(
        pairs,
        layouts,
        expected,
        file,
        in_order=in_order,
        as_written=as_written,
        said_by=_said_by(layout, convention),
    )


def chained(
    pairs: list[Pair],
    layouts: Sequence[Layout],
    expected: Expected,
    file: str,
    *,
    in_order: bool,
    as_written: bool = False,
    said_by: str,
) -> list[LayerWeights]:
    """Return the layers of checked tensors in one dtype; see `nncli.models.shapes.arranged`."""
    pairs = [_checked(pair, file) for pair in pairs]
    pairs = arranged(
        pairs, layouts, expected, file, in_order=in_order, as_written=as_written, said_by=said_by
    )
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


def _said_by(layout: Layout | None, convention: Convention | None) -> str:
    """Return what tells which way round the matrices are, for messages."""
    if layout is not None:
        return f"layout: {layout}"
    if convention is None:
        return "by the shape of their biases"
    way = convention.layout.replace("_", ", ")
    return f"by their names the matrices are {convention.tool}'s, stored ({way})"


def _in_order(
    pairs: list[Pair], order: Sequence[str] | None, file: str, as_written: bool, is_numbered: bool
) -> tuple[bool, list[Pair]]:
    """Return whether the order of the layers is known, and the pairs in it."""
    if order is not None:
        by_name = {pair.layer.strip("/._"): pair for pair in pairs} | {pair.name: pair for pair in pairs}
        chosen = [by_name[name] for name in order if name in by_name]
        if not len(chosen) == len(order) == len(pairs) == len({pair.name for pair in chosen}):
            known = quoted(*(pair.name for pair in pairs))
            raise UsageError(f"must name every matrix of {file} once: {known}", remedies=of_argument("order"))
        return True, chosen
    if not is_numbered:
        return False, [replace(pair, layer="") for pair in pairs]
    natural_order = sorted(pairs, key=lambda pair: natural(pair.layer.strip("/._")))
    if is_ordered(natural_order):
        return True, natural_order
    if not as_written:
        return False, natural_order
    counted = [words.numbers(pair.layer) for pair in pairs]
    if all(len(numbers) == 1 for numbers in counted) and len(set(counted)) == len(pairs):
        return False, sorted(pairs, key=lambda pair: words.numbers(pair.layer))  # numbers come first
    return False, pairs


def _by_shape(tensors: Tensors, file: str) -> list[Pair]:
    """Tell weights from biases by their dimensions, and pair them by their names."""
    biases = [name for name in tensors if tensors[name].ndim == 1 or _is_bias(name, tensors[name])]
    weights = [name for name in tensors if tensors[name].ndim == 2 and name not in biases]
    others = [name for name in tensors if name not in weights and name not in biases]
    if others or not weights:
        raise ModelError(f"{file}: unused tensors {quoted(*others or tensors)}: not a dense layer's")
    if not biases:
        return [Pair(name, name, tensors[name]) for name in weights]
    if len(biases) != len(weights):
        raise ModelError(
            f"{file}: unused or missing tensors: {len(weights)} matrices ({quoted(*weights)}) "
            f"and {len(biases)} vectors ({quoted(*biases)}) make no layers"
        )
    partners = _partners(weights, biases)
    if partners is None:
        raise ModelError(
            f"{file}: missing tensors: nothing tells which of the vectors {quoted(*biases)} belongs to which "
            f"of the matrices {quoted(*weights)}; names like W1 and b1 do"
        )
    return [Pair(name, name, tensors[name], partners[name], tensors[partners[name]]) for name in weights]


def _is_bias(name: str, tensor: NDArray[Any]) -> bool:
    """Tell whether a matrix of one row or column is a layer's biases by its name."""
    return tensor.ndim == 2 and 1 in tensor.shape and words.is_bias(name)


def _partners(weights: list[str], biases: list[str]) -> dict[str, str] | None:
    """Return the biases of every matrix, where something in the names tells."""
    keys: tuple[Callable[[str], object], ...] = (words.of_layer, words.numbers, words.target)
    for key in keys:
        found = {key(name): name for name in biases}
        if None not in found and len(found) == len(biases) and found.keys() == {key(w) for w in weights}:
            return {name: found[key(name)] for name in weights}
    if len({re.sub("[0-9]+", "", name) for name in (*weights, *biases)}) == 1:  # arr_0, arr_1, …
        return dict(zip(sorted(weights, key=natural), sorted(biases, key=natural), strict=True))
    return None


def _layouts(pairs: list[Pair]) -> Sequence[Layout]:
    """Return the possible layouts: biases in a row are added to x @ W, those in a column to W @ x."""
    shapes = {pair.biases.shape for pair in pairs if pair.biases is not None and pair.biases.size > 1}
    if shapes and all(len(shape) == 2 for shape in shapes):
        rows = {shape[0] == 1 for shape in shapes}
        if len(rows) == 1:
            return ["inputs_units"] if rows == {True} else ["units_inputs"]
    return LAYOUTS


def _checked(pair: Pair, file: str) -> Pair:
    """Return a pair with plain finite numbers: a matrix and a vector."""
    weights = checked(pair.weights, f"{file}: tensor {quoted(pair.name)}")
    if weights.ndim == 1 and pair.biases is not None and pair.biases.shape == weights.shape:
        raise ModelError(
            f"{file}: tensors {quoted(pair.name, pair.bias_name or '')} are vectors of one length, as a "
            "layer normalisation has them, which is no dense layer"
        )
    if weights.ndim != 2:
        raise ModelError(f"{file}: tensor {quoted(pair.name)} has {weights.ndim} dimensions; weights have 2")
    if pair.biases is None or pair.bias_name is None:
        return replace(pair, weights=weights)
    biases = checked(pair.biases, f"{file}: tensor {quoted(pair.bias_name)}")
    if biases.ndim != 1 and biases.size not in biases.shape[:2]:
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
