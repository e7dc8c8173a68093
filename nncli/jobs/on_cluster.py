"""Files on a cluster: a task for each, the network sent to each worker once, counts and scores sent back.

A path is that of a folder which all machines share; a URL is the same everywhere.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from nncli.engines.cluster import as_done
from nncli.errors import DataError, NncliError, OutputError
from nncli.jobs.block import Aside
from nncli.jobs.evaluate import Evaluation, Score, evaluate
from nncli.jobs.inputs import Input, open_file, places_of
from nncli.jobs.job import Job
from nncli.jobs.journal import Done, FileTask
from nncli.jobs.one_file import run_file
from nncli.jobs.rejects import Rejects, TooManyRejectsError, rejects_of_file
from nncli.nn.network import Network
from nncli.stores import from_base, is_url, stamp

_SHARED = "without :// a path is on a folder that all machines share; copy the files there, or give URLs"

_SEEN_S = 3.0
"""A shared folder may show a new file so much later."""


class _Answer(NamedTuple):
    """What a worker has to say of a file, and which machine it is on."""

    result: Done | NncliError
    host: str


class _Scored(NamedTuple):
    """What a worker has found in a file: a score, how many rows it is of, and those that are set aside.

    Without a score these alone are more rows than may be wrong.
    """

    score: Score | None
    n_rows: int
    aside: Aside | None


def run_files(
    job: Job, network: Network, tasks: Sequence[FileTask]
) -> Iterator[tuple[FileTask, Done | NncliError]]:
    """Make the results, and yield what becomes of each file, as they are done.

    Raises
    ------
    NncliError
        Not a file is at fault: there is no cluster, or it ended.
    OutputError
        A result that a worker has written is not to be seen here.
    """
    assert job.cluster is not None
    work = partial(_run_one, _for_workers(job), network)
    for task, answer in as_done(work, tasks, job.cluster, job.n_jobs):
        if isinstance(answer, NncliError):
            yield task, answer
            continue
        if isinstance(answer.result, Done):
            _check_visible(task, answer.result, answer.host)
        yield task, answer.result


def evaluate_files(
    job: Job,
    network: Network,
    first: Input,
    *,
    top_k: int | None,
    show: Callable[[int], None],
    rejects: Rejects | None,
) -> Evaluation:
    """Score the network by the rows of many files, as `nncli.jobs.evaluate.evaluate` does.

    Parameters
    ----------
    first
        The first of the job's files, open: the others go by its columns' names.
    rejects
        Takes the wrong rows, in the files' order, where the job sets them aside.

    Raises
    ------
    DataError
        A row or a label that is wrong, in the earliest file that has one.
    """
    address = job.cluster
    assert address is not None
    places = places_of(job)
    if first.table.has_header:
        columns = first.table.columns
        job = job._replace(
            features=[columns[i] for i in first.features], labels=[columns[i] for i in first.labels]
        )
    work = partial(_score_one, _for_workers(job), network, top_k)
    total: Evaluation | None = None
    failed: dict[int, NncliError] = {}
    asides: dict[int, Aside | None] = {}
    n_whole = 0  # so many of the first files are done, and what they set aside is written
    for (number, place), answer in as_done(work, list(enumerate(places)), address, job.n_jobs):
        if isinstance(answer, NncliError):
            failed[number] = answer if place in str(answer) else DataError(f"{place}: {answer}")
        else:
            asides[number] = answer.aside
            if answer.score is not None:
                if total is None:
                    total = Evaluation(answer.score)
                else:
                    total.score.merge(answer.score)  # type: ignore[arg-type] # of one judge, so of one kind
                total.n_rows += answer.n_rows
                show(total.n_rows)
        while n_whole in asides:
            if rejects is not None and (aside := asides[n_whole]) is not None:
                rejects.add(aside)
            del asides[n_whole]
            n_whole += 1
        if n_whole in failed:
            raise failed[n_whole]
    if rejects is not None:
        rejects.check_share()
    assert total is not None
    return total


def _for_workers(job: Job) -> Job:
    return job._replace(n_jobs=1, cluster=None, base=os.getcwd())


def _run_one(job: Job, network: Network, task: FileTask) -> _Answer:
    """Make one result, on a worker."""
    host = socket.gethostname()
    try:
        _check_there(job, task.place)
        if not is_url(task.result):
            os.makedirs(os.path.dirname(from_base(task.result, job.base)), exist_ok=True)
        return _Answer(run_file(job, network, task), host)
    except NncliError as error:
        return _Answer(error, host)
    except OSError as error:
        return _Answer(OutputError(f"{task.result}: {error.strerror or error} (on {host})"), host)


def _score_one(
    job: Job, network: Network, top_k: int | None, numbered: tuple[int, str]
) -> _Scored | NncliError:
    """Score one file, on a worker."""
    _, place = numbered
    try:
        _check_there(job, place)
        with open_file(job, network, place) as rows, rejects_of_file(job) as (rejects, found):
            try:
                done = evaluate(job._replace(data=(place,)), network, rows, top_k=top_k, rejects=rejects)
            except TooManyRejectsError:  # which row is one too many, only the files before it tell
                return _Scored(None, 0, found())
            return _Scored(done.score, done.n_rows, found())
    except NncliError as error:
        return error


def _check_there(job: Job, place: str) -> None:
    """Raise DataError where a file is not there, on a worker."""
    path = from_base(place, job.base)
    if not is_url(place) and not os.path.exists(path):
        raise DataError(f"{place}: no such file on {socket.gethostname()}, where a worker is: {_SHARED}")


def _check_visible(task: FileTask, done: Done, host: str) -> None:
    """Raise OutputError where a result is not to be seen here as it was written there."""
    began = time.monotonic()
    while (found := stamp(task.result)) is None or found.size != done.size:
        if time.monotonic() - began > _SEEN_S:
            raise OutputError(f"{task.result}: was written on {host}, and is not to be seen here: {_SHARED}")
        time.sleep(0.1)
