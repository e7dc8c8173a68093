"""CSV and TSV in: the header, and the rows a block at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pickle import PickleBuffer
from typing import Any, Self

import numpy as np

from nncli.errors import DataError, UsageError, of_argument
from nncli.tables.columns import Texts
from nncli.tables.csv_cut import Layout, count_rows, cut_exactly
from nncli.tables.csv_exact import (
    MAX_RECORD,
    SMALL_BLOCK,
    Records,
    Wanted,
    count_lines,
    parse_portion,
    read_records,
)
from nncli.tables.missing import MissingRule
from nncli.tables.numbers import MAY_BE_DATA, reads_as_data
from nncli.tables.rows import Rows, joined
from nncli.tables.source import Source
from nncli.tables.table import Size, position_names
from nncli.text import cut, shown

_BOM = b"\xef\xbb\xbf"
BIG = 1 << 21
"""A file of more bytes is worth the import of pyarrow."""

BLOCK, BLOCK_PER_COLUMN, MOST_BLOCK, LEAST_BLOCK = 3 << 18, 1 << 12, MAX_RECORD // 4, 1 << 14
"""Bytes of a block: each block has its price, and each column in it; more take more memory."""


def delimiter_from(text: str) -> str:
    r"""Return the character that is meant: itself, ``\t`` or ``tab``."""
    delimiter = {"\\t": "\t", "tab": "\t"}.get(text, text)
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise UsageError(
            f"{shown(text)} is not one character (a tab is written \\t or tab)",
            remedies=of_argument("delimiter"),
        )
    return delimiter


class CsvBlock:
    """Whole rows of a CSV file, as bytes.

    Attributes
    ----------
    data
        Their text.
    line, first
        The file's line, from 1, on which they begin, and the number of the first one, from 0.
    is_plain
        Whether the fast reader may try them: they are text, and their quotes are where they belong.
    limit
        No more rows than that.
    """

    def __init__(
        self, data: Any, line: int, first: int, is_plain: bool = False, limit: int | None = None
    ) -> None:
        self.data = data
        self.line = line
        self.first = first
        self.is_plain = is_plain
        self.limit = limit

    def __len__(self) -> int:
        return len(self.data)

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the text travel to another process beside the pickle, not in it."""
        return CsvBlock, (PickleBuffer(self.data), self.line, self.first, self.is_plain, self.limit)


