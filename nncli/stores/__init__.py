"""Where bytes are: files, standard streams, and behind URLs. A result is complete, or not there at all."""

# Imports inside of functions: what reads and writes behind a network, which only a URL needs.

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from nncli.errors import ModelError, OutputError, UsageError
from nncli.stores import files
from nncli.stores.files import is_terminal, meant_file, reason, way_out
from nncli.stores.places import Found, Stamp, expand, from_base, is_folder, is_same, stamp
from nncli.stores.urls import UrlPath, address, as_path, beside, is_url, scheme_of, shown_place

__all__ = [
    "Found",
    "Stamp",
    "UrlPath",
    "abandon_uploads",
    "address",
    "as_path",
    "beside",
    "check_writable",
    "expand",
    "from_base",
    "is_folder",
    "is_same",
    "is_terminal",
    "is_url",
    "meant_file",
    "open_output",
    "read_bytes",
    "reason",
    "shown_place",
    "stamp",
    "way_out",
]


@contextmanager
def open_output(place: str | Path | None) -> Iterator[BinaryIO]:
    """Open a binary stream for a result at a path or a URL; None is standard output.

    Whatever happens on the way, the old file stays whole; the new one is there when the stream is left
    without an error.

    Raises
    ------
    OutputError
        If it can't be written; what was there is then untouched.
    UsageError
        If a URL is one that nobody can write.
    MissingExtraError
        If a URL needs a package that is not installed.
    """
    if place is None or not is_url(place):
        with files.open_output(place) as stream:
            yield stream
        return
    check_writable(place)
    from nncli.stores.writing import open_upload

    try:
        with open_upload(address(place)) as stream:
            yield stream
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"{shown_place(place)}: {reason(error)}") from error


def check_writable(place: str | Path) -> None:
    """Raise a UsageError where a place is a URL that nobody can write."""
    if (scheme := scheme_of(address(place))) is None:
        return
    from nncli.stores.remote import check_scheme

    try:
        check_scheme(scheme, writing=True)
    except OSError as error:
        raise UsageError(f"{shown_place(place)}: {reason(error)}") from error


def abandon_uploads() -> None:
    """Take back what other threads have sent of results, since the run has ended."""
    if (writing := sys.modules.get("nncli.stores.writing")) is not None:
        writing.abandon_all()


def read_bytes(path: Path, size: int = -1) -> bytes:
    """Read a file whole, or its first bytes; what is no regular file is refused.

    Raises
    ------
    ModelError
        Where it is not there or can't be read.
    """
    if not is_url(path):
        return files.read_bytes(path, size)
    from nncli.stores.reading import read_all

    try:
        return read_all(address(path), size)
    except OSError as error:
        raise ModelError(f"{shown_place(path)}: {reason(error)}") from error
