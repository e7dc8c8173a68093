"""A JSON file that is a list of rows, read whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from nncli.errors import DataError
from nncli.tables.json_rows import keys_of, loaded, rows_of
from nncli.tables.own import Own
from nncli.tables.read_options import ReadOptions
from nncli.tables.rows import Rows
from nncli.tables.source import Source
from nncli.tables.table import Size, Table, row_ranges
from nncli.tables.wrong import of_numbered

MOST_BYTES = 64 * 2**20
"""The largest file that is read: all of it is in memory."""


class JsonTable(Table[slice]):
    """A table in a JSON file, a list of objects or of lists; see `nncli.tables.table.Table`."""

    n_bytes: int | None = None
    bytes_read = 0
    tells_infinity = False

    def __init__(self, source: Source, read_options: ReadOptions) -> None:
        self.name = source.name
        text = _whole(source)
        source.close()
        self.n_bytes = len(text)
        self.bytes_read = len(text)
        self._read_options = read_options
        try:
            self._rows = loaded(text.removeprefix(b"\xef\xbb\xbf"))
        except ValueError as error:
            raise DataError(f"{self.name}: {error}") from error
        if not isinstance(self._rows, list):
            what = "an object" if isinstance(self._rows, dict) else "a single value"
            raise DataError(
                f"{self.name}: {what}, where a list of rows belongs"
                ' (pandas writes one with to_json(orient="records"))'
            )
        if not self._rows:
            raise DataError(f"{self.name}: no rows")
        self._keys = keys_of(self._rows[0], f"{self.name}: row 0")
        if self._keys.has_header:
            del self._rows[0]
        self.columns = list(self._keys.columns)
        self.has_header = self._keys.in_objects or self._keys.has_header
        self.n_rows = len(self._rows)

    @property
    def is_big(self) -> bool:
        """Never: the rows are parsed already."""
        return False

    @property
    def bytes_per_row(self) -> int:
        """About the size of a row's text."""
        return self.bytes_read // max(1, len(self._rows))

    def blocks(
        self, features: Sequence[int], kept: Sequence[int], size: Size, limit: int | None = None
    ) -> Iterator[slice]:
        """Yield which rows stand in each block; see `Table.blocks`."""
        return row_ranges(self, size, limit)

    def parse(self, block: slice, features: Sequence[int], kept: Sequence[int]) -> Rows:
        """Return the rows of a block; see `Table.parse`."""
        values: list[Any] = self._rows[block]
        wrong = of_numbered(self.name, block.start, set_aside=self._read_options.set_aside)
        parsed = rows_of(values, self._keys, features, kept, self._read_options, wrong)
        parsed.first = block.start
        return parsed

    def own(self, block: slice, rows: Sequence[int]) -> list[Own]:
        """Return some rows as JSON; see `Table.own`."""
        values = self._rows[block]
        return [Own(block.start + row, json.dumps(values[row], ensure_ascii=False)) for row in rows]


def _whole(source: Source) -> bytes:
    pieces, n_bytes = [], 0
    while piece := source.read():
        pieces.append(piece)
        n_bytes += len(piece)
        if n_bytes > MOST_BYTES:
            raise DataError(
                f"{source.name}: a JSON file of more than 64 MiB, which is read whole: write JSON lines,"
                " a row a line (.jsonl), of which any number is read"
            )
    return b"".join(pieces)
