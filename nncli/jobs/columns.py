"""Which of a table's columns go into the network, and what to say where that is not clear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nncli.errors import DataError, Remedy, did_you_mean, near_miss
from nncli.text import listed, shown

if TYPE_CHECKING:
    from nncli.nn.network import Network
    from nncli.tables import Table
    from nncli.tables.columns import Column

_NAMES_OR_DATA = Remedy(
    "names_or_data",
    "{problem}; say header=False if this line is data, or header=True if it names the columns",
)
_ASKED = "{table}: {asker}: {problem}"
_DELIMITER = "{problem}; are its cells separated by {mark!r}? Then say delimiter={mark!r}"
_FEATURES = "{problem}; {say} which go in, for example features={features!r}"
_LABEL = "{problem}; leave out the labels: labels={label!r}"
_MOST_NAMED = 8
"""So many columns a message lists as an option's value; more would fill the screen."""


def match_columns(
    table: Table[Any], network: Network, labels: Sequence[str], asked: Sequence[str] = ()
) -> tuple[list[int], list[int]]:
    """Return the features' columns in the network's order, and the labels'.

    Those that are asked for. Else by name where the header has all the names. By position where the
    names don't matter to the user (``inputs`` is a number, or there is no header) and exactly so many
    columns remain. Never the first n of more, and not under names that are all numbers: such a line may
    be data.

    Raises
    ------
    DataError
        No such label column, or columns that don't match the inputs.
    """
    columns = table.columns
    label_columns = [find_column(table, name, "label") for name in labels]
    names = Names(table)
    if asked or (table.has_header and all(name in names for name in network.inputs)):
        features = _asked(table, network, asked) if asked else [names.place(name) for name in network.inputs]
        if both := set(label_columns).intersection(features):
            name = columns[min(both)]
            raise DataError(f"{table.name}: the label column {name!r} is one of the network's inputs")
        return features, label_columns
    aside = {*label_columns, *table.nameless}
    candidates = [i for i in range(len(columns)) if i not in aside]
    if len(candidates) == network.n_inputs and not (table.has_header and network.named_inputs):
        for i in candidates if table.has_header else ():
            names.place(columns[i])
        if table.unsure_header is not None:
            _refuse_numbers(table, *table.unsure_header)
        if not table.has_header:
            for i, name in zip(candidates, network.inputs, strict=True):
                columns[i] = name
        return candidates, label_columns
    raise _mismatch(table, network, labels, candidates)


