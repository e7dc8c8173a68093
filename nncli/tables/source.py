"""Where the bytes come from: a file or standard input, plain or compressed."""

from __future__ import annotations

import io
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nncli.errors import DataError
from nncli.files import reason

STDIN = "-"
STDIN_NAME = "<stdin>"

_CHUNK = 1 << 18
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"

Read = Callable[[int], bytes]
"""At most so many bytes, as soon as some are there; none at the end."""


class Source:
    """A stream of bytes, decompressed where its first bytes say gzip or zstd.

    Parameters
    ----------
    place
        A path, or ``-`` for standard input.

    Attributes
    ----------
    name
        What messages call it.
    n_bytes, bytes_read
        The size of the file, compressed or not, where it is known; and how much of it is read.
    head
        The first four bytes, as they are stored.

    Raises
    ------
    DataError
        If it can't be opened; from `read` if it can't be read or is damaged.
    """

    def __init__(self, place: str | Path) -> None:
        self.name = STDIN_NAME if str(place) == STDIN else str(place)
        self.n_bytes: int | None = None
        self.bytes_read = 0
        self._close: Callable[[], Any] = lambda: None
        self._file: tuple[int, int] | None = None  # descriptor and beginning, of a regular one
        self._raw = self._open_stdin() if str(place) == STDIN else self._open_file(place)
        self.head = b""
        while len(self.head) < 4 and (more := self._read_raw(4 - len(self.head))):
            self.head += more
        self._unread = self.head
        self._read: Read = self._read_stored
        if self.head.startswith((_GZIP, _ZSTD)):
            self._file = None
        if self.head.startswith(_GZIP):
            self._read = _Gunzip(self._read_stored, self.name).read
        elif self.head.startswith(_ZSTD):
            self._read = _unzstd(self._read_stored, self.name)

    def read(self, n: int = _CHUNK) -> bytes:
        """Return at most n bytes, as soon as some are there; none at the end."""
        return self._read(n)

    @property
    def is_plain_file(self) -> bool:
        """Whether it may be read anywhere: a regular file, not compressed."""
        return self._file is not None

    def read_at(self, start: int, n: int) -> bytes:
        """Return n bytes of a plain file from a place on, fewer only at its end.

        Whoever reads on from the same standard input afterwards, as in ``(nncli run …; wc) < file``,
        begins there.
        """
        assert self._file is not None
        descriptor, beginning = self._file
        data = b""
        try:
            while piece := os.pread(descriptor, n - len(data), beginning + start + len(data)):
                data += piece
            os.lseek(descriptor, beginning + start + len(data), os.SEEK_SET)
        except OSError as error:
            raise DataError(f"{self.name}: {reason(error)}") from error
        self.bytes_read = start + len(data)
        if len(data) < n:
            self._check_end()
        return data

    def close(self) -> None:
        """Close the file; standard input stays open."""
        self._close()

    def _open_file(self, path: str | Path) -> Read:
        try:
            file = open(path, "rb", buffering=0)  # noqa: SIM115 - closed by close()
        except (OSError, ValueError) as error:
            raise DataError(f"{self.name}: {reason(error)}") from error
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
            self._file = descriptor, beginning

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
def spooled(source: Source) -> Iterator[str]:
    """Copy a stream to a temporary file, for formats that are not read from beginning to end."""
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile() as file:
        while piece := source.read():
            file.write(piece)
        file.flush()
        yield file.name


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
