"""The currency of the pipeline: rows on their way in, and results on their way out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.tables.columns import Column, Labels, Texts
from nncli.tables.numbers import PLAIN
from nncli.tables.wrong import Reject

_MOST_ROWS, _MOST_CELLS = 1 << 12, 1 << 17
"""How many rows, and how many cells of theirs, become lists at once."""


class Rows:
    """Consecutive rows as a reader delivers them.

    Attributes
    ----------
    features : (n_rows, n_inputs)
        In the network's order of inputs.
    kept
        The copied input columns, in the output's order.
    missing : (n_rows,)
        Which rows have no features (theirs are 0); None where all have.
    first
        The number of the first row in its table, from 0.
    rejects
        The rows that are set aside. They keep their places, without features: a float32 network's last
        bits depend on a row's place.
    """

    def __init__(
        self,
        features: NDArray[Any],
        kept: list[Column] | None = None,
        missing: NDArray[np.bool_] | None = None,
        first: int = 0,
        rejects: Sequence[Reject] = (),
    ) -> None:
        self.features = features
        self.kept = kept or []
        self.missing = missing
        self.first = first
        self.rejects: Sequence[Reject] = ()
        self.set_aside(rejects)

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, rows: slice) -> Rows:
        """Return some of the rows."""
        missing = None if self.missing is None else self.missing[rows]
        start, stop, _ = rows.indices(len(self))
        some = Rows(self.features[rows], [column[rows] for column in self.kept], missing, self.first + start)
        some.rejects = [r._replace(row=r.row - start) for r in self.rejects if start <= r.row < stop]
        return some

    def set_aside(self, rejects: Sequence[Reject]) -> None:
        """Set rows aside: all that are known by now."""
        if not rejects:
            return
        self.rejects = rejects
        places = [reject.row for reject in rejects]
        self.features[places] = 0
        self.missing = ~self.present
        self.missing[places] = True

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which rows have features, (n_rows,)."""
        return np.ones(len(self), np.bool_) if self.missing is None else ~self.missing


class Results:
    """What is written of consecutive rows.

    Attributes
    ----------
    kept, missing, first
        Those of the `Rows`.
    outputs : (n_rows, n_shown)
        The network's columns as they are written.
    prediction
        Where the network names classes.
    trace : (n_rows, n_trace_columns)
        Every layer's sums and activations, where they are wanted.
    """

    def __init__(
        self,
        kept: list[Column],
        outputs: NDArray[Any],
        missing: NDArray[np.bool_] | None = None,
        *,
        prediction: Labels | None = None,
        trace: NDArray[Any] | None = None,
        first: int = 0,
    ) -> None:
        self.kept = kept
        self.outputs = outputs
        self.missing = missing
        self.prediction = prediction
        self.trace = trace
        self.first = first

    def __len__(self) -> int:
        return len(self.outputs)

    def __getitem__(self, rows: slice) -> Results:
        """Return the results of some of the rows."""
        return Results(
            kept=[column[rows] for column in self.kept],
            outputs=self.outputs[rows],
            missing=None if self.missing is None else self.missing[rows],
            prediction=None if self.prediction is None else self.prediction[rows],
            trace=None if self.trace is None else self.trace[rows],
            first=self.first + rows.indices(len(self))[0],
        )

    def without(self, rejects: Sequence[Reject]) -> Results:
        """Return the results of the other rows."""
        stay = np.ones(len(self), np.bool_)
        stay[[reject.row for reject in rejects]] = False
        places = np.flatnonzero(stay)
        missing = None if self.missing is None else self.missing[places]
        return Results(
            kept=[column.take(places) for column in self.kept],
            outputs=self.outputs[places],
            missing=missing if missing is not None and missing.any() else None,
            prediction=None if self.prediction is None else self.prediction.take(places),
            trace=None if self.trace is None else self.trace[places],
            first=self.first,
        )

    def parts(self, n_rows: int | None = None) -> Iterator[Results]:
        """Yield the rows, so many at a time.

        By default few enough for lists of their cells, which take many times the memory of arrays.
        """
        if n_rows is None:
            widths = [part.shape[1] for part in (self.trace, self.outputs) if part is not None]
            n_rows = max(1, min(_MOST_ROWS, _MOST_CELLS // max(1, len(self.kept) + sum(widths))))
        for start in range(0, len(self), n_rows):
            yield self[start : start + n_rows]


def joined(parts: Sequence[Rows]) -> Rows:
    """Return the rows that a reader has just read in parts, one after the other."""
    if len(parts) == 1:
        return parts[0]
    missing = None
    if any(part.missing is not None for part in parts):
        missing = np.concatenate([~part.present for part in parts])
    kept = [_joined_columns(columns) for columns in zip(*(part.kept for part in parts), strict=True)]
    starts = accumulate(map(len, parts), initial=0)
    rejects = [
        reject._replace(row=start + reject.row)
        for start, part in zip(starts, parts, strict=False)
        for reject in part.rejects
    ]
    features = np.concatenate([part.features for part in parts])
    return Rows(features, kept, missing, parts[0].first, rejects)


def _joined_columns(columns: Sequence[Column]) -> Column:
    """Return one column made of its parts, which may be of different kinds."""
    first = columns[0]
    if isinstance(first, Texts) and all(isinstance(column, Texts) for column in columns):
        return Texts([cell for column in columns for cell in column.cells()], first.spelling)
    import pyarrow as pa

    from nncli.tables.arrow_column import ArrowColumn

    spelling = first.spelling if isinstance(first, ArrowColumn | Texts) else PLAIN
    return ArrowColumn(pa.concat_arrays([column.to_arrow() for column in columns]), spelling)
