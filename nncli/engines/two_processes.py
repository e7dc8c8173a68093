"""A big CSV file through the network in two processes, which take its blocks in turn.

Threads of one process would wait for each other: making text and the small steps between the network's
products need Python's lock. The bytes are those of the plain way, `nncli.engines.local`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeGuard

from nncli import tables
from nncli.engines.local import rows_at_once, run
from nncli.engines.overflow import Overflow
from nncli.files import open_output, write_all
from nncli.nn.network import Network
from nncli.pair import Pair
from nncli.tables import Table
from nncli.tables.batch import Batch
from nncli.tables.csv import CsvTable

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
_KEPT_BYTES = 1 << 28
_MOST_TEXT = 1 << 24

FORMATS = ("csv", "tsv", "jsonl")
"""Formats whose rows can be written without knowing what was written before."""


def is_worth_it(table: Table, network: Network, output: str | None, format: str) -> TypeGuard[CsvTable]:
    """Whether a table is a big CSV file, its results are plain text, and two processes are to be had.

    Rows that belong together must not be long: text takes more memory than the numbers in it.
    """
    return (
        isinstance(table, CsvTable)
        and table.takes_turns
        and network.block_rows * table.row_bytes <= _MOST_TEXT
        and format in FORMATS
        and not tables.packing_of(output, format)
        and Pair.is_possible()
    )


def run_and_write(
    network: Network,
    table: CsvTable,
    features: Sequence[int],
    kept: Sequence[int],
    output: str | None,
    format: str,
    names: Sequence[str],
    *,
    trace: bool,
    decimals: int | None,
    show: Callable[[int], None],
) -> Overflow:
    """Read the rows, run them through the network and write kept columns and results, in two processes.

    Parameters
    ----------
    show
        Is told from time to time how many rows are written.
    """
    write = tables.writer_of(format)
    _keep_freed_memory()
    with open_output(output) as stream, Pair(reading=table.place, writing=Overflow()) as pair:
        text = Pending()
        blocks = table.batches_in_turns(
            features, kept, pair.reading, network.block_rows, rows_at_once(network, trace=trace)
        )
        computed = (run(network, [block], trace=trace, n_threads=1) for block in blocks)
        in_turns = _written_in_turns(computed, pair, text, stream.fileno(), show)
        write(text, names, in_turns, decimals)
        overflow: Overflow = pair.writing.state
    return overflow


def _keep_freed_memory() -> None:
    """Let the C library use a block's memory again for the next one.

    By default it goes back to the system and comes as new pages, which takes a sixth of the time of
    wide files. There is nothing to set where the library is not glibc.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for threshold in (_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD):
            mallopt(threshold, _KEPT_BYTES)


def _written_in_turns(
    blocks: Iterator[Iterator[Batch]], pair: Pair, text: Pending, descriptor: int, show: Callable[[int], None]
) -> Iterator[Batch]:
    """Yield the batches of each block to a writer, and when that has made their text, write this in turn."""
    if not pair.is_first:
        text.pieces.clear()  # the header is the first one's
    for batches in blocks:
        block = Overflow()
        yield from block.watch(batches)
        overflow = pair.writing.take()
        text.write_to(descriptor)
        overflow.extend(block)
        if pair.is_first:
            show(overflow.n_rows)
        pair.writing.give(overflow)
    pair.writing.give(pair.writing.take())  # the other one's last part is written, too


class Pending:
    """What a writer has written of a batch, kept until it is this process's turn."""

    def __init__(self) -> None:
        self.pieces: list[Any] = []

    def write(self, piece: Any) -> None:
        """Keep some bytes, in whatever holds them."""
        self.pieces.append(piece)

    def write_to(self, descriptor: int) -> None:
        """Write everything to the file that both processes have open."""
        for piece in self.pieces:
            write_all(descriptor, piece)
        self.pieces.clear()
