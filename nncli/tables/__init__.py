"""Rows in and out, in batches: ``open_table`` and ``write_table``.

To add a format: one file, and one line in `READERS` or `WRITERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path, PurePath

from nncli.errors import UsageError
from nncli.tables.batch import Batch, Labels
from nncli.tables.memory import ArrayTable
from nncli.tables.missing import MissingRule
from nncli.tables.output import open_output
from nncli.tables.source import Source
from nncli.tables.table import Table

__all__ = [
    "COMPRESSED",
    "WRITERS",
    "ArrayTable",
    "Batch",
    "Labels",
    "MissingRule",
    "Table",
    "format_of",
    "open_output",
    "open_table",
    "write_table",
]

COMPRESSED = (".gz", ".zst")
"""Suffixes that may follow the suffix of a text format."""

WRITERS = {
    "csv": "nncli.tables.csv_write:write_csv",
    "tsv": "nncli.tables.csv_write:write_tsv",
    "json": "nncli.tables.json:write_json",
    "jsonl": "nncli.tables.json:write_jsonl",
    "npy": "nncli.tables.npy:write_npy",
}
"""Where each output format is written; its name is also its suffix. Loaded when it is used."""


def open_table(
    source: str | Path,
    *,
    header: bool = True,
    delimiter: str | None = None,
    missing: MissingRule = "error",
) -> Table:
    r"""Open rows of a file, or of standard input (``-``); the suffix tells the format, else CSV.

    Parameters
    ----------
    header
        Whether the first row of a CSV file names its columns.
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
    if suffix == ".npy":
        from nncli.tables.npy import NpyTable

        return NpyTable(source, missing=missing)
    from nncli.tables.csv import CsvTable, delimiter_from

    tab_or_comma = "\t" if suffix == ".tsv" else ","
    chosen = tab_or_comma if delimiter is None else delimiter_from(delimiter)
    return CsvTable(Source(source), header=header, delimiter=chosen, missing=missing)


def format_of(path: str | Path) -> str:
    """Return the output format that a path's suffix names.

    Raises
    ------
    UsageError
        If it names none.
    """
    name = _suffix(path).removeprefix(".")
    if name not in WRITERS:
        known = ", ".join(f".{name}" for name in WRITERS)
        raise UsageError(f"{path}: no output format has this suffix (known: {known}; or say --format)")
    return name


def write_table(
    path: str | Path | None,
    format: str,
    names: Sequence[str],
    batches: Iterable[Batch],
    decimals: int | None = None,
) -> None:
    """Write batches to a file, or to standard output (None).

    ``names`` are the columns, in the order kept, trace, prediction, outputs. ``decimals`` rounds
    floats; None writes them in full.

    Raises
    ------
    OutputError
        If the destination can't be written; an old file there is then untouched.
    """
    module, function = WRITERS[format].split(":")
    write: Callable[..., None] = getattr(import_module(module), function)
    with open_output(path) as stream:
        write(stream, names, batches, decimals)


def _suffix(path: str | Path) -> str:
    """Return the suffix that tells the format: ``.csv`` of ``rows.csv.gz``."""
    pure = PurePath(str(path).lower())
    return PurePath(pure.stem).suffix if pure.suffix in COMPRESSED else pure.suffix
