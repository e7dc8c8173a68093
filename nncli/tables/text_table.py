"""What the tables of text share: bytes that are read, and where blocks of whole rows end in them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pickle import PickleBuffer
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.errors import DataError
from nncli.tables.source import Source
from nncli.tables.table import Size, Table

MAX_RECORD = 1 << 24
"""The longest row that is read, in bytes: a quote that is never closed ends here."""
SMALL_BLOCK = 1 << 18
"""What is read at once: cells need much more memory than their text."""
BIG = 1 << 21
"""For a file of more bytes, importing pyarrow saves time."""
BLOCK, BLOCK_PER_COLUMN, MOST_BLOCK, LEAST_BLOCK = 3 << 18, 1 << 12, MAX_RECORD // 4, 1 << 14
"""Bytes of a block: each block has its price, and each column in it; more take more memory."""
_TAIL = 1 << 14
"""In so many bytes at the end of a text a multiple of rows most often ends."""

_BOM = b"\xef\xbb\xbf"

AS_UTF_8 = "save it as UTF-8 (Excel calls that CSV UTF-8)"
"""The way out of another encoding."""


class TextBlock:
    """Whole rows of a text, as bytes.

    Attributes
    ----------
    data
        Their text.
    line, first
        The file's line, from 1, on which they begin, and the number of the first one, from 0.
    is_plain
        Whether a fast reader may try them.
    limit
        No more rows than that.
    """

    def __init__(
        self, data: Any, line: int, first: int, is_plain: bool = False, limit: int | None = None
    ) -> None:
        self.data = data
        self.line = line
        self.first = first
        self.is_plain = is_plain
        self.limit = limit

    def __len__(self) -> int:
        return len(self.data)

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the text travel to another process beside the pickle, not in it."""
        return TextBlock, (PickleBuffer(self.data), self.line, self.first, self.is_plain, self.limit)


class Cut(NamedTuple):
    """Whole rows at the beginning of some text.

    Attributes
    ----------
    n_bytes, n_rows, n_lines
        How many bytes they take, how many they are, and how many lines end in them.
    problem
        What is wrong with the row behind the last one.
    is_plain
        Whether a fast reader may try them.
    """

    n_bytes: int
    n_rows: int
    n_lines: int
    problem: DataError | None = None
    is_plain: bool = False


class TextTable(Table[TextBlock]):
    """A table of text; see `nncli.tables.table.Table`. A class of its own says where rows end.

    Parameters
    ----------
    source
        Its bytes; closed with the table.
    """

    has_lines = True

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self._source = source
        self._text = Text(source)

    @property
    def n_bytes(self) -> int | None:
        """Size of the file, where it is known."""
        return self._source.n_bytes

    @property
    def bytes_read(self) -> int:
        """How much of it is read."""
        return self._source.bytes_read

    @property
    def is_big(self) -> bool:
        """Whether the file, or what was read of it so far, is so large that importing pyarrow saves time."""
        return max(self.n_bytes or 0, self.bytes_read) > BIG

    @property
    def bytes_per_row(self) -> int:
        """Size of the first row, or what is read of it."""
        return self._text.data.find(b"\n") + 1 or len(self._text.data)

    def blocks(
        self, features: Sequence[int], kept: Sequence[int], size: Size, limit: int | None = None
    ) -> Iterator[TextBlock]:
        """Yield the rows' text in blocks; see `Table.blocks`."""
        text = self._text
        most_bytes = size.most_rows * (self.bytes_per_row or SMALL_BLOCK)
        per_column = min(len(self.columns) * BLOCK_PER_COLUMN, MOST_BLOCK)
        block_bytes = max(min(max(BLOCK, per_column), most_bytes), LEAST_BLOCK)
        n_rows, taken = 0, LEAST_BLOCK if self.is_big else block_bytes  # till others work, they wait for this
        if limit == 0:
            yield TextBlock(b"", text.line, 0)
        while limit is None or n_rows < limit:
            if limit is None and self.is_big and not text.at_end and len(text.data) < block_bytes:
                text.read(block_bytes)
            data, at_end = text.head(taken)
            cut = self._cut(data, size.multiple, at_end=at_end)
            n = cut.n_rows
            is_short = n % size.multiple > 0 and (limit is None or n_rows + n < limit)
            if cut.problem is None and not at_end and (not cut.n_bytes or is_short):
                if len(data) < len(text.data):
                    taken *= 2
                else:
                    text.read(block_bytes if limit is None and self.is_big else 1)
                continue
            if n:
                left = None if limit is None or n <= limit - n_rows else limit - n_rows
                whole = memoryview(data)[: cut.n_bytes]
                yield TextBlock(whole, text.line, n_rows, cut.is_plain and self.is_big, left)
                n_rows += n
            if cut.problem is not None and (limit is None or n_rows < limit):
                raise cut.problem
            if not cut.n_bytes:
                break
            text.drop(cut.n_bytes, cut.n_lines)
            taken = block_bytes
        if not n_rows and limit != 0:
            raise DataError(f"{self.name}: no rows" + " after the header" * self.has_header)

    @abstractmethod
    def _cut(self, data: bytes, multiple: int, *, at_end: bool) -> Cut:
        """Find whole rows at the beginning of a text, a multiple of rows where it has so many."""

    def close(self) -> None:
        """Close the source."""
        self._source.close()


