"""A portion of small files through a network, results of their own for each.

Files of CSV that have one header are read, computed and spelled together, and cut apart again: that takes a
third of the time. Whatever is not plain in one of them leaves all to `run_file`, whose bytes these are.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from nncli import tables
from nncli.errors import NncliError
from nncli.jobs.block import Aside
from nncli.jobs.compute import compute, output_names
from nncli.jobs.inputs import open_file
from nncli.jobs.job import Job
from nncli.jobs.journal import Done, FileTask
from nncli.jobs.one_file import run_file, size_of
from nncli.jobs.overflow import overflow_in
from nncli.jobs.run import ONE_NAME
from nncli.nn.network import Network
from nncli.stores import Stamp, open_output
from nncli.stores.places import read_whole
from nncli.tables import Results, Writer
from nncli.tables.csv import CsvTable

_MOST_NUMBERS = 1 << 21
"""Of more results at once the memory would be felt."""

_HEAD_LINES = {"csv": 1, "tsv": 1, "jsonl": 0}
"""How many lines stand before those of the rows, in formats that have a line for each row."""

Finished = Callable[[FileTask, Done | NncliError], None]


def run_portion(
    job: Job, network: Network, tasks: Sequence[FileTask], finished: Finished, *, together: bool
) -> None:
    """Run every file through the network.

    Parameters
    ----------
    finished
        Is told of each file as soon as its result is whole, or what is wrong with it.
    together
        Whether so much work is to be done that it pays to import what reads files together.
    """
    done: set[FileTask] = set()
    if together and len(tasks) > 1 and job.limit is None and job.file_column is None:
        for task, result in _together(job, network, tasks):
            done.add(task)
            finished(task, result)
    for task in tasks:
        if task in done:
            continue
        try:
            result = run_file(job, network, task)
        except NncliError as error:
            finished(task, error)
        else:
            finished(task, result)


class _Body(NamedTuple):
    """What stands behind the header of a file, and the state in which it was read."""

    task: FileTask
    rows: bytes
    read: Stamp | None


def _together(
    job: Job, network: Network, tasks: Sequence[FileTask]
) -> Iterator[tuple[FileTask, Done | NncliError]]:
    """Yield those files that can be run together, and what has become of them."""
    try:
        with open_file(job, network, tasks[0].place) as first:
            table = first.table
            names = output_names(network, trace=job.trace)
            kept = first.kept(job.keep, names)
            if job.format in ONE_NAME:
                first.check_names(kept, job.format)
            if job.format == "npy" or first.replaced(job.keep, names):
                return  # there is something to say of each
            if not isinstance(table, CsvTable) or (header := table.plain_header) is None:
                return
            suffix = tables.suffix_of(tasks[0].place)
            alike = [task for task in tasks if tables.suffix_of(task.place) == suffix]
            bodies = [body for task in alike if (body := _body_of(task, header)) is not None]
            found = table.read_behind([body.rows for body in bodies], first.features, kept)
    except NncliError:
        return
    if found is None:
        return
    rows, counts = found
    if (len(rows) + network.block_rows * len(counts)) * len(names) > _MOST_NUMBERS:
        return
    parts = [slice(*ends) for ends in pairwise(accumulate(counts, initial=0))]
    writer = tables.writer_of(job.format, [first.table.columns[i] for i in kept] + names, job.decimals)
    results = compute(network, rows, trace=job.trace, n_threads=job.n_jobs, counts=counts)
    texts = _texts(job.format, writer, results, parts)
    all_finite = not overflow_in(results).n_bad
    for body, part, text in zip(bodies, parts, texts, strict=True):
        alone = results[part] if text is None or not all_finite else None
        done = _written(job, writer, body, part.stop - part.start, alone, text)
        if isinstance(done, Done) and job.rejects is not None:
            done = done._replace(aside=Aside(done.n_rows))
        yield body.task, done


def _body_of(task: FileTask, header: bytes) -> _Body | None:
    """Return what stands in a file behind its header; None where it has another one or can't be read."""
    try:
        read, text = read_whole(task.place)
    except OSError:
        return None
    if not text.startswith(header) or len(text) == len(header):
        return None
    rows = text[len(header) :]
    return _Body(task, rows if rows.endswith(b"\n") else rows + b"\n", read)


def _texts(
    format: str, writer: Writer, results: Results, parts: Sequence[slice]
) -> list[tuple[bytes, bytes] | None]:
    """Return each file's head and lines; None for all where the format has not a line for each row."""
    if format not in _HEAD_LINES:
        return [None] * len(parts)
    stream = io.BytesIO()
    writer.write(stream, [writer.spell(results)])
    text = stream.getvalue()
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n")) + 1
    n_head = _HEAD_LINES[format]
    if len(ends) != n_head + len(results):  # a class's name has a newline
        return [None] * len(parts)
    bounds = [0, *ends.tolist()]
    head = text[: bounds[n_head]]
    return [(head, text[bounds[n_head + part.start] : bounds[n_head + part.stop]]) for part in parts]


def _written(
    job: Job,
    writer: Writer,
    body: _Body,
    n_rows: int,
    results: Results | None,
    text: tuple[bytes, bytes] | None,
) -> Done | NncliError:
    """Write what one file gives: its text, or results that are still to be spelled, or looked at."""
    warnings: tuple[str, ...] = ()
    if results is not None:
        results.first = 0
        overflow = overflow_in(results, body.task.place)
        warnings = (str(overflow),) if overflow.n_bad else ()
    try:
        if text is not None:
            with open_output(body.task.result) as stream:
                stream.writelines(text)
            size = sum(map(len, text))
        else:
            assert results is not None
            tables.write(body.task.result, job.format, writer, [writer.spell(results)])
            size = size_of(body.task.result)
    except NncliError as error:
        return error
    return Done(n_rows, warnings, body.read, size)