def find_column(table: Table[Any], name: str, asker: str) -> int:
    """Return the number of a column.

    Parameters
    ----------
    asker
        What asks for it: ``label``, ``keep`` or ``features``.

    Raises
    ------
    DataError
        The table has no such column; the message lists those that it has.
    """
    names = Names(table)
    if name in names:
        return names.place(name)
    hint = did_you_mean(name, table.columns)
    problem = f"no column {name!r}{hint}; there are {listed(table.columns)}"
    remedies = _may_be_data(table, (len(table.columns) + 1) // 2)
    if asker == "label":
        raise DataError(f"{table.name}: the label: {problem}", remedies=remedies)
    raise DataError(problem, remedies=[*remedies, of_asker(asker, table.name)])


def of_asker(asker: str, table: str) -> Remedy:
    """Return what puts a table and the argument that asks for a column before a problem."""
    return Remedy("asked", _ASKED, {"table": table, "asker": asker})


def _asked(table: Table[Any], network: Network, asked: Sequence[str]) -> list[int]:
    place = of_asker("features", table.name)
    features = [find_column(table, name, "features") for name in asked]
    if len(set(features)) < len(features):
        twice = next(name for name in asked if list(asked).count(name) > 1)
        raise DataError(f"{shown(twice)} is there twice; a column goes in once", remedies=[place])
    if len(features) != network.n_inputs:
        n, n_inputs = len(features), network.n_inputs
        raise DataError(
            f"{n} {'column' if n == 1 else 'columns'}, where the network takes {n_inputs}"
            f" ({listed(network.inputs)})",
            remedies=[place],
        )
    return features


def in_one_form(name: str) -> str:
    """Return a name as names are compared: without blanks around it, in one of Unicode's forms."""
    name = name.strip()
    if name.isascii():
        return name
    from unicodedata import normalize

    return normalize("NFC", name)


class Names:
    """Where each name stands among a table's columns, in whichever form Unicode has it.

    Blanks around a name don't count: in a CSV file they are no part of it, and others write a table anew.
    """

    def __init__(self, table: Table[Any]) -> None:
        self._table = table
        self._places: dict[str, list[int]] = {}
        for i, name in enumerate(table.columns):
            self._places.setdefault(in_one_form(name), []).append(i)

    def __contains__(self, name: str) -> bool:
        return in_one_form(name) in self._places

    def place(self, name: str) -> int:
        """Return the place of a name that is there.

        Raises
        ------
        DataError
            It is there twice.
        """
        table, places = self._table, self._places[in_one_form(name)]
        if len(places) > 1:
            places = [i for i in places if table.columns[i] == name] or places
        if len(places) > 1:
            where = table.name if table.unsure_header is None else table.unsure_header[0]
            remedies = _may_be_data(table, len(table.columns))
            raise DataError(f"{where}: the header names {shown(name)} twice", remedies=remedies)
        return places[0]


def _mismatch(
    table: Table[Any], network: Network, labels: Sequence[str], candidates: Sequence[int]
) -> DataError:
    n = len(table.columns)
    count = "1 column" if n == 1 else f"{n} columns"
    aside = f" besides the label {labels[0]!r}" if labels else ""
    if not table.has_header:
        problem = f"{table.name}: {count} without names, where the network takes {network.n_inputs}{aside}"
        return DataError(problem, remedies=_ways_out(table, network, labels, candidates))
    there = "the only column is" if n == 1 else "the columns are"
    return DataError(
        f"{table.name}: {there} {_counted(table.columns)}; the network takes"
        f" {_counted(network.inputs)}{aside}{_absent(table, network)}{_title(table)}",
        remedies=_may_be_data(table, network.n_inputs) or _ways_out(table, network, labels, candidates),
    )


def _absent(table: Table[Any], network: Network) -> str:
    """Return which names are not there; where the network has none of its own, that any would do."""
    names, n = Names(table), network.n_inputs
    absent = [name for name in network.inputs if name not in names]
    if len(absent) == n and not network.named_inputs:
        return f", or any {'column' if n == 1 else n} if the table has no others"
    known = [name for name in table.columns if not name.isdigit()]
    hint = next(filter(None, (did_you_mean(name, known) for name in absent[:100])), "")
    return f"; not there: {listed(absent, 4)}{hint}"


def _title(table: Table[Any]) -> str:
    """Return what to say where a text's first line seems to name no columns."""
    if not table.has_lines:
        return ""
    if not any(table.columns):
        first = "empty"
    elif len(table.columns) == 1 and _is_below_title(_first_row(table, [0])):
        first = "a title"
    else:
        return ""
    return f"; is its first line {first}? The line with the names comes first"


def _ways_out(
    table: Table[Any], network: Network, labels: Sequence[str], candidates: Sequence[int]
) -> list[Remedy]:
    """Return what would work: another delimiter, columns that are chosen, or labels that are set aside."""
    columns, n_inputs = table.columns, network.n_inputs
    if len(columns) == 1:
        mark = _delimiter(table, network)
        return [] if mark is None else [Remedy("delimiter", _DELIMITER, {"mark": mark})]
    numeric = _numeric(table, candidates)
    if len(numeric) < n_inputs:
        return []
    meant = [near_miss(name, columns) for name in network.inputs]
    names = [columns[i] for i in numeric]
    if None not in meant and len(set(meant)) == n_inputs and set(meant) <= set(names):
        names = [name for name in meant if name is not None]
    few = names[:n_inputs] if n_inputs <= _MOST_NAMED else "COLUMNS"
    remedies = []
    by_position = not (labels or (table.has_header and network.named_inputs))
    if len(candidates) == n_inputs + 1 and by_position:  # a second label would take the first one's place
        words = [i for i in candidates if i not in numeric]
        if len(words) <= 1:
            label = columns[words[0] if words else candidates[-1]]
            remedies = [Remedy("set_label", _LABEL, {"label": [label]})]
    say = "or say" if remedies else "say"
    return [*remedies, Remedy("features", _FEATURES, {"features": few, "say": say})]


def _delimiter(table: Table[Any], network: Network) -> str | None:
    """Return what else may separate cells that look like one: what gives the names, or fits both lines."""
    first = _first_row(table, [0])
    row = (first[0].cells()[0] if first and len(first[0]) else None) or ""
    for mark in ";,\t|: ":
        names, cells = ([part for part in text.split(mark) if part] for text in (table.columns[0], row))
        has_names = {name.strip() for name in names}.issuperset(network.inputs)
        if has_names or (len(names) == len(cells) >= network.n_inputs > 1):
            return mark
    return None


def _counted(names: Sequence[str]) -> str:
    """Return names and their number."""
    text = listed(names)
    return text if text.endswith(" in all)") else f"{text} ({len(names)})"


def _numeric(table: Table[Any], candidates: Sequence[int]) -> list[int]:
    """Return the columns whose first cell is a number; the table is read no further than that."""
    first = _first_row(table, range(len(table.columns)))
    if first is None:
        return list(candidates)
    numbers = [first[i][:1].to_numbers() for i in candidates]
    return [
        i
        for i, value in zip(candidates, numbers, strict=True)
        if value is not None and len(value) and value[0] == value[0]
    ]


def _first_row(table: Table[Any], columns: Sequence[int]) -> Sequence[Column] | None:
    """Return the cells of the first row; None where it can't be read."""
    from nncli.tables import Size

    try:
        block = next(iter(table.blocks([], columns, Size(), 1)))
        return table.parse(block, [], columns).kept
    except DataError:
        return None


def _is_below_title(row: Sequence[Column] | None) -> bool:
    """Whether the row under a single name looks like what follows a title: a blank line, or other cells."""
    return row is None or row[0].cells()[:1] == [""]


def _refuse_numbers(table: Table[Any], place: str, line: str) -> None:
    """Raise DataError where a header may well be the first row; 0, 1, 2, … are names that pandas gives."""
    from nncli.tables.numbers import reads_as_data

    if reads_as_data(table.columns) and not _pandas_has_named(table):
        raise DataError(f"{place}: the header is all numbers: {line}", remedies=[_NAMES_OR_DATA])


def _pandas_has_named(table: Table[Any]) -> bool:
    """Whether the columns are called 0, 1, 2, …, beside an index without a name."""
    named = [name for i, name in enumerate(table.columns) if i not in table.nameless]
    return named == [str(i) for i in range(len(named))]


def _may_be_data(table: Table[Any], n_numbers: int) -> list[Remedy]:
    """Return what to say where a header of at least so many numbers, or of nothing else, lacks a name."""
    from nncli.tables.numbers import MAY_BE_DATA, reads_as_data

    if table.unsure_header is None or (table.nameless and _pandas_has_named(table)):
        return []
    found = sum(reads_as_data([name]) for name in table.columns)
    return [MAY_BE_DATA] if found >= n_numbers or reads_as_data(table.columns) else []
