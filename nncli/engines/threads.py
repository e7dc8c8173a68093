"""Work that mostly waits for a network: several at a time in this process, yielded as they end.

A store's client does not survive a fork, and while its answer is awaited other threads compute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TypeVar

B = TypeVar("B")
R = TypeVar("R")


def as_they_end(work: Callable[[B], R], items: Iterable[B], n_threads: int) -> Iterator[R]:
    """Yield ``work(item)`` of every item, in the order in which they end.

    After an exception, a signal's too, no further item is begun; those in work are left to themselves.

    Raises
    ------
    Exception
        Whatever `work` raises.
    """
    if n_threads == 1:
        yield from map(work, items)
        return
    ended: SimpleQueue[tuple[bool, R | BaseException] | None] = SimpleQueue()
    waiting, lock, stopped = iter(items), Lock(), False

    def serve() -> None:
        try:
            while not stopped:
                with lock:
                    item = next(waiting)
                ended.put((False, work(item)))
        except StopIteration:
            pass
        except BaseException as error:
            ended.put((True, error))
        ended.put(None)

    threads = [Thread(target=serve, daemon=True) for _ in range(n_threads)]
    for thread in threads:
        thread.start()
    left = n_threads
    try:
        while left:
            found = ended.get()
            if found is None:
                left -= 1
            elif found[0]:
                assert isinstance(found[1], BaseException)
                raise found[1]
            else:
                yield found[1]  # type: ignore[misc] # a result
    finally:
        stopped = True
