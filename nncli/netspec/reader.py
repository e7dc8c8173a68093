"""YAML text -> a tree of plain data with places. The text is not trusted."""

from __future__ import annotations

import re
from typing import Any

import yaml

from nncli.errors import SpecError
from nncli.netspec.model import Place
from nncli.netspec.part import shown
from nncli.netspec.scalars import read_scalar
from nncli.netspec.tree import Document, Entries, Items

MAX_DEPTH = 64
MAX_VALUES = 5_000_000
MAX_CONTAINERS = 500_000
"""With these a spec of 64 MiB that means harm takes hundreds of megabytes, not gigabytes."""
MAX_KEYS = 1000
"""Of one mapping; a spec needs a dozen."""
MAX_REPEATED = 100_000
"""How many values aliases may repeat in all: a bomb writes a few lines and means billions."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ALLOWED = (" ~", "\xa0\ud7ff", "\ue000\ufffd", "\U00010000\U0010ffff")
"""The first and the last of each range of characters in a YAML text, besides tabs and ends of lines."""


def place_behind(text: str) -> Place:
    """Return line and column of what comes next; YAML has five ways to end a line."""
    *before, last = re.split("\r\n?|[\n\x85\u2028\u2029]", text)
    return len(before) + 1, len(last) + 1


def read_tree(text: str, name: str) -> Document:
    """Read one YAML document.

    The events of the parser are read one by one, so that nothing is built before it was looked
    at and no depth of nesting can exhaust the stack.

    Raises
    ------
    SpecError
        Where the text is no YAML, or holds what a spec may not: tags, several documents, more
        than `MAX_DEPTH` levels, aliases that repeat too much.
    """
    others = set(text) - set("\t\n\r\x85")
    wrong = [c for c in others if not any(ends[0] <= c <= ends[1] for ends in _ALLOWED)]
    if wrong:
        at = min(map(text.index, wrong))
        raise _error(name, place_behind(text[:at]), f"the character {text[at]!r} is not allowed in YAML")
    reader = _Reader(name)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _error(name, place, f"not valid YAML: {_reason(error, text)}") from error
    except yaml.YAMLError as error:
        raise SpecError(f"{name}: not valid YAML: {' '.join(str(error).split())}") from error
    return reader.document


def _reason(error: yaml.MarkedYAMLError, text: str) -> str:
    """Return what the parser found, and the usual mistake behind it."""
    mark, start = error.problem_mark, error.context_mark
    problem = error.problem or "it can't be read"
    if "cannot start any token" in problem and mark is not None:
        character = text.splitlines()[mark.line][mark.column]
        if character == "\t":
            return "a tab; YAML indents with spaces"
        if character in "@`%":
            return f"text that begins with {character!r} needs quotes"
    if problem == "mapping values are not allowed in this context":
        return f"{problem} (wrong indentation, or text with ': ' that needs quotes)"
    if problem == "found unexpected ':'":
        return f"{problem} (a space belongs between a key's colon and the value)"
    context = f"{problem} {error.context or ''}".strip()
    if mark is not None and start is not None and start.line < mark.line:
        context += f" that begins on line {start.line + 1}"
    return context


def _error(name: str, place: Place, what: str) -> SpecError:
    return SpecError(f"{name}:{place[0]}:{place[1]}: {what}")


class _Open:
    """A mapping or sequence whose end has not come yet."""

    __slots__ = ("anchor", "before", "height", "key", "place", "value")

    def __init__(self, value: Entries | Items, place: Place, anchor: str | None, before: int) -> None:
        self.value = value
        self.place = place
        self.anchor = anchor
        self.before = before  # how many values came before it
        self.height = 1
        self.key: tuple[str, Place] | None = None  # the key whose value comes next


class _Reader:
    """Turns events into a tree; one `take` each."""

    def __init__(self, name: str) -> None:
        self.document = Document(name)
        self._started = False
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int, int] | None] = {}  # value, size, height; None while open
        self._values = 0
        self._containers = 0
        self._repeated = 0

    def take(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._scalar(event)
        elif kind is yaml.SequenceStartEvent:
            self._start(event, Items())
        elif kind is yaml.MappingStartEvent:
            self._start(event, Entries())
        elif kind is yaml.SequenceEndEvent or kind is yaml.MappingEndEvent:
            self._end()
        elif kind is yaml.AliasEvent:
            self._alias(event)
        elif kind is yaml.DocumentStartEvent:
            if self._started:
                raise self._wrong(event, "a second document begins here; a spec is one document")
            self._started = True

    def _scalar(self, event: Any) -> None:
        self._refuse_tag(event)
        value = read_scalar(event.value) if event.implicit[0] else event.value
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1, 0)
        mark = event.start_mark
        frame = self._open[-1] if self._open else None
        if frame is not None and frame.key is None and isinstance(frame.value, Entries):
            frame.key = (event.value, (mark.line + 1, mark.column + 1))
        else:
            self._put(value, (mark.line + 1, mark.column + 1))

    def _start(self, event: Any, value: Entries | Items) -> None:
        self._refuse_tag(event)
        self._refuse_as_key(event)
        if len(self._open) >= MAX_DEPTH:
            raise self._wrong(event, f"nested more than {MAX_DEPTH} levels deep")
        self._containers += 1
        if self._containers > MAX_CONTAINERS:
            raise self._wrong(event, f"more than {MAX_CONTAINERS} lists and mappings; put weights in a file")
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        mark = event.start_mark
        place = (mark.line + 1, mark.column + 1)
        self._open.append(_Open(value, place, event.anchor, self._values))

    def _end(self) -> None:
        done = self._open.pop()
        if done.anchor is not None:
            self._anchors[done.anchor] = (done.value, self._values - done.before + 1, done.height)
        if self._open:
            self._open[-1].height = max(self._open[-1].height, done.height + 1)
        self._put(done.value, done.place)

    def _alias(self, event: Any) -> None:
        self._refuse_as_key(event)
        if event.anchor not in self._anchors:
            raise self._wrong(event, f"alias *{event.anchor} has no anchor before it")
        known = self._anchors[event.anchor]
        if known is None:
            raise self._wrong(event, f"alias *{event.anchor} holds itself")
        value, size, height = known
        if len(self._open) + height > MAX_DEPTH:
            raise self._wrong(event, f"nested more than {MAX_DEPTH} levels deep")
        self._repeated += size
        self._values += size - 1
        if self._repeated > MAX_REPEATED:
            raise self._wrong(event, f"aliases repeat more than {MAX_REPEATED} values")
        self._open[-1].height = max(self._open[-1].height, height + 1)
        self._put(value, (event.start_mark.line + 1, event.start_mark.column + 1))

    def _put(self, value: Any, place: Place) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            raise _error(self.document.name, place, f"more than {MAX_VALUES} values; put weights in a file")
        if not self._open:
            self.document.root, self.document.root_place = value, place
            return
        frame = self._open[-1]
        if isinstance(frame.value, Items):
            frame.value.put(value, place)
            return
        assert frame.key is not None  # a mapping's events come in pairs
        key, key_place = frame.key
        frame.key = None
        if key in frame.value:
            line = frame.value.key_places[key][0]
            self.document.problems.append((key_place, f"key {key!r} is there twice, first on line {line}"))
        elif len(frame.value) >= MAX_KEYS:
            raise _error(self.document.name, key_place, f"more than {MAX_KEYS} keys in one mapping")
        else:
            frame.value.put(key, value, key_place, place)

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            raise self._wrong(event, f"tag {shown(tag)} is not allowed in a spec")

    def _refuse_as_key(self, event: Any) -> None:
        frame = self._open[-1] if self._open else None
        if frame is not None and isinstance(frame.value, Entries) and frame.key is None:
            raise self._wrong(event, "a key must be plain text")

    def _wrong(self, event: Any, what: str) -> SpecError:
        return _error(self.document.name, (event.start_mark.line + 1, event.start_mark.column + 1), what)
