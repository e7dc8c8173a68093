"""Parquet: row groups in and out, one after the other, by pyarrow."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet as pq

from nncli.errors import DataError, OutputError
from nncli.files import reason
from nncli.tables import arrow
from nncli.tables.arrow_block import ArrowBlock
from nncli.tables.arrow_column import ArrowColumn
from nncli.tables.columns import Column, Labels, Numbers
from nncli.tables.missing import MissingRule, fill_missing
from nncli.tables.rows import Results, Rows
from nncli.tables.table import BLOCK_BYTES, Size

MANY_CELLS = 1 << 20
"""More cells than these are worth a start of more processes."""

_BUFFER = 1 << 20
_GROUP_ROWS, _GROUP_CELLS = 1 << 15, 1 << 21
"""What one row group holds at most: it is in memory as a whole."""


class ParquetTable:
    """A table in a Parquet file; see `nncli.tables.table.Table`. Nulls are missing values."""

    n_bytes: int | None = None
    bytes_read = 0
    unsure_header: tuple[str, str] | None = None

    def __init__(self, path: str | Path, name: str, *, missing: MissingRule = "error") -> None:
        self.name = name
        self.has_header = True
        self._missing: MissingRule = missing
        try:
            open(path, "rb").close()  # for the system's own words where it can't be opened
            self._file = pq.ParquetFile(
                path, buffer_size=_BUFFER, pre_buffer=False, arrow_extensions_enabled=True
            )
            self._schema = self._file.schema_arrow
            self.columns: list[str] = list(self._schema.names)
            self.n_rows: int | None = self._file.metadata.num_rows
        except arrow.ERRORS as error:
            raise DataError(f"{self.name}: {_why(error)}") from error
        if not self.columns or len(set(self.columns)) < len(self.columns):
            self._file.close()
            raise DataError(f"{self.name}: it has no columns, or two of the same name")

    @property
    def is_big(self) -> bool:
        """Whether there are enough cells to be worth a start of more processes."""
        return (self.n_rows or 0) * len(self.columns) > MANY_CELLS

    @property
    def bytes_per_row(self) -> int:
        """About what the cells of a row take."""
        return 8 * len(self.columns)

    def blocks(
        self, features: Sequence[int], kept: Sequence[int], size: Size, limit: int | None = None
    ) -> Iterator[ArrowBlock]:
        """Read the wanted columns of some rows after the others; see `Table.blocks`."""
        for i in features:
            self._check_numeric(i)
        if limit != 0 and not self.n_rows:
            raise DataError(f"{self.name}: no rows")
        if limit == 0:
            yield ArrowBlock(self._no_rows())
        start = 0
        names = [self.columns[i] for i in {*features, *kept}]
        n_rows = max(1, min(size.most_rows, BLOCK_BYTES // (8 * len(names))))
        for batch in self._batches(names, max(n_rows // size.multiple, 1) * size.multiple, size.multiple):
            left = len(batch) if limit is None else min(limit - start, len(batch))
            if left <= 0:
                return
            yield ArrowBlock(batch[:left], start)
            start += left

    def parse(self, block: ArrowBlock, features: Sequence[int], kept: Sequence[int]) -> Rows:
        """Return the rows of a block; see `Table.parse`."""
        try:
            return self._rows(block, features, kept)
        except arrow.ERRORS as error:
            raise DataError(f"{self.name}: {_why(error)}") from error

    def _check_numeric(self, column: int) -> None:
        kind = self._schema.field(column).type
        if not arrow.is_numeric(kind):
            raise DataError(f"{self.name}: column {self.columns[column]}: {kind}, where numbers belong")

    def _no_rows(self) -> Any:
        empty = [column.combine_chunks() for column in self._schema.empty_table().columns]
        return pa.record_batch(empty, schema=self._schema)

    def _batches(self, names: list[str], n_rows: int, multiple: int) -> Iterator[Any]:
        """Read some columns, a multiple of rows at a time; row groups end where they will."""
        waiting: list[Any] = []
        try:
            for batch in self._file.iter_batches(n_rows, columns=names, use_threads=False):
                waiting.append(batch)
                rest = sum(map(len, waiting)) % multiple
                if len(batch) > rest:
                    waiting[-1] = batch[: len(batch) - rest]
                    yield _one(waiting)
                    waiting = [batch[len(batch) - rest :]] if rest else []
        except arrow.ERRORS as error:
            raise DataError(f"{self.name}: {_why(error)}") from error
        if waiting:
            yield _one(waiting)

    def _rows(self, block: ArrowBlock, features: Sequence[int], kept: Sequence[int]) -> Rows:
        batch = block.batch
        columns = [batch.column(self.columns[i]) for i in features]
        single = all(column.type == pa.float32() for column in columns)
        inputs: NDArray[Any] = np.empty((len(batch), len(columns)), np.float32 if single else np.float64)
        for i, column in enumerate(columns):
            inputs[:, i] = arrow.to_numpy(column)

        def place(row: int, column: int) -> str:
            return f"{self.name}: row {block.first + row}: column {self.columns[features[column]]}"

        inputs, missing = fill_missing(inputs, self._missing, place)
        return Rows(inputs, [_kept(batch.column(self.columns[i])) for i in kept], missing, block.first)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the file."""
        self._file.close()


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return reason(error)
    return f"not a whole Parquet file ({_first_line(error)})"


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:200]


