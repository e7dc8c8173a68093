"""Where the bytes come from: a file, a URL or standard input, plain or compressed."""

# Imports inside of functions: what reads from behind a network, unpackers, and what makes temporary files.

from __future__ import annotations

import io
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nncli.errors import DataError
from nncli.stores import address, is_url, meant_file, reason, shown_place

if TYPE_CHECKING:
    from nncli.stores.reading import RangeFile, RemoteFile

STDIN = "-"
STDIN_NAME = "<stdin>"

_CHUNK = 1 << 18
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_BZIP2 = b"BZh"
_XZ = b"\xfd7zX"
_LONGEST_MARK = 4

Read = Callable[[int], bytes]
"""At most so many bytes, as soon as some are there; none at the end."""


class Source:
    """A stream of bytes, decompressed where its first bytes say gzip, zstd, bzip2 or xz.

    Parameters
    ----------
    place
        A path, a URL, or ``-`` for standard input.
    name
        What messages call it; None: its place.

    Attributes
    ----------
    name
        What messages call it.
    n_bytes, bytes_read
        The size of the file, compressed or not, where it is known; and how much of it is read.
    path
        Where its bytes stand as they are: a file that is not compressed; None for all else.
    remote
        A URL's file that is not compressed, of which any part can be read; None for all else.

    Raises
    ------
    DataError
        If it can't be opened; from `read` if it can't be read or is damaged.
    """

    def __init__(self, place: str | Path, name: str | None = None) -> None:
        self.name = name or (STDIN_NAME if str(place) == STDIN else shown_place(place))
        self.n_bytes: int | None = None
        self.bytes_read = 0
        self._close: Callable[[], Any] = lambda: None
        self.remote: RemoteFile | None = None
        self._raw = self._open(place)
        self._unread = self._ahead = b""
        while len(self._unread) < _LONGEST_MARK and (
            more := self._read_raw(_LONGEST_MARK - len(self._unread))
        ):
            self._unread += more
        self._read = self._unpacked(self._unread)
        is_plain = self.n_bytes is not None and self._read == self._read_stored
        self.path = str(place) if is_plain and str(place) != STDIN and not is_url(place) else None
        if not is_plain or (self.remote is not None and not self.remote.has_ranges):
            self.remote = None

    def read(self, n: int = _CHUNK) -> bytes:
        """Return at most n bytes, as soon as some are there; none at the end."""
        if self._ahead:
            first, self._ahead = self._ahead[:n], self._ahead[n:]
            return first
        return self._read(n)

    def look(self, n: int) -> bytes:
        """Return the first n bytes or more, fewer only at the end; they are still to be read."""
        while len(self._ahead) < n and (more := self._read(max(n, _CHUNK))):
            self._ahead += more
        return self._ahead

    def _unpacked(self, head: bytes) -> Read:
        """Return what reads the bytes as they were before somebody packed them."""
        if head.startswith(_GZIP):
            return _Gunzip(self._read_stored, self.name).read
        if head.startswith(_ZSTD):
            return _unzstd(self._read_stored, self.name)
        if head.startswith(_BZIP2) and head[3:4].isdigit():
            from bz2 import BZ2Decompressor

            return _Unpacker(self._read_stored, self.name, "bzip2", BZ2Decompressor).read
        if head.startswith(_XZ):
            from lzma import LZMADecompressor

            return _Unpacker(self._read_stored, self.name, "xz", LZMADecompressor).read
        return self._read_stored

    def close(self) -> None:
        """Close the file; standard input stays open."""
        self._close()

    def _open(self, place: str | Path) -> Read:
        if str(place) == STDIN:
            return self._open_stdin()
        return self._open_url(address(place)) if is_url(place) else self._open_file(place)

    def _open_url(self, url: str) -> Read:
        from nncli.stores.memory import keep_large_apart
        from nncli.stores.reading import RemoteFile

        keep_large_apart()
        try:
            self.remote = RemoteFile(url)
        except OSError as error:
            raise DataError(f"{self.name}: {reason(error)}") from error
        self._close = self.remote.close
        self.n_bytes = self.remote.n_bytes
        return self.remote.read

    def _open_file(self, path: str | Path) -> Read:
        try:
            file = open(path, "rb", buffering=0)  # noqa: SIM115 - closed by close()
        except (OSError, ValueError) as error:
            meant = meant_file(path) if isinstance(error, FileNotFoundError) else ""
            raise DataError(f"{self.name}: {reason(error)}{meant}") from error
        self._close = file.close
        self._measure(file.fileno())
        return file.read

    def _open_stdin(self) -> Read:
        try:
            descriptor = sys.stdin.fileno()
        except io.UnsupportedOperation:  # a stand-in, as in tests
            return sys.stdin.buffer.read
        self._measure(descriptor)
        return lambda n: os.read(descriptor, n)

    def _measure(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode):
            beginning = os.lseek(descriptor, 0, os.SEEK_CUR)  # of standard input some may be read
            self.n_bytes = max(0, status.st_size - beginning)

    def _read_raw(self, n: int) -> bytes:
        try:
            piece = self._raw(n)
        except OSError as error:
            raise DataError(f"{self.name}: {reason(error)}") from error
        self.bytes_read += len(piece)
        if not piece:
            self._check_end()
        return piece

    def _check_end(self) -> None:
        """Tell a file's end from where somebody has cut it."""
        if self.bytes_read < (self.n_bytes or 0):
            raise DataError(f"{self.name}: became shorter while it was read")

    def _read_stored(self, n: int) -> bytes:
        if self._unread:
            first, self._unread = self._unread[:n], self._unread[n:]
            return first
        return self._read_raw(n)


