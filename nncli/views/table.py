"""Rows as an aligned table for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, TextIO

import numpy as np

from nncli.tables.batch import Batch, Column, Labels

SHOWN_ROWS = 20
GAP = "  "


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
        for row in range(min(len(batch), SHOWN_ROWS - len(rows))):
            rows.append(cells(batch, row, decimals))
        n_rows += len(batch)
    lines, left_out = layout(names, rows, width)
    file.writelines(f"{line}\n" for line in lines)
    more = n_rows - len(rows)
    notes = [f"{more:,} more row{'s' * (more > 1)}"] if more else []
    notes += [f"{left_out:,} more column{'s' * (left_out > 1)}"] if left_out else []
    if notes:
        file.write(f"… {' and '.join(notes)}; -o FILE or a pipe gives all\n")


def cells(batch: Batch, row: int, decimals: int | None = None) -> list[str]:
    """Return the texts of one row, in the output's order."""
    absent = batch.missing is not None and bool(batch.missing[row])
    texts = [cell(column, row, None) for column in batch.kept]
    for matrix, is_output in ((batch.trace, False), (batch.outputs, True)):
        if is_output and batch.prediction is not None:
            texts.append(cell(batch.prediction, row, None))
        if matrix is not None:
            texts += ["" if absent else number(value, decimals) for value in matrix[row]]
    return texts


def cell(column: Column, row: int, decimals: int | None) -> str:
    """Return the text of a column's cell."""
    if isinstance(column, Labels):
        code = column.codes[row]
        return "" if code < 0 else column.texts[code]
    value = column[row]
    if isinstance(value, (str, np.str_)):
        return str(value)
    if isinstance(value, np.generic):
        return number(value, decimals)
    text = value.as_py() if hasattr(value, "as_py") else value  # a cell of an Arrow column
    return "" if text is None else str(text)


def number(value: np.generic, decimals: int | None = None) -> str:
    """Return the shortest text that reads back to the same value, or so many decimals."""
    import orjson

    if not np.isfinite(value):
        return str(value)
    if decimals is not None and isinstance(value, np.floating):
        return f"{value:.{decimals}f}"
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY).decode()


def layout(
    names: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None
) -> tuple[list[str], int]:
    """Return the aligned lines, numbers to the right, and the number of columns left out."""
    columns = [[printable(text) for text in column] for column in zip(names, *rows, strict=True)]
    sizes = [max(map(len, column)) for column in columns]
    shown = _fitting(sizes, width)
    aligned: list[list[str]] = []
    for before, number_of_column in zip([-1, *shown], shown, strict=False):
        if number_of_column != before + 1:
            aligned.append(["…"] * (len(rows) + 1))
        column = columns[number_of_column]
        to_left = not all(_is_number(text) for text in column[1:])
        size = sizes[number_of_column]
        aligned.append([text.ljust(size) if to_left else text.rjust(size) for text in column])
    lines = [GAP.join(line).rstrip() for line in zip(*aligned, strict=True)]
    return lines, len(columns) - len(shown)


def printable(text: str) -> str:
    """Return the text on one line, its control characters escaped."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _fitting(sizes: Sequence[int], width: int | None) -> list[int]:
    """Return the columns that fit, taken in turn from the front and the back; at least one."""
    if width is None or sum(sizes) + len(GAP) * (len(sizes) - 1) <= width:
        return list(range(len(sizes)))
    from_both_ends = chain.from_iterable((i, len(sizes) - 1 - i) for i in range((len(sizes) + 1) // 2))
    room = width - len("…") - len(GAP)
    shown: list[int] = []
    for i in dict.fromkeys(from_both_ends):
        room -= sizes[i] + len(GAP)
        if room < 0 and shown:
            break
        shown.append(i)
    return sorted(shown)


def _is_number(text: str) -> Any:
    return text == "" or text[-1].isdigit() or text in ("nan", "inf", "-inf")
