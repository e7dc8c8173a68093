"""Which files are meant: patterns become paths in an order that people expect; a file's state has a stamp."""

# Imports inside of functions: what only messages need.

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from fnmatch import translate
from itertools import islice
from typing import NamedTuple

from nncli.errors import DataError
from nncli.stores.files import reason
from nncli.stores.urls import is_url, shown_place

_ANY_FOLDERS = "**"
_MOST_LOOKED_AT = 1000


class Found(NamedTuple):
    """A file among those that are meant.

    Attributes
    ----------
    place
        Its path, as it was given or as the pattern leads to it.
    below
        What a path in another folder keeps of it: the name, and behind ``**`` the folders, too.
    base
        The folder from which the pattern looks; None where the file was given by its own name.
    """

    place: str
    below: str
    base: str | None = None


class Stamp(NamedTuple):
    """What changes where a file's bytes do: its size, and its last change's time (ns) or a store's ETag."""

    size: int
    version: int | str


def expand(places: Iterable[str]) -> list[Found]:
    """Return the files that are meant, those of a pattern in natural order: part-2 before part-10.

    A file whose name looks like a pattern is meant by that name. ``**`` stands for any number of folders;
    links to folders are not followed there, and hidden files have to be named.

    Raises
    ------
    DataError
        A pattern that no file matches, or a folder.
    """
    return [found for place in places for found in _meant(place)]


