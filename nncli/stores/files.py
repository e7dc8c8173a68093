"""Files: results that are complete or not there at all, and bytes that are not checked yet."""

from __future__ import annotations

import errno
import io
import os
import re
import select
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from nncli.errors import ModelError, OutputError, near_miss

_LONGEST_NAME = 200
"""Bytes of a name that a temporary file's name takes over: systems allow 255."""
_TEMPORARY = r"(?s)\.(.+)\.[0-9a-f]{12}\.tmp"
"""A file that is not yet whole; it has the first characters of its later name."""

_NO_ROOM = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


@contextmanager
def open_output(path: str | Path | None) -> Iterator[BinaryIO]:
    """Open a binary stream for a result; None is standard output.

    A regular file is written beside its place and moved there at the end, so whatever happens
    on the way, the old file stays whole. A symlink's target is replaced, not the link; an
    existing file keeps its mode. What is no regular file (``/dev/null``, a FIFO) is written
    directly.

    Raises
    ------
    OutputError
        If it can't be written; the old file is then untouched.
    """
    name = "standard output" if path is None else str(path)
    try:
        if path is None:
            with _standard_output() as stream:
                yield stream
        else:
            target, status = _target(path)
            if status is not None and not stat.S_ISREG(status.st_mode):
                with open(path, "wb") as stream:
                    yield stream
            else:
                with _neighbour(target, status) as stream:
                    yield stream
    except BrokenPipeError:
        raise  # the reader has closed it; the caller ends quietly
    except OSError as error:
        raise OutputError(f"{name}: {reason(error)}{way_out(error, name)}") from error


def way_out(error: OSError, path: str) -> str:
    """Return what would help where a file can't be written, in parentheses."""
    if error.errno in _NO_ROOM:
        return " (make room, or write elsewhere)"
    if error.errno == errno.EISDIR:
        return " (give the name of a file)"
    folder = os.path.dirname(path)
    if error.errno == errno.ENOENT and folder and not os.path.exists(folder):
        return f" (there is no folder {folder})"
    return ""


def is_terminal(path: str | Path | None) -> bool:
    """Whether a result would go to a terminal; None is standard output."""
    if path is None:
        return sys.stdout.isatty()
    try:
        if not stat.S_ISCHR(os.stat(path).st_mode):
            return False
        with open(path, "wb", buffering=0) as device:
            return device.isatty()
    except (OSError, ValueError):
        return False


@contextmanager
def _standard_output() -> Iterator[BinaryIO]:
    stream = sys.stdout.buffer
    with suppress(OSError):  # what has no descriptor always takes everything
        if not os.get_blocking(stream.fileno()):
            stream = io.BufferedWriter(_Waiting(stream.fileno()))
    yield stream
    stream.flush()


class _Waiting(io.RawIOBase):
    """A non-blocking descriptor, written as a blocking one: our parent may have made it so."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, data: Any) -> int:
        write_all(self._descriptor, data)
        return len(data)


def write_all(descriptor: int, data: Any) -> None:
    """Write bytes, in whatever holds them, to a descriptor, and wait where it is not ready."""
    rest = memoryview(data).cast("B")
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            select.select([], [descriptor], [])


def _target(path: str | Path) -> tuple[str | Path, os.stat_result | None]:
    """Return where a path leads to, and what is there by now."""
    try:
        status = os.lstat(path)
        if not stat.S_ISLNK(status.st_mode):
            return path, status
        with suppress(FileNotFoundError):  # a link to a pipe, such as /dev/stdout, leads to no path
            if not stat.S_ISREG((there := os.stat(path)).st_mode):
                return path, there
        path = os.path.realpath(path)
        return path, os.stat(path)
    except FileNotFoundError:
        return path, None
    except ValueError as error:  # a NUL in the path
        raise OSError(reason(error)) from error


@contextmanager
def _neighbour(path: str | Path, old: os.stat_result | None) -> Iterator[BinaryIO]:
    """Write to a temporary file in the same folder and move it into place at the end."""
    if old is not None and not os.access(path, os.W_OK):
        raise OSError("the file is write-protected")
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{_beginning(name)}.{os.urandom(6).hex()}.tmp")
    try:  # from the first moment on: a signal's exception comes right behind the call that it met
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o666)
        with open(descriptor, "w+b") as stream:
            if old is not None:
                os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
            yield stream
        os.replace(temporary, path)
    except BaseException:  # Ctrl-C too
        with suppress(OSError):
            os.unlink(temporary)
        raise


def sweep(paths: Iterable[str]) -> None:
    """Remove what processes that were killed have left of these files; none of them may be at work."""
    names: dict[str, set[str]] = {}
    for path in paths:
        folder, name = os.path.split(path)
        names.setdefault(folder, set()).add(_beginning(name))
    for folder, mine in names.items():
        with suppress(OSError), os.scandir(folder or ".") as entries:
            for entry in entries:
                if (left := re.fullmatch(_TEMPORARY, entry.name)) is not None and left[1] in mine:
                    with suppress(OSError):
                        os.unlink(entry.path)


def _beginning(name: str) -> str:
    return os.fsencode(name)[:_LONGEST_NAME].decode(errors="ignore")


def read_bytes(path: Path, size: int = -1) -> bytes:
    """Read a regular file whole, or its first bytes; a device or a pipe, which may never end, is refused.

    Raises
    ------
    ModelError
        Where the file is not there, can't be read, or is no regular file.
    """
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ModelError(f"{path}: is not a regular file")
            return file.read(size)
    except (OSError, ValueError) as error:
        meant = meant_file(path) if isinstance(error, FileNotFoundError) else ""
        raise ModelError(f"{path}: {reason(error)}{meant}") from error


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a FIFO without waiting for its other end, so that it can be refused."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def meant_file(path: str | Path) -> str:
    """Return a question for the file of the same folder that was probably meant, or nothing."""
    folder, name = os.path.split(path)
    try:
        names = [there for there in sorted(os.listdir(folder or ".")) if there[0] != "."]
    except (OSError, ValueError):
        return ""
    stem, suffix = os.path.splitext(name)
    same_stem = [there for there in names if os.path.splitext(there)[0] == stem]
    meant: str | None
    if same_stem:
        meant = near_miss(name, same_stem) or same_stem[0]
    else:  # of like names one with the same suffix
        stems = {os.path.splitext(there)[0]: there for there in names}
        stems |= {os.path.splitext(there)[0]: there for there in names if there.endswith(suffix)}
        meant = stems.get(near_miss(stem, stems) or "")
    return "" if meant is None else f" (did you mean '{os.path.join(folder, meant)}'?)"


def reason(error: Exception) -> str:
    """Return the system's words for an error, in lower case and without numbers."""
    if isinstance(error, ValueError) and "null" in str(error):  # Python's words are others in each version
        return "no name has a null character"
    text = (isinstance(error, OSError) and error.strerror) or str(error)
    return text[:1].lower() + text[1:]
