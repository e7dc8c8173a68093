"""A part of the document on its way to be checked, and the words for it."""

from __future__ import annotations

from typing import Any, NamedTuple

from nncli import text
from nncli.netspec.model import KeyPath, Place
from nncli.netspec.tree import Entries, Items, outer, spelling

Problems = list[tuple[Place | str, str]]
"""What is wrong, each with its place."""


MAX_PROBLEMS = 1000
"""How many are looked for; a file of the wrong sort has millions."""


class Part(NamedTuple):
    """A part of the document on its way to be checked: its value, and where that stands."""

    value: Any
    path: KeyPath
    place: Place | str
    problems: Problems

    def wrong(self, what: str) -> None:
        """Note a problem of this value."""
        self.note(self.place, what)

    def note(self, place: Place | str, what: str) -> None:
        """Note a problem at another place than the value's own."""
        if len(self.problems) >= MAX_PROBLEMS:
            return
        path = path_text(self.path)
        place = outer(self.place, place)
        self.problems.append((place, f"{path}: {what}" if path else what))

    def child(self, step: str | int) -> Part:
        """Return the value of a key or an item."""
        place = self.value.place(step)
        assert place is not None
        return Part(self.value[step], (*self.path, step), outer(self.place, place), self.problems)


def is_overridden(part: Part, key: str) -> bool:
    """Tell whether the command line gave a mapping's value: then it is at fault where two don't fit."""
    return isinstance(part.value.place(key), str)


def path_text(path: KeyPath) -> str:
    """Return ``layers[1].units`` for ``("layers", 1, "units")``."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def shown(value: Any) -> str:
    """Return a value as a message shows it: escaped, in quotes, short."""
    if isinstance(value, Entries):
        return "a mapping"
    if isinstance(value, Items):
        return "a list"
    if value is None:
        return "null"
    if isinstance(value, str):
        return text.shown(value)
    return text.cut(spelling(value))


def count_of(n: int, noun: str) -> str:
    """Return ``1 row`` or ``2 rows``."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
