"""Where blocks of a CSV file end: after whole rows, found without reading the cells.

NumPy counts what ends a row and what separates cells. Where that leaves a doubt (a quote where none
belongs, a byte that is no text), the exact reader finds the rows.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.errors import DataError
from nncli.tables.csv_records import Records, offset_of_line, read_records
from nncli.tables.csv_text import QUOTE, RETURN, whole_rows
from nncli.tables.text_table import MAX_RECORD, SMALL_BLOCK, Cut, count_lines, cut_at

_LF = ord("\n")


class Layout(NamedTuple):
    """What tells the rows of a file apart: messages name the file, and each row has so many cells.

    A row that has other cells is an error, or one to be ``set_aside``.
    """

    name: str
    delimiter: str
    n_columns: int
    set_aside: bool = False


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
    if layout.set_aside:
        return _count_any(data, layout, multiple, at_end=at_end)
    if not layout.delimiter.isascii() or layout.delimiter == " ":  # several blanks are one
        return None
    end = whole_rows(data, layout.delimiter, at_end=at_end)
    if not end:
        return None
    text = np.frombuffer(data, np.uint8, end)
    lines, delimiters = text == _LF, text == ord(layout.delimiter)
    newlines = lines
    if data.find(b'"', 0, end) >= 0:
        unquoted = _unquoted(text)
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


def _count_any(data: bytes, layout: Layout, multiple: int, *, at_end: bool) -> Cut | None:
    """Do what `count_rows` does where a row may have any number of cells."""
    found = ends_of_rows(data, layout, at_end=at_end)
    if found is None:
        return None
    n_bytes, n_rows = cut_at(found.ends, 1 if at_end else multiple, last=found.last)
    n_lines = n_rows - found.last if found.are_lines else count_lines(data[:n_bytes])
    return Cut(n_bytes, n_rows, n_lines, is_plain=found.is_text)


class Ends(NamedTuple):
    """Where rows end.

    Attributes
    ----------
    ends
        Which bytes end whole rows, right or wrong ones.
    last
        Whether another row follows the last end.
    is_text
        Whether all bytes are text.
    are_lines
        Whether every line is a row.
    """

    ends: NDArray[np.bool_]
    last: bool
    is_text: bool
    are_lines: bool


def ends_of_rows(data: bytes, layout: Layout, *, at_end: bool) -> Ends | None:
    """Return where rows end; None where that is in doubt."""
    delimiter, n_columns = layout.delimiter, layout.n_columns
    if not delimiter.isascii() or delimiter == " ":
        return None
    end = whole_rows(data, delimiter, at_end=at_end)
    is_text = end > 0
    if not is_text and QUOTE not in data and len(data) <= MAX_RECORD:  # then every line is a row
        end = len(data) if at_end else data.rfind(b"\n") + 1
    if not end:
        return None
    text = np.frombuffer(data, np.uint8, end)
    ends = text == _LF
    last = bool(not ends[-1])
    are_lines = data.find(b'"', 0, end) < 0
    if not are_lines:
        ends &= _unquoted(text)
    blanks = b" \t".replace(delimiter.encode(), b"")
    firsts = text[np.flatnonzero(ends[:-1]) + 1]
    if n_columns > 1 and (np.isin(firsts, [*b"\r\n", *blanks]).any() or data[0] in b"\r\n" + blanks):
        are_lines = False
        ends = row_ends(text, ends)
        for blank in re.finditer(rb"^[%s]+\r?\n" % blanks, data[:end], re.MULTILINE):
            ends[blank.end() - 1] = False
        last = last and not data[data.rfind(b"\n", 0, end) + 1 : end].isspace()
    return Ends(ends, last, is_text, are_lines)


def _unquoted(text: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which bytes stand outside of quotes."""
    return ~np.logical_xor.accumulate(text == QUOTE)  # each quote turns it over


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
            records = portion(rest, line, layout, at_end=at_end)
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


def portion(data: bytes, line: int, layout: Layout, *, at_end: bool, limit: int | None = None) -> Records:
    """Read the rows in the first few bytes of a text, at most so many, or one that is longer."""
    from nncli.tables.csv_aside import read_on

    name, delimiter, n_columns, set_aside = layout
    read = read_on if set_aside else read_records
    is_last = at_end and len(data) <= SMALL_BLOCK
    start = data[:SMALL_BLOCK]
    records = read(start, line, name, delimiter, at_end=is_last, limit=limit, n_columns=n_columns)
    if records.n_bytes or len(data) <= SMALL_BLOCK:
        return records
    return read(data, line, name, delimiter, at_end=at_end, limit=1, n_columns=n_columns)
