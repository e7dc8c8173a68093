"""Rows of plain cells: NumPy finds what separates them, Arrow reads the numbers where they lie.

A parser of CSV moves every cell first, and column by column, which takes twice as long.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from nncli.tables import arrow
from nncli.tables.arrow_column import ArrowColumn
from nncli.tables.csv_exact import Wanted
from nncli.tables.rows import Rows, joined

_PIECE, _PIECES = 1 << 18, 4
"""How much is read at once, and in about how many pieces a large block."""


def parse_plain(rows: bytes, wanted: Wanted) -> Rows | None:
    """Read whole rows; None where there are quotes or blank lines, or a feature is not just a number.

    There may be space around it, for instance, or its value is missing.
    """
    if b'"' in rows:
        return None
    if b"\r" in rows:
        rows = rows.replace(b"\r\n", b"\n")
    if not rows.endswith(b"\n"):
        rows += b"\n"
    size = max(_PIECE, len(rows) // _PIECES)
    parsed, begin = [], 0
    while begin < len(rows):
        end = rows.rfind(b"\n", begin, begin + size) + 1 or rows.index(b"\n", begin) + 1
        piece = _parse_piece(rows[begin:end], wanted)
        if piece is None:
            return None
        parsed.append(piece)
        begin = end
    return joined(parsed)


def _parse_piece(rows: bytes, wanted: Wanted) -> Rows | None:
    """Do what `parse_plain` does with rows of which each ends in a newline."""
    bounds = _bounds(rows, wanted.delimiter, len(wanted.columns))
    if bounds is None:
        return None
    width = 2 * len(wanted.columns)  # of a row: every other text is a cell
    features = [2 * i for i in wanted.features]
    n_rows = len(bounds) // width
    is_feature = np.zeros(width, np.bool_)
    is_feature[features] = True
    feature_texts = arrow.texts_between(rows, bounds, np.tile(is_feature, n_rows))
    try:
        numbers = arrow.call("cast", feature_texts, options=arrow.compute().CastOptions.safe(pa.float64()))
    except pa.ArrowInvalid:
        return None
    matrix = arrow.stored(numbers).reshape(n_rows, width).take(features, axis=1)
    if not np.isfinite(matrix).all():
        return None
    texts = arrow.texts_between(rows, bounds)
    places = [np.arange(2 * i, len(texts), width, dtype=np.int32) for i in wanted.kept]
    return Rows(matrix, [ArrowColumn(arrow.call("take", texts, arrow.numbers(place))) for place in places])


def _bounds(rows: bytes, delimiter: str, n_columns: int) -> NDArray[np.int32] | None:
    """Return where texts begin and end, each cell's and by turns what separates it from the next.

    None where a row has not so many cells.
    """
    text = np.frombuffer(rows, np.uint8)
    separates = text == ord("\n")
    n_rows = np.count_nonzero(separates)
    separates |= text == ord(delimiter)
    separators = np.flatnonzero(separates)
    if (
        len(separators) != n_rows * n_columns
        or (text[separators[n_columns - 1 :: n_columns]] != ord("\n")).any()
    ):
        return None
    bounds = np.zeros(2 * len(separators) + 1, np.int32)
    bounds[1::2] = separators
    np.add(bounds[1::2], 1, out=bounds[2::2])
    return bounds
