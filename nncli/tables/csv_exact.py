"""The exact CSV reader: RFC 4180 to the letter, the right line for every problem.

It is the reference for the fast reader, and the only one for small files.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.errors import DataError
from nncli.tables.columns import Column, Texts
from nncli.tables.missing import MissingRule, emptied, substitute
from nncli.tables.numbers import OF_NUMBERS, PLAIN, NumberError, Spelling, number
from nncli.tables.rows import Rows
from nncli.tables.text_table import AS_UTF_8, MAX_RECORD, SMALL_BLOCK
from nncli.text import cut

_NEWLINE = b"\n"
csv.field_size_limit(MAX_RECORD)


class Wanted(NamedTuple):
    """Which cells of a row go where.

    ``columns`` are the names of all columns of the file called ``name``; ``features`` and
    ``kept`` are indexes into them.
    """

    name: str
    columns: Sequence[str]
    features: Sequence[int]
    kept: Sequence[int]
    delimiter: str
    missing: MissingRule
    spelling: Spelling = PLAIN


class Records(NamedTuple):
    """Rows of cells from the beginning of a block of text.

    ``lines`` holds the file's line on which each row begins; ``n_bytes`` is where the row after
    the last one begins in the block.
    """

    rows: list[list[str]]
    lines: list[int]
    n_bytes: int


def parse_exact(
    data: bytes, line: int, wanted: Wanted, *, at_end: bool, limit: int | None
) -> tuple[Rows, int]:
    """Read whole rows from the beginning of a block of a CSV file.

    Parameters
    ----------
    data
        Begins with a row; may end in the middle of one unless `at_end`.
    line
        The file's line, from 1, on which the block begins.
    limit
        No more rows than that.

    Returns
    -------
    The rows and the number of bytes that they took: 0 if the block holds no whole row.

    Raises
    ------
    DataError
        If the first problem of the block comes before the last row.
    """
    records = read_records(
        data,
        line,
        wanted.name,
        wanted.delimiter,
        at_end=at_end,
        limit=limit,
        n_columns=len(wanted.columns),
    )
    features, missing = _features(records, wanted)
    kept: list[Column] = [Texts([row[i] for row in records.rows], wanted.spelling) for i in wanted.kept]
    return Rows(features, kept, missing), records.n_bytes


def parse_portion(
    data: bytes, line: int, wanted: Wanted, *, at_end: bool, limit: int | None
) -> tuple[Rows, int]:
    """Do what `parse_exact` does with the first rows of a large block: those of a few bytes, or one."""
    is_last = at_end and len(data) <= SMALL_BLOCK
    batch, n_bytes = parse_exact(data[:SMALL_BLOCK], line, wanted, at_end=is_last, limit=limit)
    if n_bytes or len(data) <= SMALL_BLOCK:
        return batch, n_bytes
    return parse_exact(data, line, wanted, at_end=at_end, limit=1)


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
    """Split a block into rows of cells; see `parse_exact`.

    Blank lines are skipped, but in a table of one column they are rows with an empty cell. A
    problem is raised only where it comes first; else the rows before it are returned.
    """
    if too_much := len(data) > MAX_RECORD:
        data, at_end = data[:MAX_RECORD], False
    text, n_bytes, problem = _decode(data, line, name, at_end=at_end)
    unclosed = None if problem or not at_end else "a quote is opened here and never closed"
    rows: list[list[str]] = []
    lines: list[int] = []
    done = 0  # whole lines taken
    if delimiter == " ":
        text = re.sub(r" +(?=\r?$)", "", text, flags=re.MULTILINE)
    elif f"{delimiter} " in text or text.startswith(" ") or "\n " in text:
        text = _without_blanks_before_quotes(text, delimiter)
    reader = csv.reader(
        io.StringIO(text, newline="\n"), delimiter=delimiter, strict=True, skipinitialspace=delimiter == " "
    )
    while limit is None or len(rows) < limit:
        try:
            row = next(reader, None)
        except csv.Error as error:
            if (quoting := _quoting_problem(error) or unclosed) is not None:
                problem = f"{name}:{line + done}: {quoting}"
            break
        if row is None:
            break
        if n_columns == 1 and not row:
            row = [""]
        blank = not row or (len(row) == 1 and n_columns != 1 and row[0].isspace())
        if not blank:
            if n_columns is not None and len(row) != n_columns:
                problem = f"{name}:{line + done}: {_count(len(row))} where {n_columns} belong"
                break
            rows.append(row)
            lines.append(line + done)
        done = reader.line_num
    if too_much and not done:
        problem = problem or f"{name}:{line}: a row of more than 16 MiB (is a quote not closed?)"
    if problem and not rows:
        raise DataError(problem)
    return Records(rows, lines, offset_of_line(data, done, n_bytes))


def _decode(data: bytes, line: int, name: str, *, at_end: bool) -> tuple[str, int, str | None]:
    """Return the whole lines before the first byte that is no text, their size, and that problem."""
    end = len(data) if at_end else data.rfind(b"\n") + 1
    nul = data.find(b"\0", 0, end)
    try:
        text = str(memoryview(data)[: end if nul < 0 else nul], "utf-8")
    except UnicodeDecodeError as error:
        wrong, what = error.start, f"not UTF-8 text (byte 0x{data[error.start]:02x}); {AS_UTF_8}"
    else:
        if nul < 0:
            return text, end, None
        wrong, what = nul, "not a text file (it holds a NUL byte)"
    end = data.rfind(b"\n", 0, wrong) + 1
    problem = f"{name}:{line + data.count(_NEWLINE, 0, wrong)}: {what}"
    return str(memoryview(data)[:end], "utf-8"), end, problem


def _without_blanks_before_quotes(text: str, delimiter: str) -> str:
    """Return a text whose quoted cells begin with their quote: some write a space behind each delimiter."""
    if '"' not in text:
        return text
    pattern = rf'"[^"]*"|(^|{re.escape(delimiter)}) +(?=")'
    return re.sub(pattern, lambda found: found[1] if found[1] is not None else found[0], text, flags=re.M)


def _quoting_problem(error: csv.Error) -> str | None:
    """Say what the csv module found, or None where the block ends inside a quoted cell."""
    text = str(error)
    if "end of data" in text:
        return None
    if "expected after" in text:
        return "text after a closing quote (a quote inside a quoted cell is written twice)"
    if "new-line" in text:
        return r"a lone carriage return; lines end in LF or CRLF (tr '\r' '\n' < OLD > NEW makes them so)"
    return text


def _count(n_cells: int) -> str:
    return "1 cell" if n_cells == 1 else f"{n_cells} cells"


def offset_of_line(data: bytes, n_lines: int, n_bytes: int) -> int:
    """Return where line number `n_lines`, from 0, begins in the first `n_bytes` bytes."""
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8, count=n_bytes) == _NEWLINE[0])
    if n_lines == 0:
        return 0
    return int(ends[n_lines - 1]) + 1 if n_lines <= len(ends) else n_bytes


def _features(records: Records, wanted: Wanted) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
    """Return the feature cells as numbers, (n_rows, n_features), and the mask of missing rows."""
    picked = wanted.features
    shape = (len(records.rows), len(picked))
    if not picked:
        return np.empty(shape), None
    if len(picked) == 1:
        cells = [row[picked[0]] for row in records.rows]
    else:
        cells = list(chain.from_iterable(map(itemgetter(*picked), records.rows)))
    if wanted.spelling.is_plain and not "".join(cells).encode().translate(None, OF_NUMBERS):
        with suppress(ValueError):
            values = np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
            if np.isfinite(values).all():
                return values.reshape(shape), None
    return _features_by_cell(records, wanted)


def _features_by_cell(
    records: Records, wanted: Wanted
) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
    """Do what `_features` does where some cell is no plain number."""
    features = np.zeros((len(records.rows), len(wanted.features)))
    for r, (row, line) in enumerate(zip(records.rows, records.lines, strict=True)):
        for i, column in sorted(enumerate(wanted.features), key=itemgetter(1)):
            place = f"{wanted.name}:{line}: column {cut(wanted.columns[column], 80)}"
            try:
                value = number(row[column], wanted.spelling)
            except NumberError as error:
                raise DataError(f"{place}: {error}", remedies=error.remedies) from None
            features[r, i] = substitute(wanted.missing, place, row[column]) if value is None else value
    return emptied(features)
