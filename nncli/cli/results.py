"""Run the rows and write what comes out: the same for every command that does."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nncli.cli.inputs import Rows
    from nncli.nn.network import Network
    from nncli.tables.batch import Batch


def choose_format(output: str | None, format: str | None) -> str:
    """Return the output's format: the one asked for, the suffix's, or what suits its reader.

    Raises
    ------
    UsageError
        A suffix that stands for no format.
    """
    from nncli.tables import format_of

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
    from nncli.engines.prefetch import prefetch

    results = output_names(network, trace=trace)
    kept = rows.kept(keep, results)
    names = [rows.table.columns[i] for i in kept] + results
    overflow = Overflow()
    with Progress(rows.table, quiet=quiet) as progress:
        # Three stages, each in a thread of its own once there is more than a batch or two.
        batches = prefetch(progress.follow(rows.batches(kept, limit)))
        computed = prefetch(run(network, batches, trace=trace))
        write(output, format, names, overflow.watch(computed), decimals)
    if overflow.n_rows and not quiet:
        print(overflow, file=sys.stderr)


def write_rows(
    rows: Rows, output: str | None, format: str, *, limit: int | None, decimals: int | None
) -> None:
    """Write the rows as they come in, all columns."""
    kept = rows.kept("all")
    write(output, format, rows.table.columns, rows.batches(kept, limit), decimals)


def write(
    output: str | None, format: str, names: list[str], batches: Iterable[Batch], decimals: int | None
) -> None:
    """Write batches to a file or to standard output."""
    from nncli import tables

    if format == "table" and output in (None, "-"):
        import shutil

        from nncli.views import table

        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        table.write(sys.stdout, names, batches, decimals, width)
        return
    tables.write_table(None if output == "-" else output, format, names, batches, decimals)


class Overflow:
    """Counts the rows whose outputs are NaN or infinite though they had features."""

    def __init__(self) -> None:
        self.n_rows = 0
        self.first: int | None = None

    def watch(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Yield the same batches."""
        import numpy as np

        seen = 0
        for batch in batches:
            assert batch.outputs is not None
            finite = np.isfinite(batch.outputs)
            if not finite.all():
                bad = ~finite.all(axis=1)
                if batch.missing is not None:
                    bad &= ~batch.missing
                if bad.any():
                    self.first = seen + int(bad.argmax()) if self.first is None else self.first
                    self.n_rows += int(bad.sum())
            seen += len(batch)
            yield batch

    def __str__(self) -> str:
        rows = "1 row" if self.n_rows == 1 else f"{self.n_rows:,} rows"
        return (
            f"warning: the network's numbers overflow to NaN or infinity in {rows}, first in row {self.first}"
        )
