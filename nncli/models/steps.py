"""What any model file is read into: the few kinds of steps that dense layers are folded from.

Every step knows where in the file it comes from: ``at`` begins its messages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
class Activate:
    """A function in `nncli.nn.activations.ACTIVATIONS`; alpha None takes its default."""

    at: str
    name: str
    alpha: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """The same numbers in another type: float32, float64, float16, …."""

    at: str
    dtype: str


@dataclass(frozen=True, slots=True, eq=False)
class Flatten:
    """Everything behind the batch axis as one row of `width` features; None takes what there is."""

    at: str
    batch: int | None = None
    width: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class NormalizeSum:
    """Each row divided by the sum of its absolute values."""

    at: str


@dataclass(frozen=True, slots=True, eq=False)
class BothClasses:
    """From the probability p of one class to the two columns 1 - p and p."""

    at: str


Elementwise = Shift | Multiply | Divide
Step = Matrix | Elementwise | Activate | Cast | Flatten | NormalizeSum | BothClasses


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
