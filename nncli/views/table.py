"""Rows as an aligned table for people."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, BinaryIO, TextIO

import numpy as np

from nncli.tables.batch import Batch, Column, Labels
from nncli.tables.cells import number_cells, number_rows, text_cells
from nncli.text import ELLIPSIS, printable, width_of
from nncli.views.text import GAP, line, table

SHOWN_ROWS = 20


def write(
    file: TextIO,
    names: Sequence[str],
    batches: Iterable[Batch],
    decimals: int | None = None,
    width: int | None = None,
) -> None:
    """Write the first rows as a table, and a line that says how many more there are.

    Columns that do not fit into ``width`` characters are left out, the middle ones first.
    """
    rows: list[list[str]] = []
    n_rows = 0
    for batch in batches:
        rows += texts(batch[: SHOWN_ROWS - len(rows)], decimals) if len(rows) < SHOWN_ROWS else []
        n_rows += len(batch)
    lines, left_out = layout(names, rows, width)
    file.writelines(f"{line}\n" for line in lines)
    more = n_rows - len(rows)
    notes = [f"{more:,} more row{'s' * (more > 1)}"] if more else []
    notes += [f"{left_out:,} more column{'s' * (left_out > 1)}"] if left_out else []
    if notes:
        file.write(f"… {' and '.join(notes)}; -o FILE or a pipe gives all\n")


def write_complete(
    stream: BinaryIO, names: Sequence[str], batches: Iterable[Batch], decimals: int | None = None
) -> None:
    """Write all rows as a table, in UTF-8.

    How wide a column is, its last row tells; till then the cells wait in a temporary file.
    """
    widths = [width_of(printable(name)) for name in names]
    align = [">"] * len(names)
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="backslashreplace", newline="\n") as waiting:
        waiting.write("\t".join(map(printable, names)) + "\n")
        for batch in batches:
            for part in batch.parts():
                rows = [[printable(text) for text in row] for row in texts(part, decimals)]
                for i, column in enumerate(zip(*rows, strict=True)):
                    widths[i] = max(widths[i], *map(width_of, column))
                    align[i] = align[i] if all(map(_is_number, column)) else "<"
                waiting.writelines("\t".join(row) + "\n" for row in rows)
        waiting.seek(0)
        for row in waiting:
            stream.write((line(row[:-1].split("\t"), widths, align) + "\n").encode())


def texts(batch: Batch, decimals: int | None = None) -> list[list[str]]:
    """Return the texts of each row, in the output's order."""
    columns = [_column(column) for column in batch.kept]
    absent = np.zeros(len(batch), np.bool_) if batch.missing is None else batch.missing
    for part in (batch.trace, batch.prediction, batch.outputs):
        if isinstance(part, Labels):
            columns.append(_column(part))
        elif part is not None:
            for values in part.T:
                cells = number_rows(values.reshape(-1, 1), decimals)
                columns.append(["" if no else cell.decode() for cell, no in zip(cells, absent, strict=True)])
    return [list(row) for row in zip(*columns, strict=True)]


def _column(column: Column) -> list[str]:
    """Return the texts of a kept column or of labels; a missing value is empty."""
    if isinstance(column, Labels):
        return [column.texts[code] if code >= 0 else "" for code in column.codes.tolist()]
    numbers = number_cells(column, None, b"")
    if numbers is not None:
        return [cell.decode() for cell in numbers]
    return [cell or "" for cell in text_cells(column)]


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
