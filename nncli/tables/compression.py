"""Compressed output, by the last suffix of its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

SUFFIXES = (".gz", ".zst", ".bz2", ".xz")
"""Suffixes that may follow the suffix of a text format."""

_XZ_LEVEL = 0
"""A thirtieth of the time of xz's own 6, and half as many bytes again."""

_GZIP_LEVEL = 4
"""Half the time of gzip's own 6, and a few percent more bytes."""


@contextmanager
def compressed(stream: BinaryIO, suffix: str) -> Iterator[BinaryIO]:
    """Open a stream whose bytes arrive compressed in another one; the same text gives the same bytes."""
    if suffix == ".gz":
        from gzip import GzipFile

        with GzipFile("", "wb", _GZIP_LEVEL, stream, mtime=0) as packed:
            yield cast(BinaryIO, packed)
    elif suffix == ".zst":
        import pyarrow as pa

        with pa.CompressedOutputStream(pa.PythonFile(stream, mode="w"), "zstd") as packed:
            yield packed
    elif suffix == ".bz2":
        from bz2 import BZ2File

        with BZ2File(stream, "wb") as packed:
            yield cast(BinaryIO, packed)
    elif suffix == ".xz":
        from lzma import LZMAFile

        with LZMAFile(stream, "wb", preset=_XZ_LEVEL) as packed:
            yield cast(BinaryIO, packed)
    else:
        yield stream
