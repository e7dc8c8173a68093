"""Rows of JSON: an object or a list each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from nncli.errors import DataError, did_you_mean
from nncli.tables.json_cells import JsonCells, number_in, spelled
from nncli.tables.missing import ABSENT, emptied, substitute
from nncli.tables.numbers import reads_as_data
from nncli.tables.read_options import ReadOptions
from nncli.tables.rows import Rows
from nncli.tables.source import Source
from nncli.tables.table import position_names
from nncli.tables.wrong import CellError, WrongRows
from nncli.text import cut, listed, shown

_NUMBERS = frozenset({int, float, bool})
_FIRST_LINE = 1 << 20
_DIGITS_OF_64_BITS = 20
_NOT_FINITE = (b"NaN", b"Infinity")


class Keys(NamedTuple):
    """How the cells of a row are found: by their names in objects, by their places in lists.

    ``has_header`` tells whether the first row is a list of names.
    """

    columns: list[str]
    in_objects: bool
    has_header: bool = False


def json_format(stream: Source, suffix: str) -> str | None:
    """Return ``jsonl`` or ``json`` where a source begins like one of them, or else what its suffix says."""
    named = suffix if suffix in ("json", "jsonl") else None
    n_bytes = 4
    while b"\n" not in (head := stream.look(n_bytes)).lstrip() and n_bytes <= min(len(head), _FIRST_LINE):
        n_bytes = 2 * len(head)
    line = head.lstrip().split(b"\n", 1)[0].strip()
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        opens_rows = line[:1] == b"[" and line[1:].lstrip()[:1] in (b"", b"{", b"[")
        opens_object = line[:1] == b"{" and line[1:].lstrip()[:1] in (b"", b'"')
        return "json" if opens_rows else named or ("json" if opens_object else None)
    if isinstance(row, dict):
        of_columns = row and all(isinstance(value, list | dict) for value in row.values())
        return "json" if of_columns and named != "jsonl" else "jsonl"
    if isinstance(row, list):
        return "json" if not row or isinstance(row[0], list | dict) else "jsonl"
    return named


def keys_of(row: Any, place: str) -> Keys:
    """Return how the cells are found in rows like the first one.

    Raises
    ------
    DataError
        It is no row.
    """
    if isinstance(row, dict) and row:
        return Keys(list(row), in_objects=True)
    if isinstance(row, list) and row:
        if all(isinstance(cell, str) for cell in row) and not any(reads_as_data([cell]) for cell in row):
            return Keys(row, in_objects=False, has_header=True)
        return Keys(position_names(len(row)), in_objects=False)
    raise DataError(f"{place}: {_kind(row)}, where a row belongs: an object or a list of values")


def loaded(text: bytes) -> Any:
    """Return what JSON says, also where it holds the NaN and Infinity of Python.

    Raises
    ------
    ValueError
        It is no JSON, or a key stands twice in an object.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if not any(word in text for word in _NOT_FINITE):
            raise ValueError(f"not JSON ({error.msg}, at character {error.colno})") from error
        return _loaded_by_python(text)
    colons = text.count(b":")
    if colons == _keys(value) or (colons == _colons(value) and b"\\" not in text):
        return value
    return _loaded_by_python(text)


def rows_of(
    values: Sequence[Any],
    keys: Keys,
    features: Sequence[int],
    kept: Sequence[int],
    read_options: ReadOptions,
    wrong: WrongRows,
) -> Rows:
    """Return rows of values as the network takes them.

    Parameters
    ----------
    wrong
        Takes the rows that are wrong.

    Raises
    ------
    DataError
        The first row that is wrong, where they are not set aside.
    """
    known = frozenset(keys.columns)
    bad = [i for i, value in enumerate(values) if i not in wrong and not _fits(value, keys, known)]
    if bad and wrong.is_error:
        # What is wrong before them comes first.
        rows_of(values[: bad[0]], keys, features, kept, read_options, wrong)
    for i in bad:
        wrong.add(i, _misfit(values[i], keys))
    if rejects := wrong.rejects:
        values = list(values)
        for reject in rejects:
            values[reject.row] = {} if keys.in_objects else [None] * len(keys.columns)
    names: list[Any] = [keys.columns[i] for i in features] if keys.in_objects else list(features)
    inputs, missing = _features(values, names, [keys.columns[i] for i in features], read_options, wrong)
    cells = []
    for i in kept:
        name = keys.columns[i]
        column = [value.get(name) for value in values] if keys.in_objects else [value[i] for value in values]
        cells.append(JsonCells(column, read_options.spelling))
    _check_depth(cells, wrong)
    return Rows(inputs, list(cells), missing, rejects=wrong.rejects)


