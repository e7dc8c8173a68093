"""Read ahead while the network computes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")


def prefetch(items: Iterator[T], depth: int = 1) -> Iterator[T]:
    """Yield the same items, read by a thread of their own, at most ``depth`` ahead.

    The thread starts only when there is more than one item. Its exception is raised here, where
    the items are used; it ends when the last item is read or nobody takes them any more.
    """
    for first in items:
        yield first
        break
    second = next(items, None)
    if second is None:
        return
    from queue import Empty, Full, Queue

    queue: Queue[tuple[T | None, BaseException | None]] = Queue(depth)
    stop = threading.Event()

    def hand_over(item: T | None, error: BaseException | None = None) -> bool:
        while not stop.is_set():
            try:
                queue.put((item, error), timeout=0.1)
                return True
            except Full:
                continue
        return False

    def read() -> None:
        try:
            for item in items:
                if not hand_over(item):
                    return
                del item  # or it would take memory until the next one is there
            hand_over(None)
        except BaseException as error:
            hand_over(None, error)

    reader = threading.Thread(target=read, name="reader", daemon=True)
    reader.start()
    try:
        yield second
        while True:
            try:
                item, error = queue.get(timeout=1)
            except Empty:
                continue
            if error is not None:
                raise error
            if item is None:
                return
            yield item
            del item
    finally:
        stop.set()
