"""Arrow's own files, also called Feather, and its streams: record batches in, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pyarrow as pa

from nncli.engines import WORTH_PROCESSES
from nncli.errors import DataError
from nncli.tables import arrow
from nncli.tables.columnar import ColumnarTable, why
from nncli.tables.read_options import ReadOptions
from nncli.tables.source import Source, from_anywhere

_FILE = b"ARROW1"


class ArrowTable(ColumnarTable):
    """A table in an Arrow IPC file or stream; see `nncli.tables.table.Table`."""

    called = "Arrow"

    def __init__(self, source: Source, read_options: ReadOptions) -> None:
        self._is_file = source.look(len(_FILE)).startswith(_FILE)
        self._open_files = ExitStack()
        self._source = source
        options = pa.ipc.IpcReadOptions(use_threads=False)
        try:
            if self._is_file:
                place = self._open_files.enter_context(from_anywhere(source))
                opened = pa.memory_map(place) if isinstance(place, str) else pa.PythonFile(place, mode="r")
                self._file = self._open_files.enter_context(opened)
                self._reader = pa.ipc.open_file(self._file, options=options)
            else:
                self._file = self._open_files.enter_context(pa.PythonFile(_Stream(source), mode="r"))
                self._reader = pa.ipc.open_stream(self._file, options=options)
            super().__init__(source.name, self._reader.schema, None, read_options)
        except arrow.ERRORS as error:
            self._open_files.close()
            raise DataError(why(source.name, self.called, error)) from error
        except BaseException:
            self._open_files.close()
            raise

    @property
    def is_big(self) -> bool:
        """Whether there are enough bytes to be worth a start of more processes."""
        return max(self._source.n_bytes or 0, self._source.bytes_read) > WORTH_PROCESSES

    def _read(self, names: list[str], n_rows: int) -> Iterator[Any]:
        if self._is_file and self._source.remote is not None:  # no other columns come over the network
            fields = [self._schema.get_field_index(name) for name in names]
            options = pa.ipc.IpcReadOptions(use_threads=False, included_fields=fields)
            self._reader = pa.ipc.open_file(self._file, options=options)
        for batch in self._batches():
            wanted = batch.select(names)
            wanted.validate(full=True)  # bytes that nobody has checked yet
            for start in range(0, len(wanted), n_rows):
                yield wanted[start : start + n_rows]

    def _batches(self) -> Iterator[Any]:
        if not self._is_file:
            yield from self._reader
            return
        for i in range(self._reader.num_record_batches):
            yield self._reader.get_batch(i)

    def close(self) -> None:
        """Close the file."""
        self._open_files.close()
        self._source.close()


class _Stream:
    """A source as a file that Arrow reads."""

    closed = False

    def __init__(self, source: Source) -> None:
        self._source = source

    def read(self, n: int = -1) -> bytes:
        pieces = []
        while n > 0 and (piece := self._source.read(n)):
            pieces.append(piece)
            n -= len(piece)
        return b"".join(pieces)

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True
