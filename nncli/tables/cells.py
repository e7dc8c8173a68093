"""The text of cells: one spelling of numbers, whatever the format."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray


def rounded(values: NDArray[Any], decimals: int | None) -> NDArray[Any]:
    """Return floats rounded to so many decimals; those stay that are too large to have any."""
    if decimals is None or values.dtype.kind != "f":
        return values
    with np.errstate(over="ignore", invalid="ignore"):  # NumPy multiplies by 10 ** decimals
        near = values.round(decimals)
    return np.where(np.isfinite(near), near, values)


def number_rows(matrix: NDArray[Any], decimals: int | None, separator: str = ",") -> list[str]:
    """Return each row of a matrix as numbers with a separator between.

    A number is the shortest text that reads back to the same value in the matrix's dtype, or has
    that many decimals. NaN and infinities are spelled ``nan``, ``inf`` and ``-inf``.
    """
    if not matrix.size:
        return [""] * len(matrix)
    floats = matrix.dtype.kind == "f"
    if floats and decimals is not None:
        pattern = separator.join([f"%.{decimals}f"] * matrix.shape[1])
        return [pattern % tuple(row) for row in matrix.tolist()]
    text, _ends = number_lines(matrix, separator.encode())
    rows = text.tobytes().decode().split("\n")[:-1]
    if floats and not np.isfinite(matrix).all():
        for i in np.flatnonzero(~np.isfinite(matrix).all(axis=1)):
            cells = zip(rows[i].split(separator), matrix[i].tolist(), strict=True)
            rows[i] = separator.join(repr(value) if cell == "null" else cell for cell, value in cells)
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


def _json(array: NDArray[Any]) -> NDArray[np.uint8]:
    native = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
    return np.frombuffer(orjson.dumps(native, option=orjson.OPT_SERIALIZE_NUMPY), np.uint8)


def number_cells(values: NDArray[Any], decimals: int | None) -> list[str]:
    """Return the text of each number of a column, as `number_rows` spells it."""
    return number_rows(values.reshape(-1, 1), decimals)
