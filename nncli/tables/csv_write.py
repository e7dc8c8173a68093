"""Results as CSV text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np

from nncli.tables.cells import number_rows
from nncli.tables.columns import Column, Labels, Numbers
from nncli.tables.rows import Results
from nncli.tables.writer import ROWS_JOINED, buffers, is_worth_arrow


class CsvWriter:
    """A header and the rows; cells are quoted only where they must be. See `nncli.tables.writer.Writer`."""

    def __init__(self, names: Sequence[str], decimals: int | None = None, delimiter: str = ",") -> None:
        self.names = names
        self.decimals = decimals
        self.separator = delimiter
        self.alone = len(names) == 1
        self._special = re.compile(f'[{re.escape(delimiter)}"\r\n]')

    def spell(self, results: Results) -> list[Any]:
        """Return the lines of the rows."""
        return buffers(self._lines(results))

    def write(self, stream: BinaryIO, spelled: Iterable[list[Any]]) -> None:
        """Write the header and the lines."""
        stream.write(self.separator.join(map(self.quote, self.names)).encode() + b"\n")
        for pieces in spelled:
            for piece in pieces:
                stream.write(piece)

    def _lines(self, results: Results) -> Iterator[Any]:
        n_rows = results.first + len(results)
        by_columns = not self.alone and self.decimals is None and is_worth_arrow(n_rows)
        for part in results.parts(ROWS_JOINED) if by_columns else results.parts():
            text = self.joined(part) if by_columns else None
            yield self.text(part) if text is None else text

    def text(self, results: Results) -> bytes:
        """Return the rows' lines, each with its newline."""
        parts = [self._cells(column) for column in results.kept] + self._computed(results)
        lines = parts[0] if len(parts) == 1 else map(self.separator.join, zip(*parts, strict=True))
        return ("\n".join(lines) + "\n").encode() if len(results) else b""

    def joined(self, results: Results) -> Any:
        """Return the same lines, made faster, or None where that can't be."""
        from nncli.tables.csv_join import joined_lines

        return joined_lines(results, self.separator.encode()) if len(results) else None

    def _cells(self, column: Column) -> list[str]:
        cells = ["" if cell is None else cell for cell in column.cells(self.decimals)]
        plain = isinstance(column, Numbers) and not self.alone
        if not plain and (self.alone or self._special.search("".join(cells))):
            cells = [self.quote(cell) for cell in cells]
        return cells

    def _computed(self, results: Results) -> list[list[str]]:
        """Return what the network computed, empty in rows without features."""
        parts = []
        for part in (results.trace, results.prediction, results.outputs):
            if isinstance(part, Labels):
                rows, empty = self._cells(part), ""
            elif part is None or not part.shape[1]:
                continue
            else:
                rows = number_rows(part, self.decimals, self.separator)
                empty = self.separator * (part.shape[1] - 1)
            for i in np.flatnonzero(results.missing) if results.missing is not None else ():
                rows[i] = empty or ('""' if self.alone else "")
            parts.append(rows)
        return parts

    def quote(self, cell: str) -> str:
        """Return a cell as it stands in the file; a line of one empty cell would be blank."""
        if self._special.search(cell) or (self.alone and not cell):
            return '"' + cell.replace('"', '""') + '"'
        return cell


class TsvWriter(CsvWriter):
    """CSV with tabs for commas."""

    def __init__(self, names: Sequence[str], decimals: int | None = None) -> None:
        super().__init__(names, decimals, delimiter="\t")
