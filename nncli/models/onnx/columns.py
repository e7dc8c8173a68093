"""The rows that go in: one input of features, or many that are put together, and what is picked from them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.models import steps as s
from nncli.models.axes import Axes
from nncli.models.onnx.graph import Graph, Input
from nncli.models.onnx.node import Meaning, Node
from nncli.models.tensors import quoted

Array = NDArray[Any]


class Row:
    """The features of all inputs that a tensor is made of, in the file's order.

    Attributes
    ----------
    inputs : list
    dtype, dims
        The type and the dimensions of the rows.
    """

    def __init__(self, graph: Graph, inputs: list[Input]) -> None:
        self.inputs = inputs
        self.dtype = inputs[0].dtype or "" if inputs else "float32"
        self.dims: tuple[int | None, ...] | None = inputs[0].dims if inputs else None
        self._first: dict[str, int] = {}
        if len(inputs) > 1:
            width = 0
            for each in inputs:
                self._first[each.name] = width
                width += _width(graph, each)
            self.dims = (None, width)
        elif inputs:
            _check(graph, inputs[0], 2)

    @property
    def names(self) -> tuple[str, ...] | None:
        """The names of the columns, where each is an input of its own."""
        if len(self.inputs) < 2 or self.dims != (None, len(self.inputs)):
            return None
        return tuple(each.name for each in self.inputs)

    def steps_of(self, name: str) -> list[s.Step]:
        """Return how an input comes out of the row."""
        if len(self.inputs) < 2:
            return []
        each = next(each for each in self.inputs if each.name == name)
        first, width = self._first[name], math.prod(each.dims[1:])  # type: ignore[index,arg-type] # told above
        at = f"input {quoted(name)}"
        shape = [] if len(each.dims or ()) == 2 else [s.Squeeze(at, (1,))]
        return [s.Take(at, np.arange(first, first + width)), s.Cast(at, each.dtype or ""), *shape]


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


# ---- columns put together


class _Part(NamedTuple):
    """Some columns of the row: (x - mean) / std, and that * factor + offset, in a type."""

    columns: Array
    dtype: str
    mean: Array
    std: Array
    factor: Array
    offset: Array


def together(row: Row, node: Node, branches: Sequence[Sequence[s.Step]]) -> list[s.Step]:
    """Return the steps from the row to columns that are put side by side.

    Raises
    ------
    ModelError
        Where a branch is more than columns that are scaled and shifted.
    """
    parts = [_part(row, node, branch) for branch in branches]
    dtypes = {part.dtype for part in parts}
    if len(dtypes) > 1:
        raise node.error(f"puts columns of different types together: {', '.join(sorted(dtypes))}")
    (dtype,) = dtypes
    return list(
        _steps(node.place, dtype, [np.concatenate(each) for each in zip(*_arrays(parts), strict=True)])
    )


def _arrays(parts: Sequence[_Part]) -> Iterator[list[Array]]:
    for part in parts:
        yield [part.columns, part.mean, part.std, part.factor, part.offset]


def _steps(at: str, dtype: str, arrays: Sequence[Array]) -> Iterator[s.Step]:
    columns, mean, std, factor, offset = arrays
    yield s.Take(at, columns)
    yield s.Cast(at, dtype)
    held = np.float64 if dtype == "float64" else np.float32
    if mean.any():
        yield s.Shift(at, np.negative(mean).astype(held))
    if (std != 1).any():
        yield s.Divide(at, std.astype(held))
    if (factor != 1).any():
        yield s.Multiply(at, factor.astype(held))
    if offset.any():
        yield s.Shift(at, offset.astype(held))


def _part(row: Row, node: Node, branch: Sequence[s.Step]) -> _Part:
    axes = Axes(row.dims)
    if axes.width is None or not axes.are_rows:
        raise node.error("puts columns together of an input that does not tell how many it has")
    columns, dtype = np.arange(axes.width), row.dtype
    scaling: list[tuple[bool, Array]] = []  # whether it is added; or else multiplied
    for step in branch:
        match step:
            case s.Take():
                picked = step.picked(len(columns), axes.is_last(step.axis))
                columns, scaling = columns[picked], [(is_sum, by[picked]) for is_sum, by in scaling]
                axes.set_width(len(columns))
            case s.Cast():
                dtype = step.dtype
            case s.Shift() | s.Multiply() | s.Divide() if step.by.size in (1, len(columns)):
                by = np.broadcast_to(step.by.astype(np.float64), columns.shape)
                scaling.append((isinstance(step, s.Shift), 1 / by if isinstance(step, s.Divide) else by))
            case s.Reshape() | s.Flatten() | s.Squeeze() | s.Unsqueeze():
                axes.change(step)
            case _:
                raise node.error(
                    "puts branches together that are more than columns of the input:"
                    " side branches are not supported"
                )
    if len(axes.dims) != 1:
        raise node.error("puts something else than columns together")
    return _canonical(columns, dtype, scaling)


def _canonical(columns: Array, dtype: str, scaling: list[tuple[bool, Array]]) -> _Part:
    n = len(columns)
    mean, std, factor, offset = np.zeros(n), np.ones(n), np.ones(n), np.zeros(n)
    rest = list(scaling)
    if rest and rest[0][0]:
        mean = 0 - rest.pop(0)[1]
    if rest and not rest[0][0] and (rest[0][1] > 0).all():
        std = 1 / rest.pop(0)[1]
    for is_sum, by in rest:
        factor, offset = (factor, offset + by) if is_sum else (factor * by, offset * by)
    return _Part(columns, dtype, mean, std, factor, offset)
