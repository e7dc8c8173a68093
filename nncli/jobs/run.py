"""A table through a network: for each block parse, compute, spell; what is spelled is written in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from nncli import tables
from nncli.errors import DataError
from nncli.jobs.columns import of_asker
from nncli.jobs.compute import block_size, compute, output_names
from nncli.jobs.inputs import Input
from nncli.jobs.job import Job
from nncli.jobs.overflow import Overflow, overflow_in
from nncli.jobs.rejects import Rejects
from nncli.nn.network import Network
from nncli.tables import Results, Rows, Writer
from nncli.tables.columns import Labels
from nncli.text import listed, shown

ONE_NAME = ("json", "jsonl", "parquet")
"""Formats in which no two columns have one name."""


class BlockWork(NamedTuple):
    """What is done with the rows of every block.

    Attributes
    ----------
    file
        What a column says where the rows are from; None: there is no such column.
    place
        What warnings call the table, where there are several.
    numbers
        The kept columns that are written as numbers, though they may be texts.
    """

    network: Network
    writer: Writer
    trace: bool
    file: str | None = None
    place: str = ""
    numbers: Sequence[int] = ()


class Written(NamedTuple):
    """A block's results: what the writer takes of them, and what there is to warn of."""

    spelled: Any
    overflow: Overflow


def run_block(work: BlockWork, rows: Rows, n_threads: int) -> Written:
    """Compute a block's rows and spell the results: a pure function, to be called anywhere."""
    results = compute(work.network, rows, trace=work.trace, n_threads=n_threads)
    if work.numbers:
        from nncli.tables.arrow_column import as_numbers

        for i in work.numbers:
            results.kept[i] = as_numbers(results.kept[i])
    if work.file is not None:
        codes = np.zeros(len(results), np.intp)
        results.kept = [Labels(codes, [work.file], quoted=True), *results.kept]
    stay = results.without(rows.rejects) if rows.rejects else results
    return Written(work.writer.spell(stay), overflow_in(results, work.place))


def run(
    job: Job,
    network: Network,
    rows: Input,
    make_writer: Callable[[Sequence[str]], Writer],
    *,
    show: Callable[[int], None],
    rejects: Rejects | None,
) -> Overflow:
    """Run the rows through the network, and write kept columns and results to the job's output.

    Parameters
    ----------
    make_writer
        Gives what writes columns of these names.
    show
        Is told from time to time how many rows are done.
    rejects
        Takes the wrong rows, where the job sets them aside.

    Returns
    -------
    How many rows overflow.
    """
    results = output_names(network, trace=job.trace)
    kept = rows.kept(job.keep, results)
    work = BlockWork(network, make_writer(_column_names(job, rows, kept, results)), job.trace)
    size = block_size(network, trace=job.trace)
    total = Overflow()

    def prepare(file: Input) -> tuple[list[int], Callable[[Rows, int], Written]]:
        if file.table is rows.table:
            columns = kept
        else:
            from nncli.jobs.several import kept_like

            columns = kept_like(rows, kept, file, job.keep, results)
        of_file = work._replace(
            file=None if job.file_column is None else file.table.name,
            place="" if rows.others is None else file.table.name,
            # What went in as numbers comes back so: a table of types would be refused as input else.
            numbers=[
                i for i, column in enumerate(columns) if column in file.features and job.format == "parquet"
            ],
        )
        return columns, lambda part, n_threads: run_block(of_file, part, n_threads)

    def spelled() -> Iterator[Any]:
        for block in rows.all_in_order(prepare, network, size, job, rejects):
            total.merge(block.overflow)
            yield block.spelled
            show(total.n_rows)

    tables.write(job.output, job.format, work.writer, spelled())
    return total


def _column_names(job: Job, rows: Input, kept: Sequence[int], results: Sequence[str]) -> list[str]:
    """Return what the output's columns are called.

    Raises
    ------
    DataError
        Two have one name, which the format can't hold, or the column of files would have another's.
    """
    if job.format in ONE_NAME:
        rows.check_names(kept, job.format)
    names = [*(rows.table.columns[i] for i in kept), *results]
    if job.file_column is None:
        return names
    if job.file_column in names:
        problem = f"the output has a column {shown(job.file_column)} already"
        raise DataError(problem, remedies=[of_asker("file-column", rows.table.name)])
    return [job.file_column, *names]


def warnings_of(job: Job, network: Network, rows: Input, overflow: Overflow) -> list[str]:
    """Return what there is to say of results that are written, a line each."""
    warnings = [str(overflow)] if overflow.n_bad else []
    results = output_names(network, trace=job.trace)
    if job.format == "npy":
        kept = [rows.table.columns[i] for i in rows.kept(job.keep, results)]
        if left_out := [*kept, *results[: -network.n_outputs]]:
            place = job.output or "standard output"
            left = listed(left_out)
            warnings.append(f"warning: {place}: .npy holds the network's outputs alone; left out: {left}")
    elif replaced := rows.replaced(job.keep, results):
        place, names = rows.table.name, listed(replaced)
        warnings.append(f"warning: {place}: left out, since the output has columns of these names: {names}")
    return warnings


def write_unchanged(job: Job, rows: Input, make_writer: Callable[[Sequence[str]], Writer]) -> None:
    """Write the rows as they come in, all columns."""
    kept = rows.kept("all")
    writer = make_writer([rows.table.columns[i] for i in kept])
    parts = (
        Results(part.kept, np.empty((len(part), 0)), first=part.first)
        for part in rows.parsed(kept, job.limit)
    )
    tables.write(job.output, job.format, writer, map(writer.spell, parts))
