"""What the C library does with memory that is freed: kept for the next block, or given back."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
_KEPT_BYTES, _USUAL_BYTES, _LARGE_BYTES = 1 << 28, 1 << 17, 1 << 20

_large_are_apart = False


def keep_freed_memory() -> None:
    """Let the C library use a block's memory again for the next one.

    By default it goes back to the system and comes as new pages, which takes a sixth of the time of
    wide files, and a third where Dask has set the limit lower. There is nothing to set where the library
    is not glibc.
    """
    _set(_M_TRIM_THRESHOLD, _KEPT_BYTES)
    _set(_M_MMAP_THRESHOLD, _LARGE_BYTES if _large_are_apart else _KEPT_BYTES)


def give_freed_memory_back() -> None:
    """Let the C library do what it does by itself."""
    _set(_M_TRIM_THRESHOLD, _USUAL_BYTES)
    _set(_M_MMAP_THRESHOLD, _USUAL_BYTES)


def keep_large_apart() -> None:
    """Let what is larger than a MiB always go back when it is freed.

    Ranges and parts are read and sent by threads. The C library gives each thread a heap of its own, and
    their holes add up: the more is read, the more memory is taken.
    """
    global _large_are_apart
    _large_are_apart = True
    _set(_M_MMAP_THRESHOLD, _LARGE_BYTES)


def _set(parameter: int, n_bytes: int) -> None:
    mallopt = None if sys.platform != "linux" else getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(parameter, n_bytes)
