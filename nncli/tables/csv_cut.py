"""Where blocks of a CSV file end: after whole rows, found without reading the cells.

NumPy counts what ends a row and what separates cells. Where that leaves a doubt (a quote where none
belongs, a byte that is no text), the exact reader finds the rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.errors import DataError
from nncli.tables.csv_exact import Records, offset_of_line, read_records
from nncli.tables.csv_text import QUOTE, RETURN, whole_rows
from nncli.tables.text_table import SMALL_BLOCK, Cut, count_lines, cut_at

_LF = ord("\n")


class Layout(NamedTuple):
    """What tells the rows of a file apart: messages name the file, and each row has so many cells."""

    name: str
    delimiter: str
    n_columns: int


def count_rows(data: bytes, layout: Layout, multiple: int, *, at_end: bool) -> Cut | None:
    """Find whole rows at the beginning of a text without reading their cells.

    Parameters
    ----------
    data
        Begins with a row; may end in the middle of one unless `at_end`.
    multiple
        So many rows are kept together, unless the text has fewer or they are the file's last.

    Returns
    -------
    None where there is no whole row, or where that is in doubt.
    """
    if not layout.delimiter.isascii() or layout.delimiter == " ":  # several blanks are one
        return None
    end = whole_rows(data, layout.delimiter, at_end=at_end)
    if not end:
        return None
    text = np.frombuffer(data, np.uint8, end)
    lines, delimiters = text == _LF, text == ord(layout.delimiter)
    newlines = lines
    if data.find(b'"', 0, end) >= 0:
        unquoted = ~np.logical_xor.accumulate(text == QUOTE)  # each quote turns it over
        newlines, delimiters = lines & unquoted, delimiters & unquoted
    last = not lines[-1]  # a row without a newline at its end
    for has_blank_lines in (False, True):
        ends = row_ends(text, newlines) if has_blank_lines else newlines
        n_bytes, n_rows = cut_at(ends, 1 if at_end else multiple, last=last)
        # A row has its delimiters; a line without a cell, which is no row, has none. A row that makes
        # up for that with too many is wrong, and ends the run.
        if np.count_nonzero(delimiters[:n_bytes]) == n_rows * (layout.n_columns - 1):
            known = newlines is lines and not has_blank_lines
            n_lines = n_rows - last if known else int(np.count_nonzero(lines[:n_bytes]))
            return Cut(n_bytes, n_rows, n_lines, is_plain=True)
    return None


def row_ends(text: NDArray[np.uint8], newlines: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the newlines that end more than a blank line."""
    begins = np.concatenate([[True], newlines[:-1]])  # of lines
    ends = newlines & ~begins
    if (text == RETURN).any():
        ends[1:] &= ~((text[:-1] == RETURN) & begins[:-1])
    return ends


def cut_exactly(data: bytes, line: int, layout: Layout, multiple: int, *, at_end: bool) -> Cut:
    """Do what `count_rows` does by reading rows, a portion of the text after the other, to a multiple.

    Parameters
    ----------
    line
        The file's line, from 1, on which the text begins.
    """
    n_bytes = n_rows = 0
    first_line = line
    while n_bytes < len(data):
        rest = data[n_bytes:]
        try:
            records = _portion(rest, line, layout, at_end=at_end)
        except DataError as problem:
            return Cut(n_bytes, n_rows, line - first_line, problem)
        if not records.n_bytes:
            break
        taken, size = len(records.rows), records.n_bytes
        n_more = (n_rows + taken) % multiple
        if 0 < n_more < taken:
            taken -= n_more
            size = offset_of_line(rest, records.lines[taken] - line, size)
        line += count_lines(rest[:size])
        n_bytes += size
        n_rows += taken
        if n_rows % multiple == 0:
            break
    return Cut(n_bytes, n_rows, line - first_line)


def _portion(data: bytes, line: int, layout: Layout, *, at_end: bool) -> Records:
    """Read the rows in the first few bytes of a text, or one that is longer."""
    name, delimiter, n_columns = layout
    is_last = at_end and len(data) <= SMALL_BLOCK
    start = data[:SMALL_BLOCK]
    records = read_records(start, line, name, delimiter, at_end=is_last, n_columns=n_columns)
    if records.n_bytes or len(data) <= SMALL_BLOCK:
        return records
    return read_records(data, line, name, delimiter, at_end=at_end, limit=1, n_columns=n_columns)
