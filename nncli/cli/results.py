"""Run the rows and write what comes out: the same for every command that does."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from nncli.cli.printing import say
from nncli.errors import UsageError
from nncli.text import listed

if TYPE_CHECKING:
    from nncli.cli.inputs import Rows
    from nncli.nn.network import Network
    from nncli.tables.batch import Batch


def choose_format(output: str | None, format: str | None) -> str:
    """Return the output's format: the one asked for, the suffix's, or what suits its reader.

    Raises
    ------
    UsageError
        A suffix that stands for no format, or bytes on a terminal.
    """
    from nncli.files import is_terminal
    from nncli.tables import format_of

    if format in ("npy", "parquet") and is_terminal(None if output == "-" else output):
        raise UsageError(f"--format {format}: no text for a terminal; give a file with -o, or a pipe")
    if format is not None:
        return format
    if output is not None and output != "-":
        return format_of(output)
    return "table" if sys.stdout.isatty() else "csv"


def run_and_write(
    network: Network,
    rows: Rows,
    output: str | None,
    format: str,
    *,
    keep: str | None,
    trace: bool,
    limit: int | None,
    decimals: int | None,
    quiet: bool,
) -> None:
    """Read the rows, run them through the network and write kept columns and results."""
    from nncli.cli.progress import Progress
    from nncli.engines.local import output_names, run
    from nncli.engines.overflow import Overflow
    from nncli.engines.prefetch import prefetch

    results = output_names(network, trace=trace)
    kept = rows.kept(keep, results)
    names = [rows.table.columns[i] for i in kept] + results
    overflow = None
    with Progress(rows.table, output, quiet=quiet) as progress:
        if limit is None and rows.table.takes_turns:
            from nncli.engines import two_processes

            path = None if output == "-" else output
            if two_processes.is_worth_it(rows.table, network, path, format):
                overflow = two_processes.run_and_write(
                    network,
                    rows.table,
                    rows.features,
                    kept,
                    path,
                    format,
                    names,
                    trace=trace,
                    decimals=decimals,
                    show=progress.show,
                )
        if overflow is None:
            overflow = Overflow()
            # Three stages, each in a thread of its own once there is more than a batch or two.
            batches = prefetch(progress.follow(rows.batches(kept, limit)))
            computed = prefetch(run(network, batches, trace=trace))
            write(output, format, names, overflow.watch(computed), decimals)
    if quiet:
        return
    if overflow.n_bad:
        say(str(overflow))
    if format == "npy":
        warn_of_left_out(output, names[: len(names) - network.n_outputs])
    else:
        warn_of_replaced(rows.table.name, rows.replaced(keep, results))


def warn_of_left_out(output: str | None, names: list[str]) -> None:
    """Say which columns are not in a matrix of numbers."""
    if names:
        place = "standard output" if output in (None, "-") else output
        say(f"warning: {place}: .npy holds the network's outputs alone; left out: {listed(names)}")


def warn_of_replaced(place: str, names: list[str]) -> None:
    """Say which of the input's columns are not kept, since the output has others of their names."""
    if names:
        say(f"warning: {place}: left out, since the output has columns of these names: {listed(names)}")


def write_rows(
    rows: Rows, output: str | None, format: str, *, limit: int | None, decimals: int | None
) -> None:
    """Write the rows as they come in, all columns.

    Raises
    ------
    UsageError
        The format has no place for them.
    """
    if format == "npy":
        raise UsageError("--data-only: .npy holds a network's outputs alone; write .csv or .parquet")
    kept = rows.kept("all")
    write(output, format, rows.table.columns, rows.batches(kept, limit), decimals)


def write(
    output: str | None, format: str, names: list[str], batches: Iterable[Batch], decimals: int | None
) -> None:
    """Write batches to a file or to standard output."""
    from nncli import tables

    path = None if output == "-" else output
    if format != "table":
        tables.write_table(path, format, names, batches, decimals)
        return
    from nncli.views import table

    if path is None and sys.stdout.isatty():
        import shutil

        table.write(sys.stdout, names, batches, decimals, shutil.get_terminal_size().columns)
    else:
        tables.write_table(path, format, names, batches, decimals, table.write_complete)
