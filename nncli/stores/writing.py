"""A remote result: whole when it is complete, or not there at all."""

# Imports inside of functions: obstore, which only a URL needs.

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EIO
from queue import Empty, Full, Queue
from typing import Any, BinaryIO, cast

from nncli.stores.memory import keep_large_apart
from nncli.stores.remote import RemoteObject, object_of
from nncli.stores.waiting import Later

_PART = 10 << 20
"""Bytes of a part: stores take 10,000 of them. What is smaller is sent in one go."""
_AT_ONCE = 2
"""Parts that are on their way at a time."""
_PIECE = 1 << 20
"""Bytes that are handed over together, once it is known that there will be parts."""
_MOMENT = 0.5
_ABORTING = 10.0
"""Seconds that taking back what was sent may take."""


_checked: set[tuple[str, str]] = set()
"""Hosts and buckets that have answered."""

_uploads: set[_Upload] = set()
"""Those of this process that are not complete."""


class _AbandonedError(Exception):
    """The result is not wanted any more."""


@contextmanager
def open_upload(url: str) -> Iterator[BinaryIO]:
    """Open a stream whose bytes become an object when it is left without an error.

    Until then nothing is seen of it. After an error, Ctrl-C or a signal no part of it stays in the store.

    Raises
    ------
    OSError
        In one line, why it can't be written.
    """
    place = object_of(url, writing=True)
    if not place.key or place.key.endswith("/"):
        raise OSError(EIO, "is a folder; give the object's name")
    _check_bucket(place, url)
    keep_large_apart()
    upload = _Upload(place)
    _uploads.add(upload)
    try:
        yield cast(BinaryIO, upload)
        upload.finish()
    except BaseException:
        upload.abandon()
        raise
    finally:
        _uploads.discard(upload)


def abandon_all() -> None:
    """Take back what was sent of all results that are not complete: whoever writes them has lost them."""
    for upload in list(_uploads):
        upload.abandon()


def put(url: str, data: bytes) -> None:
    """Write an object in one go.

    Raises
    ------
    OSError
        In one line, why it can't be written.
    """
    import obstore

    place = object_of(url, writing=True)
    place.ask(lambda: obstore.put(place.store, place.key, data, use_multipart=False))


def _check_bucket(target: RemoteObject, url: str) -> None:
    """Ask once whether there is such a bucket and somebody answers: before hours of work, not after."""
    import obstore

    bucket = target.host, "/".join(url.split("/", 3)[:3])
    if bucket in _checked:
        return
    place = object_of(url)
    try:
        place.ask(lambda: obstore.get(place.store, place.key, options={"range": (0, 1)}).meta)
    except FileNotFoundError as error:
        if "bucket" in str(error):
            raise
    except OSError as error:
        may_be_written = isinstance(error, PermissionError)  # though it may not be read
        if not may_be_written and "says 416" not in str(error):  # an empty object has no range
            raise
    _checked.add(bucket)


class _Upload(io.RawIOBase):
    """A stream of bytes to an object: one request, or where there are many bytes, parts."""

    def __init__(self, place: RemoteObject) -> None:
        self._place = place
        self._waiting: list[bytes] = []
        self._n_waiting = self._n_bytes = 0
        self._before: Any = None
        self._parts: Queue[bytes | None] = Queue(1)
        self._sending: Later[Any] | None = None
        self._is_abandoned = False

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(memoryview(data).cast("B"))
        self._waiting.append(piece)
        self._n_waiting += len(piece)
        self._n_bytes += len(piece)
        if self._n_waiting >= (_PIECE if self._sending else _PART):
            self._send()
        return len(piece)

    def finish(self) -> None:
        """Send the rest, and make an object of it."""
        if self._is_abandoned:
            raise OSError(EIO, "the run has ended")
        import obstore

        store, key = self._place.store, self._place.key
        if self._sending is None:
            data = b"".join(self._waiting)
            self._sending = Later(lambda: obstore.put(store, key, data, use_multipart=False))
            self._end()
            return
        self._send()
        self._give(None)
        try:
            self._end()
        except OSError:
            if not self._is_there():  # to make an object of many parts may take longer than we wait
                raise

    def abandon(self) -> None:
        """Take back what was sent."""
        self._is_abandoned = True
        if self._sending is None:
            return
        with suppress(Empty):
            self._parts.get_nowait()
        with suppress(Full):
            self._parts.put_nowait(None)
        self._sending.wait(_ABORTING)

    def _send(self) -> None:
        if self._sending is None:
            import obstore

            store, key = self._place.store, self._place.key
            self._before = self._state()
            self._sending = Later(
                lambda: obstore.put(
                    store, key, self._taken(), use_multipart=True, chunk_size=_PART, max_concurrency=_AT_ONCE
                )
            )
        data, self._waiting, self._n_waiting = b"".join(self._waiting), [], 0
        self._give(data)

    def _give(self, part: bytes | None) -> None:
        assert self._sending is not None
        while True:
            try:
                self._parts.put(part, timeout=_MOMENT)
            except Full:
                pass
            else:
                return
            if self._sending.has_ended:
                self._end()

    def _is_there(self) -> bool:
        """Whether the store has made the object, though its answer has not come."""
        now = self._state()
        return now is not None and now != self._before and now[0] == self._n_bytes

    def _state(self) -> Any:
        import obstore

        try:
            meta = self._place.ask(lambda: obstore.head(self._place.store, self._place.key))
        except OSError:
            return None
        return meta["size"], meta["e_tag"], meta["last_modified"]

    def _end(self) -> None:
        assert self._sending is not None
        try:
            self._sending.result()
        except Exception as error:
            raise self._place.told(error) from error

    def _taken(self) -> Iterator[bytes]:
        """Yield the parts as they come; in the thread that sends them."""
        while (part := self._parts.get()) is not None:
            if part and not self._is_abandoned:
                yield part
        if self._is_abandoned:
            raise _AbandonedError
