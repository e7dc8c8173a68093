"""Waiting for others, so that Ctrl-C is heard."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Later(Generic[T]):
    """A call in a thread of its own; only who asks for its result waits, and a signal ends that.

    A library that waits for a network by itself hears no signal before the answer is there.
    """

    def __init__(self, call: Callable[[], T]) -> None:
        self._ended = Event()
        self._error: BaseException | None = None
        self._result: T
        Thread(target=self._run, args=(call,), daemon=True).start()

    def _run(self, call: Callable[[], T]) -> None:
        try:
            self._result = call()
        except BaseException as error:
            self._error = error
        finally:
            self._ended.set()

    @property
    def has_ended(self) -> bool:
        """Whether `result` would not wait."""
        return self._ended.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, but not for longer than that; return whether it has come."""
        return self._ended.wait(seconds)

    def result(self) -> T:
        """Return what the call has returned, or raise what it has raised."""
        self._ended.wait()
        if self._error is not None:
            raise self._error
        return self._result
