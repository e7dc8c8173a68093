"""Parquet: row groups in and out, one after the other, by pyarrow."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
from pyarrow import parquet as pq

from nncli.errors import DataError, OutputError
from nncli.tables import arrow
from nncli.tables.arrow_block import ArrowBlock
from nncli.tables.cells import rounded
from nncli.tables.columnar import ColumnarTable, first_line, one_batch, why
from nncli.tables.columns import Labels
from nncli.tables.read_options import ReadOptions
from nncli.tables.rows import Results
from nncli.tables.source import Source, from_anywhere

if TYPE_CHECKING:
    from nncli.stores.reading import RemoteFile

_BUFFER = 1 << 20
_AT_ONCE = 1 << 25
"""Bytes of a remote row group that are fetched at once."""
_GROUP_ROWS, _GROUP_CELLS = 1 << 15, 1 << 21
"""What one row group holds at most: it is in memory as a whole."""


class ParquetTable(ColumnarTable):
    """A table in a Parquet file; see `nncli.tables.table.Table`."""

    called = "Parquet"

    def __init__(self, source: Source, read_options: ReadOptions) -> None:
        self._remote = source.remote
        try:
            with closing(source), from_anywhere(source) as place:
                self._file = pq.ParquetFile(
                    place, buffer_size=_BUFFER, pre_buffer=False, arrow_extensions_enabled=True
                )
                self._place: Any = place
            schema, n_rows = self._file.schema_arrow, self._file.metadata.num_rows
        except arrow.ERRORS as error:
            raise DataError(why(source.name, self.called, error)) from error
        try:
            super().__init__(source.name, schema, n_rows, read_options)
        except BaseException:
            self._file.close()
            raise

    def _read(self, names: list[str], n_rows: int) -> Iterator[Any]:
        if not self.n_rows:
            return iter(())
        if self._remote is not None:
            return self._read_remote(self._remote, names, n_rows)
        return iter(self._file.iter_batches(n_rows, columns=names, use_threads=False))

    def _read_remote(self, remote: RemoteFile, names: list[str], n_rows: int) -> Iterator[Any]:
        """Do as `_read`: what a row group's columns need is fetched at once, while the one before is in work.

        Larger row groups are read piece by piece: they would take too much memory.
        """
        groups = range(self._file.num_row_groups)
        coming = self._fetched(remote, 0, names)
        for group in groups:
            ranges, later = coming
            coming = self._fetched(remote, group + 1, names)
            if later is not None:
                try:
                    found = later.result()
                except Exception as error:
                    raise remote.told(error) from error
                self._place.keep([(start, data) for (start, _), data in zip(ranges, found, strict=True)])
            yield from self._file.iter_batches(n_rows, [group], names, use_threads=False)

    def _fetched(self, remote: RemoteFile, group: int, names: list[str]) -> tuple[Any, Any]:
        """Ask for the bytes of a row group's columns: where they are, and when they come the bytes."""
        if group >= self._file.num_row_groups:
            return (), None
        chunks = self._file.metadata.row_group(group)
        ranges = []
        for chunk in map(chunks.column, range(chunks.num_columns)):
            path = chunk.path_in_schema
            if any(path == name or path.startswith(f"{name}.") for name in names):
                start = min(chunk.data_page_offset, chunk.dictionary_page_offset or chunk.data_page_offset)
                ranges.append((start, start + chunk.total_compressed_size))
        if not ranges or sum(end - start for start, end in ranges) > _AT_ONCE:
            return (), None
        return ranges, remote.read_ranges(ranges)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


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
                values = rounded(part, self.decimals)
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
        except OSError:  # of the stream: there is no room, or its reader has gone
            raise
        except arrow.ERRORS as error:
            raise OutputError(f"Parquet can't hold these columns: {first_line(error)}") from error
        try:
            if first is not None:
                _write_groups(writer, chain([first], batches), len(self.names))
            writer.close()
        except BaseException as error:
            sink.stream = None  # the writer ends its file even when it is thrown away
            writer.is_open = False
            if isinstance(error, pa.ArrowException):
                raise OutputError(f"Parquet can't hold these rows: {first_line(error)}") from error
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
        waiting.append(batch if batch.schema.equals(writer.schema) else batch.cast(writer.schema))
        while (n_rows := sum(map(len, waiting))) >= group_rows:
            last = waiting.pop()
            n_more = len(last) - (n_rows - group_rows)
            writer.write_batch(one_batch([*waiting, last[:n_more]]))
            waiting = [last[n_more:]]
            pa.default_memory_pool().release_unused()
    if waiting:
        writer.write_batch(one_batch(waiting))


class _Sink(io.RawIOBase):
    """A stream that can be taken away from who writes to it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream: BinaryIO | None = stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return len(data) if self.stream is None else self.stream.write(data)
