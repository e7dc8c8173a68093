"""Rows as an aligned table for people."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.inspect.numbers import rounded
from nncli.tables.cells import number_cells
from nncli.tables.columns import Column, Labels, Numbers
from nncli.tables.rows import Results
from nncli.text import ELLIPSIS, pad, printable, shorten, width_of
from nncli.views.text import GAP, line, table

DIGITS = 6
"""Significant digits of a number on a screen; files and pipes get all."""

_FEWEST_ROWS = 3
_AROUND = 3
"""Lines of a screen that are not rows: the header, what is left out, and the shell's prompt."""


class Screen(NamedTuple):
    """How much a terminal shows, and what gives the rest."""

    width: int
    height: int
    way_out: str


class ScreenWriter:
    """The first rows as a table for a terminal, and a line that says how many more there are.

    Columns that do not fit are left out: of the network's results the last ones, and before any of these the
    columns before them. Where only a row, or every layer's numbers, would be cut, they are a list of
    names and values instead. See `nncli.tables.writer.Writer`.
    """

    def __init__(self, names: Sequence[str], decimals: int | None, screen: Screen, trace: bool) -> None:
        self.names = names
        self.decimals = decimals
        self.screen = screen
        self.trace = trace
        self.n_shown = max(_FEWEST_ROWS, screen.height - _AROUND)

    def spell(self, results: Results) -> tuple[int, int, list[list[str]]]:
        """Return the number of rows, of columns that are results, and the texts of the rows shown."""
        n_results = results.outputs.shape[1] + (results.prediction is not None)
        digits = DIGITS if self.decimals is None else None
        shown = results[: max(0, self.n_shown - results.first)]
        return len(results), n_results, texts(shown, self.decimals, digits)

    def write(self, stream: BinaryIO, spelled: Iterable[tuple[int, int, list[list[str]]]]) -> None:
        """Write the table."""
        rows: list[list[str]] = []
        n_rows = n_results = 0
        for n, n_results, shown in spelled:  # noqa: B007 - it is the same in every block
            n_rows += n
            rows += shown
        lines = self._lines(rows, n_rows, n_results)
        encoding = sys.stdout.encoding or "utf-8"
        stream.write("".join(f"{text}\n" for text in lines).encode(encoding, "replace"))

    def _lines(self, rows: list[list[str]], n_rows: int, n_results: int) -> list[str]:
        width, height, way_out = self.screen
        lines, left_out = layout(self.names, rows, width, n_results)
        if left_out and rows and (n_rows == 1 or self.trace):
            rows = rows[: max(1, (height - 2) // (len(self.names) + 1))]
            lines, left_out = _listing(self.names, rows, width, numbered=n_rows > 1), 0
        more = n_rows - len(rows)
        notes = [f"{more:,} more row{'s' * (more > 1)}"] if more else []
        notes += [f"{left_out:,} more column{'s' * (left_out > 1)}"] if left_out else []
        return [*lines, f"{ELLIPSIS} {' and '.join(notes)}; {way_out}"] if notes else lines


def _listing(names: Sequence[str], rows: Sequence[Sequence[str]], width: int, *, numbered: bool) -> list[str]:
    """Return a line for each name and value, row after row."""
    most = max(width // 2, width - len(GAP) - max(width_of(printable(v)) for row in rows for v in row))
    labels = [shorten(name, most) for name in names]
    left = max(map(width_of, labels))
    lines = []
    for i, row in enumerate(rows):
        lines += [f"row {i}"] if numbered else []
        values = [shorten(value, max(8, width - left - len(GAP))) for value in row]
        lines += [f"{pad(name, left)}{GAP}{value}" for name, value in zip(labels, values, strict=True)]
    return lines


class AlignedWriter:
    """All rows as a table, in UTF-8; see `nncli.tables.writer.Writer`."""

    def __init__(self, names: Sequence[str], decimals: int | None) -> None:
        self.names = names
        self.decimals = decimals

    def spell(self, results: Results) -> list[list[str]]:
        """Return the texts of the rows."""
        return [
            [printable(text) for text in row]
            for part in results.parts()
            for row in texts(part, self.decimals)
        ]

    def write(self, stream: BinaryIO, spelled: Iterable[list[list[str]]]) -> None:
        """Write the table.

        How wide a column is, its last row tells; till then the cells wait in a temporary file.
        """
        names = [printable(name) for name in self.names]
        widths = [width_of(name) for name in names]
        align = [">"] * len(names)
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write("\t".join(names) + "\n")
            for rows in spelled:
                for i, column in enumerate(zip(*rows, strict=True)):
                    widths[i] = max(widths[i], *map(width_of, column))
                    align[i] = align[i] if all(map(_is_number, column)) else "<"
                file.writelines("\t".join(row) + "\n" for row in rows)
            file.seek(0)
            for row in file:
                stream.write((line(row[:-1].split("\t"), widths, align) + "\n").encode())


def texts(results: Results, decimals: int | None = None, digits: int | None = None) -> list[list[str]]:
    """Return the texts of each row, in the output's order, numbers to so many significant digits."""
    columns = [_column(column, decimals, digits) for column in results.kept]
    absent = np.zeros(len(results), np.bool_) if results.missing is None else results.missing
    for part in (results.trace, results.prediction, results.outputs):
        if isinstance(part, Labels):
            columns.append(_column(part, decimals, digits))
        elif part is not None:
            for values in part.T:
                cells = _rounded(values, digits) if digits else number_cells(values, decimals)
                columns.append(["" if no else cell for cell, no in zip(cells, absent, strict=True)])
    return [list(row) for row in zip(*columns, strict=True)]


def _column(column: Column, decimals: int | None, digits: int | None) -> list[str]:
    if digits and isinstance(column, Numbers) and column.values.dtype.kind == "f":
        return _rounded(column.values, digits)
    return ["" if cell is None else cell for cell in column.cells(decimals)]


def _rounded(values: NDArray[Any], digits: int) -> list[str]:
    return [rounded(value, digits) for value in values]


def layout(
    names: Sequence[str], rows: Sequence[Sequence[str]], width: int, n_results: int
) -> tuple[list[str], int]:
    """Return the aligned lines, numbers to the right, and the number of columns left out."""
    columns = [[shorten(text, width) for text in column] for column in zip(names, *rows, strict=True)]
    shown = _fitting([max(map(width_of, column)) for column in columns], width, n_results)
    filled: list[list[str]] = []
    align = ""
    for before, number in zip([-1, *shown], [*shown, len(columns)], strict=True):
        if number != before + 1:
            filled.append([ELLIPSIS] * (len(rows) + 1))
            align += "<"
        if number < len(columns):
            filled.append(columns[number])
            align += ">" if all(map(_is_number, columns[number][1:])) else "<"
    header, *body = zip(*filled, strict=True)
    return table(header, body, align), len(columns) - len(shown)


def _fitting(sizes: Sequence[int], width: int, n_results: int) -> list[int]:
    """Return the columns that fit, the last ``n_results`` of them before the others; at least one."""
    if sum(sizes) + len(GAP) * (len(sizes) - 1) <= width:
        return list(range(len(sizes)))
    first = len(sizes) - n_results
    shown: list[int] = []
    for i in (*range(first, len(sizes)), *range(first)):
        wanted = sorted([*shown, i])
        gaps = sum(after != before + 1 for before, after in pairwise([-1, *wanted, len(sizes)]))
        taken = sum(sizes[j] for j in wanted) + gaps * len(ELLIPSIS) + len(GAP) * (len(wanted) + gaps - 1)
        if taken > width and shown:
            break
        shown = wanted
    return shown


def _is_number(text: str) -> Any:
    return text == "" or text[-1].isdigit() or text in ("nan", "inf", "-inf")
