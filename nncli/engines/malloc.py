"""What the C library does with memory that is freed: kept for the next block, or given back."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
_KEPT_BYTES, _USUAL_BYTES = 1 << 28, 1 << 17


def keep_freed_memory() -> None:
    """Let the C library use a block's memory again for the next one.

    By default it goes back to the system and comes as new pages, which takes a sixth of the time of
    wide files, and a third where Dask has set the limit lower. There is nothing to set where the library
    is not glibc.
    """
    _set_thresholds(_KEPT_BYTES)


def give_freed_memory_back() -> None:
    """Let the C library do what it does by itself."""
    _set_thresholds(_USUAL_BYTES)


def _set_thresholds(n_bytes: int) -> None:
    mallopt = None if sys.platform != "linux" else getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for threshold in (_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD):
            mallopt(threshold, n_bytes)
