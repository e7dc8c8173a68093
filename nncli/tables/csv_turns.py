"""A big CSV file read by two processes, every other block each.

Whoever has the turn finds out where its block ends, hands on where the next one begins, and reads the
rows of its own while the other goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from nncli.pair import Turn
from nncli.tables.batch import Batch, joined
from nncli.tables.csv_exact import (
    MAX_RECORD,
    SMALL_BLOCK,
    Wanted,
    count_lines,
    parse_exact,
    parse_portion,
)
from nncli.tables.csv_fast import block_bytes, count_rows, parse_rows
from nncli.tables.source import Source

BLOCK, LEAST_BLOCK = 3 << 18, 1 << 14
"""What is read in a turn: each has its price. More would save little time and take more memory."""


class Place(NamedTuple):
    """Where a block begins: its byte and its line in the file, the rows before it, and if it is the end."""

    offset: int
    line: int
    n_rows: int = 0
    at_end: bool = False

    def after(self, data: bytes, n_rows: int, *, at_end: bool) -> Place:
        """Return the place behind some text with so many rows."""
        return Place(self.offset + len(data), self.line + count_lines(data), self.n_rows + n_rows, at_end)


def read_in_turns(
    source: Source, wanted: Wanted, turn: Turn, multiple: int, most_bytes: int
) -> Iterator[Batch]:
    """Yield the rows of every other block, a batch for each turn.

    Parameters
    ----------
    turn
        Its state is the `Place` of the next block.
    multiple
        All batches but the file's last have a multiple of so many rows.
    most_bytes
        No more is read at once, as far as that is a multiple and not very little.

    Raises
    ------
    DataError
        At a row that is wrong.
    """
    size = max(min(max(BLOCK, block_bytes(len(wanted.columns))), most_bytes), LEAST_BLOCK)
    while not (place := turn.take()).at_end:
        texts: list[tuple[bytes, int]] = []  # to be read when the turn is handed on, and their lines
        batches: list[Batch] = []
        n_rows = 0
        while not place.at_end and (n_rows == 0 or n_rows % multiple):
            data = source.read_at(place.offset, size)
            at_end = len(data) < size
            counted = count_rows(data, wanted, multiple, n_rows, at_end=at_end)
            if counted is not None:
                n_bytes, n = counted
                data = data[:n_bytes]
                if sum(len(text) for text, _ in texts) > MAX_RECORD:  # numbers take less memory
                    batches += _parsed(texts, wanted)
                if n:  # else all lines are blank
                    texts.append((data, place.line))
                place = place.after(data, n, at_end=at_end)
            else:  # only reading its rows tells where they end; what comes before them may be wrong first
                batches += _parsed(texts, wanted)
                batch, place = _read_exactly(source, place, wanted, multiple, n_rows)
                n = len(batch)
                batches.append(batch)
            n_rows += n
        turn.give(place)
        batches += _parsed(texts, wanted)
        assert sum(map(len, batches)) == n_rows, "counted otherwise than read"
        if n_rows:
            yield joined(batches)
    turn.give(place)


def _parsed(texts: list[tuple[bytes, int]], wanted: Wanted) -> Iterator[Batch]:
    """Take the texts from the list and yield their rows."""
    while texts:
        yield _parse(*texts.pop(0), wanted)


def _parse(data: bytes, line: int, wanted: Wanted) -> Batch:
    """Read all rows of a text, the fast way if that can be."""
    parsed = parse_rows(data, wanted)
    if parsed is not None:
        return parsed
    batches = []
    while data:
        batch, n_bytes = parse_portion(data, line, wanted, at_end=True, limit=None)
        batches.append(batch)
        line += count_lines(data[:n_bytes])
        data = data[n_bytes:]
    return joined(batches)


def _read_exactly(
    source: Source, place: Place, wanted: Wanted, multiple: int, n_before: int
) -> tuple[Batch, Place]:
    """Return a few rows, with those before them no more than a multiple, and the place behind them."""
    size = SMALL_BLOCK
    while True:
        data = source.read_at(place.offset, size)
        at_end = len(data) < size
        batch, n_bytes = parse_portion(data, place.line, wanted, at_end=at_end, limit=None)
        if n_bytes or at_end:
            break
        size *= 2
    is_last = at_end and n_bytes == len(data)
    rest = 0 if is_last else (n_before + len(batch)) % multiple
    if 0 < rest < len(batch):
        batch, n_bytes = parse_exact(data, place.line, wanted, at_end=at_end, limit=len(batch) - rest)
    return batch, place.after(data[:n_bytes], len(batch), at_end=is_last)
