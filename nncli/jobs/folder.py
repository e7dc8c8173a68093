"""Many files, a result for each: which results there are to be, and who makes them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from nncli import tables
from nncli.engines import WORTH_PROCESSES, Plan, in_order, plan
from nncli.errors import DataError, NncliError, OutputError, UsageError, of_argument
from nncli.jobs.inputs import BYTES_PER_NUMBER
from nncli.jobs.job import Job
from nncli.jobs.journal import NAME, Done, FileTask, Journal
from nncli.jobs.one_file import run_file
from nncli.jobs.portion import run_portion
from nncli.jobs.rejects import is_earlier, refuse_used
from nncli.nn.network import Network
from nncli.stores import Found, abandon_uploads, expand, is_url, stamp
from nncli.stores.files import reason, sweep
from nncli.stores.places import identity, is_below, join

_SPREAD = 8
"""So many portions a process gets of all files: they end about together."""

_PORTION_BYTES, _PORTION_FILES = 1 << 20, 64
"""What a portion holds at most, where its files are small."""

_BIG = 1 << 25
"""A larger file is cut into blocks, for all processes, where it would keep one of them busy to the end."""

_MOST_AT_ONCE = 8
"""So many files behind a network are in work at a time: most of it is waiting."""


class Outcome(NamedTuple):
    """A task and what has become of it."""

    task: FileTask
    result: Done | NncliError


def file_tasks(job: Job, folder: str, journal: Journal) -> list[FileTask]:
    """Return what is to be done: a result in the folder for each of the job's files.

    Patterns leave out what is in the folder where that is below their own, and results that the journal
    knows.

    Raises
    ------
    DataError
        A pattern that no file matches, or a folder.
    UsageError
        Two files have one result, or a result would replace one of the files.
    """
    found = _without_results(expand(job.data), folder, journal)
    found = [file for file in found if file.base is None or not is_earlier(job, file.place)] or found
    if not found:
        raise DataError(f"{' '.join(job.data)}: no file matches but results in {folder}")
    tasks: dict[str, FileTask] = {}
    for file in found:
        if file.place == "-":
            raise UsageError(f"-: standard input has no name for a result in {folder}; give -o a file")
        name = f"{tables.stem_of(file.below)}.{job.format}"
        size = 0 if (state := stamp(file.place, recent=True)) is None else state.size
        task = FileTask(file.place, join(folder, name), name, size)
        other = tasks.setdefault(name, task)
        if other is not task:
            raise UsageError(
                f"{other.place} and {task.place}: both results would be {task.result}"
                " (below a ** of a glob the folders are kept)"
            )
    refuse_used(job, [task.place for task in tasks.values()])
    _refuse_to_replace(list(tasks.values()))
    if job.rejects is not None:
        for task in tasks.values():
            if os.path.abspath(job.rejects) == os.path.abspath(task.result):
                problem = f"{job.rejects} is the result of {task.place}"
                raise UsageError(problem, remedies=of_argument("rejects"))
    return list(tasks.values())


def _refuse_to_replace(tasks: Sequence[FileTask]) -> None:
    """Raise UsageError where a result would replace one of the files, or the journal."""
    for task in tasks:
        if task.name == NAME:
            raise UsageError(f"{task.place}: its result would replace {task.result}, which says what is done")
    there: dict[str, set[str]] = {}  # one look into each folder is quicker than one at each result
    for folder in {os.path.dirname(task.result) for task in tasks}:
        with suppress(OSError):
            there[folder] = set(os.listdir(folder or "."))
    old = [
        task
        for task in tasks
        if is_url(task.result) or os.path.basename(task.result) in there.get(os.path.dirname(task.result), ())
    ]
    inputs = {identity(task.place): task.place for task in tasks} if old else {}
    for task in old:
        if (replaced := inputs.get(identity(task.result))) is not None:
            raise UsageError(f"{task.result}: the result of {task.place} would replace {replaced}")


def run_tasks(
    job: Job, network: Network, tasks: Sequence[FileTask], journal: Journal, show: Callable[[int], None]
) -> Iterator[Outcome]:
    """Make the results, and yield what becomes of each; the journal gets a line for each that is whole.

    Small files go to processes in portions. A few big ones are cut into blocks that all processes share.
    After whatever ends the run no file is left that is half written.

    Parameters
    ----------
    show
        Is told how many rows are written of the file that is cut into blocks.

    Raises
    ------
    NncliError
        Not a file is at fault, but the journal can't be written, or a process was killed.
    """
    n_numbers = network.n_inputs + network.n_outputs
    who = plan(job.n_jobs, flops_per_row=network.flops_per_row, bytes_per_row=BYTES_PER_NUMBER * n_numbers)
    make_folders(tasks)
    sweep(task.result for task in tasks)
    if job.cluster is not None:
        yield from _on_cluster(job, network, tasks, journal)
        return
    if any(is_url(task.place) or is_url(task.result) for task in tasks):
        yield from _by_threads(job, network, tasks, journal, show)
        return
    total = sum(task.size for task in tasks)
    most = total // (_SPREAD * max(1, who.n_processes))
    big = [task for task in tasks if task.size > max(_BIG, most)] if who.n_processes else []
    small = [task for task in tasks if task not in big] if big else tasks
    is_big = total > WORTH_PROCESSES or len(tasks) > _PORTION_FILES // 2

    def work(portion: Sequence[FileTask], n_threads: int) -> list[Outcome]:
        alone = job._replace(n_jobs=1 if who.n_processes else n_threads)
        outcomes: list[Outcome] = []

        def finished(task: FileTask, result: Done | NncliError) -> None:
            if isinstance(result, Done):
                journal.add(task, result)
            outcomes.append(Outcome(task, result))

        run_portion(alone, network, portion, finished, together=total > WORTH_PROCESSES)
        return outcomes

    try:
        portions = _portions(small, who, most)
        for outcomes in in_order(work, portions, who, is_big=lambda: is_big):
            yield from outcomes
        for task in big:
            yield _done(job, network, task, journal, show)
    except BaseException:  # processes that were ended in the midst of their work
        sweep(task.result for task in tasks)
        raise


def _by_threads(
    job: Job, network: Network, tasks: Sequence[FileTask], journal: Journal, show: Callable[[int], None]
) -> Iterator[Outcome]:
    """Do what `run_tasks` does with files behind a network; blocks of a big one go to processes."""
    from nncli.engines.threads import as_they_end

    alone = job._replace(n_jobs=1)
    n_threads = 1 if job.n_jobs == 1 else min(_MOST_AT_ONCE, max(1, len(tasks)))
    small = [task for task in tasks if task.size <= _BIG]
    try:
        yield from as_they_end(lambda task: _done(alone, network, task, journal), small, n_threads)
        for task in tasks:
            if task.size > _BIG:
                yield _done(job, network, task, journal, show)
    except BaseException:
        abandon_uploads()
        raise


def _on_cluster(job: Job, network: Network, tasks: Sequence[FileTask], journal: Journal) -> Iterator[Outcome]:
    """Do what `run_tasks` does on other machines; the journal is written here."""
    from nncli.jobs.on_cluster import run_files

    for task, result in run_files(job, network, tasks):
        if isinstance(result, Done):
            journal.add(task, result)
        yield Outcome(task, result)


def make_folders(tasks: Sequence[FileTask]) -> None:
    """Make the folders that the results go to.

    Raises
    ------
    OutputError
        One can't be made.
    """
    for folder in dict.fromkeys(os.path.dirname(task.result) for task in tasks):
        if folder and not is_url(folder):
            try:
                os.makedirs(folder, exist_ok=True)
            except OSError as error:
                raise OutputError(f"{folder}: {reason(error)}") from error


def _done(
    job: Job,
    network: Network,
    task: FileTask,
    journal: Journal,
    show: Callable[[int], None] = lambda n_rows: None,
) -> Outcome:
    try:
        done = run_file(job, network, task, show)
    except NncliError as error:
        return Outcome(task, error)
    journal.add(task, done)
    return Outcome(task, done)


def _portions(tasks: Sequence[FileTask], who: Plan, most: int) -> Iterator[list[FileTask]]:
    """Yield tasks in portions that are worth a message between processes."""
    most_bytes = min(_PORTION_BYTES, most)
    most_files = max(1, min(_PORTION_FILES, len(tasks) // (_SPREAD * max(1, who.n_processes))))
    portion: list[FileTask] = []
    n_bytes = 0
    for task in tasks:
        if portion and (n_bytes + task.size > most_bytes or len(portion) == most_files):
            yield portion
            portion, n_bytes = [], 0
        portion.append(task)
        n_bytes += task.size
    if portion:
        yield portion


def _without_results(found: Sequence[Found], folder: str, journal: Journal) -> list[Found]:
    """Return the files without those that patterns have found among results of earlier runs."""
    known = {_absolute(join(folder, name)) for name in journal.names}
    inside = {file.base for file in found if file.base is not None}
    inside = {base for base in inside if is_below(folder, base)}

    def is_result(file: Found) -> bool:
        if file.base is None:
            return False
        if known and _absolute(file.place) in known:
            return True
        return file.base in inside and is_below(file.place, folder)

    return [file for file in found if not is_result(file)]


def _absolute(place: str) -> str:
    return place if is_url(place) else os.path.abspath(place)
