"""The text of cells: one spelling of numbers, whatever the format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

import numpy as np
import orjson
from numpy.typing import NDArray

from nncli.tables.batch import Column, Labels, TextColumn


def number_rows(matrix: NDArray[Any], decimals: int | None, separator: bytes = b",") -> list[bytes]:
    """Return each row of a matrix as numbers with a separator between.

    A number is the shortest text that reads back to the same value in the matrix's dtype, or has
    that many decimals. NaN and infinities are spelled ``nan``, ``inf`` and ``-inf``.
    """
    if not matrix.size:
        return [b""] * len(matrix)
    floats = matrix.dtype.kind == "f"
    if floats and decimals is not None:
        pattern = separator.decode().join([f"%.{decimals}f"] * matrix.shape[1])
        return [(pattern % tuple(row)).encode() for row in matrix.tolist()]
    text, _ends = number_lines(matrix, separator)
    rows = text.tobytes().split(b"\n")[:-1]
    if floats and not np.isfinite(matrix).all():
        for i in np.flatnonzero(~np.isfinite(matrix).all(axis=1)):
            cells = zip(rows[i].split(separator), matrix[i].tolist(), strict=True)
            rows[i] = separator.join(b"%a" % value if cell == b"null" else cell for cell, value in cells)
    return rows


def number_lines(matrix: NDArray[Any], separator: bytes = b",") -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """Return the rows of a matrix that is not empty as lines, and where each line's newline is.

    NaN and infinities are null here.
    """
    text = _json(matrix.ravel())[1:].copy()  # of [1,2,3,4]: nested lists take longer
    text[-1] = ord(",")
    commas = np.flatnonzero(text == ord(","))
    if separator != b",":
        text[commas] = ord(separator)
    ends = commas[matrix.shape[1] - 1 :: matrix.shape[1]]
    text[ends] = ord("\n")
    return text, ends


def labelled_lines(
    labels: NDArray[np.uint8], matrix: NDArray[Any], separator: bytes = b","
) -> NDArray[np.uint8]:
    """Return `number_lines` with a label of one byte before each row.

    In a nested list three bytes stand between two rows, ``],[``. They are just the room for a newline,
    a label and a separator: nothing has to move.
    """
    text = _json(matrix).copy()
    ends = np.flatnonzero(text == ord("]"))[:-1]
    begins = np.concatenate([[0], ends[:-1] + 1])
    if separator != b",":
        text[text == ord(",")] = ord(separator)
    text[ends] = ord("\n")
    text[begins] = labels
    text[begins + 1] = ord(separator)
    return text[: ends[-1] + 1]


def _json(array: NDArray[Any]) -> NDArray[np.uint8]:
    native = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
    return np.frombuffer(orjson.dumps(native, option=orjson.OPT_SERIALIZE_NUMPY), np.uint8)


def number_cells(column: Column, decimals: int | None, none: bytes) -> list[bytes] | None:
    """Return the text of each number of a column, as `number_rows` spells it; None if it is text.

    ``none`` stands where a column of pyarrow has no value.
    """
    if is_numeric(column):
        return number_rows(column.reshape(-1, 1), decimals)
    kind: Any = getattr(column, "type", None)
    if kind is None:
        return None
    from nncli.tables import arrow

    if not arrow.is_number(kind):
        return None
    values, nulls = arrow.values_and_nulls(column)
    cells = number_rows(values.reshape(-1, 1), decimals)
    for i in np.flatnonzero(nulls):
        cells[i] = none
    return cells


def label_cells(labels: Labels, texts: Sequence[bytes], none: bytes) -> list[bytes]:
    """Return one of the texts for each row; `none` where the row has no label."""
    by_code = [*texts, none]  # code -1 is the last
    return [by_code[code] for code in labels.codes.tolist()]


def text_cells(column: TextColumn | NDArray[Any]) -> list[str | None]:
    """Return the cells of a column as text; None where there is no value."""
    if isinstance(column, np.ndarray):
        return [str(value) for value in column.tolist()]
    if isinstance(column, list):
        return column
    from nncli.tables.arrow_text import texts_of

    cells: list[str | None] = texts_of(column).to_pylist()
    return cells


def is_numeric(column: Column) -> TypeGuard[NDArray[Any]]:
    """Whether a kept column is an array of numbers."""
    return isinstance(column, np.ndarray) and column.dtype.kind in "biuf"
