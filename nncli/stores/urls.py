"""Places with a scheme: what is a URL, and what messages call it."""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path
from typing import Any

_URL = r"([a-zA-Z][a-zA-Z0-9+.-]+):/(/?)[^/]"
_QUERY = r"(?s)[?#].*"


def is_url(place: object) -> bool:
    """Whether a place is a URL, with whatever scheme, and no path."""
    return isinstance(place, UrlPath) or scheme_of(place) is not None


def scheme_of(place: object) -> str | None:
    """Return a URL's scheme in lower case; None of a path."""
    text = place.url if isinstance(place, UrlPath) else str(place)
    match = re.match(_URL, text) if "://" in text else None
    return match[1].lower() if match and match[2] else None


def shown_place(place: object) -> str:
    """Return what messages call a place: a URL without its query, which may hold a signature."""
    text = place.url if isinstance(place, UrlPath) else str(place)
    scheme = scheme_of(text)
    if scheme is None or scheme not in ("http", "https"):  # in a bucket, names may have question marks
        return text
    secret = re.match(r"(https?://)[^/?#]*@", text, re.IGNORECASE)
    return re.sub(_QUERY, "", text if secret is None else secret[1] + text[secret.end() :])


class UrlPath(type(Path())):  # type: ignore[misc] # PosixPath, or on Windows its twin
    """A URL where the code has a path: with a name, a suffix, and other files beside it.

    A plain path has lost one of the two slashes; `as_path` brings it back. The query is the file's
    own: what is beside it has none.
    """

    query = ""

    @property
    def url(self) -> str:
        """The whole URL."""
        return f"{self}{self.query}"

    def __str__(self) -> str:
        return super().__str__().replace(":/", "://", 1)

    def __fspath__(self) -> str:
        return str(self)

    def __reduce__(self) -> Any:
        return as_path, (self.url,)


def as_path(place: str | os.PathLike[str]) -> Path:
    """Return a path, which for a URL is a `UrlPath`; also for one that was taken for a path before."""
    if isinstance(place, UrlPath):
        return place
    text = str(place)
    match = re.match(_URL, text) if ":/" in text else None
    if match is None or (not match[2] and isinstance(place, str)):
        return Path(place)
    query = re.search(_QUERY, text) if match[1].lower() in ("http", "https") else None
    path = UrlPath(text if query is None else text[: query.start()])
    if query is not None:
        path.query = query[0]
    return path


def beside(folder: Path, name: str) -> Path:
    """Return a file by its name in a folder; the name may be a URL, or a path from the folder's root."""
    if is_url(name):
        return as_path(name)
    if not isinstance(folder, UrlPath):
        return folder / name
    scheme, _, below = str(folder).partition("://")
    root = below.partition("/")[0]
    path = posixpath.normpath(name if name.startswith("/") else posixpath.join("/", *folder.parts[2:], name))
    return as_path(f"{scheme}://{root}/{path.lstrip('/')}")


def address(place: str | Path) -> str:
    """Return a place as it is opened: a URL with its query."""
    return place.url if isinstance(place, UrlPath) else str(place)
