"""Tasks on the machines of a Dask cluster; their results as they are done.

Scheduling, retries and who is alive are Dask's. The work, with the network in it, is sent to each worker
once, also to one that joins later; a task and its result are a few words.
"""

from __future__ import annotations

import logging
import os
import signal
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from typing import Any, TypeVar
from uuid import uuid4

from nncli.errors import MissingExtraError, NncliError
from nncli.nn.threads import n_processors
from nncli.stores.memory import give_freed_memory_back, keep_freed_memory

try:
    import dask
    from distributed import Client, LocalCluster, WorkerPlugin, as_completed, get_worker
except ModuleNotFoundError as error:
    raise MissingExtraError("work on a cluster", "cluster") from error

T = TypeVar("T")
R = TypeVar("R")

LOCAL = "local"
"""The address that stands for workers on this machine, which end with the run."""

_DISTRIBUTION = "nncli-inference"
_ANSWER_S, _WORKERS_S = 10, 30
"""How long a scheduler may take to answer, and may be without any worker."""

_END_S = 1
"""How long a scheduler that may be gone is waited for in the end."""

_QUIET = {"logging.distributed": "critical", "logging.tornado": "critical"}


def as_done(
    work: Callable[[T], R], tasks: Sequence[T], address: str, n_jobs: int | None
) -> Iterator[tuple[T, R | NncliError]]:
    """Yield each task and ``work(task)``, as they are done; or what is wrong with that task.

    Parameters
    ----------
    work
        Can be pickled, and so can tasks and results.
    address
        The scheduler's, such as ``tcp://host:8786``, or ``local``.
    n_jobs
        How many local workers there are; None: one for each processor.

    Raises
    ------
    NncliError
        No scheduler, no workers, or workers that can't do it: before any work. A scheduler that is gone.
    """
    with _connected(address, n_jobs) as client:
        _check_workers(client, address)
        name = f"nncli-{uuid4().hex}"
        client.register_plugin(_Work(work), name=name)
        keys = [(name, i) for i in range(len(tasks))]
        futures = client.map(_do, [name] * len(tasks), tasks, key=keys, pure=False)
        done = as_completed(futures, loop=client.loop)
        del futures  # a result that nobody holds is forgotten by the cluster
        for batch in done.batches():
            while batch:
                future = batch.pop()
                yield tasks[future.key[1]], _result(future, address)
                del future
        client.unregister_worker_plugin(name)


class _Work(WorkerPlugin):  # type: ignore[misc] # Dask is not typed
    """What a worker needs for all tasks."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self.work = work

    def setup(self, worker: object) -> None:
        """Let the worker's process use a block's memory again for the next one."""
        keep_freed_memory()

    def teardown(self, worker: object) -> None:
        """Let freed memory go back to the system again."""
        give_freed_memory_back()


def _do(name: str, task: Any) -> Any:
    """Do a task, on a worker."""
    return get_worker().plugins[name].work(task)


def _result(future: Any, address: str) -> Any:
    """Return what a task has given, or what is wrong with it.

    A worker may have died with what it had to say: then the task is done again, and waited for.

    Raises
    ------
    NncliError
        The scheduler is gone, and with it what it knew.
    """
    try:
        return future.result()
    except Exception as raised:
        if future.status != "error":
            gone = f"{address}: the scheduler is gone (what is done stays, and can be resumed)"
            raise NncliError(gone) from raised
        error: Any = raised
    if isinstance(error, NncliError):
        return error
    if type(error).__name__ == "KilledWorker":
        n = error.allowed_failures + 1
        who = "1 worker ended while it was" if n == 1 else f"{n} workers ended while they were"
        return NncliError(f"{who} at it (is there enough memory?)")
    return NncliError(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no reason'}")


@contextmanager
def _connected(address: str, n_jobs: int | None) -> Iterator[Client]:
    """Give a client of the cluster, and end what was started for it."""
    for name in list(logging.root.manager.loggerDict):  # what is wrong is raised; Dask's own lines are many
        if name.startswith(("distributed", "tornado")):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    with dask.config.set(_QUIET), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = _start(n_jobs) if address == LOCAL else None
        try:
            client = Client(cluster or address, timeout=_ANSWER_S, set_as_default=False)
        except (OSError, ValueError, ImportError) as error:
            raise NncliError(f"{address}: no answer from a Dask scheduler") from error
        try:
            yield client
        except BaseException:  # the scheduler drops what waits as soon as its client is gone
            _end_at_once(cluster)
            with suppress(Exception):
                client.close(timeout=_END_S)
            raise
        client.close()
        if cluster is not None:
            cluster.close()


def _start(n_jobs: int | None) -> LocalCluster:
    # What the workers' processes read. Python warns of semaphores where a run ends them at once.
    os.environ.update(DASK_LOGGING__DISTRIBUTED="critical", PYTHONWARNINGS="ignore")
    return LocalCluster(
        n_workers=n_jobs or n_processors(),
        threads_per_worker=1,
        memory_limit=0,
        dashboard_address=None,
        silence_logs=logging.CRITICAL,
        host="127.0.0.1",
    )


def _end_at_once(cluster: LocalCluster | None) -> None:
    """End the workers of this machine, so that they write nothing more."""
    for nanny in [] if cluster is None else cluster.workers.values():
        with suppress(OSError, TypeError, AttributeError):
            os.kill(nanny.pid, signal.SIGKILL)


def _check_workers(client: Client, address: str) -> None:
    """Wait for workers, and refuse those that have no nncli or another one.

    Raises
    ------
    NncliError
        No worker, or one that would not give the same results.
    """
    try:
        client.wait_for_workers(1, timeout=_WORKERS_S)
    except TimeoutError as error:
        problem = f"{address}: the scheduler has no workers, and none came in {_WORKERS_S} s"
        raise NncliError(problem) from error
    ours = version(_DISTRIBUTION)
    for worker, about in client.get_versions(packages=[_DISTRIBUTION])["workers"].items():
        theirs = about["packages"].get(_DISTRIBUTION)
        if theirs is None:
            raise NncliError(f"{address}: the worker {worker} has no nncli: install {ours} there")
        if theirs != ours:
            raise NncliError(f"{address}: the worker {worker} has nncli {theirs}, and this one is {ours}")