class CsvTable:
    """A table in a CSV file; see `nncli.tables.table.Table`.

    Parameters
    ----------
    source
        Its bytes; closed with the table.
    header
        Whether the first row names the columns; None where that is assumed.
    """

    def __init__(
        self,
        source: Source,
        *,
        header: bool | None = None,
        delimiter: str = ",",
        missing: MissingRule = "error",
    ) -> None:
        self.name = source.name
        self.has_header = header is not False
        self.unsure_header: tuple[str, str] | None = None
        self.n_rows: int | None = None
        self._source = source
        self._delimiter = delimiter
        self._missing: MissingRule = missing
        try:
            self._text = _Text(source)
            if self.has_header:
                self.columns = self._read_header(sure=header is True)
            else:
                self.columns = position_names(self._count_columns())
        except BaseException:
            source.close()
            raise

    @property
    def n_bytes(self) -> int | None:
        """Size of the file, where it is known."""
        return self._source.n_bytes

    @property
    def bytes_read(self) -> int:
        """How much of it is read."""
        return self._source.bytes_read

    @property
    def is_big(self) -> bool:
        """Whether the file, or what was read of it so far, is worth the import of pyarrow."""
        return max(self.n_bytes or 0, self.bytes_read) > BIG

    @property
    def bytes_per_row(self) -> int:
        """Size of the first row, or what is read of it."""
        return self._text.data.find(b"\n") + 1 or len(self._text.data)

    def blocks(
        self, features: Sequence[int], kept: Sequence[int], size: Size, limit: int | None = None
    ) -> Iterator[CsvBlock]:
        """Yield the rows' text in blocks; see `Table.blocks`."""
        text = self._text
        layout = Layout(self.name, self._delimiter, len(self.columns))
        most_bytes = size.most_rows * (self.bytes_per_row or SMALL_BLOCK)
        per_column = min(len(self.columns) * BLOCK_PER_COLUMN, MOST_BLOCK)
        block_bytes = max(min(max(BLOCK, per_column), most_bytes), LEAST_BLOCK)
        multiple = size.multiple
        n_rows, taken = 0, block_bytes
        if limit == 0:
            yield CsvBlock(b"", text.line, 0)
        while limit is None or n_rows < limit:
            if limit is None and self.is_big and not text.at_end and len(text.data) < block_bytes:
                text.read(block_bytes)
            data, at_end = text.head(taken)
            counted = count_rows(data, layout, multiple, at_end=at_end)
            found = counted or cut_exactly(data, text.line, layout, multiple, at_end=at_end)
            n_bytes, n, n_lines, problem = found
            is_short = n % multiple > 0 and (limit is None or n_rows + n < limit)
            if problem is None and not at_end and (not n_bytes or is_short):
                if len(data) < len(text.data):
                    taken *= 2
                else:
                    text.read(block_bytes if limit is None and self.is_big else 1)
                continue
            if n:
                left = None if limit is None or n <= limit - n_rows else limit - n_rows
                is_plain = counted is not None and self.is_big
                yield CsvBlock(memoryview(data)[:n_bytes], text.line, n_rows, is_plain, left)
                n_rows += n
            if problem is not None:
                raise problem
            if not n_bytes:
                break
            text.drop(n_bytes, n_lines)
            taken = block_bytes
        if not n_rows and limit != 0:
            raise DataError(f"{self.name}: no rows" + " after the header" * self.has_header)

    def parse(self, block: CsvBlock, features: Sequence[int], kept: Sequence[int]) -> Rows:
        """Return the rows of a block, the fast way where it pays and can; see `Table.parse`."""
        wanted = Wanted(self.name, self.columns, features, kept, self._delimiter, self._missing)
        data, line, left = bytes(block.data), block.line, block.limit
        rows = None
        if block.is_plain:
            from nncli.tables.csv_fast import parse_rows

            rows = parse_rows(data, wanted)
        if rows is None:
            parts = [] if data else [Rows(np.zeros((0, len(features))), [Texts([]) for _ in kept])]
            while data and left != 0:
                part, n_bytes = parse_portion(data, line, wanted, at_end=True, limit=left)
                parts.append(part)
                line += count_lines(data[:n_bytes])
                data = data[n_bytes:]
                left = None if left is None else left - len(part)
            rows = joined(parts)
        rows.first = block.first
        return rows if block.limit is None else rows[: block.limit]

    def _read_header(self, *, sure: bool) -> list[str]:
        records = self._first_record(" no header,")
        columns = [cell.strip() for cell in records.rows[0]]
        if not sure:
            line = self._text.data[: records.n_bytes].decode(errors="replace").strip("\r\n")
            self.unsure_header = f"{self.name}:{records.lines[0]}", cut(line, 80)
        self._text.drop(records.n_bytes, count_lines(self._text.data[: records.n_bytes]))
        twice = next((name for name, count in Counter(columns).items() if count > 1), None)
        if twice is not None:
            remedies = [] if sure or not reads_as_data(columns) else [MAY_BE_DATA]
            raise DataError(
                f"{self.name}:{records.lines[0]}: the header names {shown(twice)} twice", remedies=remedies
            )
        return columns

    def _count_columns(self) -> int:
        return len(self._first_record("").rows[0])  # left in place: it is data

    def _first_record(self, lacking: str) -> Records:
        text = self._text
        while True:
            records = read_records(
                text.data, text.line, self.name, self._delimiter, at_end=text.at_end, limit=1
            )
            if records.rows:
                return records
            if text.at_end:
                raise DataError(f"{self.name}: the file is empty:{lacking} no rows")
            text.read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the source."""
        self._source.close()


class _Text:
    """The part of a file that is read but not yet taken.

    Attributes
    ----------
    data
        Its bytes, without a byte order mark.
    line
        The file's line on which they begin.
    at_end
        Whether nothing comes after them.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.data = b""
        self.line = 1
        self.at_end = False
        while len(self.data) < len(_BOM) and not self.at_end:
            self.read()
        if self.data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise DataError(f"{source.name}:1: not UTF-8 text (it looks like UTF-16)")
        self.data = self.data.removeprefix(_BOM)

    def read(self, n_bytes: int = 1) -> None:
        """Read on, till there are so many bytes or twice as many as now where one row is long.

        By default no longer than till something comes: a pipe may pause.
        """
        size = len(self.data)
        goal = max(n_bytes, 2 * size if size > SMALL_BLOCK else size + 1)
        pieces = [self.data]
        while size < goal and not self.at_end:
            piece = self._source.read(max(goal - size, SMALL_BLOCK))
            pieces.append(piece)
            size += len(piece)
            self.at_end = not piece
        self.data = b"".join(pieces)

    def head(self, n_bytes: int) -> tuple[bytes, bool]:
        """Return the first so many bytes, or all, and whether nothing comes after them."""
        return self.data[:n_bytes], self.at_end and len(self.data) <= n_bytes

    def drop(self, n_bytes: int, n_lines: int) -> None:
        """Take whole rows from the beginning, in which so many lines end."""
        self.line += n_lines
        self.data = self.data[n_bytes:]
