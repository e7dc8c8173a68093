"""Blocks in several processes of this machine; their results in the blocks' order.

The parent finds out where blocks end, hands each to the next process in turn, and takes the results in
the same order::

    parent     cut 0   cut 1   cut 2        take 0   cut 4   take 1 …
    process 0      └── work 0 ─────────────────┘ work 2 ──┐
    process 1              └── work 1 ──────────────────────┘ work 3

Large buffers travel in memory that both sides share; the pipes between them carry a few bytes a block.

Processes are forked: they have the network, the open table and NumPy at no cost.
"""

from __future__ import annotations

import mmap
import os
import pickle
import signal
import struct
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

from nncli.errors import NncliError
from nncli.stores.memory import keep_freed_memory

B = TypeVar("B")
R = TypeVar("R")

AHEAD = 2
"""How many blocks a process may have: one in work, and one that waits, or whose result waits."""

ROOM = 1 << 26
"""Bytes of shared memory for a block, and for a result. Only what is used of it takes any memory."""

_KILLED = "a process of this run was killed (is there enough memory?)"
_ALIGNED = 64
_SIZE = struct.Struct("<Q")


def in_order(work: Callable[[B], R], blocks: Iterator[B], n_processes: int) -> Iterator[R]:
    """Yield ``work(block)`` of every block, in order.

    What is yielded may lie in shared memory that is used again: copy what is kept longer than the turn
    of a loop.

    Raises
    ------
    NncliError
        A process was killed. Besides, whatever `work` or `blocks` raise, where its place in the order is.
    """
    keep_freed_memory()
    processes = _Processes(work, n_processes)
    if not processes.n_processes:  # the system starts no more: one does the work as well
        yield from map(work, blocks)
        return
    with processes:
        failure: NncliError | None = None
        while failure is None:
            try:
                block = next(blocks)
            except StopIteration:
                break
            except NncliError as error:  # what comes before it may be wrong, too
                failure = error
                break
            if processes.are_full:
                yield processes.take()
            processes.give(block)
        while processes.n_given:
            yield processes.take()
        if failure is not None:
            raise failure


class _Processes:
    """Some processes that take blocks by turns."""

    def __init__(self, work: Callable[[Any], Any], n_processes: int) -> None:
        self.n_given = 0
        self._n_blocks = 0
        self._all: list[_Process] = []
        for _ in range(n_processes):
            try:
                self._all.append(_Process(work, self._all))
            except OSError:  # too many processes or open files: fewer do the work as well
                break

    @property
    def n_processes(self) -> int:
        """How many there are."""
        return len(self._all)

    @property
    def are_full(self) -> bool:
        """Whether the next one has as many blocks as it may."""
        return self.n_given == AHEAD * len(self._all)

    def give(self, block: Any) -> None:
        """Hand a block to the next process."""
        self._all[self._n_blocks % len(self._all)].give(block)
        self._n_blocks += 1
        self.n_given += 1

    def take(self) -> Any:
        """Return the result of the earliest block, or raise what its work has raised."""
        process = self._all[(self._n_blocks - self.n_given) % len(self._all)]
        self.n_given -= 1
        return process.take()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ended_well = [process.end(at_once=error is not None) for process in self._all]
        if error is None and not all(ended_well):
            raise NncliError(_KILLED)


