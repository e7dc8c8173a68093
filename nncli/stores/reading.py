"""A remote file, read from its beginning to its end or by ranges from anywhere."""

# Imports inside of functions: obstore, which only a URL needs.

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator, Sequence
from errno import EIO
from functools import partial
from typing import Any

from nncli.stores.remote import object_of
from nncli.stores.waiting import Later

_FIRST = 1 << 16
"""Bytes that are read at once: they tell the format, and hold all of a small file."""
_SMALLEST, _LARGEST = 1 << 20, 1 << 22
"""Bytes of the ranges that follow; they grow, so that a limit reads little and a slow line is no failure."""
_AHEAD = 2
"""Ranges that are on their way while one is in work."""
_TRIES = 3
_STREAMED = 1 << 20
_SILENCE = 40.0
"""Seconds without a byte of a page whose size is unknown."""


class RemoteFile:
    """A file of a store or a web server.

    Its bytes come by ranges, some ahead of the reader; where the server knows none, in one stream.

    Attributes
    ----------
    n_bytes
        Its size; None where the server does not tell.
    version
        What changes when it does: its ETag, or the time of its last change.
    has_ranges
        Whether any part of it can be read.

    Raises
    ------
    OSError
        In one line, why it can't be read; from `read` and `read_range` too.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._place = object_of(url)
        self.has_ranges = True
        self.n_bytes: int | None = None
        self.version: str | None = None
        self._stream: Iterator[Any] | None = None
        self._ahead: deque[Later[bytes]] = deque()
        self._piece, self._at = b"", 0
        self._size = _SMALLEST
        self._asked = self._place.ask(self._open)

    def read(self, n: int) -> bytes:
        """Return at most n bytes of what comes next, as soon as some are there; none at the end."""
        if self._at == len(self._piece):
            self._piece, self._at = self._next(), 0
        piece = self._piece[self._at : self._at + n]
        self._at += len(piece)
        return piece

    def read_range(self, start: int, end: int) -> bytes:
        """Return the bytes from one place up to another."""
        if not self.has_ranges:
            return read_all(self._url)[start:end]
        return self._place.ask(lambda: self._range(start, end)) if start < end else b""

    def read_ranges(self, ranges: Sequence[tuple[int, int]]) -> Later[list[bytes]]:
        """Return several ranges, later; ranges beside each other are one request."""
        import obstore

        def call() -> list[bytes]:
            starts, ends = zip(*ranges, strict=True)
            found = obstore.get_ranges(self._place.store, self._place.key, starts=starts, ends=ends)
            return [piece.to_bytes() for piece in found]

        return Later(call)

    def told(self, error: Exception) -> OSError:
        """Return what an error of `read_ranges` means."""
        return self._place.told(error)

    def close(self) -> None:
        """Ask for nothing more."""
        self._ahead.clear()
        self._stream = None

    def _open(self) -> int:
        """Read the beginning; return where it ends."""
        import obstore
        from obstore.exceptions import NotSupportedError

        store, key = self._place.store, self._place.key
        try:
            try:
                got = obstore.get(store, key, options={"range": (0, _FIRST)})
            except NotSupportedError:  # what came is not a range
                self.has_ranges = False
                got = obstore.get(store, key)
                self._stream = iter(got.stream(min_chunk_size=_STREAMED))
        except Exception as error:
            if "Content-Length Header missing" in str(error):  # the server itself does not know it yet
                self.has_ranges, self._stream = False, _unmeasured(self._url)
                return 0
            if "status code: 416" not in str(error):
                raise
            self.n_bytes, self._piece = 0, b""  # an empty file has no range
            return 0
        self.n_bytes, self.version = got.meta["size"], _version(got.meta)
        if self.has_ranges:
            self._piece = got.bytes().to_bytes()
        return len(self._piece)

    def _next(self) -> bytes:
        if self._stream is not None:
            stream = self._stream
            return self._place.ask(lambda: bytes(next(stream, b"")))
        while len(self._ahead) < _AHEAD and self._asked < (self.n_bytes or 0):
            start, end = self._asked, min(self._asked + self._size, self.n_bytes or 0)
            self._ahead.append(Later(partial(self._range, start, end)))
            self._asked, self._size = end, min(2 * self._size, _LARGEST)
        if not self._ahead:
            return b""
        first = self._ahead.popleft()
        return self._place.ask(first.result) if not first.has_ended else self._taken(first)

    def _taken(self, ended: Later[bytes]) -> bytes:
        try:
            return ended.result()
        except Exception as error:
            raise self._place.told(error) from error

    def _range(self, start: int, end: int) -> bytes:
        """Read a range; where the connection breaks in the middle of it, again."""
        for _ in range(_TRIES - 1):
            try:
                return self._range_once(start, end)
            except Exception as error:
                if "body error" not in str(error):
                    raise
        return self._range_once(start, end)

    def _range_once(self, start: int, end: int) -> bytes:
        import obstore

        got = obstore.get(self._place.store, self._place.key, options={"range": (start, end)})
        if (_version(got.meta), got.meta["size"]) != (self.version, self.n_bytes):
            raise OSError(EIO, "it has changed while it was read")
        return got.bytes().to_bytes()


def _version(meta: Any) -> str | None:
    """Return what changes when an object does."""
    if meta["e_tag"]:
        return str(meta["e_tag"])
    changed = meta["last_modified"]
    return changed.isoformat() if changed.timestamp() else None


def _unmeasured(url: str) -> Iterator[bytes]:
    """Yield a web page's bytes where the server does not say how many there will be; obstore refuses that."""
    from http.client import HTTPException
    from urllib.request import urlopen

    try:
        with urlopen(url, timeout=_SILENCE) as answer:
            yield from iter(lambda: answer.read(_STREAMED), b"")
    except HTTPException as error:
        raise OSError(EIO, "the server broke off in the middle") from error


def read_all(url: str, size: int = -1) -> bytes:
    """Return a remote file's bytes, or the first of them.

    Raises
    ------
    OSError
        In one line, why it can't be read.
    """
    file = RemoteFile(url)
    pieces, left = [], size
    while left and (piece := file.read(left if size >= 0 else _LARGEST)):
        pieces.append(piece)
        left -= len(piece)
    file.close()
    return b"".join(pieces)


class RangeFile(io.RawIOBase):
    """A remote file as Python's files are: what is read of it is a range."""

    def __init__(self, file: RemoteFile) -> None:
        self._file = file
        self._size = file.n_bytes or 0
        self._position = 0
        self._windows: list[tuple[int, bytes]] = []

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it is read from anywhere."""
        return True

    def tell(self) -> int:
        """Return where the next read begins."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Choose where the next read begins."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def read(self, n: int | None = -1) -> bytes:
        """Return the next n bytes, fewer at the end only."""
        start = self._position
        end = self._size if n is None or n < 0 else min(start + n, self._size)
        data = self._known(start, end)
        if data is None:
            data = self._file.read_range(start, end)
        self._position = start + len(data)
        return data

    def keep(self, windows: list[tuple[int, bytes]]) -> None:
        """Take what is read of these from memory: pairs of a place and its bytes."""
        self._windows = windows

    def _known(self, start: int, end: int) -> bytes | None:
        for first, data in self._windows:
            if first <= start and end <= first + len(data):
                return data[start - first : end - first]
        return None
