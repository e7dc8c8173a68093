"""Blocks in several processes: all of them, in order, whatever happens on the way."""

from __future__ import annotations

import errno
import os
import pickle
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncli.engines import Plan, in_order, plan
from nncli.errors import DataError, NncliError
from nncli.nn.threads import n_processors

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="here nncli runs in one process")

TWO = Plan(2, 1)


def run(work: Any, blocks: Any, who: Plan = TWO) -> list[Any]:
    """Return the results of all blocks; the first one is run in this process."""
    return list(in_order(lambda block, n_threads: work(block), blocks, who, is_big=lambda: True))


def children() -> set[str]:
    """Return this process's children; servers of other tests may be among them."""
    return {pid for task in Path("/proc/self/task").glob("*/children") for pid in task.read_text().split()}


_BEFORE: set[str] = set()


@pytest.fixture(autouse=True)
def _note_children() -> None:
    """Note which processes there are before the test."""
    _BEFORE.clear()
    _BEFORE.update(children())


def no_child_is_left() -> bool:
    """Whether all processes that the test has started are gone."""
    return children() <= _BEFORE


@pytest.mark.parametrize("n_blocks", [0, 1, 2, 3, 4, 9, 50])
@pytest.mark.parametrize("n_processes", [0, 1, 2, 3, 7])
def test_all_blocks_are_run_in_order(n_blocks, n_processes):
    """However many processes there are, and whoever is ready first."""
    results = run(lambda block: (block, os.getpid()), range(n_blocks), Plan(n_processes, 1))
    assert [block for block, _ in results] == list(range(n_blocks))
    assert len({pid for _, pid in results}) == min(n_blocks, 1 + n_processes)
    assert no_child_is_left()


def test_blocks_are_run_here_till_there_are_enough():
    """A start of processes is not worth a few blocks."""
    seen: list[int] = []

    def blocks() -> Iterator[int]:
        for i in range(10):
            seen.append(i)
            yield i

    found = in_order(lambda block, n: (os.getpid(), n), blocks(), Plan(2, 3), is_big=lambda: len(seen) >= 4)
    results = list(found)
    assert [n_threads for _, n_threads in results] == [6] * 4 + [3] * 6
    assert [pid == os.getpid() for pid, _ in results] == [True] * 4 + [False] * 6


@pytest.mark.parametrize("failing", [[0], [1], [2], [5], [1, 2], [2, 3], [3, 4], [0, 1], [7, 5]])
def test_the_earliest_problem_is_raised_and_all_blocks_before_it_are_done(failing):
    """However early a later block fails in another process."""

    def work(block: int) -> int:
        if block in failing:
            raise DataError(f"block {block} is wrong", "and so is this")
        return block

    done = []
    with pytest.raises(DataError) as caught:  # noqa: PT012 - what came before it counts
        for result in in_order(lambda block, n: work(block), range(8), TWO, is_big=lambda: True):
            done.append(result)
    assert caught.value.problems == (f"block {min(failing)} is wrong", "and so is this")
    assert done == list(range(min(failing)))
    assert no_child_is_left()


@pytest.mark.parametrize("at", [0, 1, 2, 6])
@pytest.mark.parametrize("wrong", [None, 3])
def test_a_problem_with_the_next_block_waits_for_those_before_it(at, wrong):
    """What is wrong in an earlier block is told first."""

    def blocks() -> Iterator[int]:
        yield from range(at)
        raise DataError("no more blocks")

    def work(block: int) -> int:
        if block == wrong:
            raise DataError("a wrong block")
        return block

    with pytest.raises(DataError, match="a wrong block" if wrong is not None and wrong < at else "no more"):
        run(work, blocks())
    assert no_child_is_left()


def test_large_buffers_travel_beside_the_pipe_and_the_largest_in_it(monkeypatch):
    """Arrays come back as they were, whether they fit into the shared memory or not."""
    monkeypatch.setattr("nncli.engines.processes.ROOM", 1 << 16)
    sizes = [0, 1, 100, 8_000, 8_192, 9_000, 100_000, 3, 200_000, 5]
    blocks = [np.arange(size, dtype=np.float64) for size in sizes]
    results = in_order(
        lambda block, n: (block + 1, [pickle.PickleBuffer(block.data)]), blocks, TWO, is_big=lambda: True
    )
    for block, (more, [same]) in zip(blocks, results, strict=True):
        assert np.array_equal(more, block + 1)
        assert bytes(same) == block.tobytes()


def lose(block: int) -> int:
    """Kill the process that runs the fourth block."""
    if block == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return block


def test_a_process_that_is_killed_is_told():
    """The others are ended, and nobody waits for ever."""
    with pytest.raises(NncliError, match=r"^a process of this run was killed \(is there enough memory\?\)$"):
        run(lose, range(9))
    assert no_child_is_left()


def test_an_idle_process_that_is_killed_is_told_at_the_end():
    """What it has done is there, but nobody can be sure that all is."""
    results = in_order(lambda block, n_threads: os.getpid(), range(3), TWO, is_big=lambda: True)
    next(results)
    os.kill(next(results), signal.SIGKILL)
    with pytest.raises(NncliError, match=r"^a process of this run was killed"):
        list(results)
    assert no_child_is_left()


class Particular(Exception):  # noqa: N818 - it is no error of ours
    """An exception that pickle can take apart but not put together."""

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return int, ("no number",)


def stumble(block: int) -> int:
    """Fail at the third block in an odd way."""
    if block == 2:
        raise Particular("a stone at the gate")
    return block


def test_a_problem_that_can_not_travel_is_told_in_words():
    """Whatever a process meets, its parent says what it was."""
    with pytest.raises(NncliError, match=r"^a stone at the gate$"):
        run(stumble, range(5))


def test_a_long_problem_is_told_whole():
    """A message that no pipe takes at once is still one message."""

    def work(block: int) -> int:
        if block:
            raise DataError("x" * 1_000_000)
        return block

    with pytest.raises(DataError, match=r"^x{1000000}$"):
        run(work, range(5))


@pytest.mark.parametrize("call", ["fork", "pipe"])
def test_one_process_does_the_work_where_there_can_be_no_more(monkeypatch, call):
    """Too many processes or open files are no reason to fail."""

    def refuse() -> None:
        raise OSError(errno.EAGAIN, "no more")

    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(os, call, refuse)
    assert set(run(lambda block: os.getpid(), range(5))) == {os.getpid()}
    assert len(os.listdir("/proc/self/fd")) == before


def test_whoever_stops_early_leaves_no_process():
    """The rest of the blocks is not run where nobody takes it."""
    for result in in_order(lambda block, n: block, range(1000), TWO, is_big=lambda: True):
        if result == 5:
            break
    assert no_child_is_left()


@pytest.mark.parametrize(
    ("n_jobs", "flops", "expected"),
    [
        (1, 1e3, Plan(0, 1)),
        (2, 1e3, Plan(2, 1)),
        (8, 1e3, Plan(8, 1)),
        (64, 1e3, Plan(12, 5)),
        (1, 1e9, Plan(0, 1)),
        (8, 1e9, Plan(0, 8)),
        (None, 1e9, Plan(0, n_processors())),
    ],
)
def test_who_works_follows_the_processors_and_where_the_time_goes(n_jobs, flops, expected):
    """Rows of text want processes, large products want threads; never more than were asked for."""
    assert plan(n_jobs, flops_per_row=flops, bytes_per_row=50) == expected
