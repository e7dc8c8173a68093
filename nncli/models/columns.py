"""Columns that are put side by side: of one input or of many, each scaled in its own way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models import steps as s
from nncli.models.axes import Axes

Array = NDArray[Any]


class RowType(NamedTuple):
    """What goes in: the type and the dimensions of the rows, and the columns' names where they have some."""

    dtype: str
    dims: tuple[int | None, ...] | None
    names: tuple[str, ...] | None = None


class _Part(NamedTuple):
    """Some columns of the row: (x - mean) / std, and that * factor + offset, in a type."""

    columns: Array
    dtype: str
    mean: Array
    std: Array
    factor: Array
    offset: Array


def together(at: str, row: RowType, branches: Sequence[Sequence[s.Step]]) -> list[s.Step]:
    """Return the steps from the row to columns that are put side by side.

    Raises
    ------
    ModelError
        Where a branch is more than columns that are scaled and shifted.
    """
    parts = [_part(at, row, branch) for branch in branches]
    dtypes = {part.dtype for part in parts}
    if len(dtypes) > 1:
        raise ModelError(f"{at}: puts columns of different types together: {', '.join(sorted(dtypes))}")
    (dtype,) = dtypes
    arrays = [np.concatenate(each) for each in zip(*_arrays(parts), strict=True)]
    return list(_steps(at, row.dtype, dtype, arrays))


def _arrays(parts: Sequence[_Part]) -> Iterator[list[Array]]:
    for part in parts:
        yield [part.columns, part.mean, part.std, part.factor, part.offset]


def _steps(at: str, row_dtype: str, dtype: str, arrays: Sequence[Array]) -> Iterator[s.Step]:
    columns, mean, std, factor, offset = arrays
    yield s.Take(at, columns)
    if dtype != row_dtype:
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


def _part(at: str, row: RowType, branch: Sequence[s.Step]) -> _Part:
    axes = Axes(row.dims)
    if axes.width is None or not axes.are_rows:
        raise ModelError(f"{at}: puts columns together of an input that does not tell how many it has")
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
                raise ModelError(
                    f"{at}: puts branches together that are more than columns of the input:"
                    " side branches are not supported"
                )
    if len(axes.dims) != 1:
        raise ModelError(f"{at}: puts something else than columns together")
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
