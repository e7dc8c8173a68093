"""A big CSV file read by two processes, every other block each.

Whoever has the turn finds out where its block ends, hands on where the next one begins, and reads the
rows of its own while the other goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from nncli.errors import DataError
from nncli.pair import Turn
from nncli.tables.batch import Batch, joined
from nncli.tables.csv_exact import (
    MAX_RECORD,
    SMALL_BLOCK,
    Wanted,
    count_lines,
    parse_exact,
    parse_portion,
    too_long,
)
from nncli.tables.csv_fast import block_bytes, count_rows, parse_fast
from nncli.tables.source import Source


class Place(NamedTuple):
    """Where a block begins: its byte and its line in the file, the rows before it, and if it is the end."""

    offset: int
    line: int
    n_rows: int = 0
    at_end: bool = False

    def after(self, data: bytes, n_rows: int, *, at_end: bool) -> Place:
        """Return the place behind some text with so many rows."""
        return Place(self.offset + len(data), self.line + count_lines(data), self.n_rows + n_rows, at_end)


def read_in_turns(source: Source, wanted: Wanted, turn: Turn, multiple: int) -> Iterator[Batch]:
    """Yield the rows of every other block, a batch for each turn.

    Parameters
    ----------
    turn
        Its state is the `Place` of the next block.
    multiple
        All batches but the file's last have a multiple of so many rows.

    Raises
    ------
    DataError
        At a row that is wrong.
    """
    while not (place := turn.take()).at_end:
        data, at_end = _block(source, place, wanted, multiple)
        counted = count_rows(data, wanted, multiple, at_end=at_end)
        if counted is not None:
            n_bytes, n_rows = counted
            data = data[:n_bytes]
            turn.give(place.after(data, n_rows, at_end=at_end))
            batch = _parse(data, place.line, wanted)
            assert len(batch) == n_rows, "counted otherwise than read"
            yield batch
            continue
        # Only reading its rows tells where this block ends.
        batch, after = _read_exactly(source, place, wanted, multiple)
        turn.give(after)
        if len(batch):
            yield batch
    turn.give(place)


def _block(source: Source, place: Place, wanted: Wanted, multiple: int) -> tuple[bytes, bool]:
    """Return text with as many rows as are wanted in all likelihood, and whether it is the last."""
    size = block_bytes(len(wanted.columns))
    data = source.read_at(place.offset, size)
    row_bytes = data.find(b"\n") + 1
    if len(data) == size and 2 * multiple * row_bytes > size:
        size = 2 * multiple * row_bytes
        data = source.read_at(place.offset, size)
    return data, len(data) < size


def _parse(data: bytes, line: int, wanted: Wanted) -> Batch:
    """Read all rows of a text, the fast way if that can be."""
    parsed = parse_fast(data, wanted, at_end=True, n_threads=1)
    if parsed is not None:
        return parsed[0]
    batches = []
    while data:
        batch, n_bytes = parse_portion(data, line, wanted, at_end=True, limit=None)
        batches.append(batch)
        line += count_lines(data[:n_bytes])
        data = data[n_bytes:]
    return joined(batches)


def _read_exactly(source: Source, place: Place, wanted: Wanted, multiple: int) -> tuple[Batch, Place]:
    """Return some rows, a multiple if they are not the last, and the place behind them."""
    batches: list[Batch] = []
    n_rows = 0  # of all batches
    size = SMALL_BLOCK
    while True:
        data = source.read_at(place.offset, size)
        at_end = len(data) < size
        batch, n_bytes = parse_exact(data, place.line, wanted, at_end=at_end, limit=None)
        is_last = at_end and n_bytes == len(data)
        n_rows += len(batch)
        rest = n_rows % multiple
        if not is_last and 0 < rest < len(batch) and n_rows > rest:
            batch, n_bytes = parse_exact(data, place.line, wanted, at_end=at_end, limit=len(batch) - rest)
            n_rows, rest = n_rows - rest, 0
        if len(batch):
            batches.append(batch)
        place = place.after(data[:n_bytes], len(batch), at_end=is_last)
        if is_last or (n_rows and not rest):
            return joined(batches or [batch]), place
        if not n_bytes:
            if size > MAX_RECORD:
                raise DataError(too_long(wanted.name, place.line))
            size *= 2
