"""The rows that go in: one input of features, or many that are put together, and what is picked from them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.models import steps as s
from nncli.models.columns import RowType
from nncli.models.onnx.graph import Graph, Input
from nncli.models.onnx.node import Meaning, Node
from nncli.models.tensors import quoted

Array = NDArray[Any]


class Inputs:
    """The inputs that a tensor is made of, in the file's order, as one row.

    Attributes
    ----------
    row
        Their features side by side.
    """

    def __init__(self, graph: Graph, inputs: list[Input]) -> None:
        self._inputs = {each.name: each for each in inputs}
        self._first: dict[str, int] = {}
        first = inputs[0] if inputs else Input("", "float32", None)
        if len(inputs) < 2:
            _check(graph, first, 2)
            self.row = RowType(first.dtype or "", first.dims)
            return
        width = 0
        for each in inputs:
            self._first[each.name] = width
            width += _width(graph, each)
        names = tuple(self._inputs) if width == len(inputs) else None
        self.row = RowType(first.dtype or "", (None, width), names)

    def steps_of(self, name: str) -> list[s.Step]:
        """Return how an input comes out of the row."""
        if len(self._inputs) < 2:
            return []
        each, first = self._inputs[name], self._first[name]
        dims = each.dims or ()
        at = f"input {quoted(name)}"
        columns = np.arange(first, first + math.prod(dims[1:]))  # type: ignore[arg-type] # told above
        shape = [] if len(dims) == 2 else [s.Squeeze(at, (1,))]
        return [s.Take(at, columns), s.Cast(at, each.dtype or ""), *shape]


def _check(graph: Graph, each: Input, least: int) -> None:
    name, dims = quoted(each.name), each.dims
    if each.dtype is None:
        raise graph.error(f"input {name} is no tensor of numbers; text and categories are not read")
    if dims is not None and len(dims) < least:
        raise graph.error(f"input {name} is no table: it has {len(dims)} dimensions")
    if dims is not None and any(dim is not None and dim < 1 for dim in dims[1:]):
        raise graph.error(f"input {name} is empty: one of its dimensions is")


def _width(graph: Graph, each: Input) -> int:
    _check(graph, each, 1)
    if each.dims is None or None in each.dims[1:] or len(each.dims) > 2:
        raise graph.error(f"input {quoted(each.name)} does not tell its number of columns")
    return math.prod(each.dims[1:])  # type: ignore[arg-type] # no None left


# ---- one column or some


def gather(graph: Graph, node: Node) -> Meaning:
    """Read the columns with constant numbers."""
    axis = node.settings(axis=0)["axis"]
    node.expect_inputs(2, 2)
    numbers = _whole(graph, node, node.inputs[1])
    if numbers.ndim > 1:
        raise node.error("picks columns into more dimensions, which is not supported")
    return [s.Take(node.place, numbers.reshape(-1), axis, drops_axis=numbers.ndim == 0)], node.inputs[0]


def array_feature_extractor(graph: Graph, node: Node) -> Meaning:
    """Read scikit-learn's choice of columns."""
    node.settings()
    node.expect_inputs(2, 2)
    return [s.Take(node.place, _whole(graph, node, node.inputs[1]).reshape(-1))], node.inputs[0]


def slice_(graph: Graph, node: Node) -> Meaning:
    """Read a range of columns."""
    if graph.opset < 10:
        is_set = node.settings(starts=(), ends=(), axes=())
        ranges = [list(is_set[key]) for key in ("starts", "ends", "axes")]
        node.expect_inputs(1, 1)
    else:
        node.settings()
        node.expect_inputs(3, 5)
        ranges = [_whole(graph, node, name).reshape(-1).tolist() for name in node.inputs[1:] if name]
    starts, ends, *others = ranges
    axes, strides = others[0] if others else [], others[1] if len(others) > 1 else [1]
    if not len(starts) == len(ends) == len(axes) == len(strides) == 1 or not strides[0]:
        raise node.error("only a slice along the features' axis is supported")
    return [
        s.Take(node.place, slice(starts[0], _end(ends[0], strides[0]), strides[0]), axes[0])
    ], node.inputs[0]


def _end(end: int, stride: int) -> int | None:
    return None if stride < 0 and end < -(2**31) + 1 else end


def split(graph: Graph, node: Node, name: str) -> Meaning:
    """Read one of the groups of columns."""
    is_set = node.settings(axis=0, split=(), num_outputs=0)
    node.expect_inputs(1, 2)
    sizes = list(is_set["split"]) or [
        int(size) for each in node.inputs[1:] for size in _whole(graph, node, each).reshape(-1)
    ]
    if len(sizes) != len(node.outputs) or min(sizes, default=0) < 1:
        raise node.error("does not tell the number of columns in each part")
    first = sum(sizes[: node.outputs.index(name)])
    columns = np.arange(first, first + sizes[node.outputs.index(name)])
    return [s.Take(node.place, columns, is_set["axis"])], node.inputs[0]


def _whole(graph: Graph, node: Node, name: str) -> Array:
    numbers = graph.constant(name)
    if numbers is None or numbers.dtype.kind not in "iu":
        raise node.error(f"{quoted(name)} holds no constant whole numbers")
    return numbers.astype(np.int64)
