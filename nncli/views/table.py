"""Rows as an aligned table for people."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, BinaryIO

import numpy as np

from nncli.tables.cells import number_cells
from nncli.tables.columns import Column, Labels
from nncli.tables.rows import Results
from nncli.text import ELLIPSIS, printable, width_of
from nncli.views.text import GAP, line, table

SHOWN_ROWS = 20


class ScreenWriter:
    """The first rows as a table for a terminal, and a line that says how many more there are.

    Columns that do not fit into ``width`` characters are left out, the middle ones first; ``way_out``
    then says how all come. See `nncli.tables.writer.Writer`.
    """

    def __init__(self, names: Sequence[str], decimals: int | None, width: int, way_out: str) -> None:
        self.names = names
        self.decimals = decimals
        self.width = width
        self.way_out = way_out

    def spell(self, results: Results) -> tuple[int, list[list[str]]]:
        """Return the number of rows, and the texts of those that are shown."""
        return len(results), texts(results[: max(0, SHOWN_ROWS - results.first)], self.decimals)

    def write(self, stream: BinaryIO, spelled: Iterable[tuple[int, list[list[str]]]]) -> None:
        """Write the table."""
        rows: list[list[str]] = []
        n_rows = 0
        for n, shown in spelled:
            n_rows += n
            rows += shown
        lines, left_out = layout(self.names, rows, self.width)
        more = n_rows - len(rows)
        notes = [f"{more:,} more row{'s' * (more > 1)}"] if more else []
        notes += [f"{left_out:,} more column{'s' * (left_out > 1)}"] if left_out else []
        if notes:
            lines.append(f"… {' and '.join(notes)}; {self.way_out}")
        encoding = sys.stdout.encoding or "utf-8"
        stream.write("".join(f"{text}\n" for text in lines).encode(encoding, "replace"))


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


def texts(results: Results, decimals: int | None = None) -> list[list[str]]:
    """Return the texts of each row, in the output's order."""
    columns = [_column(column) for column in results.kept]
    absent = np.zeros(len(results), np.bool_) if results.missing is None else results.missing
    for part in (results.trace, results.prediction, results.outputs):
        if isinstance(part, Labels):
            columns.append(_column(part))
        elif part is not None:
            for values in part.T:
                cells = number_cells(values, decimals)
                columns.append(["" if no else cell for cell, no in zip(cells, absent, strict=True)])
    return [list(row) for row in zip(*columns, strict=True)]


def _column(column: Column) -> list[str]:
    return ["" if cell is None else cell for cell in column.cells()]


def layout(
    names: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None
) -> tuple[list[str], int]:
    """Return the aligned lines, numbers to the right, and the number of columns left out."""
    columns = [[printable(text) for text in column] for column in zip(names, *rows, strict=True)]
    shown = _fitting([max(map(width_of, column)) for column in columns], width)
    filled: list[list[str]] = []
    align = ""
    for before, number in zip([-1, *shown], shown, strict=False):
        if number != before + 1:
            filled.append([ELLIPSIS] * (len(rows) + 1))
            align += "<"
        filled.append(columns[number])
        align += ">" if all(map(_is_number, columns[number][1:])) else "<"
    header, *body = zip(*filled, strict=True)
    return table(header, body, align), len(columns) - len(shown)


def _fitting(sizes: Sequence[int], width: int | None) -> list[int]:
    """Return the columns that fit, taken in turn from the front and the back; at least one."""
    if width is None or sum(sizes) + len(GAP) * (len(sizes) - 1) <= width:
        return list(range(len(sizes)))
    from_both_ends = chain.from_iterable((i, len(sizes) - 1 - i) for i in range((len(sizes) + 1) // 2))
    room = width - len(ELLIPSIS) - len(GAP)
    shown: list[int] = []
    for i in dict.fromkeys(from_both_ends):
        room -= sizes[i] + len(GAP)
        if room < 0 and shown:
            break
        shown.append(i)
    return sorted(shown)


def _is_number(text: str) -> Any:
    return text == "" or text[-1].isdigit() or text in ("nan", "inf", "-inf")
