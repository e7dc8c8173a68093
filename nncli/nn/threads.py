"""Threads that share numbered parts of one work."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator


def n_processors() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have no affinity
        return os.cpu_count() or 1


def share(work: Callable[[Iterator[int]], None], n_parts: int, n_threads: int) -> None:
    """Let threads, this one among them, take part after part until none is left."""
    numbers = iter(range(n_parts))
    failures: list[BaseException] = []

    def helper() -> None:
        try:
            work(numbers)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=helper, daemon=True) for _ in range(n_threads - 1)]
    for thread in threads:
        thread.start()
    try:
        work(numbers)
    finally:
        for _ in numbers:  # after a failure or Ctrl-C nobody begins another part
            pass
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]
