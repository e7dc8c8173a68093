"""One file through a network, its results beside it or in another folder: a pure function of its arguments.

It may be called anywhere, by any engine: it reads a file, writes another one that is whole or not there, and
returns counts and warnings alone.
"""

from __future__ import annotations

from collections.abc import Callable

from nncli import tables
from nncli.jobs.inputs import open_file
from nncli.jobs.job import Job
from nncli.jobs.journal import Done, FileTask
from nncli.jobs.rejects import rejects_of_file
from nncli.jobs.run import run, warnings_of
from nncli.nn.network import Network
from nncli.stores import from_base, stamp


def run_file(
    job: Job, network: Network, task: FileTask, show: Callable[[int], None] = lambda n_rows: None
) -> Done:
    """Run a file's rows through the network and write the results.

    Parameters
    ----------
    job
        How rows are read and results are written; where they are the task says.
    show
        Is told from time to time how many rows are written.

    Raises
    ------
    NncliError
        The file is at fault, or its result can't be written. It survives pickling.
    """
    result = from_base(task.result, job.base)
    read = stamp(from_base(task.place, job.base))
    job = job._replace(data=(task.place,), output=result)
    with open_file(job, network, task.place) as rows, rejects_of_file(job) as (rejects, found):
        overflow = run(
            job,
            network,
            rows,
            lambda names: tables.writer_of(job.format, names, job.decimals),
            show=show,
            rejects=rejects,
        )
        overflow.place = task.place
        warnings = warnings_of(job, network, rows, overflow)
    return Done(overflow.n_rows, tuple(warnings), read, size_of(result), found())


def size_of(result: str) -> int:
    """Return how many bytes a result has, now that it is written."""
    found = stamp(result)
    return 0 if found is None else found.size
