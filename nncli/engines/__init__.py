"""Who runs the blocks. One verb: ``in_order(work, blocks, plan)`` yields ``work(block)`` of every block.

Every engine gives the same bytes: a block's work is a pure function.
"""

# Imports inside of functions: `processes`, which most runs do not need.

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from nncli.nn.threads import n_processors

B = TypeVar("B")
R = TypeVar("R")

MOST_PROCESSES = 12
"""More would not help: with these their parent, which finds and writes the blocks, is always busy."""

NETWORK_RULES = 10
"""The network's work must be so many times that of the text before threads are faster than processes."""

WORTH_PROCESSES = 1 << 21
"""For so many bytes in files, starting more processes saves time."""

_NS_PER_BYTE, _FLOPS_PER_NS = 4.0, 20.0
"""What text costs, and what the network does in that time: rough, on one processor."""


class Plan(NamedTuple):
    """How many processes work, and how many threads each has. 0 processes: this one does all the work."""

    n_processes: int
    n_threads: int


def plan(n_jobs: int | None, *, flops_per_row: float, bytes_per_row: float) -> Plan:
    """Return who should run rows of such a size through a network of so much work.

    Reading and writing rows needs a process for each processor: Python's threads would wait for each
    other. Where nearly all time is spent in matrix products, threads share them without further memory.

    Processes are forked (see `nncli.engines.processes`), which is safe on Linux alone: macOS's libraries do
    not survive it, and Windows has none; a new interpreter there would first load for longer than most
    runs take. So on both the network's threads are all that a run has.

    Parameters
    ----------
    n_jobs
        The most processes or threads at work; None: one for each processor.
    """
    n = n_jobs or n_processors()
    network_rules = flops_per_row / _FLOPS_PER_NS > NETWORK_RULES * bytes_per_row * _NS_PER_BYTE
    if n == 1 or network_rules or sys.platform != "linux":
        return Plan(0, n)
    n_processes = min(n, MOST_PROCESSES)
    return Plan(n_processes, n // n_processes)


def in_order(
    work: Callable[[B, int], R], blocks: Iterable[B], plan: Plan, *, is_big: Callable[[], bool]
) -> Iterator[R]:
    """Yield ``work(block, n_threads)`` of every block, in order.

    The first blocks are run here, until ``is_big`` says that there is enough work for others: they load
    what all blocks need. What is yielded is to be used before the next one is asked for.

    Raises
    ------
    NncliError
        What a block's work or finding the next block raises: the earliest problem in the blocks' order.
    """
    rest = iter(blocks)
    alone = plan.n_threads * max(1, plan.n_processes)
    for block in rest:
        yield work(block, alone)
        del block  # or it would take memory until the next one is there
        if plan.n_processes and is_big():
            break
    else:
        return
    from nncli.engines import processes

    yield from processes.in_order(lambda block: work(block, plan.n_threads), rest, plan.n_processes)
