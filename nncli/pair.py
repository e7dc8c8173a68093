"""Two processes that do every other part of the same work; neither waits for the other's Python.

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
from types import TracebackType
from typing import Any, NoReturn, Self

from nncli.errors import NncliError

_SIZE = struct.Struct("<I")


class Pair:
    """Two processes, from here to the end of the ``with`` block.

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
        self._pipes = [os.pipe() for _ in range(4)]
        self._states = reading, writing

    @staticmethod
    def is_possible() -> bool:
        """Whether there are two processors, and a system on which a process can safely be forked."""
        return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1

    def __enter__(self) -> Self:
        self._second = os.fork()
        self.is_first = self._second != 0
        if not self.is_first:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both; the first one decides
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        turns = []
        for i, state in enumerate(self._states):
            (from_second, to_first), (from_first, to_second) = self._pipes[2 * i : 2 * i + 2]
            mine = (from_second, to_second) if self.is_first else (from_first, to_first)
            for end in {from_second, to_first, from_first, to_second} - {*mine}:
                os.close(end)
            turns.append(Turn(*mine, state if self.is_first else None, self.is_first))
        self.reading, self.writing = turns
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.is_first:
            self._end_second(error)
        try:
            if isinstance(error, Exception) and not self.writing.held:
                self.writing.take()  # raises what went wrong in an earlier part
        finally:
            if error is not None:
                os.kill(self._second, signal.SIGKILL)
            for turn in (self.reading, self.writing):
                turn.close()
            os.waitpid(self._second, 0)

    def _end_second(self, error: BaseException | None) -> NoReturn:
        """End the second process; an error waits for its turn."""
        try:
            if error is not None:
                if not self.writing.held:
                    self.writing.take()
                for turn in (self.writing, self.reading):  # whichever the first one waits for
                    turn.give(error)
        finally:
            os._exit(error is not None)


class Turn:
    """A state that one of two processes holds."""

    def __init__(self, source: int, target: int, state: Any, is_first: bool) -> None:
        self.held = is_first
        self._source, self._target = source, target
        self.state = state
        self._is_first = is_first

    def take(self) -> Any:
        """Wait for the state, and return it; an exception that comes in its place is raised."""
        if not self.held:
            self.state = pickle.loads(self._read(*_SIZE.unpack(self._read(_SIZE.size))))
            self.held = True
        if isinstance(self.state, BaseException):
            raise self.state
        return self.state

    def keep(self, state: Any) -> None:
        """Change the state, and hold it still."""
        self.state = state

    def give(self, state: Any) -> None:
        """Hand the state to the other process, whether it is still there or not."""
        self.held = False
        message = pickle.dumps(state)
        message = _SIZE.pack(len(message)) + message
        try:
            while message:
                message = message[os.write(self._target, message) :]
        except BrokenPipeError:
            return

    def close(self) -> None:
        """Let the other process know that nothing more will come."""
        os.close(self._source)
        os.close(self._target)

    def _read(self, n: int) -> bytes:
        message = b""
        while len(message) < n:
            piece = os.read(self._source, n - len(message))
            if not piece and self._is_first:
                raise NncliError("the process that helped was killed (is there enough memory?)")
            if not piece:
                os._exit(1)  # nobody is left who would want the rest
            message += piece
        return message
