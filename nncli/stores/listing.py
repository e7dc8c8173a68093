"""What a store has: objects that match a pattern or lie below a prefix, and their states."""

# Imports inside of functions: obstore, which only a URL needs.

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from fnmatch import translate
from typing import NamedTuple

from nncli.stores.remote import STORES, object_of
from nncli.stores.urls import scheme_of

_RECENTLY = 30.0
"""For so many seconds what a list says of an object needs not be asked again, where that is soon enough."""

_listed: dict[str, tuple[Listed, float]] = {}
_MOST_LISTED = 1 << 20


class Listed(NamedTuple):
    """An object: where it is, how large, and its ETag or the time of its last change."""

    url: str
    size: int
    version: str


def matching(url: str) -> tuple[list[Listed], str] | None:
    """Return the objects that match a pattern, and the prefix from which they were looked for.

    ``**`` stands for any number of folders. Returned is None where the URL is no pattern, or the name of an
    object.

    Raises
    ------
    OSError
        In one line, why nothing can be listed.
    """
    scheme, _, rest = url.partition("://")
    bucket, _, key = rest.partition("/")
    is_web = STORES[scheme.lower()].is_web if scheme.lower() in STORES else True
    if is_web or not re.search(r"[*?\[]", key) or state(url) is not None:
        return None
    parts = key.split("/")
    n_fixed = next(i for i, part in enumerate(parts) if re.search(r"[*?\[]", part))
    base = "/".join([f"{scheme}://{bucket}", *parts[:n_fixed]])
    patterns = [None if part == "**" else re.compile(translate(part)) for part in parts]
    shows_hidden = [part.startswith(".") for part in parts]
    found = [
        one for one in objects_below(base + "/") if _fits(one.url.split("/")[3:], patterns, shows_hidden)
    ]
    return found, base


def objects_below(prefix: str) -> Iterator[Listed]:
    """Yield the objects whose names begin with a prefix, which ends with a slash.

    Raises
    ------
    OSError
        In one line, why they can't be listed.
    """
    import obstore

    place = object_of(prefix)
    root = "/".join(prefix.split("/", 3)[:3])
    chunks = iter(place.ask(lambda: obstore.list(place.store, prefix=place.key or None, chunk_size=1000)))
    while chunk := place.ask(lambda: next(chunks, None)):
        now = time.monotonic()
        for meta in chunk:
            version = meta["e_tag"] or meta["last_modified"].isoformat()
            one = Listed(f"{root}/{meta['path']}", meta["size"], version)
            if len(_listed) < _MOST_LISTED:
                _listed[one.url] = one, now
            yield one


def state(url: str, *, recent: bool = False) -> Listed | None:
    """Return what a store or a server says of an object; None where there is none.

    Parameters
    ----------
    recent
        Whether what a list has said a moment ago is good enough.

    Raises
    ------
    OSError
        In one line, why it can't be asked.
    """
    import obstore

    known = _listed.get(url)
    if recent and known is not None and time.monotonic() - known[1] < _RECENTLY:
        return known[0]
    _listed.pop(url, None)
    place = object_of(url)
    if not place.key and not STORES[scheme_of(url) or ""].is_web:
        return None
    try:
        meta = place.ask(lambda: obstore.head(place.store, place.key))
    except FileNotFoundError:
        return None
    return Listed(url, meta["size"], meta["e_tag"] or meta["last_modified"].isoformat())


def has_below(prefix: str) -> bool:
    """Whether there are objects below a prefix."""
    try:
        return next(objects_below(prefix.rstrip("/") + "/"), None) is not None
    except OSError:
        return False  # whoever reads or writes there says why


def _fits(
    names: Sequence[str], patterns: Sequence[re.Pattern[str] | None], shows_hidden: Sequence[bool]
) -> bool:
    """Whether folders and a name match a pattern's parts, of which None is any number of folders."""
    if not patterns:
        return not names
    first, *rest = patterns
    if first is None:
        if not rest:  # at the end it is any name below
            return bool(names) and not any(name.startswith(".") for name in names)
        hidden = next((i for i, name in enumerate(names) if name.startswith(".")), len(names))
        return any(_fits(names[i:], rest, shows_hidden[1:]) for i in range(hidden + 1))
    if not names or not first.match(names[0]) or (names[0].startswith(".") and not shows_hidden[0]):
        return False
    return _fits(names[1:], rest, shows_hidden[1:])
