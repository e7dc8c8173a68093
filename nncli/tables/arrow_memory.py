"""Rows that Arrow has in memory already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nncli.tables.columnar import ColumnarTable
from nncli.tables.read_options import ReadOptions


class ArrowRows(ColumnarTable):
    """An Arrow table in memory; see `nncli.tables.table.Table`."""

    called = "Arrow"

    def __init__(self, name: str, rows: Any, read_options: ReadOptions) -> None:
        super().__init__(name, rows.schema, rows.num_rows, read_options)
        self._held = rows

    def _read(self, names: list[str], n_rows: int) -> Iterator[Any]:
        return iter(self._held.select(names).to_batches(max_chunksize=n_rows))
