"""Numbers that grew too large: NaN and infinity among the results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from nncli.tables.batch import Batch


class Overflow:
    """Counts the rows whose outputs are NaN or infinite though they had features.

    Attributes
    ----------
    n_rows
        How many rows were looked at.
    n_bad, first_bad
        How many of them overflow, and the number of the first one.
    """

    def __init__(self) -> None:
        self.n_rows = 0
        self.n_bad = 0
        self.first_bad: int | None = None

    def add(self, batch: Batch) -> None:
        """Look at the next rows."""
        assert batch.outputs is not None
        finite = np.isfinite(batch.outputs)
        if not finite.all():
            bad = ~finite.all(axis=1)
            if batch.missing is not None:
                bad &= ~batch.missing
            if bad.any():
                self.first_bad = self.n_rows + int(bad.argmax()) if self.first_bad is None else self.first_bad
                self.n_bad += int(bad.sum())
        self.n_rows += len(batch)

    def extend(self, other: Overflow) -> None:
        """Count the rows of another one, which come next."""
        if self.first_bad is None and other.first_bad is not None:
            self.first_bad = self.n_rows + other.first_bad
        self.n_bad += other.n_bad
        self.n_rows += other.n_rows

    def watch(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Yield the same batches."""
        for batch in batches:
            self.add(batch)
            yield batch

    def __str__(self) -> str:
        rows = "1 row" if self.n_bad == 1 else f"{self.n_bad:,} rows"
        return (
            "warning: the network's numbers overflow to NaN or infinity in"
            f" {rows}, first in row {self.first_bad}"
        )
