"""What a format of results looks like."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pickle import PickleBuffer
from typing import Any, BinaryIO, Protocol

from nncli.tables.rows import Results

_MANY_ROWS = 200_000
"""From so many rows on, the time that pyarrow saves is more than that of its import."""

ROWS_JOINED = 1 << 14
"""How many rows pyarrow makes text of at once: more save no time, but take memory."""


class Writer(Protocol):
    """Spells results, and writes what is spelled.

    It is made with the names of the columns, in the order kept, trace, prediction, outputs, and with
    the decimals that floats are rounded to (None: in full).
    """

    def spell(self, results: Results) -> Any:
        """Return what `write` takes of a block's results.

        A pure function: it may be called anywhere, in any order. Large buffers in it are best
        `pickle.PickleBuffer`, which go to another process without a copy.
        """
        ...

    def write(self, stream: BinaryIO, spelled: Iterable[Any]) -> None:
        """Write what was spelled of all blocks, in order, as one file."""
        ...


def buffers(pieces: Iterable[Any]) -> list[PickleBuffer]:
    """Return pieces of text, in whatever holds them, as they go to another process."""
    return [PickleBuffer(piece) for piece in pieces]


def is_worth_arrow(n_rows: int) -> bool:
    """Whether so many rows are spelled faster with pyarrow, with its import."""
    return "pyarrow" in sys.modules or n_rows > _MANY_ROWS
