"""A table through a network: for each block parse, compute, spell; what is spelled is written in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from nncli import tables
from nncli.jobs.compute import block_size, compute, output_names
from nncli.jobs.inputs import Input
from nncli.jobs.job import Job
from nncli.jobs.overflow import Overflow, overflow_in
from nncli.nn.network import Network
from nncli.tables import Results, Rows, Writer

ONE_NAME = ("json", "jsonl", "parquet")
"""Formats in which no two columns have one name."""


class BlockWork(NamedTuple):
    """What is done with the rows of every block."""

    network: Network
    writer: Writer
    trace: bool


class Written(NamedTuple):
    """A block's results: what the writer takes of them, and what there is to warn of."""

    spelled: Any
    overflow: Overflow


def run_block(work: BlockWork, rows: Rows, n_threads: int) -> Written:
    """Compute a block's rows and spell the results: a pure function, to be called anywhere."""
    results = compute(work.network, rows, trace=work.trace, n_threads=n_threads)
    return Written(work.writer.spell(results), overflow_in(results))


def run(
    job: Job,
    network: Network,
    rows: Input,
    make_writer: Callable[[Sequence[str]], Writer],
    show: Callable[[int], None] = lambda n_rows: None,
) -> Overflow:
    """Run the rows through the network, and write kept columns and results to the job's output.

    Parameters
    ----------
    make_writer
        Gives what writes columns of these names.
    show
        Is told from time to time how many rows are written.

    Returns
    -------
    How many rows overflow.
    """
    results = output_names(network, trace=job.trace)
    kept = rows.kept(job.keep, results)
    if job.format in ONE_NAME:
        rows.check_names(kept, job.format)
    writer = make_writer([rows.table.columns[i] for i in kept] + results)
    work = BlockWork(network, writer, job.trace)
    size = block_size(network, trace=job.trace)
    total = Overflow()

    def spelled() -> Iterator[Any]:
        for block in rows.in_order(lambda part, n: run_block(work, part, n), network, size, kept, job):
            total.merge(block.overflow)
            yield block.spelled
            show(total.n_rows)

    tables.write(job.output, job.format, writer, spelled())
    return total


def write_unchanged(job: Job, rows: Input, make_writer: Callable[[Sequence[str]], Writer]) -> None:
    """Write the rows as they come in, all columns."""
    kept = rows.kept("all")
    writer = make_writer([rows.table.columns[i] for i in kept])
    parts = (
        Results(part.kept, np.empty((len(part), 0)), first=part.first)
        for part in rows.parsed(kept, job.limit)
    )
    tables.write(job.output, job.format, writer, map(writer.spell, parts))
