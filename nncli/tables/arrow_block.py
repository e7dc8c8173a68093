"""Rows in Arrow's memory, on their way to another process."""

from __future__ import annotations

from dataclasses import dataclass
from pickle import PickleBuffer
from typing import Any

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class ArrowBlock:
    """Some rows: an Arrow record batch, and the number of the first one in its table, from 0."""

    batch: Any
    first: int = 0

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as Arrow's own messages, beside the pickle and not in it."""
        stream = pa.BufferOutputStream()
        with pa.ipc.new_stream(stream, self.batch.schema) as writer:
            writer.write_batch(self.batch)
        return _received, (PickleBuffer(stream.getvalue()), self.first)


def _received(rows: Any, first: int) -> ArrowBlock:
    """Return a block that has arrived, in memory of its own."""
    with pa.ipc.open_stream(pa.py_buffer(bytes(rows))) as reader:
        return ArrowBlock(reader.read_next_batch(), first)
