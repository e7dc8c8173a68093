"""The options that commands share: one alias each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from nncli.cli import completion
from nncli.errors import UsageError
from nncli.text import MOST_DECIMALS


def finite(value: float | None) -> float | None:
    """Refuse NaN and infinity, which no comparison would ever notice."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is not a finite number")
    return value


def url_kept(path: Path | None) -> Path | None:
    """Return a path, or the URL that was taken for one."""
    if path is None or ":" not in str(path):
        return path
    from nncli.stores import as_path

    return as_path(path)


def cluster_address(value: str | None) -> str | None:
    """Refuse what is no address of a scheduler."""
    if value is None or value == "local":
        return value
    scheme, _, host = value.partition("://")
    if scheme not in ("tcp", "tls", "ws", "wss", "ucx") or not host:
        raise typer.BadParameter(f"{value!r}: give a scheduler's address such as tcp://HOST:8786, or local")
    return value


_network, _input, _output, _running = (
    partial(typer.Option, rich_help_panel=heading)
    for heading in ("The network", "Input", "Output", "Running")
)
"""An option under its heading in the help."""

file_argument, file_option = (
    partial(kind, readable=False, callback=url_kept) for kind in (typer.Argument, typer.Option)
)
"""A file. One that can't be read is no mistake of the command line: who opens it will say so."""

SpecArgument = Annotated[
    Path,
    file_argument(
        metavar="SPEC",
        help="The network: a spec, which is a YAML file, or a model file.",
    ),
]
DataArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[DATA]",
        help="Rows in place of the spec's data: CSV, TSV, JSON lines, Parquet, Arrow or .npy, or - for"
        " standard input, which is read too where the spec has no data.",
    ),
]
DataArguments = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[DATA...]",
        help="Rows in place of the spec's data: files of CSV, TSV, JSON lines, Parquet, Arrow or .npy, globs"
        " in quotes such as 'in/**/*.csv', or - for standard input, which is read too where the spec has no"
        " data.",
    ),
]

Output = Annotated[
    str | None,
    _output("-o", "--output", metavar="FILE", help="Write to FILE; its suffix chooses the format."),
]
RunOutput = Annotated[
    str | None,
    _output(
        "-o",
        "--output",
        metavar="FILE|FOLDER/",
        help="Write to FILE, whose suffix chooses the format; or a result for each input into FOLDER/.",
    ),
]
FormatName = Literal["csv", "tsv", "json", "jsonl", "table", "npy", "parquet"]
Format = Annotated[
    FormatName | None,
    _output(
        "-f", "--format", help="Format of the output; by default a table on a terminal and CSV elsewhere."
    ),
]
ReportFormat = Annotated[
    Literal["table", "json"] | None,
    _output("-f", "--format", help="A table for people or JSON for programs."),
]
Keep = Annotated[
    str | None,
    _output(
        metavar="others|all|none|COLUMNS",
        autocompletion=completion.kept,
        help="Input columns to copy: those that are no features, all, none, or names with commas.",
    ),
]
Label = Annotated[
    str | None,
    _input(
        metavar="COLUMN",
        autocompletion=completion.columns,
        help="The column with the true answers; it is never a feature.",
    ),
]
Trace = Annotated[bool, _output("--trace", help="Add every layer's weighted sums (z) and activations (a).")]
Limit = Annotated[int | None, _input(min=0, metavar="N", help="Stop after N rows; 0 gives the header alone.")]
Decimals = Annotated[
    int | None,
    _output(min=0, max=MOST_DECIMALS, metavar="N", help="Round the network's numbers to N decimals."),
]
FileColumn = Annotated[
    str | None,
    _output(metavar="NAME", help="Add a column of this name: the file that a row comes from."),
]
OnMissing = Annotated[
    str,
    _input(
        metavar="error|null|NUMBER",
        help="What an empty feature cell means: an error, a row without a result, or a number.",
    ),
]
SetValue = Annotated[
    list[str] | None,
    _network("--set", metavar="KEY=VALUE", help="Change a value of the spec, for example layers.0.units=8."),
]
Seed = Annotated[int | None, _network(min=0, max=2**32 - 1, metavar="N", help="Change the spec's seed.")]
DType = Annotated[Literal["float32", "float64"] | None, _network(help="Change the spec's number type.")]
Activations = Annotated[
    str | None,
    _network(
        metavar="NAMES",
        help="What follows each layer of a file of weights, with commas; leaky_relu:0.2 sets its alpha.",
    ),
]
Header = Annotated[
    bool,
    _input("--header", help="The input's first line names its columns, even if all names are numbers."),
]
NoHeader = Annotated[
    bool,
    _input(
        "--no-header",
        help="The input's first line is data: features go by position, others are called column_<i>.",
    ),
]
Delimiter = Annotated[
    str | None,
    _input(metavar="CHARACTER", help="What separates the input's cells; tab for a tabulator."),
]
Decimal = Annotated[Literal[".", ","], _input(help="What stands before the decimals of the input's numbers.")]
Missing = Annotated[
    str | None,
    _input(
        metavar="WORDS",
        help="Other words for a missing value, with commas, besides the usual ones; --missing=-999, for one.",
    ),
]
Features = Annotated[
    str | None,
    _input(
        metavar="COLUMNS",
        autocompletion=completion.columns,
        help="The columns that go in, with commas, in the network's order, whatever they are called.",
    ),
]
Rejects = Annotated[
    str | None,
    _input(
        metavar="FILE",
        help="Set wrong rows aside in FILE, a CSV that says what is wrong; else the first one ends the run.",
    ),
]
MaxRejects = Annotated[
    str | None,
    _input(
        metavar="N|N%",
        help="Stop at more than N wrong rows; N% is of all rows, and judged at the end.",
    ),
]
Jobs = Annotated[
    int | None,
    _running(
        "-j",
        "--jobs",
        min=1,
        max=1024,
        metavar="N",
        envvar="NNCLI_JOBS",
        show_envvar=False,
        help="At most N processes or threads at work; by default one for each processor. Also NNCLI_JOBS.",
    ),
]
Cluster = Annotated[
    str | None,
    _running(
        metavar="ADDRESS",
        callback=cluster_address,
        help="Let the workers of a Dask scheduler do it, a file each: tcp://HOST:8786, or local, which starts"
        " --jobs of them here.",
    ),
]
Resume = Annotated[
    bool, _running("--resume", help="Make only those results in the folder that are not there yet.")
]
FailFast = Annotated[
    bool, _running("--fail-fast", help="Stop at the first file that fails; else the others are done.")
]
Quiet = Annotated[bool, _running("-q", "--quiet", help="No progress bar, no warnings, no word of files.")]


def names_columns(header: bool, no_header: bool) -> bool | None:
    """Return whether the input's first line names its columns; None where the user does not say.

    Raises
    ------
    UsageError
        The user says both.
    """
    if header and no_header:
        raise UsageError("--header and --no-header: the first line is either names or data; give one of them")
    return True if header else False if no_header else None


def overrides(
    set_values: Sequence[str] | None, seed: int | None = None, dtype: str | None = None
) -> Sequence[str]:
    """Return the changes to the spec; messages call each as the user has given it."""
    from nncli.netspec.model import Override

    changes = [Override(change, f"--set {change}") for change in set_values or ()]
    if seed is not None:
        changes.append(Override(f"seed={seed}", f"--seed {seed}"))
    if dtype is not None:
        changes.append(Override(f"dtype={dtype}", f"--dtype {dtype}"))
    return changes
