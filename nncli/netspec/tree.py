"""Plain data that remembers where it was written."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nncli.netspec.model import NO_LINE, KeyPath, Place


class Entries(dict[str, Any]):
    """A YAML mapping, with the place of each key and each value."""

    __slots__ = ("key_places", "places")

    def __init__(self) -> None:
        super().__init__()
        self.key_places: dict[str, Place | str] = {}
        self.places: dict[str, Place | str] = {}

    def put(self, key: str, value: Any, key_place: Place | str, place: Place | str) -> None:
        """Set a key."""
        self[key] = value
        self.key_places[key] = key_place
        self.places[key] = place

    def place(self, key: object) -> Place | str | None:
        """Return the place of a key's value."""
        return self.places.get(key) if isinstance(key, str) else None

    def copied(self) -> Entries:
        """Return a copy that shares the values."""
        new = Entries()
        new.update(self)
        new.key_places.update(self.key_places)
        new.places.update(self.places)
        return new


class Items(list[Any]):
    """A YAML sequence, with the place of each item.

    A matrix has a place for each number, so they are packed: the line in the upper 32 bits and
    the column in the lower ones.
    """

    __slots__ = ("overridden", "packed")

    def __init__(self) -> None:
        super().__init__()
        self.packed = array("Q")
        self.overridden: dict[int, str] | None = None

    def put(self, value: Any, place: Place) -> None:
        """Append an item."""
        self.append(value)
        self.packed.append(place[0] << 32 | place[1])

    def place(self, index: object) -> Place | str | None:
        """Return the place of an item."""
        if not isinstance(index, int) or not 0 <= index < len(self):
            return None
        if self.overridden and index in self.overridden:
            return self.overridden[index]
        return self.packed[index] >> 32, self.packed[index] & 0xFFFFFFFF

    def copied(self) -> Items:
        """Return a copy that shares the values."""
        new = Items()
        new.extend(self)
        new.packed.extend(self.packed)
        new.overridden = dict(self.overridden or {})
        return new


class SpelledInt(int):
    """A whole number that was not written as Python writes it: ``007``, ``0x1F``, ``+1``."""

    spelling: str


class SpelledFloat(float):
    """A number that was not written as Python writes it: ``1e-3``, ``.5``, ``1e400``."""

    spelling: str


def spelling(value: Any) -> str:
    """Return a scalar as it was written: names may look like numbers (``outputs: [007, 1.0]``)."""
    if isinstance(value, SpelledInt | SpelledFloat):
        return value.spelling
    return str(value).lower() if isinstance(value, bool) else str(value)


def tree_of(value: Any) -> Any:
    """Return values that no text has said as a tree; arrays and scalars stay what they are."""
    if isinstance(value, Mapping):
        entries = Entries()
        for key, item in value.items():
            entries.put(key, tree_of(item), NO_LINE, NO_LINE)
        return entries
    if isinstance(value, list | tuple):
        items = Items()
        for item in value:
            items.put(tree_of(item), NO_LINE)
        return items
    return value


def opened(value: Any) -> Any:
    """Return an array as a list, so that one of its items can be changed; anything else as it is."""
    return tree_of(value.tolist()) if isinstance(value, np.ndarray) else value


class Document:
    """What a spec's text holds, before anybody asked whether it makes sense.

    Attributes
    ----------
    name
        The file's name for messages.
    root
        The whole tree: None where the text holds nothing.
    root_place
        Where it begins.
    problems
        Those that do not stop the reading, such as a key written twice: place and message.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Any = None
        self.root_place: Place = (1, 1)
        self.problems: list[tuple[Place | str, str]] = []


def outer(parent: Place | str, child: Place | str) -> Place | str:
    """Return the place of a child: in an overridden value all that has no override of its own is there."""
    return parent if isinstance(parent, str) and not isinstance(child, str) else child


class Places(Mapping[KeyPath, Place | str]):
    """The place of every value of a document, looked up in the tree when somebody asks."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def __getitem__(self, path: KeyPath) -> Place | str:
        """Return a value's place; KeyError where the document has no such value."""
        here: Any = self._document.root
        place: Place | str = self._document.root_place
        for step in path:
            found = here.place(step) if isinstance(here, Entries | Items) else None
            if found is None:
                raise KeyError(path)
            here, place = here[step], outer(place, found)
        return place

    def __iter__(self) -> Iterator[KeyPath]:
        return _paths(self._document.root, ())

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _paths(value: Any, path: KeyPath) -> Iterator[KeyPath]:
    yield path
    if isinstance(value, Entries):
        for key, child in value.items():
            yield from _paths(child, (*path, key))
    elif isinstance(value, Items):
        for index, child in enumerate(value):
            yield from _paths(child, (*path, index))