class Text:
    """The part of a file that is read but not yet taken.

    Attributes
    ----------
    data
        Its bytes, without byte order marks.
    line
        The file's line on which they begin.
    at_end
        Whether nothing comes after them.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.data = b""
        self.line = 1
        self.at_end = False
        self._read_beginning()
        if self.data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise DataError(f"{source.name}:1: not UTF-8 text (it looks like UTF-16); {AS_UTF_8}")
        while self.data.startswith(_BOM):  # some tools write it twice
            self.data = self.data.removeprefix(_BOM)
            self._read_beginning()

    def _read_beginning(self) -> None:
        while len(self.data) < len(_BOM) and not self.at_end:
            self.read()

    def read(self, n_bytes: int = 1) -> None:
        """Read on, till there are so many bytes or twice as many as now where one row is long.

        By default no longer than till something comes: a pipe may pause.
        """
        size = len(self.data)
        goal = max(n_bytes, 2 * size if size > SMALL_BLOCK else size + 1)
        pieces = [self.data]
        while size < goal and not self.at_end:
            piece = self._source.read(max(goal - size, SMALL_BLOCK))
            pieces.append(piece)
            size += len(piece)
            self.at_end = not piece
        self.data = b"".join(pieces)

    def head(self, n_bytes: int) -> tuple[bytes, bool]:
        """Return the first so many bytes, or all, and whether nothing comes after them."""
        return self.data[:n_bytes], self.at_end and len(self.data) <= n_bytes

    def drop(self, n_bytes: int, n_lines: int | None = None) -> None:
        """Take whole rows from the beginning, in which so many lines end."""
        self.line += count_lines(self.data[:n_bytes]) if n_lines is None else n_lines
        self.data = self.data[n_bytes:]


def count_lines(data: bytes) -> int:
    """Return how many lines end in some text."""
    # NumPy counts where every few bytes are one five times as fast as bytes.count.
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == ord("\n")))


def cut_at(ends: NDArray[np.bool_], multiple: int, *, last: bool) -> tuple[int, int]:
    """Return how many bytes and rows there are up to a multiple of rows, if there are so many.

    ``ends`` marks the byte that ends each row; ``last`` tells of another row behind the last end.
    """
    n_rows = int(np.count_nonzero(ends)) + last
    rest = n_rows % multiple
    if not 0 < rest < n_rows:
        return len(ends), n_rows
    begin = max(0, len(ends) - _TAIL)
    places = np.flatnonzero(ends[begin:])
    if len(places) <= rest:
        begin, places = 0, np.flatnonzero(ends)
    return begin + int(places[-1 - rest + last]) + 1, n_rows - rest
