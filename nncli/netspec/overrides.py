"""Overrides of a spec: ``layers.0.units=8``."""

from __future__ import annotations

import re
from typing import Any

from nncli.errors import SpecError, UsageError
from nncli.netspec.model import KeyPath, Override
from nncli.netspec.part import count_of, path_text, shown
from nncli.netspec.reader import MAX_DEPTH, read_tree
from nncli.netspec.tree import Document, Entries, Items, opened

_BRACKETS = r"\[([0-9]+)\]"
"""A place in a list as messages write it: ``layers[0].units``."""


def override(document: Document, setting: str) -> None:
    """Change a document: a setting is a dotted path, an equals sign, a value in YAML.

    The containers on the path are copied first: an alias may share them with other places.

    Raises
    ------
    UsageError
        Where the setting makes no sense. Whether its value does, the checker says later, with
        the override's place.
    """
    place = Override(setting).place
    path, equals, text = setting.partition("=")
    steps = re.sub(_BRACKETS, r".\1", path.strip()).split(".")
    if not equals or not all(steps):
        raise UsageError(f"{place}: must be KEY=VALUE, such as seed=3 or layers.0.units=8")
    if len(steps) > MAX_DEPTH:
        raise UsageError(f"{place}: nested more than {MAX_DEPTH} levels deep")
    try:
        value = read_tree(text, "value")
    except SpecError as error:
        what = error.problems[0].partition(": ")[2]  # the override is the place; a column in it helps nobody
        raise UsageError(f"{place}: {what}") from error
    if value.problems:
        raise UsageError(f"{place}: {value.problems[0][1]}")
    if document.root is None:
        document.root = Entries()
    document.root = _replaced(document.root, steps, value.root, place)


def _replaced(container: Any, steps: list[str], value: Any, place: str, done: KeyPath = ()) -> Any:
    """Return a copy of a container in which the value at a path is another."""
    container = opened(container)
    if not isinstance(container, Entries | Items):
        what = f"'{path_text(done)}' is {shown(container)}" if done else f"the spec is {shown(container)}"
        raise UsageError(f"{place}: {what}, neither a mapping nor a list")
    step: Any = steps[0]
    last = len(steps) == 1
    new = container.copied()
    if isinstance(new, Items):
        if not step.isdecimal() or int(step[:9]) >= len(new):
            raise UsageError(
                f"{place}: '{path_text(done)}' is a list of {count_of(len(new), 'item')}, counted from 0; "
                f"it has no item {step!r}"
            )
        step = int(step)
        new[step] = value if last else _replaced(new[step], steps[1:], value, place, (*done, step))
        if last:
            new.overridden = {**(new.overridden or {}), step: place}
        return new
    if last:
        new.put(step, value, place, place)
    elif new.get(step) is None:  # a key that is missing, or has no value yet
        new.put(step, _replaced(Entries(), steps[1:], value, place, (*done, step)), place, place)
    else:
        new[step] = _replaced(new[step], steps[1:], value, place, (*done, step))
    return new
