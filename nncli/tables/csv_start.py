"""What stands before the header of a CSV file, and what separates its cells where the user does not say."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import NamedTuple

from nncli.tables.numbers import reads_as_data
from nncli.tables.text_table import MAX_RECORD, Text

_SEPARATORS = ",;\t|"
_EXCEL = rb'"?sep=(.)"?\r?\n?'
_MARK = rb"#+[ \t]+"


class Start(NamedTuple):
    """What was found out about a file: what separates its cells, and what its user may want to know of it."""

    delimiter: str
    remark: str | None = None


def find_start(text: Text, delimiter: str | None, default: str, *, has_header: bool) -> Start:
    """Take what stands before the header, or the first row, and find out what separates cells.

    Excel's line ``sep=;`` says that. Lines that begin with ``#`` are comments; NumPy's ``savetxt``
    writes the header so.

    Parameters
    ----------
    delimiter
        The one that the user has chosen.
    default
        The one of the format, which is taken unless the first line has another one in its place.
    """
    line = _line(text, 0)
    if excel := len(line) < 10 and re.fullmatch(_EXCEL, line, re.IGNORECASE | re.DOTALL):
        text.drop(len(line))
        delimiter = delimiter or excel[1].decode(errors="replace")
        line = _line(text, 0)
    remark = None
    if line.startswith(b"#"):
        marks = [delimiter] if delimiter else dict.fromkeys([default, *_SEPARATORS, " "])
        remark = _take_comments(text, [*marks], has_header=has_header)
        line = _line(text, 0)
    if delimiter is not None:
        return Start(delimiter, remark)
    if (other := _other_separator(line, _line_there(text, len(line)), default)) is not None:
        shown = "tabs" if other == "\t" else f"'{other}'"
        return Start(other, f"the cells are separated by {shown}")
    return Start(default, remark)


def _take_comments(text: Text, marks: Sequence[str], *, has_header: bool) -> str | None:
    """Take the lines that begin with ``#``, and the mark itself where the last of them is the header."""
    at, last, n_lines = 0, b"", 0
    while (line := _line(text, at)).startswith(b"#"):
        at, last, n_lines = at + len(line), line, n_lines + 1
    named = re.sub(_MARK, b"", last, count=1)
    cut = [(_cells(named, mark), _cells(line, mark)) for mark in marks]
    names, first = next((both for both in cut if len(both[0]) == len(both[1]) > 1), cut[0])
    alike = not line or len(names) == len(first)
    is_marked = re.match(_MARK, last) is not None
    if alike and (not is_marked or not line or (has_header and any(reads_as_data([c]) for c in first))):
        text.drop(at - len(last))
        text.data = re.sub(_MARK, b"", text.data, count=1) if is_marked else text.data
        n_lines -= 1
    else:
        text.drop(at)
    lines = "line is a comment" if n_lines == 1 else f"{n_lines} lines are comments"
    return f"the first {lines}" if n_lines else None


def _other_separator(line: bytes, following: bytes | None, default: str) -> str | None:
    """Return what separates the cells of a line that has not one of the default separators."""
    if len(_cells(line, default)) != 1:
        return None
    counts = {other: len(_cells(line, other)) for other in _SEPARATORS if other != default}
    if following is not None:
        counts = {other: n for other, n in counts.items() if len(_cells(following, other)) == n}
    best = max(counts, key=lambda other: counts[other], default=default)
    return best if counts.get(best, 1) > 1 else None


def _cells(line: bytes, delimiter: str) -> list[str]:
    reader = csv.reader(
        [line.decode(errors="replace")], delimiter=delimiter, skipinitialspace=delimiter == " "
    )
    try:
        return next(reader, [])
    except csv.Error:
        return []


def _line(text: Text, at: int) -> bytes:
    """Return the line that begins at some place of the text, with its end; read on where that is needed."""
    while (end := text.data.find(b"\n", at)) < 0 and not text.at_end and len(text.data) < at + MAX_RECORD:
        text.read()
    return text.data[at:] if end < 0 else text.data[at : end + 1]


def _line_there(text: Text, at: int) -> bytes | None:
    """Return the line at a place, if it is read already; None if it is not, or blank."""
    end = text.data.find(b"\n", at)
    line = text.data[at : len(text.data) if end < 0 else end + 1]
    return line if line.strip() and (end >= 0 or text.at_end) else None
