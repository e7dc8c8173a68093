"""Rows that are already in memory: generated data, inline values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.tables.columns import Column, Numbers
from nncli.tables.missing import fill_missing
from nncli.tables.own import Own, own_rows
from nncli.tables.rows import Rows
from nncli.tables.table import MANY_CELLS, Size, Table, row_ranges
from nncli.tables.wrong import of_numbered


class ArrayTable(Table[slice]):
    """A table over columns in memory; see `nncli.tables.table.Table`.

    Parameters
    ----------
    name
        What messages call it.
    columns
        One-dimensional arrays of the same length, by name.
    set_aside
        Whether wrong rows are set aside; else the first one is an error.
    """

    has_header = True

    def __init__(self, name: str, columns: Mapping[str, NDArray[Any]], *, set_aside: bool = False) -> None:
        self.name = name
        self.columns = list(columns)
        self.n_rows = len(next(iter(columns.values()))) if columns else 0
        self._arrays = list(columns.values())
        self._set_aside = set_aside

    @property
    def is_big(self) -> bool:
        """Whether there are enough numbers to be worth a start of more processes."""
        return len(self._arrays) * (self.n_rows or 0) > MANY_CELLS

    @property
    def bytes_per_row(self) -> int:
        """What the numbers of a row take."""
        return sum(array.itemsize for array in self._arrays)

    def blocks(
        self, features: Sequence[int], kept: Sequence[int], size: Size, limit: int | None = None
    ) -> Iterator[slice]:
        """Yield which rows stand in each block; see `Table.blocks`."""
        return row_ranges(self, size, limit)

    def parse(self, block: slice, features: Sequence[int], kept: Sequence[int]) -> Rows:
        """Return the rows of a block; see `Table.parse`."""
        inputs = np.column_stack([self._arrays[i][block] for i in features])
        if not np.issubdtype(inputs.dtype, np.floating):
            inputs = inputs.astype(np.float64)
        wrong = of_numbered(self.name, block.start, set_aside=self._set_aside)
        names = [self.columns[i] for i in features]
        inputs, missing = fill_missing(inputs, "error", names, wrong)
        copied: list[Column] = [Numbers(self._arrays[i][block]) for i in kept]
        return Rows(inputs, copied, missing, block.start, wrong.rejects)

    def own(self, block: slice, rows: Sequence[int]) -> list[Own]:
        """Return some rows as JSON; see `Table.own`."""
        columns = [Numbers(array[block][rows]) for array in self._arrays]
        return own_rows(columns, self.columns, [block.start + row for row in rows])
