"""Rows in and out, a block at a time: ``open_table``, ``writer_of`` and ``write``.

To add a format: one file, and a line in `WRITERS` or in `open_table`.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from importlib import import_module
from itertools import chain, islice
from pathlib import Path, PurePath
from typing import Any

from nncli.errors import Remedy, UsageError
from nncli.files import open_output
from nncli.tables.compression import SUFFIXES, compressed
from nncli.tables.memory import ArrayTable
from nncli.tables.missing import MissingRule
from nncli.tables.rows import Results, Rows
from nncli.tables.source import Source, spooled
from nncli.tables.table import Size, Table
from nncli.tables.writer import Writer

__all__ = [
    "WRITERS",
    "ArrayTable",
    "MissingRule",
    "Results",
    "Rows",
    "Size",
    "Table",
    "Writer",
    "format_of",
    "open_table",
    "packing_of",
    "write",
    "writer_of",
]

WRITERS = {
    "csv": "nncli.tables.csv_write:CsvWriter",
    "tsv": "nncli.tables.csv_write:TsvWriter",
    "json": "nncli.tables.json:JsonWriter",
    "jsonl": "nncli.tables.json:JsonLinesWriter",
    "npy": "nncli.tables.npy:NpyWriter",
    "parquet": "nncli.tables.parquet:ParquetWriter",
}
"""What writes each output format; its name is also its suffix. Loaded when it is used."""

_STOPPING = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}

_MAGIC = {b"\x93NUM": ".npy", b"PAR1": ".parquet"}
"""What a source begins with where it is no text."""

_SAME = {".pq": ".parquet"}
"""Other suffixes of the same formats."""


def open_table(
    source: str | Path,
    *,
    header: bool | None = None,
    delimiter: str | None = None,
    missing: MissingRule = "error",
) -> Table[Any]:
    r"""Open rows of a file, or of standard input (``-``).

    The suffix tells the format; one that says nothing leaves it to the content, else it is CSV.

    Parameters
    ----------
    header
        Whether the first row of a CSV file names its columns; None where that is assumed.
    delimiter
        One character, ``\t`` or ``tab``; by default a comma, or a tab in ``.tsv`` files.
    missing
        What becomes of rows with a missing feature.

    Raises
    ------
    DataError
        If the source can't be read or has no columns.
    UsageError
        If the delimiter is none.
    """
    suffix = _suffix(source)
    if suffix in (".npy", ".parquet"):
        return _open_matrix(suffix, source, str(source), missing)
    from nncli.tables.csv import CsvTable, delimiter_from

    tab_or_comma = "\t" if suffix == ".tsv" else ","
    chosen = tab_or_comma if delimiter is None else delimiter_from(delimiter)
    stream = Source(source)
    if suffix not in (".csv", ".tsv") and (suffix := _MAGIC.get(stream.head, "")):
        with closing(stream), spooled(stream) as path:
            return _open_matrix(suffix, path, stream.name, missing)
    return CsvTable(stream, header=header, delimiter=chosen, missing=missing)


def _open_matrix(suffix: str, path: str | Path, name: str, missing: MissingRule) -> Table[Any]:
    if suffix == ".npy":
        from nncli.tables.npy import NpyTable

        return NpyTable(path, name, missing=missing)
    from nncli.tables.parquet import ParquetTable

    return ParquetTable(path, name, missing=missing)


def format_of(path: str | Path) -> str:
    """Return the output format that a path's suffix names.

    Raises
    ------
    UsageError
        If it names none.
    """
    name = _suffix(path).removeprefix(".")
    packing_of(path, name)
    if name not in WRITERS:
        known = ", ".join(f".{name}" for name in WRITERS)
        remedy = Remedy("format", "{problem} (known: {known})", {"known": known})
        raise UsageError(f"{path}: no output format has this suffix", remedies=[remedy])
    return name


def writer_of(format: str, names: Sequence[str], decimals: int | None = None) -> Writer:
    """Return what spells and writes results in a format.

    Signals wait until it is imported: where the exception of one meets the import of orjson, that crashes.

    Parameters
    ----------
    names
        The columns, in the order kept, trace, prediction, outputs.
    decimals
        What floats are rounded to; None: they are written in full.
    """
    module, name = WRITERS[format].split(":")
    masked = hasattr(signal, "pthread_sigmask")  # not on Windows
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING) if masked else set()
    try:
        make: Callable[..., Writer] = getattr(import_module(module), name)
    finally:
        if masked:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return make(names, decimals)


def write(path: str | Path | None, format: str, writer: Writer, spelled: Iterable[Any]) -> None:
    """Write to a file, or to standard output (None), what a writer has spelled.

    Raises
    ------
    OutputError
        If the destination can't be written; an old file there is then untouched.
    """
    packing = packing_of(path, format)
    spelled = iter(spelled)
    first = list(islice(spelled, 1))  # what is wrong with it is said before anything is written
    with open_output(path) as stream, compressed(stream, packing) as packed:
        writer.write(packed, chain(first, spelled))


def _suffix(path: str | Path) -> str:
    """Return the suffix that tells the format: ``.csv`` of ``rows.csv.gz``."""
    pure = PurePath(str(path).lower())
    suffix = PurePath(pure.stem).suffix if pure.suffix in SUFFIXES else pure.suffix
    return _SAME.get(suffix, suffix)


def packing_of(path: str | Path | None, format: str) -> str:
    """Return the suffix that asks for compression, or nothing.

    Raises
    ------
    UsageError
        If the format is no text: it would have to be written in one go.
    """
    suffix = PurePath(str(path).lower()).suffix
    if path is None or suffix not in SUFFIXES:
        return ""
    if format in ("npy", "parquet"):
        raise UsageError(f"{path}: a {format} file is not compressed from outside; leave out {suffix}")
    return suffix
