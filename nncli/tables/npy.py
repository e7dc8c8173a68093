"""NumPy's .npy files: a matrix of rows in, the network's output matrix out."""

from __future__ import annotations

import mmap
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from nncli.errors import DataError
from nncli.files import reason
from nncli.tables.batch import Batch
from nncli.tables.missing import MissingRule, fill_missing
from nncli.tables.table import position_names

_BATCH_BYTES = 1 << 20
_HEADER_SIZE = 128
"""NumPy's own: room for any row count, so that it can be filled in at the end."""


class NpyTable:
    """A matrix in a .npy file, mapped into memory; see `nncli.tables.table.Table`.

    Its columns have no names. Object arrays are refused: reading them could run any code.
    """

    n_bytes: int | None = None
    bytes_read = 0
    takes_turns = False
    unsure_header: tuple[str, str] | None = None

    def __init__(self, path: str | Path, name: str, *, missing: MissingRule = "error") -> None:
        self.name = name
        self.has_header = False
        self._missing: MissingRule = missing
        self._matrix = _map(path, self.name)
        self.n_rows: int | None = len(self._matrix)
        self.columns = position_names(self._matrix.shape[1])

    def batches(
        self, features: Sequence[int], kept: Sequence[int], limit: int | None = None
    ) -> Iterator[Batch]:
        """Yield the rows in batches; see `Table.batches`."""
        matrix = self._matrix
        end = len(matrix) if limit is None else min(limit, len(matrix))
        if not end and limit != 0:
            raise DataError(f"{self.name}: no rows")
        n_rows = max(1, _BATCH_BYTES // max(1, matrix.itemsize * matrix.shape[1]))
        for start in range(0, end or 1, n_rows):
            rows = matrix[start : min(start + n_rows, end)]
            inputs = rows[:, list(features)]
            inputs = inputs.astype(np.float32 if inputs.dtype == np.float32 else np.float64)

            def place(row: int, column: int, start: int = start) -> str:
                return f"{self.name}: row {start + row}: column {self.columns[features[column]]}"

            inputs, missing = fill_missing(inputs, self._missing, place)
            yield Batch(inputs, [_copy(rows[:, i]) for i in kept], missing)
            _forget_pages(matrix)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Let go of the map."""
        del self._matrix


def _map(path: str | Path, name: str) -> NDArray[Any]:
    """Map the file; nothing is read but its header."""
    try:
        with warnings.catch_warnings(action="ignore"):  # the parser's, of what stands in the header
            matrix: NDArray[Any] = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # NumPy takes the header for Python: its tokenizer and parser complain too
        if isinstance(error, FileNotFoundError | IsADirectoryError | PermissionError):
            raise DataError(f"{name}: {reason(error)}") from error
        if "Python objects" in str(error):
            raise DataError(f"{name}: it holds Python objects, not numbers") from error
        why = reason(error) if isinstance(error, OSError | ValueError) else "its header is damaged"
        raise DataError(f"{name}: not a whole .npy file ({why})") from error
    if matrix.dtype.kind not in "biuf":
        raise DataError(f"{name}: an array of {matrix.dtype}, where numbers belong")
    if matrix.ndim != 2:
        shape = " x ".join(map(str, matrix.shape)) or "no dimension"
        raise DataError(f"{name}: an array of shape {shape}, where rows x inputs belong")
    return matrix


def _forget_pages(matrix: NDArray[Any]) -> None:
    """Give back the memory of the pages that were read; they stay in the system's cache."""
    known = hasattr(mmap, "MADV_DONTNEED")  # not on Windows
    if known and isinstance(matrix.base, mmap.mmap) and matrix.flags.c_contiguous:
        matrix.base.madvise(mmap.MADV_DONTNEED)


def _copy(column: NDArray[Any]) -> NDArray[Any]:
    """Return a column in memory, as numbers that every writer knows."""
    odd = column.dtype.kind == "f" and column.itemsize not in (4, 8)
    return column.astype(np.float64) if odd else np.array(column)


def write_npy(
    stream: BinaryIO, names: Sequence[str], batches: Iterable[Batch], decimals: int | None = None
) -> None:
    """Write the network's output matrix; rows without features are NaN.

    The header tells the number of rows, which is known at the end. A stream that can't go back
    gets its bytes from a temporary file.
    """
    if stream.seekable():
        _write_matrix(stream, batches, decimals)
        return
    with tempfile.TemporaryFile() as spool:
        _write_matrix(spool, batches, decimals)
        spool.seek(0)
        shutil.copyfileobj(spool, stream)


def _write_matrix(stream: BinaryIO, batches: Iterable[Batch], decimals: int | None) -> None:
    start = stream.tell()
    stream.write(bytes(_HEADER_SIZE))
    n_rows = 0
    last: NDArray[Any] = np.empty((0, 0))
    for batch in batches:
        last = _matrix(batch, decimals)
        stream.write(last.data.cast("B") if last.size else b"")
        n_rows += len(last)
    stream.seek(start)
    stream.write(_header(last.dtype, (n_rows, last.shape[1])))
    stream.seek(0, 2)


def _matrix(batch: Batch, decimals: int | None) -> NDArray[Any]:
    if batch.outputs is None:
        raise ValueError("a .npy file holds the network's outputs; this batch has none")
    matrix = np.ascontiguousarray(batch.outputs)
    if decimals is not None:
        matrix = matrix.round(decimals)
    if batch.missing is not None:
        matrix = np.where(batch.missing[:, None], np.nan, matrix).astype(matrix.dtype)
    return matrix


def _header(dtype: np.dtype[Any], shape: tuple[int, int]) -> bytes:
    text = f"{{'descr': {dtype.str!r}, 'fortran_order': False, 'shape': {shape}, }}"
    body = text.encode().ljust(_HEADER_SIZE - 11) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(body).to_bytes(2, "little") + body
