"""Rows that are already in memory: generated data, inline values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nncli.errors import DataError
from nncli.tables.batch import Batch
from nncli.tables.missing import MissingRule, fill_missing

_BATCH_ROWS = 32_768


class ArrayTable:
    """A table over columns in memory; see `nncli.tables.table.Table`.

    Parameters
    ----------
    name
        What messages call it.
    columns
        One-dimensional arrays of the same length, by name.
    has_header
        Whether the names were chosen by somebody, so that columns are matched by them.
    """

    n_bytes: int | None = None
    bytes_read = 0
    takes_turns = False
    unsure_header: tuple[str, str] | None = None

    def __init__(
        self,
        name: str,
        columns: Mapping[str, NDArray[Any]],
        *,
        has_header: bool = True,
        missing: MissingRule = "error",
    ) -> None:
        self.name = name
        self.columns = list(columns)
        self.has_header = has_header
        self.n_rows: int | None = len(next(iter(columns.values()))) if columns else 0
        self._arrays = list(columns.values())
        self._missing: MissingRule = missing

    def batches(
        self, features: Sequence[int], kept: Sequence[int], limit: int | None = None
    ) -> Iterator[Batch]:
        """Yield the rows in batches; see `Table.batches`."""
        end = self.n_rows if limit is None else min(limit, self.n_rows or 0)
        if limit != 0 and not end:
            raise DataError(f"{self.name}: no rows")
        for start in range(0, end or 1, _BATCH_ROWS):
            rows = slice(start, min(start + _BATCH_ROWS, end or 0))
            yield self._batch(rows, features, kept)

    def _batch(self, rows: slice, features: Sequence[int], kept: Sequence[int]) -> Batch:
        inputs = np.column_stack([self._arrays[i][rows] for i in features])
        if not np.issubdtype(inputs.dtype, np.floating):
            inputs = inputs.astype(np.float64)

        def place(row: int, column: int) -> str:
            return f"{self.name}: row {rows.start + row}: column {self.columns[features[column]]}"

        inputs, missing = fill_missing(inputs, self._missing, place)
        return Batch(inputs, [self._arrays[i][rows] for i in kept], missing)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing is open."""
