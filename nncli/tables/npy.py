"""NumPy's .npy files: a matrix of rows in, the network's output matrix out."""

from __future__ import annotations

import io
import mmap
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.engines import WORTH_PROCESSES
from nncli.errors import DataError
from nncli.stores import reason
from nncli.tables.cells import rounded
from nncli.tables.columns import Column, Numbers
from nncli.tables.missing import fill_missing
from nncli.tables.own import Own, own_rows
from nncli.tables.read_options import ReadOptions
from nncli.tables.rows import Results, Rows
from nncli.tables.source import Source, as_file
from nncli.tables.table import Size, Table, position_names, row_ranges
from nncli.tables.wrong import of_numbered
from nncli.text import listed

_HEADER_SIZE = 128
"""NumPy's own: room for any row count, so that it can be filled in at the end."""


class RowSlice(NamedTuple):
    """Some rows, and the number of the first one."""

    rows: NDArray[Any]
    start: int


class NpyTable(Table["slice | RowSlice"]):
    """A matrix in a .npy file, mapped into memory; see `nncli.tables.table.Table`.

    Its columns have no names. Object arrays are refused: reading them could run any code.
    """

    has_header = False

    def __init__(self, source: Source, read_options: ReadOptions) -> None:
        self.name = source.name
        self._read_options = read_options
        self._coming = None if source.remote is None else _coming(source)
        if self._coming is None:
            with closing(source), as_file(source) as path:
                self._matrix = _map(path, self.name)
        else:
            self._matrix = self._coming.nothing
        self.n_rows = len(self._matrix) if self._coming is None else self._coming.n_rows
        self.columns = position_names(self._matrix.shape[1])

    @property
    def is_big(self) -> bool:
        """Whether there are enough numbers to be worth a start of more processes."""
        return (self.n_rows or 0) * self.bytes_per_row > WORTH_PROCESSES

    @property
    def bytes_per_row(self) -> int:
        """What the numbers of a row take."""
        return self._matrix.itemsize * self._matrix.shape[1]

    def blocks(
        self, features: Sequence[int], kept: Sequence[int], size: Size, limit: int | None = None
    ) -> Iterator[slice | RowSlice]:
        """Yield the rows' numbers in blocks, or the rows where a network brings them; see `Table.blocks`."""
        ranges = row_ranges(self, size, limit)
        return ranges if self._coming is None else map(self._coming.read, ranges)

    def parse(self, block: slice | RowSlice, features: Sequence[int], kept: Sequence[int]) -> Rows:
        """Return the rows of a block; see `Table.parse`."""
        rows, start = (self._matrix[block], block.start) if isinstance(block, slice) else block
        inputs = rows[:, list(features)]
        inputs = inputs.astype(np.float32 if inputs.dtype == np.float32 else np.float64)
        read_options = self._read_options
        wrong = of_numbered(self.name, start, set_aside=read_options.set_aside)
        names = [self.columns[i] for i in features]
        inputs, missing = fill_missing(
            inputs, read_options.missing, names, wrong, read_options.spelling.missing_numbers
        )
        copies: list[Column] = [Numbers(_copy(rows[:, i])) for i in kept]
        copied = Rows(inputs, copies, missing, start, wrong.rejects)
        _forget_pages(self._matrix)
        return copied

    def own(self, block: slice | RowSlice, rows: Sequence[int]) -> list[Own]:
        """Return some rows as lists of numbers; see `Table.own`."""
        matrix, start = (self._matrix[block], block.start) if isinstance(block, slice) else block
        columns = [Numbers(_copy(matrix[rows, i])) for i in range(matrix.shape[1])]
        return own_rows(columns, None, [start + row for row in rows])

    def close(self) -> None:
        """Let go of the map."""
        del self._matrix
        if self._coming is not None:
            self._coming.source.close()


class _Coming(NamedTuple):
    """A matrix whose rows come one after the other, from behind a network."""

    source: Source
    n_rows: int
    nothing: NDArray[Any]

    def read(self, rows: slice) -> RowSlice:
        """Return the rows that come next."""
        n_bytes = (rows.stop - rows.start) * self.nothing.shape[1] * self.nothing.itemsize
        pieces = []
        while n_bytes and (piece := self.source.read(n_bytes)):
            pieces.append(piece)
            n_bytes -= len(piece)
        matrix = np.frombuffer(b"".join(pieces), self.nothing.dtype)
        return RowSlice(matrix.reshape(-1, self.nothing.shape[1]), rows.start)


