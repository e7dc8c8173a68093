"""Sums that do not depend on the order of their parts: without any rounding till they are asked for."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

_MANTISSA, _HALF = 53, 27
_LEAST = 1074 + _MANTISSA
"""Every float64 is a whole multiple of 2**-1074; frexp's exponents are those of a mantissa below 1."""


class ExactSum:
    """The sum of float64 numbers, as one large integer in units of 2**-1127."""

    def __init__(self) -> None:
        self._total = 0
        self._not_finite = 0.0

    def add(self, values: NDArray[Any]) -> None:
        """Add numbers, (n,); fewer than 2**26 at a time."""
        values = values.astype(np.float64, copy=False)
        finite = np.isfinite(values)
        if not finite.all():
            with np.errstate(invalid="ignore"):
                self._not_finite += float(values[~finite].sum())
            values = values[finite]
        if not len(values):
            return
        mantissas, exponents = np.frexp(values)
        integers = (mantissas * 2.0**_MANTISSA).astype(np.int64)
        places = exponents - (least := int(exponents.min()))
        # Two halves: the sum of so many of each is exact in float64, in which bincount adds.
        for half, shift in ((integers >> _HALF, _HALF), (integers & ((1 << _HALF) - 1), 0)):
            sums = np.bincount(places, weights=half)
            for place in np.flatnonzero(sums).tolist():
                self._total += int(sums[place]) << (place + least + shift + _LEAST - _MANTISSA)

    def merge(self, other: Self) -> None:
        """Add what another one has summed up."""
        self._total += other._total
        self._not_finite += other._not_finite

    def over(self, n: int) -> float:
        """Return the sum divided by a whole number, rounded once; NaN and infinities as NumPy adds them."""
        if self._not_finite != 0:  # NaN too
            return self._not_finite
        try:
            return self._total / (n << _LEAST)
        except OverflowError:
            return float("inf") if self._total > 0 else float("-inf")

    def squared_deviations(self, squares: ExactSum, n: int) -> float:
        """Return the sum of (x - mean)**2 of n numbers, from their sum and that of their squares."""
        if self._not_finite != 0 or squares._not_finite != 0:
            return float("nan")
        scaled = n * (squares._total << _LEAST) - self._total**2
        try:
            return scaled / (n << 2 * _LEAST)
        except OverflowError:
            return float("inf")


def add_squares(total: ExactSum, values: NDArray[np.float64]) -> None:
    """Add the exact squares of numbers: each is the sum of two float64 (Dekker 1971)."""
    with np.errstate(over="ignore", invalid="ignore"):
        square = values * values
        carried = values * (2.0**_HALF + 1)
        high = carried - (carried - values)
        low = values - high
        rest = ((high * high - square) + 2 * high * low) + low * low
    total.add(square)
    total.add(np.where(np.isfinite(square), rest, 0.0))
