"""The kinds of value that a spec's keys take: how each is read, and its JSON Schema."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from nncli.errors import did_you_mean, near_miss
from nncli.netspec.part import MAX_PROBLEMS, Part, count_of, path_text, shown
from nncli.netspec.tree import Entries, Items, SpelledFloat, SpelledInt, spelling

_NUMBERS = {int, float, SpelledInt, SpelledFloat}


class Kind(NamedTuple):
    """A kind of value.

    Parameters
    ----------
    read
        Returns the value in the form that the spec holds, or None after noting what is wrong.
    schema
        The same rule as JSON Schema.
    empty
        Whether a key with nothing after it is such a value.
    """

    read: Callable[[Part], Any]
    schema: Mapping[str, Any]
    empty: bool = False


class Key(NamedTuple):
    """A key of a mapping: its kind, a sentence about it for editors, and what it is where it is left out."""

    kind: Kind
    help: str
    default: Any = None
    required: bool = False
    extra: Mapping[str, Any] | None = None

    @property
    def schema(self) -> dict[str, Any]:
        """The key's JSON Schema."""
        default = {} if self.default is None else {"default": self.default}
        return {"description": self.help, **self.kind.schema, **default, **(self.extra or {})}


def is_number(value: Any) -> bool:
    """Tell whether a scalar is a number (a bool is not)."""
    return type(value) in _NUMBERS


def whole(low: int, high: int) -> Kind:
    """Return the kind of whole numbers from low to high."""

    def read(part: Part) -> int | None:
        if isinstance(part.value, int) and not isinstance(part.value, bool) and low <= part.value <= high:
            return int(part.value)
        if is_number(part.value) and part.value > high:
            part.wrong(f"{shown(part.value)} is too large; {high} at most")
        else:
            part.wrong(f"{shown(part.value)} is not a whole number of at least {low}")
        return None

    return Kind(read, {"type": "integer", "minimum": low, "maximum": high})


def _read_bool(part: Part) -> bool | None:
    if isinstance(part.value, bool):
        return part.value
    hint = did_you_mean(part.value.lower(), ["true", "false"]) if isinstance(part.value, str) else ""
    part.wrong(f"{shown(part.value)} is not true or false{hint}")
    return None


def _read_number(part: Part) -> float | None:
    if not is_number(part.value):
        part.wrong(f"{shown(part.value)} is not a number")
        return None
    try:
        number = float(part.value)
    except OverflowError:  # a whole number beyond any float
        number = math.inf
    if math.isfinite(number):
        return number
    written = spelling(part.value).lower()
    why = "is not finite" if "inf" in written or "nan" in written else "is out of the range of numbers"
    part.wrong(f"{shown(part.value)} {why}")
    return None


def _read_text(part: Part) -> str | None:
    if isinstance(part.value, str) and part.value:
        return part.value
    if part.value == "":
        part.wrong("the text is empty")
        return None
    if isinstance(part.value, Entries | Items):
        part.wrong(f"{shown(part.value)} is not text")
        return None
    if part.value is None:
        part.wrong("null is not text; a name that looks like it needs quotes")
        return None
    return spelling(part.value)  # a name may look like a number


def _read_path(part: Part) -> str | None:
    name = _read_text(part)
    if name is not None and "\0" in name:
        part.wrong(f"{shown(name)} can't be the name of a file")
        return None
    return name


boolean = Kind(_read_bool, {"type": "boolean"})
number = Kind(_read_number, {"type": "number"})
text = Kind(_read_text, {"type": ["string", "number", "boolean"], "minLength": 1})
path = Kind(_read_path, text.schema)


def choice(noun: str, options: Iterable[str], meant_by: Callable[[str], str | None] | None = None) -> Kind:
    """Return the kind of a word out of some; ``meant_by`` knows what else they are called."""
    words = list(options)

    def read(part: Part) -> str | None:
        if isinstance(part.value, str) and part.value in words:
            return part.value
        word = part.value if isinstance(part.value, str) else ""
        meant = meant_by(word) if meant_by else None
        if hint := f" (did you mean '{meant}'?)" if meant else did_you_mean(word.lower(), words):
            part.wrong(f"unknown {noun} {shown(part.value)}{hint}")
        else:
            part.wrong(f"{shown(part.value)} is not one of {', '.join(words)}")
        return None

    return Kind(read, {"enum": words})


def items_of(part: Part, noun: str) -> list[Part] | None:
    """Return the items of a list that is not empty, or note that it is none."""
    if not isinstance(part.value, Items):
        part.wrong(f"{shown(part.value)} is not a list of {noun}s")
        return None
    if not part.value:
        part.wrong(f"the list is empty; it needs at least one {noun}")
        return None
    return [part.child(index) for index in range(len(part.value))]


def _read_numbers(part: Part) -> tuple[float, ...] | None:
    if isinstance(part.value, Items) and part.value and set(map(type, part.value)) <= _NUMBERS:
        try:
            numbers = tuple(map(float, part.value))
        except OverflowError:
            numbers = (math.inf,)
        if all(map(math.isfinite, numbers)):
            return numbers
    if (items := items_of(part, "number")) is None:  # the slow way names each wrong one
        return None
    for item in items:
        _read_number(item)
    return None


