"""CSV and TSV in: the header, and the rows a block at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nncli.errors import DataError, UsageError, of_argument
from nncli.tables.columns import Texts
from nncli.tables.csv_cut import Layout, count_rows, cut_exactly
from nncli.tables.csv_exact import Records, Wanted, parse_portion, read_records
from nncli.tables.csv_start import find_start
from nncli.tables.numbers import is_count, reads_as_data
from nncli.tables.reading import Reading
from nncli.tables.rows import Rows, joined
from nncli.tables.source import Source
from nncli.tables.table import is_nameless, position_names
from nncli.tables.text_table import Cut, TextBlock, TextTable, count_lines
from nncli.text import cut, shown


def delimiter_from(text: str) -> str:
    r"""Return the character that is meant: itself, ``\t`` or ``tab``."""
    delimiter = {"\\t": "\t", "tab": "\t"}.get(text, text)
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise UsageError(
            f"{shown(text)} is not one character (a tab is written \\t or tab)",
            remedies=of_argument("delimiter"),
        )
    return delimiter


class CsvTable(TextTable):
    """A table in a CSV file; see `nncli.tables.table.Table`.

    Parameters
    ----------
    source
        Its bytes; closed with the table.
    """

    default_delimiter = ","

    def __init__(self, source: Source, reading: Reading) -> None:
        super().__init__(source)
        self._reading = reading
        self.has_header = reading.header is not False
        chosen = None if reading.delimiter is None else delimiter_from(reading.delimiter)
        start = find_start(self._text, chosen, self.default_delimiter, has_header=self.has_header)
        self._delimiter = start.delimiter
        self.remark = start.remark
        if self.has_header:
            self.columns = self._read_header(sure=reading.header is True)
            named = [name for name in self.columns if not is_nameless(name)]
            if is_count(named) or not reads_as_data(self.columns):  # else it may be a row with gaps
                self.nameless = [i for i, name in enumerate(self.columns) if is_nameless(name)]
        else:
            self.columns = position_names(self._count_columns())

    def _cut(self, data: bytes, multiple: int, *, at_end: bool) -> Cut:
        layout = Layout(self.name, self._delimiter, len(self.columns))
        counted = count_rows(data, layout, multiple, at_end=at_end)
        return counted or cut_exactly(data, self._text.line, layout, multiple, at_end=at_end)

    def parse(self, block: TextBlock, features: Sequence[int], kept: Sequence[int]) -> Rows:
        """Return the rows of a block, the fast way where it pays and can; see `Table.parse`."""
        wanted = Wanted(
            self.name,
            self.columns,
            features,
            kept,
            self._delimiter,
            self._reading.missing,
            self._reading.spelling,
        )
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
        self._text.drop(records.n_bytes)
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


class TsvTable(CsvTable):
    """CSV with tabs for commas."""

    default_delimiter = "\t"