class _Process:
    """One process, and the two channels between it and its parent."""

    def __init__(self, work: Callable[[Any], Any], elder: Sequence[_Process]) -> None:
        self._early: deque[Any] = deque()
        self._n_given = 0
        with ExitStack() as on_failure:
            self._blocks = on_failure.enter_context(closing(_Channel()))
            self._results = on_failure.enter_context(closing(_Channel()))
            with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
                self.pid = os.fork()  # beside a store's threads, whose locks the child never asks for
            on_failure.pop_all()
        if self.pid == 0:
            try:
                for process in elder:  # only their parent may hold their ends open
                    process._blocks.close()
                    process._results.close()
                self._serve(work)
            finally:
                os._exit(1)
        self._blocks.keep("writing")
        self._results.keep("reading")

    def give(self, block: Any) -> None:
        """Send a block; it never waits for a process that waits to send."""
        message = self._blocks.pack(block)
        if len(message) > self._blocks.waits_from:
            while self._n_given > len(self._early):
                self._early.append(self._results.receive())
        self._blocks.send(message)
        self._n_given += 1

    def take(self) -> Any:
        """Return the result of the earliest block that was given, or raise what has been raised."""
        is_failure, result = self._early.popleft() if self._early else self._results.receive()
        self._n_given -= 1
        if is_failure:
            raise result
        return result

    def end(self, *, at_once: bool) -> bool:
        """End the process, wait until it has ended, and tell whether it did by itself."""
        if at_once:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self._blocks.close()
        self._results.close()
        try:
            return os.waitpid(self.pid, 0)[1] == 0
        except ChildProcessError:  # whoever started us may have SIGCHLD ignored
            return True

    def _serve(self, work: Callable[[Any], Any]) -> NoReturn:
        """Work on blocks until there are no more."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent decides
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        self._blocks.keep("reading")
        self._results.keep("writing")
        while True:
            try:
                block = self._blocks.receive()
            except NncliError:  # the end
                os._exit(0)
            try:
                answer: tuple[bool, Any] = (False, work(block))
            except BaseException as error:
                answer = (True, _portable(error))
            del block
            try:
                self._results.send(self._results.pack(answer))
            except NncliError:  # the parent has ended
                os._exit(1)
            del answer


class _Channel:
    """Objects on their way from one process to another; the large buffers in them by shared memory."""

    waits_from = 1 << 11
    """Messages of up to so many bytes always have room in the pipe."""

    def __init__(self) -> None:
        self._room = mmap.mmap(-1, AHEAD * ROOM)  # what can fail comes first: a pipe must be closed
        self._reading, self._writing = os.pipe()
        self._turn = 0

    def keep(self, end: str) -> None:
        """Close the end of the other side."""
        if end == "reading":
            os.close(self._writing)
            self._writing = -1
        else:
            os.close(self._reading)
            self._reading = -1

    def close(self) -> None:
        """Let the other side know that nothing more will come, or be taken."""
        for end in (self._reading, self._writing):
            if end >= 0:
                os.close(end)
        self._reading = self._writing = -1

    def pack(self, value: Any) -> bytes:
        """Put the buffers of a value into its share of the memory; return the rest of it."""
        buffers: list[pickle.PickleBuffer] = []
        head = pickle.dumps(value, 5, buffer_callback=buffers.append)
        raws = [buffer.raw() for buffer in buffers]
        bounds = []
        end = self._turn * ROOM
        for raw in raws:
            bounds.append((end, end + raw.nbytes))
            end += -(-raw.nbytes // _ALIGNED) * _ALIGNED
        if end > (self._turn + 1) * ROOM:
            head, bounds = pickle.dumps(value, 5), []
        else:
            for raw, (start, stop) in zip(raws, bounds, strict=True):
                self._room[start:stop] = raw
        self._turn = (self._turn + 1) % AHEAD
        return pickle.dumps((head, bounds))

    def send(self, message: bytes) -> None:
        """Send what `pack` has returned."""
        rest = memoryview(_SIZE.pack(len(message)) + message)
        try:
            while rest:
                rest = rest[os.write(self._writing, rest) :]
        except BrokenPipeError as error:  # one that left this room would pass for a reader who has enough
            raise NncliError(_KILLED) from error

    def receive(self) -> Any:
        """Wait for the next value, and return it; its buffers are those in the shared memory."""
        head, bounds = pickle.loads(self._read(*_SIZE.unpack(self._read(_SIZE.size))))
        room = memoryview(self._room)
        return pickle.loads(head, buffers=[room[start:stop] for start, stop in bounds])

    def _read(self, n: int) -> bytes:
        pieces = []
        while n:
            piece = os.read(self._reading, min(n, 1 << 20))
            if not piece:
                raise NncliError(_KILLED)
            pieces.append(piece)
            n -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _portable(error: BaseException) -> BaseException:
    """Return the error, or what it says, so that another process can raise it."""
    try:
        again: BaseException = pickle.loads(pickle.dumps(error))
    except Exception:
        return NncliError(str(error) or repr(error))
    return again
