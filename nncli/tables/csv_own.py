"""Rows of a CSV file as they stand in it, for those that are set aside."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nncli.tables.csv_cut import Layout, ends_of_rows, portion
from nncli.tables.own import Own, as_text
from nncli.tables.text_table import count_lines


def own_rows(data: bytes, line: int, layout: Layout, rows: Sequence[int]) -> list[Own]:
    """Return some rows of a block.

    Parameters
    ----------
    line
        The file's line, from 1, on which the block begins.
    rows
        Their numbers in the block, from 0.
    """
    newlines = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    starts = _starts(data, line, layout, newlines)
    blanks = b" \t".replace(layout.delimiter.encode(), b"") if layout.n_columns > 1 else b""
    blank_line = rb"[%s]*\r?\n" % blanks if blanks else rb"(?!)"
    before, after = re.compile(rb"(?:%s)*" % blank_line), re.compile(rb"\r?\n(?:%s)*\Z" % blank_line)
    here = np.array(rows, dtype=np.intp)
    numbers = line + np.searchsorted(newlines, starts[here])
    own = []
    for start, stop, number in zip(
        starts[here].tolist(), starts[here + 1].tolist(), numbers.tolist(), strict=True
    ):
        text = data[start:stop]
        if b"\n" in text[:-1]:  # it has several lines, or blank ones around
            found = before.match(text)
            n_blank = 0 if found is None else found.end()
            number += text.count(b"\n", 0, n_blank)
            text = after.sub(b"", text[n_blank:], count=1)
        else:
            text = text.removesuffix(b"\n").removesuffix(b"\r")
        own.append(Own(number, as_text(text)))
    return own


def _starts(data: bytes, line: int, layout: Layout, newlines: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return where each row begins, with blank lines before it or after it, and where the last one ends."""
    found = ends_of_rows(data, layout, at_end=True)
    if found is not None:
        stops = np.flatnonzero(found.ends) + 1
        return np.concatenate([[0], stops, [len(data)] if found.last else []]).astype(np.intp)
    lines: list[int] = []
    at, here = 0, line
    while at < len(data):
        records = portion(data[at:], here, layout, at_end=True)
        if not records.n_bytes:
            break
        lines += records.lines
        here += count_lines(data[at : at + records.n_bytes])
        at += records.n_bytes
    of_lines = np.concatenate([[0], newlines + 1])
    return np.append(of_lines[np.array(lines, dtype=np.intp) - line], len(data))
