"""The exact CSV reader where wrong rows are set aside: it goes on behind each of them.

A row that is wrong as a whole has other than the header's number of cells, a quote where none belongs,
or a byte that is no text. It ends where the csv module finds its end; but where a quote is never closed,
or not within the longest row, the row is the one line on which that stands.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

from nncli.errors import DataError
from nncli.tables.csv_records import (
    NO_UTF8,
    NUL,
    TOO_LONG,
    UNCLOSED,
    Records,
    is_blank,
    offset_of_line,
    quoting_problem,
    ragged,
    reader_of,
)
from nncli.tables.text_table import MAX_RECORD


def read_on(
    data: bytes,
    line: int,
    name: str,
    delimiter: str,
    n_columns: int,
    *,
    at_end: bool,
    limit: int | None = None,
) -> Records:
    """Do what `read_records` does, with all wrong rows among the others; their cells are empty.

    Raises
    ------
    DataError
        A line that is longer than any row may be.
    """
    is_cut = len(data) > MAX_RECORD
    if is_cut:
        data, at_end = data[:MAX_RECORD], False
    n_bytes = len(data) if at_end else data.rfind(b"\n") + 1
    text = data[:n_bytes].decode("utf-8", "surrogateescape")
    is_clean = _odd(text) is None
    rows: list[list[str]] = []
    lines: list[int] = []
    problems: dict[int, str] = {}
    done = 0  # whole lines taken
    for begin, end, row, problem in _rows(text, delimiter):
        if problem == UNCLOSED and not at_end and not (is_cut and begin == 0):
            break
        row = [""] if n_columns == 1 and not row else row
        if problem is not None or not is_blank(row, n_columns):
            if problem is None and not is_clean:
                problem = _odd("".join(row))
            if problem is None and len(row) != n_columns:
                problem = ragged(row, n_columns)
            if problem is not None:
                problems[len(rows)] = problem
                row = [""] * n_columns
            rows.append(row)
            lines.append(line + begin)
        done = end
        if len(rows) == limit:
            break
    if is_cut and not done:
        raise DataError(f"{name}:{line}: {TOO_LONG}")
    return Records(rows, lines, offset_of_line(data, done, n_bytes), problems)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, int, list[str], str | None]]:
    """Yield of each row or blank line where it begins and ends, its cells, and what is wrong with its quotes.

    Lines count from 0.
    """
    at = begin = done = 0  # of the reader's text, in characters and lines; of the rows, in lines
    reader = reader_of(text, delimiter)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            problem = quoting_problem(error)
            end = done + 1 if problem is None else begin + reader.line_num
            yield done, end, [], problem or UNCLOSED
            if problem is None or ' "' in text:  # where quotes open tells which blanks before them go
                for _ in range(end - begin):
                    at = text.find("\n", at) + 1 or len(text)
                reader, begin = reader_of(text[at:], delimiter), end
            done = end
            continue
        if row is None:
            return
        yield done, begin + reader.line_num, row, None
        done = begin + reader.line_num


def _odd(text: str) -> str | None:
    """Say which of its characters is no text: a NUL, or a byte that is not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return NO_UTF8.format(ord(text[error.start]) - 0xDC00)
    return NUL if "\0" in text else None