def stamp(place: str, *, recent: bool = False) -> Stamp | None:
    """Return the state of a file; None where there is none, or a pipe, whose bytes come once.

    Parameters
    ----------
    recent
        Whether what a store's list has said a moment ago is good enough.
    """
    if is_url(place):
        return _remote_stamp(place, recent)
    try:
        status = os.stat(place)
    except (OSError, ValueError):
        return None
    return Stamp(status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


def _remote_stamp(url: str, recent: bool) -> Stamp | None:
    from nncli.stores.listing import state

    try:
        found = state(url, recent=recent)
    except OSError:
        return None  # whoever reads it says why
    return None if found is None else Stamp(found.size, found.version)


def read_whole(place: str) -> tuple[Stamp, bytes]:
    """Return a small file's bytes, and its state; raise OSError where there is no such file."""
    descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("not a regular file")
        text = os.read(descriptor, status.st_size)
    finally:
        os.close(descriptor)
    if len(text) != status.st_size:
        raise OSError("became shorter while it was read")
    return Stamp(status.st_size, status.st_mtime_ns), text


def is_same(place: str, other: str) -> bool:
    """Whether two places are one file that is there."""
    try:
        return os.path.samefile(place, other)
    except (OSError, ValueError):
        return place == other and is_url(place)


def identity(place: str) -> Hashable:
    """Return what two names of one file have in common; None where there is no file."""
    if is_url(place):
        return place
    try:
        status = os.stat(place)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def is_folder(place: str) -> bool:
    """Whether a place is a folder, there or to be made: the name of the latter ends with a slash."""
    if place.endswith(("/", os.sep)) or not is_url(place):
        return place.endswith(("/", os.sep)) or os.path.isdir(place)
    from nncli.stores.listing import has_below

    is_bucket = "/" not in place.partition("://")[2]
    return is_bucket or ("." not in place.rpartition("/")[2] and has_below(place))


def is_below(place: str, folder: str) -> bool:
    """Whether a place is in a folder, or in one of those in it."""
    if is_url(place) or is_url(folder):
        return place.startswith(folder.rstrip("/") + "/")
    return os.path.abspath(place).startswith(os.path.join(os.path.abspath(folder), ""))


def join(folder: str, name: str) -> str:
    """Return the place of a name below a folder."""
    return folder + name if folder.endswith("/") else f"{folder}/{name}"


def from_base(place: str, base: str | None) -> str:
    """Return a place as seen from another folder than the one it was given in."""
    return place if base is None or place == "-" or is_url(place) else os.path.join(base, place)


def natural_order(path: str) -> list[list[str | int]]:
    """Return a path's key: folder by folder, numbers in names by what they count."""
    return [
        [int(s) if i % 2 else s for i, s in enumerate(re.split("([0-9]+)", part))] for part in path.split("/")
    ]


def _is_pattern(place: str) -> bool:
    return not set("*?[").isdisjoint(place)


def _meant(place: str) -> list[Found]:
    if is_url(place):
        return _meant_by_url(place)
    if os.path.isdir(place):
        raise DataError(f"{place}: is a folder; give its files as a glob in quotes: {_glob_of(place)}")
    if os.path.lexists(place) or not _is_pattern(place):
        return [Found(place, os.path.basename(place))]
    *folders, name = (part for part in place.split("/") if part)
    parts = [*folders, _ANY_FOLDERS, "*"] if name == _ANY_FOLDERS else [*folders, name]
    root = "/" if place.startswith("/") else ""
    n_fixed = next((i for i, part in enumerate(parts) if _is_pattern(part)), len(parts) - 1)
    n_dropped = parts.index(_ANY_FOLDERS) if _ANY_FOLDERS in parts else len(parts) - 1
    base = root + "/".join(parts[:n_fixed])
    paths = sorted(set(_matches(root, parts)), key=lambda path: (natural_order(path), path))
    if not paths:
        raise DataError(f"{place}: no file matches")
    return [Found(path, "/".join(path.removeprefix(root).split("/")[n_dropped:]), base) for path in paths]


def _meant_by_url(url: str) -> list[Found]:
    from nncli.stores.listing import has_below, matching

    name = shown_place(url)
    try:
        found = matching(url)
        if found is None:
            is_folder = url.endswith("/") or url.count("/") == 2
            if is_folder and has_below(url):
                raise DataError(
                    f"{name}: is a folder; give its files as a glob in quotes: '{url.rstrip('/')}/*'"
                )
            return [Found(url, name.rpartition("/")[2])]
    except OSError as error:
        raise DataError(f"{name}: {reason(error)}") from error
    objects, base = found
    if not objects:
        raise DataError(f"{name}: no object matches")
    n_kept = _kept_from(url)
    urls = sorted((one.url for one in objects), key=lambda one: (natural_order(one), one))
    return [Found(one, "/".join(one.split("/")[n_kept:]), base) for one in urls]


def _kept_from(url: str) -> int:
    """Return which part of an object's URL is the first that its result's name keeps."""
    parts = url.split("/")
    return parts.index(_ANY_FOLDERS) if _ANY_FOLDERS in parts else len(parts) - 1


def _matches(root: str, parts: Sequence[str]) -> Iterator[str]:
    """Yield the files that match a pattern, some more than once."""
    folders = [root]
    for part in parts[:-1]:
        step = _all_below if part == _ANY_FOLDERS else _children
        folders = list(dict.fromkeys(path for folder in folders for path in step(folder, part, True)))
    for folder in folders:
        yield from _children(folder, parts[-1], False)


def _children(folder: str, part: str, folders: bool) -> Iterator[str]:
    """Yield what in a folder matches a part of a pattern: folders or files."""
    if not _is_pattern(part):
        path = os.path.join(folder, part)
        if os.path.lexists(path) and os.path.isdir(path) == folders:
            yield path
        return
    fits = re.compile(translate(part)).match
    for entry in _entries(folder):
        is_named = entry.name[0] != "." or part[0] == "."
        if is_named and fits(entry.name) and (entry.is_dir() if folders else _is_file(entry)):
            yield os.path.join(folder, entry.name)


def _all_below(folder: str, part: str, folders: bool) -> Iterator[str]:
    """Yield a folder and all that are below it."""
    waiting = [folder]
    while waiting:
        folder = waiting.pop()
        yield folder
        waiting += (
            os.path.join(folder, entry.name)
            for entry in _entries(folder)
            if entry.name[0] != "." and entry.is_dir(follow_symlinks=False)
        )


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file, or a link that leads nowhere, which its reader will say."""
    return entry.is_file() or (entry.is_symlink() and not os.path.exists(entry.path))


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder or ".") as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, ValueError) as error:
        raise DataError(f"{folder}: {reason(error)}") from error


def _glob_of(folder: str) -> str:
    """Return the pattern that a folder's files of the commonest kind match, for a shell."""
    import shlex

    suffixes = (os.path.splitext(entry.name)[1] for entry in _entries(folder) if _is_file(entry))
    ((suffix, _),) = Counter(islice(filter(None, suffixes), _MOST_LOOKED_AT)).most_common(1) or [("", 0)]
    return shlex.quote(os.path.join(folder, f"*{suffix}"))
