"""Two sets of results beside each other: how far apart they are, and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

ATOL = 1e-6
"""The difference allowed where nobody says another."""


class Tolerance(NamedTuple):
    """How far values may differ: ``|here - there| <= atol + rtol * |there|``."""

    atol: float
    rtol: float

    def around(self, there: NDArray[Any]) -> NDArray[Any]:
        """Return the difference that is allowed to each of these values."""
        return self.atol + self.rtol * np.abs(there)


class Outputs(NamedTuple):
    """Some rows of results: numbers (n_rows, n_columns), and the text of each prediction or None."""

    values: NDArray[np.float64]
    predictions: Sequence[str] | None

    def cut(self, start: int, stop: int | None = None) -> Outputs:
        """Return some of the rows."""
        predictions = None if self.predictions is None else self.predictions[start:stop]
        return Outputs(self.values[start:stop], predictions)


class Difference(NamedTuple):
    """One value on both sides; the row counts from 0."""

    row: int
    column: str
    here: float | str
    there: float | str


@dataclass(slots=True)
class Comparison:
    """Differences summed up row by row.

    Two values agree within the tolerance, and where both are NaN or the same infinity. ``dtype`` is what the
    values are spelled in, ``dtype_there`` those of the other side where it has its own.
    """

    names: Sequence[str]
    tolerance: Tolerance
    dtype: DTypeLike = np.float64
    dtype_there: DTypeLike | None = None
    rows_here: int = 0
    rows_there: int = 0
    largest: float = -1.0
    largest_at: Difference | None = None
    n_beyond: int = 0
    worst: float = -1.0
    worst_at: Difference | None = None
    has_predictions: bool = False
    n_predictions: int = 0
    prediction_at: Difference | None = field(default=None)

    @property
    def agrees(self) -> bool:
        """Whether everything was within the tolerance."""
        return not self.n_beyond and not self.n_predictions and self.rows_here == self.rows_there

    def add(self, here: Outputs, there: Outputs) -> None:
        """Compare the next rows, as many on both sides."""
        a, b = here.values, there.values
        with np.errstate(invalid="ignore", over="ignore"):
            difference = np.abs(a - b)
            difference[(a == b) | (np.isnan(a) & np.isnan(b))] = 0
            difference[np.isnan(difference)] = np.inf
            beyond = difference > self.tolerance.around(b)
            beyond |= np.isinf(difference)
        if difference.size:
            if (largest := difference.max()) > self.largest:
                self.largest, self.largest_at = float(largest), self._place(difference, a, b)
            among = np.where(beyond, difference, -1.0)
            if (worst := among.max()) > self.worst:
                self.worst, self.worst_at = float(worst), self._place(among, a, b)
        self.n_beyond += int(beyond.sum())
        self._add_predictions(here.predictions, there.predictions)
        self.rows_here += len(a)
        self.rows_there += len(b)

    def _add_predictions(self, here: Sequence[str] | None, there: Sequence[str] | None) -> None:
        if here is None or there is None:
            return
        self.has_predictions = True
        differing = [i for i, (a, b) in enumerate(zip(here, there, strict=True)) if a != b]
        if differing and self.prediction_at is None:
            i = differing[0]
            self.prediction_at = Difference(self.rows_here + i, "prediction", here[i], there[i])
        self.n_predictions += len(differing)

    def _place(self, ranked: NDArray[Any], a: NDArray[Any], b: NDArray[Any]) -> Difference:
        row, column = (int(i) for i in np.unravel_index(ranked.argmax(), ranked.shape))
        return Difference(
            self.rows_here + row,
            self.names[column],
            _spelled(a[row, column], self.dtype),
            _spelled(b[row, column], self.dtype_there or self.dtype),
        )


def _spelled(value: float, dtype: DTypeLike) -> float:
    """Return a value as it is written: the float32 next to 0.1 as 0.1."""
    return float(str(np.array(value, dtype=dtype)[()]))


def compare(comparison: Comparison, here: Iterator[Outputs], there: Iterator[Outputs]) -> Comparison:
    """Compare two streams of results, whatever their batches; the rows are counted to both ends."""
    left = right = Outputs(np.empty((0, len(comparison.names))), None)
    while True:
        left = left if len(left.values) else _next(here, left)
        right = right if len(right.values) else _next(there, right)
        n_rows = min(len(left.values), len(right.values))
        if not n_rows:
            break
        comparison.add(left.cut(0, n_rows), right.cut(0, n_rows))
        left, right = left.cut(n_rows), right.cut(n_rows)
    comparison.rows_here += len(left.values) + sum(len(more.values) for more in here)
    comparison.rows_there += len(right.values) + sum(len(more.values) for more in there)
    return comparison


def _next(results: Iterator[Outputs], empty: Outputs) -> Outputs:
    """Return the next rows that are any, or none at the end."""
    return next((more for more in results if len(more.values)), empty)