@contextmanager
def as_file(source: Source) -> Iterator[str]:
    """Give a file's path, for formats that are not read from beginning to end; a stream is copied to one."""
    from tempfile import NamedTemporaryFile

    if source.path is not None:
        yield source.path
        return
    with NamedTemporaryFile() as file:
        while piece := source.read():
            file.write(piece)
        file.flush()
        yield file.name


@contextmanager
def from_anywhere(source: Source) -> Iterator[str | RangeFile]:
    """Give a path, or a file of which ranges can be read, for formats that begin at their end."""
    if source.remote is None:
        with as_file(source) as path:
            yield path
        return
    from nncli.stores.reading import RangeFile

    yield RangeFile(source.remote)


class _Gunzip:
    """A gzip stream of one or more members, unpacked piece by piece."""

    def __init__(self, read: Read, name: str) -> None:
        self._read, self._name = read, name
        self._packed = b""
        self._member: Any = None

    def read(self, n: int) -> bytes:
        while True:
            at_end = not self._packed and not (packed := self._read(_CHUNK))
            if not at_end and not self._packed:
                self._packed = packed
            if self._member is None:
                self._packed = self._packed.lstrip(b"\0")  # padding between members
                if at_end:
                    return b""
                if not self._packed:
                    continue
                self._member = zlib.decompressobj(wbits=31)
            try:
                text: bytes = self._member.decompress(self._packed, n)
            except zlib.error as error:
                raise DataError(f"{self._name}: the gzip data is damaged ({error})") from error
            self._packed = self._member.unconsumed_tail
            if self._member.eof:
                self._packed, self._member = self._member.unused_data, None
            elif at_end and not text:
                raise DataError(f"{self._name}: the gzip data ends too early (was the file cut short?)")
            if text:
                return text


class _Unpacker:
    """A bzip2 or xz file of one or more streams, unpacked piece by piece."""

    def __init__(self, read: Read, name: str, kind: str, start: Callable[[], Any]) -> None:
        self._read, self._name, self._kind, self._start = read, name, kind, start
        self._stream = start()
        self._packed = b""
        self._is_whole = False

    def read(self, n: int) -> bytes:
        while True:
            if self._stream.needs_input and not self._packed and not (packed := self._read(_CHUNK)):
                if self._is_whole:
                    return b""
                raise DataError(
                    f"{self._name}: the {self._kind} data ends too early (was the file cut short?)"
                )
            if self._stream.needs_input and not self._packed:
                self._packed = packed.lstrip(b"\0") if self._is_whole else packed  # padding between streams
                if not self._packed:
                    continue
            try:
                text: bytes = self._stream.decompress(self._packed, n)
            except Exception as error:  # OSError of one, LZMAError of the other, EOFError of both
                raise DataError(f"{self._name}: the {self._kind} data is damaged ({error})") from error
            self._packed, self._is_whole = b"", False
            if self._stream.eof:
                self._packed = self._stream.unused_data.lstrip(b"\0")
                self._stream, self._is_whole = self._start(), True
            if text:
                return text


def _unzstd(read: Read, name: str) -> Read:
    """Return a reader of the unpacked bytes of a zstd stream."""
    import pyarrow as pa

    class Stored(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def read(self, n: int = -1) -> bytes:
            return read(_CHUNK if n < 0 else n)

    stream = pa.CompressedInputStream(pa.PythonFile(Stored(), mode="r"), "zstd")

    def read_unpacked(n: int) -> bytes:
        try:
            unpacked: bytes = stream.read(min(n, _CHUNK))
        except OSError as error:
            raise DataError(f"{name}: the zstd data is damaged or ends too early ({error})") from error
        return unpacked

    return read_unpacked
