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
from nncli.tables.batch import Batch, Column, Labels
from nncli.tables.cells import is_numeric, text_cells
from nncli.tables.missing import MissingRule, fill_missing

_BATCH_ROWS = 1 << 15
_BUFFER = 1 << 20
_GROUP_ROWS, _GROUP_CELLS = 1 << 15, 1 << 21
"""What one row group holds at most: it is in memory as a whole."""


class ParquetTable:
    """A table in a Parquet file; see `nncli.tables.table.Table`. Nulls are missing values."""

    n_bytes: int | None = None
    bytes_read = 0
    takes_turns = False
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

    def batches(
        self, features: Sequence[int], kept: Sequence[int], limit: int | None = None
    ) -> Iterator[Batch]:
        """Yield the rows in batches; see `Table.batches`."""
        for i in features:
            self._check_numeric(i)
        if limit != 0 and not self.n_rows:
            raise DataError(f"{self.name}: no rows")
        if limit == 0:
            yield self._batch(self._no_rows(), features, kept, 0)
        start = 0
        for table in self._tables([self.columns[i] for i in {*features, *kept}], limit):
            try:
                batch = self._batch(table, features, kept, start)
            except arrow.ERRORS as error:
                raise DataError(f"{self.name}: {_why(error)}") from error
            start += len(batch)
            yield batch

    def _check_numeric(self, column: int) -> None:
        kind = self._schema.field(column).type
        if not arrow.is_numeric(kind):
            raise DataError(f"{self.name}: column {self.columns[column]}: {kind}, where numbers belong")

    def _no_rows(self) -> Any:
        empty = [column.combine_chunks() for column in self._schema.empty_table().columns]
        return pa.record_batch(empty, schema=self._schema)

    def _tables(self, columns: list[str], limit: int | None) -> Iterator[Any]:
        left = self.n_rows or 0 if limit is None else limit
        n_rows = max(1, min(_BATCH_ROWS, left, (1 << 20) // len(columns)))
        try:
            for table in self._file.iter_batches(n_rows, columns=columns):
                if left <= 0:
                    return
                yield table[:left]
                left -= len(table)
        except arrow.ERRORS as error:
            raise DataError(f"{self.name}: {_why(error)}") from error

    def _batch(self, table: Any, features: Sequence[int], kept: Sequence[int], start: int) -> Batch:
        columns = [table.column(self.columns[i]) for i in features]
        single = all(column.type == pa.float32() for column in columns)
        inputs: NDArray[Any] = np.empty((len(table), len(columns)), np.float32 if single else np.float64)
        for i, column in enumerate(columns):
            inputs[:, i] = arrow.to_numpy(column)

        def place(row: int, column: int) -> str:
            return f"{self.name}: row {start + row}: column {self.columns[features[column]]}"

        inputs, missing = fill_missing(inputs, self._missing, place)
        return Batch(inputs, [_kept(table.column(self.columns[i])) for i in kept], missing)

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


def _kept(column: Any) -> Column:
    """Return numbers as NumPy's array where none is null; all else stays what it is."""
    is_plain = arrow.is_number(column.type) and not column.null_count
    return arrow.to_numpy(column) if is_plain else column


def write_parquet(
    stream: BinaryIO, names: Sequence[str], batches: Iterable[Batch], decimals: int | None = None
) -> None:
    """Write a Parquet file; the network's cells are null in rows without features."""
    made = (_record_batch(batch, names, decimals) for batch in batches)
    first = next(made, None)
    untyped = pa.schema([(name, pa.string()) for name in names])  # where no batch tells the columns' types
    schema = untyped if first is None else first.schema
    sink = _Sink(stream)
    try:
        writer = pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema)
    except arrow.ERRORS as error:
        raise OutputError(f"Parquet can't hold these columns: {_first_line(error)}") from error
    try:
        if first is not None:
            _write_groups(writer, chain([first], made), len(names))
        writer.close()
    except BaseException as error:
        sink.stream = None  # the writer ends its file even when it is thrown away
        writer.is_open = False
        if isinstance(error, pa.ArrowException):
            raise OutputError(f"Parquet can't hold these rows: {_first_line(error)}") from error
        raise


def _write_groups(writer: Any, batches: Iterable[Any], n_columns: int) -> None:
    """Write row groups that are whole: how rows come must not show."""
    group_rows = max(1, min(_GROUP_ROWS, _GROUP_CELLS // n_columns))
    waiting: list[Any] = []
    for batch in batches:
        waiting.append(batch)
        while (n_rows := sum(map(len, waiting))) >= group_rows:
            last = waiting.pop()
            n_more = len(last) - (n_rows - group_rows)
            writer.write_table(_joined([*waiting, last[:n_more]]))
            waiting = [last[n_more:]]
            pa.default_memory_pool().release_unused()
    if waiting:
        writer.write_table(_joined(waiting))


def _joined(batches: Sequence[Any]) -> Any:
    return pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()


class _Sink(io.RawIOBase):
    """A stream that can be taken away from who writes to it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream: BinaryIO | None = stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return len(data) if self.stream is None else self.stream.write(data)


def _record_batch(batch: Batch, names: Sequence[str], decimals: int | None) -> Any:
    columns = [_array(column, decimals) for column in batch.kept]
    for part in (batch.trace, batch.prediction, batch.outputs):
        if isinstance(part, Labels):
            columns.append(_array(part, decimals))
        elif part is not None:
            columns += [_array(part[:, j], decimals, batch.missing) for j in range(part.shape[1])]
    return pa.record_batch(columns, names=list(names))


def _array(column: Column, decimals: int | None, missing: NDArray[np.bool_] | None = None) -> Any:
    if isinstance(column, Labels):
        texts = arrow.texts(column.texts)
        values = texts if column.quoted else texts.cast(pa.int64())
        return values.take(arrow.numbers(column.codes, column.codes < 0))
    if is_numeric(column):
        if decimals is not None and column.dtype.kind == "f":
            column = column.round(decimals)
        return arrow.numbers(column, missing)
    return column if isinstance(column, pa.Array) else arrow.texts(text_cells(column))
