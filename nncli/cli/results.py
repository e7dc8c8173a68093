"""Run the rows and write what comes out: the same for every command that does."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from nncli import tables
from nncli.cli.printing import say, say_written
from nncli.errors import UsageError
from nncli.stores import check_writable, is_folder, is_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nncli.jobs.inputs import Input
    from nncli.jobs.job import Job
    from nncli.nn.network import Network
    from nncli.tables import Writer


def choose_format(output: str | None, format: str | None) -> str:
    """Return the output's format: the one asked for, the suffix's, or what suits its reader.

    Raises
    ------
    UsageError
        A suffix that stands for no format, or bytes on a terminal.
    """
    if output is not None:
        check_writable(output)
    if format in ("npy", "parquet") and is_terminal(None if output == "-" else output):
        raise UsageError(f"--format {format}: no text for a terminal; give a file with -o, or a pipe")
    if output is not None and is_folder(output):
        if format == "table":
            raise UsageError("--format table: a table is for people; a folder takes files that programs read")
        return format or "csv"
    if format is not None:
        return format
    if output is not None and output != "-":
        return tables.format_of(output)
    return "table" if sys.stdout.isatty() else "csv"


def run_and_write(job: Job, network: Network, rows: Input, *, quiet: bool) -> None:
    """Run the rows through the network, write kept columns and results, and say what there is to warn of."""
    from nncli.cli.progress import Progress
    from nncli.jobs.rejects import open_rejects
    from nncli.jobs.run import run, warnings_of

    with open_rejects(job) as rejects, Progress(rows.reach, job.output, quiet=quiet) as progress:
        overflow = run(job, network, rows, writer_for(job), show=progress.show, rejects=rejects)
    if quiet:
        return
    say_written(job.output)
    for line in warnings_of(job, network, rows, overflow):
        say(line)
    if rejects is not None:
        say(str(rejects))


def write_rows(job: Job, rows: Input, *, quiet: bool) -> None:
    """Write the rows as they come in, all columns.

    Raises
    ------
    UsageError
        The format has no place for them.
    """
    from nncli.jobs.run import write_unchanged

    if job.format == "npy":
        raise UsageError("--data-only: .npy holds a network's outputs alone; write .csv or .parquet")
    write_unchanged(job, rows, writer_for(job))
    say_written(job.output, quiet=quiet)


def writer_for(job: Job) -> Callable[[Sequence[str]], Writer]:
    """Return what makes a writer of columns, given their names; a table for people has one of its own."""
    if job.format != "table":
        return lambda names: tables.writer_of(job.format, names, job.decimals)
    from nncli.views.table import AlignedWriter, Screen, ScreenWriter

    if job.output is None and sys.stdout.isatty():
        screen = Screen(*shutil.get_terminal_size(), "-o FILE or a pipe gives all")
        return lambda names: ScreenWriter(names, job.decimals, screen, job.trace)
    return lambda names: AlignedWriter(names, job.decimals)