def _coming(source: Source) -> _Coming | None:
    """Return the matrix of a source that is read from its beginning; None where that is not so simple."""
    head = io.BytesIO(source.look(1 << 16))
    try:
        with warnings.catch_warnings(action="ignore"):
            if np.lib.format.read_magic(head) != (1, 0):
                return None
            shape, by_column, dtype = np.lib.format.read_array_header_1_0(head)
    except Exception:  # `_map` says what is wrong
        return None
    n_bytes = head.tell() + int(np.prod(shape, dtype=object)) * dtype.itemsize
    if len(shape) != 2 or not shape[1] or by_column or dtype.kind not in "biuf" or source.n_bytes != n_bytes:
        return None
    source.read(head.tell())
    return _Coming(source, shape[0], np.empty((0, shape[1]), dtype))


def _map(path: str | Path, name: str) -> NDArray[Any]:
    """Map the file; nothing is read but its header."""
    try:
        with warnings.catch_warnings(action="ignore"):  # the parser's, of what stands in the header
            matrix: NDArray[Any] = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # NumPy takes the header for Python: its tokenizer and parser complain too
        if isinstance(error, FileNotFoundError | IsADirectoryError | PermissionError):
            raise DataError(f"{name}: {reason(error)}") from error
        if "Python objects" in str(error):
            raise DataError(
                f"{name}: it holds Python objects, not numbers: save np.array(…, dtype=float)"
            ) from error
        why = reason(error) if isinstance(error, OSError | ValueError) else "its header is damaged"
        raise DataError(f"{name}: not a whole .npy file ({why})") from error
    if matrix.dtype.names is not None:
        raise DataError(
            f"{name}: an array of records ({listed(matrix.dtype.names)}), where numbers belong:"
            " save np.lib.recfunctions.structured_to_unstructured(…), or write its columns as Parquet or CSV"
        )
    if matrix.dtype.kind not in "biuf":
        kind = "texts" if matrix.dtype.kind in "US" else str(matrix.dtype)
        raise DataError(f"{name}: an array of {kind}, where numbers belong")
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


class NpyWriter:
    """The network's output matrix; rows without features are NaN. See `nncli.tables.writer.Writer`."""

    def __init__(self, names: Sequence[str], decimals: int | None = None) -> None:
        self.decimals = decimals

    def spell(self, results: Results) -> NDArray[Any]:
        """Return the outputs, (n_rows, n_outputs)."""
        matrix = rounded(np.ascontiguousarray(results.outputs), self.decimals)
        if results.missing is not None:
            matrix = np.where(results.missing[:, None], np.nan, matrix).astype(matrix.dtype)
        return matrix

    def write(self, stream: BinaryIO, spelled: Iterable[NDArray[Any]]) -> None:
        """Write the matrix.

        The header tells the number of rows, which is known at the end. A stream that can't go back
        gets its bytes from a temporary file.
        """
        if stream.seekable():
            _write_matrix(stream, spelled)
            return
        with tempfile.TemporaryFile() as spool:
            _write_matrix(spool, spelled)
            spool.seek(0)
            shutil.copyfileobj(spool, stream)


def _write_matrix(stream: BinaryIO, parts: Iterable[NDArray[Any]]) -> None:
    start = stream.tell()
    stream.write(bytes(_HEADER_SIZE))
    n_rows = n_columns = 0
    dtype: np.dtype[Any] = np.dtype(np.float64)
    for part in parts:
        stream.write(part.data.cast("B") if part.size else b"")
        n_rows += len(part)
        n_columns, dtype = part.shape[1], part.dtype
    stream.seek(start)
    stream.write(_header(dtype, (n_rows, n_columns)))
    stream.seek(0, 2)


def _header(dtype: np.dtype[Any], shape: tuple[int, int]) -> bytes:
    text = f"{{'descr': {dtype.str!r}, 'fortran_order': False, 'shape': {shape}, }}"
    body = text.encode().ljust(_HEADER_SIZE - 11) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(body).to_bytes(2, "little") + body
