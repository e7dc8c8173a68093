"""The currency of the pipeline: some rows on their way through the network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

TextColumn = Any
"""A list of str, or a pyarrow string array where the fast reader read it."""


class Labels:
    """A column of few distinct values: a code per row, and the text of each code.

    ``quoted`` tells JSON whether the texts are strings (class names) or numbers (class numbers).
    """

    def __init__(self, codes: NDArray[np.intp], texts: Sequence[str], quoted: bool) -> None:
        self.codes = codes
        self.texts = texts
        self.quoted = quoted

    def __getitem__(self, rows: slice) -> Labels:
        """Return the labels of some of the rows."""
        return Labels(self.codes[rows], self.texts, self.quoted)


_MOST_ROWS, _MOST_CELLS = 1 << 12, 1 << 17
"""How many rows, and how many cells of theirs, become lists at once."""

Column = TextColumn | NDArray[Any] | Labels
"""One column of n rows: text, numbers of any NumPy dtype, or labels."""


class Batch:
    """A run of consecutive rows.

    ``features`` is what the reader delivers, (n_rows, n_inputs), in the network's order of
    inputs; ``kept`` holds the copied input columns in the output's order. ``missing`` marks rows
    that have no features (their features are 0); None means none. The engine fills in the rest:
    ``trace`` is (n_rows, n_trace_columns), ``prediction`` is set where the network names classes,
    ``outputs`` is (n_rows, n_shown): the network's columns as they are written.
    """

    def __init__(
        self,
        features: NDArray[Any],
        kept: list[Column] | None = None,
        missing: NDArray[np.bool_] | None = None,
        trace: NDArray[Any] | None = None,
        prediction: Labels | None = None,
        outputs: NDArray[Any] | None = None,
    ) -> None:
        self.features = features
        self.kept = kept or []
        self.missing = missing
        self.trace = trace
        self.prediction = prediction
        self.outputs = outputs

    def __getitem__(self, rows: slice) -> Batch:
        """Return some of the rows."""
        return Batch(
            features=self.features[rows],
            kept=[column[rows] for column in self.kept],
            missing=None if self.missing is None else self.missing[rows],
            trace=None if self.trace is None else self.trace[rows],
            prediction=None if self.prediction is None else self.prediction[rows],
            outputs=None if self.outputs is None else self.outputs[rows],
        )

    def parts(self, n_rows: int | None = None) -> Iterator[Batch]:
        """Yield the rows, so many at a time.

        By default few enough for lists of their cells, which take many times the memory of arrays.
        """
        if n_rows is None:
            widths = [part.shape[1] for part in (self.trace, self.outputs) if part is not None]
            n_rows = max(1, min(_MOST_ROWS, _MOST_CELLS // max(1, len(self.kept) + sum(widths))))
        for start in range(0, len(self), n_rows):
            yield self[start : start + n_rows]

    def __len__(self) -> int:
        return len(self.features)


def in_parts(batches: Iterable[Batch], n_rows: int) -> Iterator[Batch]:
    """Yield the batches, those of more rows in parts."""
    for batch in batches:
        if len(batch) > n_rows:
            yield from batch.parts(n_rows)
        else:
            yield batch


def joined(batches: Sequence[Batch]) -> Batch:
    """Return the rows of batches that a reader has just read, one after the other."""
    if len(batches) == 1:
        return batches[0]
    missing = None
    if any(batch.missing is not None for batch in batches):
        none = [
            np.zeros(len(batch), np.bool_) if batch.missing is None else batch.missing for batch in batches
        ]
        missing = np.concatenate(none)
    kept = [_joined_texts(columns) for columns in zip(*(batch.kept for batch in batches), strict=True)]
    return Batch(np.concatenate([batch.features for batch in batches]), kept, missing)


def _joined_texts(columns: Sequence[Any]) -> TextColumn:
    if any(isinstance(column, list) for column in columns):
        lists = [column if isinstance(column, list) else column.to_pylist() for column in columns]
        return [cell for cells in lists for cell in cells]
    import pyarrow as pa

    return pa.concat_arrays(columns)
