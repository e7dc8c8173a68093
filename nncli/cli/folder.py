"""Many files to a folder: what is said of each, and in the end of all."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nncli.cli.printing import say, say_where
from nncli.cli.progress import Progress
from nncli.cli.remedies import told
from nncli.errors import DataError, NncliError, UsageError
from nncli.jobs.block import Aside
from nncli.jobs.folder import file_tasks, run_tasks
from nncli.jobs.journal import NAME, Journal
from nncli.jobs.rejects import RejectsInOrder, TooManyRejectsError, open_rejects
from nncli.jobs.several import Reach
from nncli.stores import is_url, shown_place, stamp
from nncli.stores.files import sweep

if TYPE_CHECKING:
    from nncli.jobs.job import Job
    from nncli.jobs.journal import Done, FileTask
    from nncli.nn.network import Network

_MOST_WARNED = 10
"""The warnings of so many files are said; those of all are in the journal."""


def run_to_folder(job: Job, network: Network, *, resume: bool, fail_fast: bool, quiet: bool) -> None:
    """Make a result for each of the job's files.

    Raises
    ------
    DataError
        Files are at fault: their problems are said, and the other files are done.
    UsageError
        There are no files that have names, or a result has no place of its own.
    """
    assert job.output is not None
    if not job.data:
        raise UsageError(
            f"-o {job.output}: a folder takes results of files; name them as DATA, or give -o a file"
        )
    folder = job.output
    journal = Journal(folder, job, network)
    tasks = file_tasks(job, folder, journal)
    finished = journal.finished(tasks) if resume else []
    there = {task.name for task in finished}
    left = [task for task in tasks if task.name not in there]
    report = _Report(left, len(finished), folder, quiet=quiet)
    if left or job.rejects is not None:
        if not is_url(folder):
            os.makedirs(folder, exist_ok=True)
        journal.begin(left)
        if job.rejects is not None:
            sweep([job.rejects])
        try:
            with (
                open_rejects(job) as rejects,
                RejectsInOrder(rejects) as aside,
                Progress(report.reach, folder, quiet=quiet) as progress,
            ):
                for task in finished:
                    aside.add(task.name, Aside(journal.n_rows(task)))

                def show(n_rows: int) -> None:
                    progress.show(report.n_rows + n_rows)

                for task, result in run_tasks(job, network, left, journal, show):
                    if isinstance(result, TooManyRejectsError):
                        raise result
                    if isinstance(result, NncliError):
                        report.failed(task, result)
                        if fail_fast:
                            break
                    else:
                        aside.add(task.name, result.aside)
                        report.done(task, result)
                        progress.show(report.n_rows)
                aside.write(task.name for task in tasks)
        finally:
            journal.finish(tasks)
        if rejects is not None and not quiet:
            say(str(rejects))
    report.end()


class _Report:
    """Counts what is done and what has failed, and says so on standard error."""

    def __init__(self, tasks: Sequence[FileTask], n_finished: int, folder: str, *, quiet: bool) -> None:
        self.reach = Reach([task.place for task in tasks], {task.place: task.size for task in tasks})
        self.n_rows = 0
        self._n_files, self._n_finished = len(tasks) + n_finished, n_finished
        self._folder, self._quiet = folder, quiet
        self._n_done = self._n_failed = self._n_warned = 0

    def done(self, task: FileTask, done: Done) -> None:
        """Count a file whose result is there, and say what it warns of."""
        self.reach.done(task.place)
        self._n_done += 1
        self.n_rows += done.n_rows
        if done.warnings:
            self._n_warned += 1
            for line in done.warnings if self._n_warned <= _MOST_WARNED and not self._quiet else ():
                say(line)

    def failed(self, task: FileTask, error: NncliError) -> None:
        """Count a file that has failed, and say why; an old result is not this run's."""
        self.reach.done(task.place)
        self._n_failed += 1
        for line in told(error):
            place = shown_place(task.place)
            say_where(line if place in line else f"{place}: {line}")
        if stamp(task.result) if is_url(task.result) else os.path.lexists(task.result):
            say_where(f"{task.result}: the result of an earlier run is still there")

    def end(self) -> None:
        """Say how many files there were.

        Raises
        ------
        DataError
            Some have failed.
        """
        if self._n_warned > _MOST_WARNED and not self._quiet:
            more = self._n_warned - _MOST_WARNED
            say(f"warning: {more:,} more files have warnings; all are in {os.path.join(self._folder, NAME)}")
        left = self._n_files - self._n_finished - self._n_done - self._n_failed
        if self._n_failed:
            rest = f"; {left:,} were not begun" if left else ""
            raise DataError(f"{self._n_failed:,} of {_files(self._n_files)} failed{rest}")
        if not self._quiet and sys.stderr.isatty():
            there = f"; {self._n_finished:,} were there" if self._n_finished else ""
            say(f"wrote {_files(self._n_done)} to {self._folder}, {self.n_rows:,} rows{there}")


def _files(n: int) -> str:
    return f"{n:,} file{'s' * (n != 1)}"
