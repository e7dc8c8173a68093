"""Two processes that take the parts of one work in turn; neither waits for the other's Python.

What must happen in order is bound to a *turn*: a state that passes from hand to hand, and whoever
holds it may act::

    with Pair(reading=place, writing=count) as pair:  # two processes run what follows
        while (place := pair.reading.take()) != end:  # wait until the other one has given it
            pair.reading.give(next_place)
            ...
            count = pair.writing.take()
            ...
            pair.writing.give(count + 1)
    # one process goes on
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import sys
from contextlib import suppress
from types import TracebackType
from typing import Any, NoReturn, Self

from nncli.errors import NncliError

_SIZE = struct.Struct("<I")
_PIPE_BYTES, _MOST_WORDS = 4096, 1000
"""What the smallest of pipes holds, and what of a longer message is told."""


class Pair:
    """Two processes, from here to the end of the ``with`` block; one where the system starts no more.

    The second one never leaves the block. What it fails with is raised in the first, when the first
    next takes a turn: that of the part before is over by then, so the earliest problem is told.

    Parameters
    ----------
    reading, writing
        What the first process finds when it takes its first turns to read and to write.

    Attributes
    ----------
    reading, writing
        The turns.
    is_first
        Whether this is the process that entered the block.
    """

    def __init__(self, reading: Any, writing: Any) -> None:
        self.reading, self.writing = Turn(reading), Turn(writing)
        self.is_first = True
        self._second: int | None = None

    @staticmethod
    def is_possible() -> bool:
        """Whether there are two processors, and a system on which a process can safely be forked."""
        return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1

    def __enter__(self) -> Self:
        pipes: list[tuple[int, int]] = []
        try:
            for _ in range(4):
                pipes.append(os.pipe())
            self._second = os.fork()
        except OSError:  # too many processes or files: one does the work as well
            for end in (end for pipe in pipes for end in pipe):
                os.close(end)
            return self
        self.is_first = self._second != 0
        try:
            if not self.is_first:
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both; the first one decides
                for number in (signal.SIGTERM, signal.SIGHUP):
                    if signal.getsignal(number) is not signal.SIG_IGN:  # nohup has SIGHUP ignored
                        signal.signal(number, signal.SIG_DFL)
            self.reading.share(pipes[0], pipes[1], self.is_first)
            self.writing.share(pipes[2], pipes[3], self.is_first)
        except BaseException:
            if not self.is_first:
                os._exit(1)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.is_first:
            self._end_second(error)
        if self._second is None:
            return
        try:
            if isinstance(error, Exception) and not self.writing.held:
                self.writing.take()  # raises what went wrong in an earlier part
        finally:
            if error is not None:
                with suppress(ProcessLookupError):
                    os.kill(self._second, signal.SIGKILL)
            self.reading.close()
            self.writing.close()
            with suppress(ChildProcessError):  # whoever started us may have SIGCHLD ignored
                os.waitpid(self._second, 0)

    def _end_second(self, error: BaseException | None) -> NoReturn:
        """End the second process; an error waits for its turn."""
        try:
            if error is not None:
                if not self.writing.held:
                    self.writing.take()
                for turn in (self.writing, self.reading):  # whichever the first one waits for
                    turn.give(_portable(error))
        finally:
            os._exit(error is not None)


class Turn:
    """A state that one of two processes holds; a process that has no other always holds it."""

    def __init__(self, state: Any) -> None:
        self.state = state
        self.held = True
        self._pipe: tuple[int, int] | None = None
        self._is_first = True

    def share(self, to_first: tuple[int, int], to_second: tuple[int, int], is_first: bool) -> None:
        """Pass it between two processes from now on: each keeps its ends of two pipes."""
        mine, other = (to_first, to_second) if is_first else (to_second, to_first)
        self._pipe = mine[0], other[1]
        self.held = self._is_first = is_first
        os.close(mine[1])
        os.close(other[0])

    def take(self) -> Any:
        """Wait for the state, and return it; an exception that comes in its place is raised."""
        if not self.held:
            self.state = pickle.loads(self._read(*_SIZE.unpack(self._read(_SIZE.size))))
            self.held = True
        if isinstance(self.state, BaseException):
            raise self.state
        return self.state

    def give(self, state: Any) -> None:
        """Hand the state to the other process, whether it is still there or not."""
        if self._pipe is None:
            self.state = state
            return
        self.held = False
        message = pickle.dumps(state)
        message = _SIZE.pack(len(message)) + message
        with suppress(BrokenPipeError):
            while message:
                message = message[os.write(self._pipe[1], message) :]

    def close(self) -> None:
        """Let the other process know that nothing more will come."""
        for end in self._pipe or ():
            os.close(end)

    def _read(self, n: int) -> bytes:
        assert self._pipe is not None
        message = b""
        while len(message) < n:
            piece = os.read(self._pipe[0], n - len(message))
            if not piece and self._is_first:
                raise NncliError("the process that helped was killed (is there enough memory?)")
            if not piece:
                os._exit(1)  # nobody is left who would want the rest
            message += piece
        return message


def _portable(error: BaseException) -> BaseException:
    """Return the error, or what it says, so that another process can raise it.

    It fits into a pipe: nobody may be there to take it out.
    """
    try:
        message = pickle.dumps(error)
        again: BaseException = pickle.loads(message)
    except Exception:
        return NncliError((str(error) or repr(error))[:_MOST_WORDS])
    return again if len(message) <= _PIPE_BYTES else NncliError(str(error)[:_MOST_WORDS] + "\u2026")
