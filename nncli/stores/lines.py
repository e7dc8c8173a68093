"""A file to which whole lines are added, each at once: also one in a store, where nothing can be added."""

# Imports inside of functions: what a URL alone needs.

from __future__ import annotations

import os
from threading import Lock, Timer
from typing import Protocol

from nncli.stores.urls import is_url

_PAUSE = 1.0
"""An object is written again at most once in so many seconds; what is added meanwhile waits."""

_SHARE = 20
"""Nor sooner than after so many times as it took to write it."""


class Lines(Protocol):
    """Something to which lines are added."""

    def append(self, line: bytes) -> None:
        """Add a line, as a whole; raises OSError."""

    def close(self) -> None:
        """See to it that all are there; raises OSError."""


def add_to(place: str) -> Lines:
    """Open a file that is there, for further lines.

    Raises
    ------
    OSError
        It can't be opened.
    """
    return _ObjectLines(place) if is_url(place) else _FileLines(place)


def read_lines(place: str) -> bytes | None:
    """Return what was written; None where there is no such file.

    Raises
    ------
    OSError
        It can't be read.
    """
    try:
        if is_url(place):
            from nncli.stores.reading import read_all

            return read_all(place)
        with open(place, "rb") as file:
            return file.read()
    except FileNotFoundError as error:
        if is_url(place) and "bucket" in str(error):
            raise
        return None


class _FileLines:
    """Any process that was forked since may add lines, too."""

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)

    def append(self, line: bytes) -> None:
        os.write(self._descriptor, line)

    def close(self) -> None:
        os.close(self._descriptor)


class _ObjectLines:
    """The object is written anew, with all lines; any thread may add some."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._all = read_lines(url) or b""
        self._lock, self._one_at_a_time = Lock(), Lock()
        self._pause = _PAUSE
        self._timer: Timer | None = None
        self._error: OSError | None = None

    def append(self, line: bytes) -> None:
        with self._lock:
            if self._error is not None:
                raise self._error
            self._all += line
            if self._timer is None:
                self._timer = Timer(self._pause, self._write)
                self._timer.daemon = True
                self._timer.start()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._write()
        if self._error is not None:
            raise self._error

    def _write(self) -> None:
        from time import monotonic

        from nncli.stores.writing import put

        with self._one_at_a_time:  # an older text must not come behind a newer one
            with self._lock:
                data, self._timer = self._all, None
            started = monotonic()
            try:
                put(self._url, data)
            except OSError as error:
                self._error = error
            self._pause = max(_PAUSE, _SHARE * (monotonic() - started))