def _read_names(part: Part) -> tuple[str, ...] | None:
    if (items := items_of(part, "name")) is None:
        return None
    first: dict[str, str] = {}
    for item in items:
        name = _read_text(item)
        if name is not None and name in first:
            item.wrong(f"the name {shown(name)} is there twice, first at {first[name]}")
        elif name is not None:
            first[name] = path_text(item.path)
    return tuple(first) if len(first) == len(items) else None


def _read_matrix(part: Part) -> tuple[tuple[float, ...], ...] | None:
    """Read rows of equal length; a flat list is one row."""
    if isinstance(part.value, Items) and part.value and not isinstance(part.value[0], Items):
        row = _read_numbers(part)
        return None if row is None else (row,)
    if (items := items_of(part, "row")) is None:
        return None
    rows = [row for item in items if (row := _read_numbers(item)) is not None]
    if len(rows) < len(items):
        return None
    ragged = [item for item, row in zip(items, rows, strict=True) if len(row) != len(rows[0])]
    for item in ragged:
        found = count_of(len(item.value), "number")
        item.wrong(f"the row has {found}, but the first row has {len(rows[0])}")
    return None if ragged else tuple(rows)


def _or_array(read: Callable[[Part], Any]) -> Callable[[Part], Any]:
    """Return what takes a model file's arrays as they are."""
    return lambda part: part.value if isinstance(part.value, np.ndarray) else read(part)


_VECTOR_SCHEMA = {"type": "array", "items": {"type": "number"}, "minItems": 1}
_NAMES_SCHEMA = {"type": "array", "items": text.schema, "minItems": 1, "uniqueItems": True}

numbers = Kind(_or_array(_read_numbers), _VECTOR_SCHEMA)
names = Kind(_read_names, _NAMES_SCHEMA)
matrix = Kind(
    _or_array(_read_matrix),
    {"anyOf": [_VECTOR_SCHEMA, {"type": "array", "items": _VECTOR_SCHEMA, "minItems": 1}]},
)


def _read_number_or_numbers(part: Part) -> float | tuple[float, ...] | None:
    return _read_numbers(part) if isinstance(part.value, Items) else _read_number(part)


number_or_numbers = Kind(_read_number_or_numbers, {"anyOf": [number.schema, _VECTOR_SCHEMA]})


def number_or_names(high: int) -> Kind:
    """How many, or what each is called."""
    count = whole(1, high)

    def read(part: Part) -> int | tuple[str, ...] | None:
        if isinstance(part.value, Items):
            names_read: tuple[str, ...] | None = _read_names(part)
            return names_read
        if is_number(part.value):
            count_read: int | None = count.read(part)
            return count_read
        part.wrong(f"{shown(part.value)} is not a number of features or a list of their names")
        return None

    return Kind(read, {"anyOf": [count.schema, _NAMES_SCHEMA]})


def list_of(kind: Kind, noun: str) -> Kind:
    """Return the kind of a list of at least one value; wrong ones are None."""

    def read(part: Part) -> list[Any] | None:
        items = items_of(part, noun)
        return None if items is None else [kind.read(item) for item in items]

    return Kind(read, {"type": "array", "items": kind.schema, "minItems": 1})


def _read_key(key: Key, part: Part) -> Any:
    if part.value is None and not key.kind.empty:
        part.wrong("the value is missing")
        return None
    return key.kind.read(part)


def mapping(keys: Mapping[str, Key], example: str, *, empty: bool = False) -> Kind:
    """Return the kind of a mapping with known keys; a value that is wrong is None.

    ``empty`` lets ``spiral:`` with nothing after it stand for ``spiral: {}``.
    """

    def read(part: Part) -> dict[str, Any] | None:
        if part.value is None and empty:
            return {}
        if not isinstance(part.value, Entries):
            part.wrong(f"{shown(part.value)} is not a mapping such as {example}")
            return None
        found = {}
        for key in part.value:
            if key in keys:
                found[key] = _read_key(keys[key], part.child(key))
            else:
                meant = near_miss(key, keys) if len(part.problems) < MAX_PROBLEMS else None
                hint = f" (did you mean '{meant}'?)" if meant else f"; known keys: {', '.join(keys)}"
                part.note(part.value.key_places[key], f"unknown key {shown(key)}{hint}")
                if meant and meant not in part.value:
                    found[meant] = None  # it is there, only misspelled
        for key in keys:
            if keys[key].required and key not in found:
                part.wrong(f"missing key '{key}': {keys[key].help[0].lower()}{keys[key].help[1:]}")
        return found

    schema: dict[str, Any] = {
        "type": ["object", "null"] if empty else "object",
        "additionalProperties": False,
        "properties": {name: key.schema for name, key in keys.items()},
    }
    if required := [name for name, key in keys.items() if key.required]:
        schema["required"] = required
    return Kind(read, schema, empty)
