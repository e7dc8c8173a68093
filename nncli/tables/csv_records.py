"""Rows of cells: how the csv module tells them apart, and what is wrong with them.

The first wrong row ends it; `csv_aside` goes on behind each.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from nncli.errors import DataError
from nncli.tables.text_table import AS_UTF_8, MAX_RECORD

UNCLOSED = "a quote is opened here and never closed"
TOO_LONG = "a row of more than 16 MiB (is a quote not closed?)"
NO_UTF8 = "not UTF-8 text (byte 0x{:02x})"
NUL = "not a text file (it holds a NUL byte)"

_NEWLINE = b"\n"
csv.field_size_limit(MAX_RECORD)


class Records(NamedTuple):
    """Rows of cells from the beginning of a block of text.

    ``lines`` holds the file's line on which each row begins; ``n_bytes`` is where the row after
    the last one begins in the block. ``problems`` says of a row's number what is wrong with it as a
    whole, where such rows are set aside.
    """

    rows: list[list[str]]
    lines: list[int]
    n_bytes: int
    problems: Mapping[int, str] = {}


def read_records(
    data: bytes,
    line: int,
    name: str,
    delimiter: str,
    *,
    at_end: bool,
    limit: int | None = None,
    n_columns: int | None = None,
) -> Records:
    """Split whole rows at the beginning of a text into cells.

    Blank lines are skipped, but in a table of one column they are rows with an empty cell. A
    problem is raised only where it comes first; else the rows before it are returned.

    Parameters
    ----------
    data
        Begins with a row; may end in the middle of one unless `at_end`.
    line
        The file's line, from 1, on which the text begins.
    limit
        No more rows than that.
    """
    if too_much := len(data) > MAX_RECORD:
        data, at_end = data[:MAX_RECORD], False
    text, n_bytes, problem = _decode(data, line, name, at_end=at_end)
    unclosed = None if problem or not at_end else UNCLOSED
    rows: list[list[str]] = []
    lines: list[int] = []
    done = 0  # whole lines taken
    reader = reader_of(text, delimiter)
    while limit is None or len(rows) < limit:
        try:
            row = next(reader, None)
        except csv.Error as error:
            if (quoting := quoting_problem(error) or unclosed) is not None:
                problem = f"{name}:{line + done}: {quoting}"
            break
        if row is None:
            break
        if n_columns == 1 and not row:
            row = [""]
        if not is_blank(row, n_columns):
            if n_columns is not None and len(row) != n_columns:
                problem = f"{name}:{line + done}: {ragged(row, n_columns)}"
                break
            rows.append(row)
            lines.append(line + done)
        done = reader.line_num
    if too_much and not done:
        problem = problem or f"{name}:{line}: {TOO_LONG}"
    if problem and not rows:
        raise DataError(problem)
    return Records(rows, lines, offset_of_line(data, done, n_bytes))


def reader_of(text: str, delimiter: str) -> Any:
    """Return a strict reader of the csv module over a text."""
    if delimiter == " ":
        text = re.sub(r" +(?=\r?$)", "", text, flags=re.MULTILINE)
    elif f"{delimiter} " in text or text.startswith(" ") or "\n " in text:
        text = _without_blanks_before_quotes(text, delimiter)
    lines = io.StringIO(text, newline="\n")
    return csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=delimiter == " ")


def is_blank(row: Sequence[str], n_columns: int | None) -> bool:
    """Whether the cells are those of a blank line, which is no row."""
    return not row or (len(row) == 1 and n_columns != 1 and row[0].isspace())


def ragged(row: Sequence[str], n_columns: int) -> str:
    """Say that a row has not so many cells."""
    return f"{'1 cell' if len(row) == 1 else f'{len(row)} cells'} where {n_columns} belong"


def _decode(data: bytes, line: int, name: str, *, at_end: bool) -> tuple[str, int, str | None]:
    """Return the whole lines before the first byte that is no text, their size, and that problem."""
    end = len(data) if at_end else data.rfind(b"\n") + 1
    nul = data.find(b"\0", 0, end)
    try:
        text = str(memoryview(data)[: end if nul < 0 else nul], "utf-8")
    except UnicodeDecodeError as error:
        wrong, what = error.start, f"{NO_UTF8.format(data[error.start])}; {AS_UTF_8}"
    else:
        if nul < 0:
            return text, end, None
        wrong, what = nul, NUL
    end = data.rfind(b"\n", 0, wrong) + 1
    problem = f"{name}:{line + data.count(_NEWLINE, 0, wrong)}: {what}"
    return str(memoryview(data)[:end], "utf-8"), end, problem


def _without_blanks_before_quotes(text: str, delimiter: str) -> str:
    """Return a text whose quoted cells begin with their quote: some write a space behind each delimiter."""
    if '"' not in text:
        return text
    pattern = rf'"[^"]*"|(^|{re.escape(delimiter)}) +(?=")'
    return re.sub(pattern, lambda found: found[1] if found[1] is not None else found[0], text, flags=re.M)


def quoting_problem(error: csv.Error) -> str | None:
    """Say what the csv module found, or None where the block ends inside a quoted cell."""
    text = str(error)
    if "end of data" in text:
        return None
    if "expected after" in text:
        return "text after a closing quote (a quote inside a quoted cell is written twice)"
    if "new-line" in text:
        return r"a lone carriage return; lines end in LF or CRLF (tr '\r' '\n' < OLD > NEW makes them so)"
    return text


def offset_of_line(data: bytes, n_lines: int, n_bytes: int) -> int:
    """Return where line number `n_lines`, from 0, begins in the first `n_bytes` bytes."""
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8, count=n_bytes) == _NEWLINE[0])
    if n_lines == 0:
        return 0
    return int(ends[n_lines - 1]) + 1 if n_lines <= len(ends) else n_bytes
