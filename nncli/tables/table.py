"""What a source of rows looks like, whatever its format."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, Generic, NamedTuple, Self, TypeVar

from nncli.errors import DataError
from nncli.tables.own import Own
from nncli.tables.rows import Rows


class Size(NamedTuple):
    """How much a block may hold.

    Attributes
    ----------
    multiple
        So many rows stay together: all blocks but the last hold a multiple of them.
    most_rows
        About the most rows of a block; a multiple of ``multiple``.
    """

    multiple: int = 1
    most_rows: int = 1 << 18


Block = TypeVar("Block")

BLOCK_BYTES = 3 << 18
"""About what the numbers of a block take: each block has its price, and more take more memory."""

MANY_CELLS = 1 << 20
"""More cells than these are worth a start of more processes."""


class Table(ABC, Generic[Block]):
    """Rows that can be read once, a block after the other.

    To find out where a block ends is quick, and done in order. To parse it is not; that may happen
    anywhere, in any order, also in a process that was forked from this one.

    A format's class does both. What few formats have otherwise has its value here.

    Attributes
    ----------
    name
        What messages call it.
    columns
        The names of the columns; ``column_0`` … where the source names none.
    has_header
        Whether the source names its columns.
    unsure_header
        Where the header's line and its text are, where it might as well be data; else None.
    nameless
        The columns that nobody has named: what pandas writes of an index, and what a spreadsheet
        leaves empty. They are no features by position.
    remark
        What the reader has found out by itself and its user may want to know.
    tells_infinity
        Whether the format can spell infinity.
    has_lines
        Whether rows are told by the line of a text, from 1; else by their numbers, from 0.
    n_rows
        The number of rows, or None where only reading tells.
    n_bytes, bytes_read
        The size of the file and how much of it is read, where that tells how far we are.
    is_big
        Whether there is, or was so far, enough of it to be worth a start of more processes.
    bytes_per_row
        About what the text of a row takes.
    """

    name: str
    columns: list[str]
    has_header: bool
    unsure_header: tuple[str, str] | None = None
    nameless: Sequence[int] = ()
    remark: str | None = None
    tells_infinity: bool = True
    has_lines: bool = False
    n_rows: int | None = None

    @property
    def n_bytes(self) -> int | None:
        """Size of the file."""
        return None

    @property
    def bytes_read(self) -> int:
        """How much of it is read."""
        return 0

    @property
    @abstractmethod
    def is_big(self) -> bool:
        """Whether starting more processes saves time."""

    @property
    @abstractmethod
    def bytes_per_row(self) -> int:
        """Size of a row's text."""

    @abstractmethod
    def blocks(
        self, features: Sequence[int], kept: Sequence[int], size: Size, limit: int | None = None
    ) -> Iterator[Block]:
        """Find the blocks from the first row on, of at most `limit` rows, and read no further than needed.

        ``features`` and ``kept`` are indexes into `columns`. A limit of 0 gives one block without
        rows: it tells writers the columns' types.

        Raises
        ------
        DataError
            Where the source can't be read on, or if there is no row at all.
        """

    @abstractmethod
    def parse(self, block: Block, features: Sequence[int], kept: Sequence[int]) -> Rows:
        """Return the rows of a block.

        Raises
        ------
        DataError
            At the first row that is wrong, unless such rows are set aside.
        """

    @abstractmethod
    def own(self, block: Block, rows: Sequence[int]) -> list[Own]:
        """Return rows of a block, by their numbers in it, as they stand in the source."""

    def close(self) -> None:
        """Close the source; tables in memory have none."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the source."""
        self.close()


def is_nameless(name: str) -> bool:
    """Whether a column has no name, or one that pandas gives to a column without one, as its index is."""
    return re.fullmatch(r"|Unnamed: \d+(\.\d+)*|__index_level_\d+__", name) is not None


def position_names(n_columns: int) -> list[str]:
    """Name columns that have no names: column_0, column_1 and so on."""
    return [f"column_{i}" for i in range(n_columns)]


def row_ranges(table: Table[Any], size: Size, limit: int | None) -> Iterator[slice]:
    """Yield the ranges of rows that are the blocks of a table whose rows can be read from anywhere.

    Raises
    ------
    DataError
        The table has no rows.
    """
    end = table.n_rows or 0
    if limit is not None:
        end = min(limit, end)
    if not end and limit != 0:
        raise DataError(f"{table.name}: no rows")
    n_rows = min(size.most_rows, BLOCK_BYTES // max(1, table.bytes_per_row))
    n_rows = max(n_rows // size.multiple, 1) * size.multiple
    for start in range(0, end or 1, n_rows):
        yield slice(start, min(start + n_rows, end))
