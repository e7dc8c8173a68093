"""Numbers that grew too large: NaN and infinity among the results."""

from __future__ import annotations

import numpy as np

from nncli.tables.rows import Results


class Overflow:
    """How many rows have outputs that are NaN or infinite though they had features.

    Attributes
    ----------
    n_rows
        How many rows were looked at.
    n_bad, first_bad
        How many of them overflow, and the number of the first one.
    place
        What its table is called, where there are several.
    """

    def __init__(
        self, n_rows: int = 0, n_bad: int = 0, first_bad: int | None = None, place: str = ""
    ) -> None:
        self.n_rows = n_rows
        self.n_bad = n_bad
        self.first_bad = first_bad
        self.place = place

    def merge(self, other: Overflow) -> None:
        """Count the rows of another one, which come later."""
        if self.first_bad is None:
            self.first_bad, self.place = other.first_bad, other.place
        self.n_bad += other.n_bad
        self.n_rows += other.n_rows

    def __str__(self) -> str:
        rows = "1 row" if self.n_bad == 1 else f"{self.n_bad:,} rows"
        return (
            "warning: the network's numbers overflow to NaN or infinity in"
            f" {rows}, first in row {self.first_bad}{f' of {self.place}' if self.place else ''}"
        )


def overflow_in(results: Results, place: str = "") -> Overflow:
    """Look at a block's results, those of a table of that name."""
    finite = np.isfinite(results.outputs)
    if finite.all():
        return Overflow(len(results))
    bad = ~finite.all(axis=1)
    if results.missing is not None:
        bad &= ~results.missing
    first = results.first + int(bad.argmax()) if bad.any() else None
    return Overflow(len(results), int(bad.sum()), first, place)
