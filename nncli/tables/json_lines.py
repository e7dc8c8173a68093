"""JSON lines in: a row a line, an object or a list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from nncli.errors import DataError
from nncli.tables.csv_cut import row_ends
from nncli.tables.json_rows import keys_of, loaded, rows_of
from nncli.tables.own import Own, as_text
from nncli.tables.read_options import ReadOptions
from nncli.tables.rows import Rows
from nncli.tables.source import Source
from nncli.tables.text_table import MAX_RECORD, Cut, TextBlock, TextTable, count_lines, cut_at
from nncli.tables.wrong import WrongRows, in_column

_NO_ROW = "{}; each line is a row"
_BLANK_LINE = re.compile(rb"^[ \t]+\r?\n", re.MULTILINE)


class JsonLinesTable(TextTable):
    """A table in a file of JSON lines; see `nncli.tables.table.Table`.

    The first row's keys are the columns. A later row may lack some, and has no others. Lists have
    columns without names, unless the first one holds nothing but names.
    """

    tells_infinity = False

    def __init__(self, source: Source, read_options: ReadOptions) -> None:
        super().__init__(source)
        self._read_options = read_options
        line = self._first_line()
        self._keys = keys_of(self._row(line, self._text.line), f"{self.name}:{self._text.line}")
        self.columns = list(self._keys.columns)
        self.has_header = self._keys.in_objects or self._keys.has_header
        if self._keys.has_header:
            self._text.drop(len(line))

    def _first_line(self) -> bytes:
        text = self._text
        while True:
            end = text.data.find(b"\n") + 1
            if not end and not text.at_end:
                if len(text.data) > MAX_RECORD:
                    raise DataError(_too_long(self.name, text.line))
                text.read()
                continue
            line = text.data[: end or len(text.data)]
            if line.strip():
                return line
            if not line:
                raise DataError(f"{self.name}: the file is empty: no rows")
            text.drop(len(line))

    def _row(self, text: bytes, line: int) -> Any:
        try:
            return loaded(text)
        except ValueError as error:
            raise DataError(f"{self.name}:{line}: {_NO_ROW.format(error)}") from error

    def _cut(self, data: bytes, multiple: int, *, at_end: bool) -> Cut:
        end = len(data) if at_end else data.rfind(b"\n") + 1
        if not end:
            too_long = DataError(_too_long(self.name, self._text.line)) if len(data) > MAX_RECORD else None
            return Cut(0, 0, 0, too_long)
        text = np.frombuffer(data, np.uint8, end)
        ends = row_ends(text, text == ord("\n"))
        if any(blank in data for blank in (b" \n", b"\t\n", b" \r", b"\t\r")):
            for blank in _BLANK_LINE.finditer(data, 0, end):
                ends[blank.end() - 1] = False
        has_last = bool(data[data.rfind(b"\n", 0, end) + 1 : end].strip())
        n_bytes, n_rows = cut_at(ends, 1 if at_end else multiple, last=has_last)
        return Cut(n_bytes, n_rows, count_lines(data[:n_bytes]))

    def parse(self, block: TextBlock, features: Sequence[int], kept: Sequence[int]) -> Rows:
        """Return the rows of a block; see `Table.parse`."""
        rows: list[Any] = []
        lines: list[int] = []
        problem = None

        def place(row: int, column: str) -> str:
            return in_column(f"{self.name}:{lines[row]}", column)

        wrong = WrongRows(place, set_aside=self._read_options.set_aside)
        for line, text in _rows(block):
            lines.append(line)
            try:
                rows.append(loaded(text))
            except ValueError as error:
                problem = _NO_ROW.format(error)
                if wrong.is_error:
                    break
                wrong.add(len(rows), problem)
                rows.append(None)

        parsed = rows_of(rows, self._keys, features, kept, self._read_options, wrong)
        if problem is not None and wrong.is_error:
            wrong.add(len(rows), problem)
        parsed.first = block.first
        return parsed

    def own(self, block: TextBlock, rows: Sequence[int]) -> list[Own]:
        """Return some rows as they stand in the file; see `Table.own`."""
        every = list(_rows(block))
        return [Own(every[row][0], as_text(every[row][1].rstrip(b"\r"))) for row in rows]


def _rows(block: TextBlock) -> Iterator[tuple[int, bytes]]:
    """Yield the file's line, and the text, of each row."""
    lines = enumerate(bytes(block.data).split(b"\n"), block.line)
    return islice(((line, text) for line, text in lines if text and not text.isspace()), block.limit)


def _too_long(name: str, line: int) -> str:
    return f"{name}:{line}: a line of more than 16 MiB, where each row has a line of its own"
