"""CSV and TSV in: the header, and the rows a block at a time."""

from __future__ import annotations

from collections.abc import Sequence

from nncli.errors import DataError, UsageError, of_argument
from nncli.tables.csv_alike import plain_header, rows_behind
from nncli.tables.csv_cut import Layout, count_rows, cut_exactly
from nncli.tables.csv_exact import Wanted, parse_all
from nncli.tables.csv_records import Records, read_records
from nncli.tables.csv_start import find_start
from nncli.tables.numbers import is_count, reads_as_data
from nncli.tables.own import Own
from nncli.tables.read_options import ReadOptions
from nncli.tables.rows import Rows
from nncli.tables.source import Source
from nncli.tables.table import is_nameless, position_names
from nncli.tables.text_table import Cut, TextBlock, TextTable
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
    plain_header: bytes | None = None
    """Whoever begins with it has the same columns; None where more than the header tells them."""

    def __init__(self, source: Source, read_options: ReadOptions) -> None:
        super().__init__(source)
        self._read_options = read_options
        self.has_header = read_options.header is not False
        chosen = None if read_options.delimiter is None else delimiter_from(read_options.delimiter)
        start = find_start(self._text, chosen, self.default_delimiter, has_header=self.has_header)
        self._delimiter = start.delimiter
        self.remark = start.remark
        if self.has_header:
            self.columns = self._read_header(sure=read_options.header is True)
            named = [name for name in self.columns if not is_nameless(name)]
            if is_count(named) or not reads_as_data(self.columns):  # else it may be a row with gaps
                self.nameless = [i for i, name in enumerate(self.columns) if is_nameless(name)]
        else:
            self.columns = position_names(self._count_columns())

    def _cut(self, data: bytes, multiple: int, *, at_end: bool) -> Cut:
        counted = count_rows(data, self._layout, multiple, at_end=at_end)
        return counted or cut_exactly(data, self._text.line, self._layout, multiple, at_end=at_end)

    @property
    def _layout(self) -> Layout:
        return Layout(self.name, self._delimiter, len(self.columns), self._read_options.set_aside)

    def parse(self, block: TextBlock, features: Sequence[int], kept: Sequence[int]) -> Rows:
        """Return the rows of a block, the fast way where it pays and can; see `Table.parse`."""
        wanted = Wanted(
            self.name,
            self.columns,
            features,
            kept,
            self._delimiter,
            self._read_options.missing,
            self._read_options.spelling,
            self._read_options.set_aside,
        )
        data = bytes(block.data)
        rows = None
        if block.is_plain:
            from nncli.tables.csv_fast import parse_around, parse_rows

            rows = parse_rows(data, wanted)
            if rows is None and wanted.set_aside:
                rows = parse_around(data, block.line, wanted)
        if rows is None:
            rows = parse_all(data, block.line, wanted, limit=block.limit)
        rows.first = block.first
        return rows if block.limit is None else rows[: block.limit]

    def own(self, block: TextBlock, rows: Sequence[int]) -> list[Own]:
        """Return some rows as they stand in the file; see `Table.own`."""
        from nncli.tables.csv_own import own_rows

        return own_rows(bytes(block.data), block.line, self._layout, rows)

    def _read_header(self, *, sure: bool) -> list[str]:
        records = self._first_record(" no header,")
        columns = [cell.strip() for cell in records.rows[0]]
        if not sure:
            line = self._text.data[: records.n_bytes].decode(errors="replace").strip("\r\n")
            self.unsure_header = f"{self.name}:{records.lines[0]}", cut(line, 80)
        if self._text.line == 1 and self._delimiter in (self._read_options.delimiter, self.default_delimiter):
            self.plain_header = plain_header(
                self._text.data[: records.n_bytes], self._delimiter, len(columns)
            )
        self._text.drop(records.n_bytes)
        return columns

    def read_behind(
        self, bodies: Sequence[bytes], features: Sequence[int], kept: Sequence[int]
    ) -> tuple[Rows, list[int]] | None:
        """Return the rows of files that begin with `plain_header` too; see `csv_alike.rows_behind`."""
        return rows_behind(bodies, self.columns, self._delimiter, self._read_options, features, kept)

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
