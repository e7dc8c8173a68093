"""CSV and TSV: rows in and out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Self

import numpy as np

from nncli.errors import DataError, UsageError
from nncli.tables.batch import Batch
from nncli.tables.csv_exact import (
    SMALL_BLOCK,
    Records,
    Wanted,
    count_lines,
    parse_portion,
    read_records,
    reads_as_data,
)
from nncli.tables.missing import MissingRule
from nncli.tables.source import Source
from nncli.tables.table import position_names
from nncli.text import cut, shown

if TYPE_CHECKING:  # what a small file does without is imported when a big one comes
    from nncli.pair import Turn
    from nncli.tables.csv_turns import Place

_BOM = b"\xef\xbb\xbf"
BIG = 1 << 21
"""A file of more bytes is worth the import of pyarrow."""


def delimiter_from(text: str) -> str:
    r"""Return the character that ``--delimiter`` asks for: itself, ``\t`` or ``tab``."""
    delimiter = {"\\t": "\t", "tab": "\t"}.get(text, text)
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise UsageError(f"--delimiter: {shown(text)} is not one character (a tab is written \\t or tab)")
    return delimiter


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
        self._doubtful = 0  # so many bytes are left to the exact reader
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

    def batches(
        self, features: Sequence[int], kept: Sequence[int], limit: int | None = None
    ) -> Iterator[Batch]:
        """Yield the rows in batches; see `Table.batches`."""
        wanted = Wanted(self.name, self.columns, features, kept, self._delimiter, self._missing)
        text = self._text
        n_rows = 0
        if limit == 0:
            yield Batch(np.zeros((0, len(features))), [[] for _ in kept])
        while limit is None or n_rows < limit:
            left = None if limit is None else limit - n_rows
            batch, n_bytes = self._parse(wanted, left)
            text.drop(n_bytes)
            if len(batch):
                n_rows += len(batch)
                yield batch
            elif text.at_end and not n_bytes:
                break
            elif not n_bytes:
                text.read(self._block_bytes() if limit is None and self._is_big() else 1)
        if not n_rows and limit != 0:
            raise DataError(self._no_rows())

    @property
    def takes_turns(self) -> bool:
        """Whether two processes may share its blocks, and had better."""
        return self._source.is_plain_file and self._is_big()

    @property
    def row_bytes(self) -> int:
        """Size of the first row, or what is read of it."""
        return self._text.data.find(b"\n") + 1 or len(self._text.data)

    @property
    def place(self) -> Place:
        """Where the rows begin, as long as none is read."""
        from nncli.tables.csv_turns import Place

        return Place(self._source.bytes_read - len(self._text.data), self._text.line)

    def batches_in_turns(
        self, features: Sequence[int], kept: Sequence[int], turn: Turn, multiple: int, about: int
    ) -> Iterator[Batch]:
        """Yield the parts of the rows that fall to this process, hardly more than ``about`` so many at once.

        The turn's first state is `place`; see `read_in_turns`.
        """
        from nncli.tables.csv_turns import read_in_turns

        wanted = Wanted(self.name, self.columns, features, kept, self._delimiter, self._missing)
        most_bytes = about * (self.row_bytes or SMALL_BLOCK)
        self._text.drop(len(self._text.data))
        yield from read_in_turns(self._source, wanted, turn, multiple, most_bytes)
        if not turn.state.n_rows:
            raise DataError(self._no_rows())

    def _no_rows(self) -> str:
        return f"{self.name}: no rows" + " after the header" * self.has_header

    def _parse(self, wanted: Wanted, limit: int | None) -> tuple[Batch, int]:
        """Read rows from the text that is there, the fast way where it pays and can."""
        text = self._text
        if self._doubtful <= 0 and self._is_big() and len(text.data) >= SMALL_BLOCK // 2:
            from nncli.tables.csv_fast import parse_fast

            parsed = parse_fast(text.data, wanted, at_end=text.at_end)
            if parsed is not None:
                batch, n_bytes = parsed
                return (batch if limit is None else batch[:limit]), n_bytes
            self._doubtful = len(text.data)  # or there is no whole row yet
        batch, n_bytes = parse_portion(text.data, text.line, wanted, at_end=text.at_end, limit=limit)
        self._doubtful = self._doubtful - n_bytes if n_bytes else 0
        return batch, n_bytes

    def _block_bytes(self) -> int:
        from nncli.tables.csv_fast import block_bytes

        return block_bytes(len(self.columns))

    def _is_big(self) -> bool:
        # The fast reader knows no delimiter of more than one byte.
        return max(self.n_bytes or 0, self.bytes_read) > BIG and self._delimiter.isascii()

    def _read_header(self, *, sure: bool) -> list[str]:
        records = self._first_record(" no header,")
        columns = [cell.strip() for cell in records.rows[0]]
        if not sure:
            line = self._text.data[: records.n_bytes].decode(errors="replace").strip("\r\n")
            self.unsure_header = f"{self.name}:{records.lines[0]}", cut(line, 80)
        self._text.drop(records.n_bytes)
        twice = next((name for name, count in Counter(columns).items() if count > 1), None)
        if twice is not None:
            hint = (
                "" if sure or not reads_as_data(columns) else "; is the first line data? Then say --no-header"
            )
            raise DataError(f"{self.name}:{records.lines[0]}: the header names {shown(twice)} twice{hint}")
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

    def drop(self, n_bytes: int) -> None:
        """Take whole rows from the beginning."""
        self.line += count_lines(self.data[:n_bytes])
        self.data = self.data[n_bytes:]
