"""What any model file is read into: the few kinds of steps that dense layers are folded from.

Every step knows where in the file it comes from: ``at`` begins its messages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """x @ weights + biases: (n_inputs, n_units), (n_units,) or None."""

    at: str
    weights: Array
    biases: Array | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """x + by, one number per feature, or one for all."""

    at: str
    by: Array


@dataclass(frozen=True, slots=True, eq=False)
class Multiply:
    """x * by, one number per feature, or one for all."""

    at: str
    by: Array


@dataclass(frozen=True, slots=True, eq=False)
class Divide:
    """x / by, one number per feature, or one for all."""

    at: str
    by: Array


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """Some of the features, by their numbers, in that order; with `drops_axis` a single one alone."""

    at: str
    columns: Array | slice
    axis: int = -1
    drops_axis: bool = False

    def picked(self, width: int | None, is_last: bool) -> Array:
        """Return the numbers of the columns, counted from 0, out of so many."""
        if not is_last:
            raise ModelError(f"{self.at}: axis={self.axis} mixes rows: only the features' axis is supported")
        if width is None:
            raise ModelError(f"{self.at}: picks columns of an input that does not tell how many it has")
        if isinstance(self.columns, slice):
            columns = np.arange(width)[self.columns]
        else:
            columns = np.where(self.columns < 0, self.columns + width, self.columns)
        if not columns.size or ((columns < 0) | (columns >= width)).any():
            raise ModelError(f"{self.at}: picks columns that are not among the {width} that come")
        return columns


@dataclass(frozen=True, slots=True, eq=False)
class Activate:
    """A function in `nncli.nn.activations.ACTIVATIONS`; alpha None takes its default.

    `axis` is what it runs along, where it looks at a row as softmax does.
    """

    at: str
    name: str
    alpha: float | tuple[float, ...] | None = None
    axis: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """The same numbers in another type: float32, float64, float16, …."""

    at: str
    dtype: str


@dataclass(frozen=True, slots=True, eq=False)
class Reshape:
    """The same numbers in another shape, the batch's axis too: -1 is what is left, 0 what is there."""

    at: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Flatten:
    """The axes before `axis` as one, and those from there on."""

    at: str
    axis: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Squeeze:
    """Without axes of length 1: those that are named, or all."""

    at: str
    axes: tuple[int, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class Unsqueeze:
    """With new axes of length 1."""

    at: str
    axes: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class NormalizeSum:
    """Each row divided by the sum of its absolute values."""

    at: str


@dataclass(frozen=True, slots=True, eq=False)
class BothClasses:
    """Two columns of one: from the probability p to 1 - p and p, or from a plain score z to -z and z."""

    at: str
    behind: str


Elementwise = Shift | Multiply | Divide
Shaping = Reshape | Flatten | Squeeze | Unsqueeze
Step = Matrix | Elementwise | Take | Activate | Cast | Shaping | NormalizeSum | BothClasses


def in_type(step: Step, dtype: np.dtype[Any]) -> Step:
    """Return a step with its numbers in a dtype."""
    match step:
        case Matrix(_, weights, biases):
            return replace(
                step, weights=weights.astype(dtype), biases=None if biases is None else biases.astype(dtype)
            )
        case Shift() | Multiply() | Divide():
            return replace(step, by=step.by.astype(dtype))
    return step