def _features(
    values: Sequence[Any],
    names: Sequence[Any],
    called: Sequence[str],
    read_options: ReadOptions,
    wrong: WrongRows,
) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
    """Return the features as numbers, (n_rows, n_features), and which rows lack one."""
    shape = (len(values), len(names))
    if not names or not values:
        return np.zeros(shape), None
    try:
        found = list(map(itemgetter(*names), values))
        cells = found if len(names) == 1 else list(chain.from_iterable(found))
        if read_options.spelling.is_plain and _NUMBERS.issuperset(map(type, cells)):
            matrix = np.array(cells, dtype=np.float64).reshape(shape)
            if np.isfinite(matrix).all():
                return matrix, None
    except KeyError:
        pass
    matrix = np.zeros(shape)
    for r, row in enumerate(values):
        for i, name in enumerate(names) if r not in wrong else ():
            try:
                matrix[r, i] = _feature(row, name, read_options)
            except CellError as error:
                wrong.add(r, error, called[i])
                break
    return emptied(matrix)


def _feature(row: Any, name: Any, read_options: ReadOptions) -> float:
    """Return a row's value as a number, or what stands for it where it is missing."""
    value = row.get(name) if isinstance(row, dict) else row[name]
    number = number_in(value, read_options.spelling)
    if number is not None:
        return number
    absent = isinstance(row, dict) and name not in row
    word = value if isinstance(value, str) else spelled(value)
    return substitute(read_options.missing, ABSENT if absent else word)


def _fits(row: Any, keys: Keys, known: frozenset[str]) -> bool:
    if keys.in_objects:
        return isinstance(row, dict) and known.issuperset(row)
    return isinstance(row, list) and len(row) == len(keys.columns)


def _misfit(row: Any, keys: Keys) -> str:
    if keys.in_objects and isinstance(row, dict):
        name = next(name for name in row if name not in keys.columns)
        hint = did_you_mean(name, keys.columns)
        return f"the key {shown(name)} is new: the first row has {listed(keys.columns)}{hint}"
    if not keys.in_objects and isinstance(row, list):
        n = len(row)
        return f"{n} {'value' if n == 1 else 'values'} where {len(keys.columns)} belong"
    return f"{_kind(row)}, where {'an object' if keys.in_objects else 'a list of values'} belongs as before"


def _kind(value: Any) -> str:
    if isinstance(value, dict | list):
        empty = "" if value else "empty "
        return f"an {empty}object" if isinstance(value, dict) else f"{'an empty' if empty else 'a'} list"
    return cut(spelled(value))


def _check_depth(columns: Sequence[JsonCells], wrong: WrongRows) -> None:
    """Refuse values that are nested deeper than they can be written."""
    for column in columns:
        for i, value in enumerate(column.values):
            if isinstance(value, list | dict):
                try:
                    orjson.dumps(value)
                except TypeError:
                    wrong.add(i, "a value that is nested too deep")
                    column.values[i] = None


def _keys(value: Any) -> int:
    """Return how many keys a row has, or a list of rows; fewer than colons where one stands there twice."""
    if isinstance(value, dict):
        return len(value)
    return sum(len(row) for row in value if isinstance(row, dict)) if isinstance(value, list) else 0


def _colons(value: Any) -> int:
    """Return how many colons a value has in JSON: a slower look, where values hold some."""
    if isinstance(value, dict):
        return len(value) + sum(key.count(":") for key in value) + sum(map(_colons, value.values()))
    if isinstance(value, list):
        return sum(map(_colons, value))
    return value.count(":") if isinstance(value, str) else 0


def _loaded_by_python(text: bytes) -> Any:
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_int=_integer)
        orjson.dumps(value)  # no half characters, and not nested too deep
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error.msg}, at character {error.colno})") from error
    except (RecursionError, UnicodeError, TypeError) as error:
        raise ValueError(f"not JSON that can be read ({cut(str(error), 80)})") from error
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {shown(next(n for n in names if names.count(n) > 1))} is there twice")
    return found


def _integer(text: str) -> int | float:
    """Return what orjson makes of it: beyond 64 bits a float."""
    fits = len(text) <= _DIGITS_OF_64_BITS and -(2**63) <= int(text) < 2**64
    return int(text) if fits else float(text)
