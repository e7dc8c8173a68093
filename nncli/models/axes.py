"""The axes of what flows through a model: which steps leave its rows as they are.

A network takes rows of features. Files may carry more axes: all that matters is that each row stays
a row, and that whatever looks at features finds them along the last axis.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models import steps as s


class Axes:
    """The axes of a tensor.

    Attributes
    ----------
    batch
        The number of rows, where the file tells one.
    dims
        The axes behind it; None is a length that nothing tells. Without any, each row is one number.
    """

    def __init__(self, dims: tuple[int | None, ...] | None) -> None:
        self.batch = dims[0] if dims else None
        self.dims: tuple[int | None, ...] = dims[1:] if dims is not None else (None,)

    @property
    def width(self) -> int | None:
        """The number of features of a row, or None where nothing tells it."""
        return None if None in self.dims else math.prod(self.dims)  # type: ignore[arg-type] # no None left

    @property
    def are_rows(self) -> bool:
        """Whether the features lie along the last axis, and no other one matters."""
        return bool(self.dims) and all(dim == 1 for dim in self.dims[:-1])

    def set_width(self, width: int) -> None:
        """Say how many features the last axis has."""
        self.dims = (*self.dims[:-1], width)

    def per_feature(self, step: s.Elementwise) -> NDArray[Any]:
        """Return a step's numbers as one for each feature of a row, or one for all.

        They may have the rows' own axes, as the mean of an image has.

        Raises
        ------
        ModelError
            Where they would make other rows, or each row has its own.
        """
        by, rank = step.by, len(self.dims) + 1
        of_row = by.shape[1:] if by.ndim == rank else by.shape
        if by.ndim > rank or (by.ndim == rank and by.shape[0] != 1):
            raise ModelError(f"{step.at}: a constant of shape {by.shape} is not one number per feature")
        if by.size == 1 or (None in self.dims and all(size == 1 for size in of_row[:-1])):
            return by.reshape(-1)
        try:
            return np.broadcast_to(by.reshape(of_row), self.dims).reshape(-1)  # type: ignore[arg-type] # None doesn't fit
        except (TypeError, ValueError):
            raise ModelError(f"{step.at}: has {by.size} numbers for {self.width} features") from None

    def change(self, step: s.Shaping) -> None:
        """Take the axes through a step.

        Raises
        ------
        ModelError
            Where rows would be mixed, or nobody can tell.
        """
        match step:
            case s.Reshape():
                self.dims = self._reshaped(step)
            case s.Flatten():
                self.dims = self._flattened(step)
            case s.Squeeze():
                self.dims = self._squeezed(step)
            case s.Unsqueeze():
                self.dims = self._unsqueezed(step)

    def is_last(self, axis: int) -> bool:
        """Whether an axis, counted from the batch's, is that of the features."""
        return axis in (-1, len(self.dims))

    def _reshaped(self, step: s.Reshape) -> tuple[int | None, ...]:
        first, *wanted = step.shape
        mixes = ModelError(f"{step.at}: a reshape that changes the number of rows is not supported")
        if any(size == 0 and at >= len(self.dims) for at, size in enumerate(wanted)):
            raise mixes
        dims = [self.dims[at] if size == 0 else size for at, size in enumerate(wanted)]
        if self.width is None:
            if len(dims) == 1 and len(self.dims) == 1 and (first <= 0 or dims[0] != -1):
                return (None,) if dims[0] == -1 else (dims[0],)
            raise ModelError(
                f"{step.at}: the dimensions of the input are not told, so its features can't be counted"
            )
        known = math.prod(size for size in dims if size is not None and size != -1)
        if -1 in dims:
            keeps_rows = first == 0 or first == self.batch
            if not keeps_rows or known == 0 or self.width % known:
                raise mixes
            return tuple(self.width // known if size == -1 else size for size in dims)
        if known != self.width:
            raise mixes
        return tuple(dims)

    def _flattened(self, step: s.Flatten) -> tuple[int | None, ...]:
        rank = len(self.dims) + 1
        axis = step.axis + rank if step.axis < 0 else step.axis
        before, behind = self.dims[: axis - 1], self.dims[axis - 1 :]
        if not 1 <= axis <= rank or any(dim != 1 for dim in before):
            raise ModelError(f"{step.at}: axis={step.axis} mixes rows: only 1 is supported")
        if len(behind) != 1 and None in behind:
            raise ModelError(
                f"{step.at}: the dimensions of the input are not told, so its features can't be counted"
            )
        return behind if len(behind) == 1 else (math.prod(behind),)  # type: ignore[arg-type] # no None left

    def _squeezed(self, step: s.Squeeze) -> tuple[int | None, ...]:
        rank = len(self.dims) + 1
        if step.axes is None:
            if None in self.dims:
                raise ModelError(f"{step.at}: nothing tells which axes have the length 1")
            return tuple(dim for dim in self.dims if dim != 1)
        axes = {axis + rank if axis < 0 else axis for axis in step.axes}
        if 0 in axes:
            raise ModelError(f"{step.at}: takes the axis of the rows away, which is not supported")
        if any(not 0 < axis < rank or self.dims[axis - 1] != 1 for axis in axes):
            raise ModelError(f"{step.at}: takes an axis away that is not of length 1")
        return tuple(dim for axis, dim in enumerate(self.dims, 1) if axis not in axes)

    def _unsqueezed(self, step: s.Unsqueeze) -> tuple[int | None, ...]:
        rank = len(self.dims) + 1 + len(step.axes)
        axes = {axis + rank if axis < 0 else axis for axis in step.axes}
        if 0 in axes or len(axes) < len(step.axes) or not all(axis < rank for axis in axes):
            raise ModelError(f"{step.at}: puts an axis before that of the rows, which is not supported")
        old = iter(self.dims)
        return tuple(1 if axis in axes else next(old) for axis in range(1, rank))
