"""Rows in and out, a block at a time: ``open_table``, ``writer_of`` and ``write``.

To add a format: one file, and a line in `READERS` or in `WRITERS`.
"""

# Imports inside of functions: a format's file, when a table of that format comes; pyarrow, where a table
# is big or columnar; what only messages need.

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from itertools import chain, islice
from os.path import splitext
from pathlib import Path
from typing import Any

from nncli.errors import DataError, Remedy, UsageError
from nncli.stores import open_output, shown_place
from nncli.tables.compression import SUFFIXES, compressed
from nncli.tables.memory import ArrayTable
from nncli.tables.missing import MissingRule
from nncli.tables.numbers import spelling_of
from nncli.tables.read_options import ReadOptions
from nncli.tables.rows import Results, Rows
from nncli.tables.source import Source
from nncli.tables.table import Size, Table
from nncli.tables.writer import Writer

__all__ = [
    "READERS",
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
    "stem_of",
    "suffix_of",
    "write",
    "writer_of",
]

WRITERS = {
    "csv": "nncli.tables.csv_write:CsvWriter",
    "tsv": "nncli.tables.csv_write:TsvWriter",
    "json": "nncli.tables.json_write:JsonWriter",
    "jsonl": "nncli.tables.json_write:JsonLinesWriter",
    "npy": "nncli.tables.npy:NpyWriter",
    "parquet": "nncli.tables.parquet:ParquetWriter",
}
"""What writes each output format; its name is also its suffix. Loaded when it is used."""

_STOPPING = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}

READERS = {
    "csv": "nncli.tables.csv:CsvTable",
    "tsv": "nncli.tables.csv:TsvTable",
    "json": "nncli.tables.json_table:JsonTable",
    "jsonl": "nncli.tables.json_lines:JsonLinesTable",
    "npy": "nncli.tables.npy:NpyTable",
    "parquet": "nncli.tables.parquet:ParquetTable",
    "arrow": "nncli.tables.arrow_ipc:ArrowTable",
}
"""What reads each input format; its name is also its suffix. Loaded when it is used."""

_MAGIC = {b"\x93NUM": "npy", b"PAR1": "parquet", b"ARRO": "arrow", b"\xff\xff\xff\xff": "arrow"}
"""What a source begins with where it is no text."""

_SAME = {"pq": "parquet", "ndjson": "jsonl", "feather": "arrow", "ipc": "arrow", "arrows": "arrow"}
"""Other suffixes of the same formats."""

_CALLED = {
    "npy": "a NumPy array",
    "parquet": "a Parquet file",
    "arrow": "an Arrow (Feather) file",
    "json": "JSON",
    "jsonl": "JSON lines",
}


def open_table(
    source: str | Path,
    *,
    name: str | None = None,
    header: bool | None = None,
    delimiter: str | None = None,
    decimal: str = ".",
    missing: MissingRule = "error",
    missing_words: Sequence[str] = (),
    set_aside: bool = False,
) -> Table[Any]:
    r"""Open rows of a file, a URL, or standard input (``-``).

    The suffix tells the format; one that says nothing leaves it to the content, else it is CSV.

    Parameters
    ----------
    name
        What messages call it; None: its place.
    header
        Whether the first row of a CSV file names its columns; None where that is assumed.
    delimiter
        One character, ``\t`` or ``tab``; by default a comma, or a tab in ``.tsv`` files, or what the
        first line has in its place.
    decimal
        What stands before the decimals of a text's numbers.
    missing
        What becomes of rows with a missing feature.
    missing_words
        Texts that say, besides the usual ones, that a value is missing.
    set_aside
        Whether wrong rows are set aside (`Rows.rejects`); else the first one is an error.

    Raises
    ------
    DataError
        If the source can't be read or has no columns.
    UsageError
        If the delimiter is none.
    """
    spelling = spelling_of(decimal, missing_words)
    read_options = ReadOptions(header, delimiter, spelling, missing, set_aside)
    stream = Source(source, name)
    try:
        module, reader = READERS[_format_in(stream, suffix_of(source))].split(":")
        make: Callable[..., Table[Any]] = getattr(import_module(module), reader)
        return make(stream, read_options)
    except BaseException:
        stream.close()
        raise


def _format_in(stream: Source, suffix: str) -> str:
    """Return the format of a source: a suffix that says nothing leaves it to the content.

    Raises
    ------
    DataError
        Where it is something else than its suffix says, or nothing that is read.
    """
    from nncli.tables.foreign import LOOK, MODEL, may_be_foreign, what_it_is

    head = stream.look(4 if stream.n_bytes is None else LOOK)  # a pipe may pause
    if not head and suffix in ("json", "arrow"):
        raise DataError(f"{stream.name}: the file is empty: no rows")
    magic = _MAGIC.get(head[:4])
    if magic is not None:
        if suffix in READERS and suffix != magic:
            raise DataError(f"{stream.name}: it is {_CALLED[magic]}: give it the suffix .{magic}")
        return magic
    if may_be_foreign(head) and (what := what_it_is(stream.look(1 << 16))) is not None:
        raise DataError(f"{stream.name}: it is {what}")
    if suffix in ("npy", "parquet", "arrow"):
        return suffix
    if head.lstrip()[:1] in ((b"{", b"[") if suffix in ("csv", "tsv") else (b"{", b"[", b"")):
        from nncli.tables.json_rows import json_format

        found = json_format(stream, suffix)
        if found and suffix in ("csv", "tsv"):
            raise DataError(f"{stream.name}: it is {_CALLED[found]}: give it the suffix .{found}")
        return found or "csv"
    if suffix in ("yaml", "yml"):
        raise DataError(f"{stream.name}: it is a YAML file: {MODEL}")
    return suffix if suffix in READERS else "csv"


def format_of(path: str | Path) -> str:
    """Return the output format that a path's suffix names.

    Raises
    ------
    UsageError
        If it names none.
    """
    name = suffix_of(path)
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


def suffix_of(path: str | Path) -> str:
    """Return the suffix that tells the format, without its dot: ``csv`` of ``rows.csv.gz``."""
    stem, suffix = splitext(shown_place(path).lower())
    suffix = splitext(stem)[1] if suffix in SUFFIXES else suffix
    return _SAME.get(suffix[1:], suffix[1:])


def stem_of(name: str) -> str:
    """Return a file's name without the suffixes that tell its format: ``a`` of ``a.csv.gz``.

    Other suffixes belong to the name where they have digits: ``rows.2024-11``.
    """
    stem, suffix = splitext(name)
    if suffix.lower() in SUFFIXES:
        name = stem
        stem, suffix = splitext(name)
    return stem if suffix[1:].isalpha() else name


def packing_of(path: str | Path | None, format: str) -> str:
    """Return the suffix that asks for compression, or nothing.

    Raises
    ------
    UsageError
        If the format is no text: it would have to be written in one go.
    """
    suffix = splitext(shown_place(path).lower())[1]
    if path is None or suffix not in SUFFIXES:
        return ""
    if format in ("npy", "parquet"):
        raise UsageError(f"{path}: a {format} file is not compressed from outside; leave out {suffix}")
    return suffix
