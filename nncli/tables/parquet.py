"""Parquet: row groups in and out, one after the other, by pyarrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet as pq

from nncli.errors import DataError
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

    def __init__(self, path: str | Path, name: str, *, missing: MissingRule = "error") -> None:
        self.name = name
        self.has_header = True
        self._missing: MissingRule = missing
        try:
            open(path, "rb").close()  # for the system's own words where it can't be opened
            self._file = pq.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False)
        except (OSError, ValueError) as error:  # pyarrow's own errors are both
            raise DataError(f"{self.name}: {_why(error)}") from error
        self.columns: list[str] = list(self._file.schema_arrow.names)
        self.n_rows: int | None = self._file.metadata.num_rows
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
            yield self._batch(pa.RecordBatch.from_pylist([], self._file.schema_arrow), features, kept, 0)
        start = 0
        for table in self._tables([self.columns[i] for i in {*features, *kept}], limit):
            batch = self._batch(table, features, kept, start)
            start += len(batch)
            yield batch

    def _check_numeric(self, column: int) -> None:
        kind = self._file.schema_arrow.field(column).type
        if not arrow.is_number(kind):
            raise DataError(f"{self.name}: column {self.columns[column]}: {kind}, where numbers belong")

    def _tables(self, columns: list[str], limit: int | None) -> Iterator[Any]:
        left = self.n_rows or 0 if limit is None else limit
        n_rows = max(1, min(_BATCH_ROWS, left, (1 << 20) // len(columns)))
        try:
            for table in self._file.iter_batches(n_rows, columns=columns):
                if left <= 0:
                    return
                yield table[:left]
                left -= len(table)
        except (OSError, ValueError) as error:
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
    first_line = str(error).split("\n", 1)[0]
    return f"not a whole Parquet file ({first_line[:200]})"


def _kept(column: Any) -> Column:
    """Return numbers as an array, a pyarrow one where some are null; all else as text."""
    if arrow.is_number(column.type):
        return column if column.null_count else arrow.to_numpy(column)
    try:
        return column.cast(pa.string())
    except NotImplementedError:  # lists, structs and the like
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())


def write_parquet(
    stream: BinaryIO, names: Sequence[str], batches: Iterable[Batch], decimals: int | None = None
) -> None:
    """Write a Parquet file; the network's cells are null in rows without features."""
    writer = None
    waiting: list[Any] = []
    group_rows = max(1, min(_GROUP_ROWS, _GROUP_CELLS // len(names)))
    for batch in batches:
        waiting.append(_record_batch(batch, names, decimals))
        if writer is None:
            writer = pq.ParquetWriter(pa.PythonFile(stream, mode="w"), waiting[0].schema)
        while (n_rows := sum(map(len, waiting))) >= group_rows:  # whole ones: how rows come must not show
            last = waiting.pop()
            n_more = len(last) - (n_rows - group_rows)
            writer.write_table(pa.Table.from_batches([*waiting, last[:n_more]]).combine_chunks())
            waiting = [last[n_more:]]
            pa.default_memory_pool().release_unused()
    if writer is None:  # no batch has told the columns' types
        schema = pa.schema([(name, pa.string()) for name in names])
        writer = pq.ParquetWriter(pa.PythonFile(stream, mode="w"), schema)
    elif waiting:
        writer.write_table(pa.Table.from_batches(waiting).combine_chunks())
    writer.close()


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
