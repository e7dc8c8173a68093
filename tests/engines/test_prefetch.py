"""Reading ahead."""

import threading
import time
from typing import Any

import pytest

from nncli.engines.prefetch import prefetch


@pytest.mark.parametrize("n", [0, 1, 2, 3, 50])
def test_the_items_come_in_order(n):
    """Prefetching changes nothing about the items."""
    assert list(prefetch(iter(range(n)))) == list(range(n))


def test_one_item_starts_no_thread():
    """A small input is read where it is used."""
    before = threading.active_count()
    for _ in prefetch(iter([1])):
        assert threading.active_count() == before


def test_an_error_of_the_reader_is_raised_where_the_items_are_used():
    """The reader's exception arrives after the items that it read."""

    def items():
        yield from range(5)
        raise ValueError("row 5")

    reader = prefetch(items())
    assert [next(reader) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="row 5"):
        next(reader)


def test_the_reader_stays_a_few_items_ahead():
    """No more items are read than the depth allows."""
    read = []

    def items():
        for i in range(1000):
            read.append(i)
            yield i

    reader = prefetch(items(), depth=2)
    for _ in range(3):
        next(reader)
    time.sleep(0.05)
    assert len(read) <= 3 + 2 + 2


def test_the_thread_ends_when_nobody_takes_the_items():
    """Closing the iterator ends the reader."""
    reader: Any = prefetch(iter(range(1000)))
    for _ in range(3):
        next(reader)
    reader.close()
    for thread in threading.enumerate():
        if thread.name == "reader":
            thread.join(timeout=5)
            assert not thread.is_alive()