def _one(batches: Sequence[Any]) -> Any:
    """Return the rows of batches in one."""
    if len(batches) == 1:
        return batches[0]
    return pa.Table.from_batches(batches).unify_dictionaries().combine_chunks().to_batches()[0]


def _kept(column: Any) -> Column:
    """Return numbers as NumPy's array where none is null; all else stays what it is."""
    is_plain = arrow.is_number(column.type) and not column.null_count
    return Numbers(arrow.to_numpy(column)) if is_plain else ArrowColumn(column)


class ParquetWriter:
    """A Parquet file; the network's cells are null in rows without features.

    See `nncli.tables.writer.Writer`.
    """

    def __init__(self, names: Sequence[str], decimals: int | None = None) -> None:
        self.names = list(names)
        self.decimals = decimals

    def spell(self, results: Results) -> ArrowBlock:
        """Return the rows as Arrow holds them."""
        columns = [column.to_arrow(self.decimals) for column in results.kept]
        for part in (results.trace, results.prediction, results.outputs):
            if isinstance(part, Labels):
                columns.append(part.to_arrow())
            elif part is not None:
                values = part if self.decimals is None else part.round(self.decimals)
                columns += [arrow.numbers(values[:, j], results.missing) for j in range(part.shape[1])]
        return ArrowBlock(pa.record_batch(columns, names=self.names))

    def write(self, stream: BinaryIO, spelled: Iterable[ArrowBlock]) -> None:
        """Write row groups, and what tells where they are."""
        batches = (block.batch for block in spelled)
        first = next(batches, None)
        untyped = pa.schema([(name, pa.string()) for name in self.names])  # no block tells the columns' types
        schema = untyped if first is None else first.schema
        sink = _Sink(stream)
        try:
            writer = pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, **_encoding(schema))
        except arrow.ERRORS as error:
            raise OutputError(f"Parquet can't hold these columns: {_first_line(error)}") from error
        try:
            if first is not None:
                _write_groups(writer, chain([first], batches), len(self.names))
            writer.close()
        except BaseException as error:
            sink.stream = None  # the writer ends its file even when it is thrown away
            writer.is_open = False
            if isinstance(error, pa.ArrowException):
                raise OutputError(f"Parquet can't hold these rows: {_first_line(error)}") from error
            raise


def _encoding(schema: Any) -> dict[str, Any]:
    """Return how columns are packed: a dictionary takes time and gains nothing where all floats differ.

    Their bytes are split into streams, of which that of the exponents packs well.
    """
    floats = [field.name for field in schema if field.type in (pa.float32(), pa.float64())]
    return {
        "compression": "zstd",
        "compression_level": 1,
        "use_dictionary": [name for name in schema.names if name not in floats],
        "use_byte_stream_split": floats,
    }


def _write_groups(writer: Any, batches: Iterable[Any], n_columns: int) -> None:
    """Write row groups that are whole: how rows come must not show."""
    group_rows = max(1, min(_GROUP_ROWS, _GROUP_CELLS // n_columns))
    waiting: list[Any] = []
    for batch in batches:
        waiting.append(batch)
        while (n_rows := sum(map(len, waiting))) >= group_rows:
            last = waiting.pop()
            n_more = len(last) - (n_rows - group_rows)
            writer.write_batch(_one([*waiting, last[:n_more]]))
            waiting = [last[n_more:]]
            pa.default_memory_pool().release_unused()
    if waiting:
        writer.write_batch(_one(waiting))


class _Sink(io.RawIOBase):
    """A stream that can be taken away from who writes to it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream: BinaryIO | None = stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return len(data) if self.stream is None else self.stream.write(data)
