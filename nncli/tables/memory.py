"""Rows that are already in memory: generated data, inline values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nncli.tables.columns import Column, Numbers
from nncli.tables.missing import MissingRule, fill_missing
from nncli.tables.own import Own, own_rows
from nncli.tables.rows import Rows
from nncli.tables.table import Size, row_ranges
from nncli.tables.wrong import of_numbered

MANY_NUMBERS = 1 << 20
"""More numbers than these are worth a start of more processes."""


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
    missing, set_aside
        What becomes of rows with a missing feature, and whether wrong rows are set aside.
    """

    n_bytes: int | None = None
    bytes_read = 0
    unsure_header: tuple[str, str] | None = None
    nameless: Sequence[int] = ()
    remark: str | None = None
    tells_infinity = True
    has_lines = False

    def __init__(
        self,
        name: str,
        columns: Mapping[str, NDArray[Any]],
        *,
        has_header: bool = True,
        missing: MissingRule = "error",
        set_aside: bool = False,
    ) -> None:
        self.name = name
        self.columns = list(columns)
        self.has_header = has_header
        self.n_rows: int | None = len(next(iter(columns.values()))) if columns else 0
        self._arrays = list(columns.values())
        self._missing: MissingRule = missing
        self._set_aside = set_aside

    @property
    def is_big(self) -> bool:
        """Whether there are enough numbers to be worth a start of more processes."""
        return len(self._arrays) * (self.n_rows or 0) > MANY_NUMBERS

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
        inputs, missing = fill_missing(inputs, self._missing, names, wrong)
        copied: list[Column] = [Numbers(self._arrays[i][block]) for i in kept]
        return Rows(inputs, copied, missing, block.start, wrong.rejects)

    def own(self, block: slice, rows: Sequence[int]) -> list[Own]:
        """Return some rows as JSON; see `Table.own`."""
        columns = [Numbers(array[block][rows]) for array in self._arrays]
        return own_rows(columns, self.columns, [block.start + row for row in rows])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing is open."""
