"""The exact CSV reader: RFC 4180 to the letter, the right line for every problem.

It is the reference for the fast reader, and the only one for small files.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.tables.columns import Column, Texts
from nncli.tables.csv_cut import Layout, portion
from nncli.tables.csv_records import Records
from nncli.tables.missing import MissingRule, emptied, substitute
from nncli.tables.numbers import OF_NUMBERS, PLAIN, Spelling, number
from nncli.tables.rows import Rows, joined
from nncli.tables.text_table import count_lines
from nncli.tables.wrong import CellError, Reject, WrongRows, in_column

_FEW_ROWS = 8
"""So many rows are read cell by cell as soon as by halves."""


class Wanted(NamedTuple):
    """Which cells of a row go where.

    ``columns`` are the names of all columns of the file called ``name``; ``features`` and
    ``kept`` are indexes into them.
    """

    name: str
    columns: Sequence[str]
    features: Sequence[int]
    kept: Sequence[int]
    delimiter: str
    missing: MissingRule
    spelling: Spelling = PLAIN
    set_aside: bool = False


def parse_all(data: bytes, line: int, wanted: Wanted, *, limit: int | None = None) -> Rows:
    """Read the rows of a whole block, a portion after the other.

    Parameters
    ----------
    line
        The file's line, from 1, on which the block begins.
    limit
        No more rows than that.

    Raises
    ------
    DataError
        At the first row that is wrong, unless such rows are set aside.
    """
    layout = Layout(wanted.name, wanted.delimiter, len(wanted.columns), wanted.set_aside)
    parts = [] if data else [Rows(np.zeros((0, len(wanted.features))), [Texts([]) for _ in wanted.kept])]
    while data and limit != 0:
        records = portion(data, line, layout, at_end=True, limit=limit)
        parts.append(_parsed(records, wanted))
        line += count_lines(data[: records.n_bytes])
        data = data[records.n_bytes :]
        limit = None if limit is None else limit - len(records.rows)
    return joined(parts)


def _parsed(records: Records, wanted: Wanted) -> Rows:
    features, missing, rejects = _features(records, wanted)
    kept: list[Column] = [Texts([row[i] for row in records.rows], wanted.spelling) for i in wanted.kept]
    return Rows(features, kept, missing, rejects=rejects)


_Features = tuple[NDArray[np.float64], NDArray[np.bool_] | None, Sequence[Reject]]


def _features(records: Records, wanted: Wanted) -> _Features:
    """Return the feature cells as numbers, (n_rows, n_features), the mask of missing rows, and wrong rows."""
    features = np.zeros((len(records.rows), len(wanted.features)))
    problems = [Reject(row, problem) for row, problem in records.problems.items()]
    if not wanted.features:
        return features, None, problems

    def place(row: int, column: str) -> str:
        return in_column(f"{wanted.name}:{records.lines[row]}", column)

    wrong = WrongRows(place, set_aside=wanted.set_aside, known=problems)
    if _fill(features, records.rows, 0, wanted, wrong):
        return features, None, ()
    return *emptied(features), wrong.rejects


def _fill(
    features: NDArray[np.float64], rows: Sequence[Sequence[str]], first: int, wanted: Wanted, wrong: WrongRows
) -> bool:
    """Fill in the features of rows, and tell whether all are plain numbers; else by halves, then by cells.

    Parameters
    ----------
    first
        The number of the first of these rows.
    """
    picked = wanted.features
    if len(picked) == 1:
        cells = [row[picked[0]] for row in rows]
    else:
        cells = list(chain.from_iterable(map(itemgetter(*picked), rows)))
    if wanted.spelling.is_plain and not "".join(cells).encode().translate(None, OF_NUMBERS):
        with suppress(ValueError):
            values = np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
            if np.isfinite(values).all():
                features[:] = values.reshape(features.shape)
                return True
    if len(rows) <= _FEW_ROWS or not wanted.spelling.is_plain:
        _fill_by_cell(features, rows, first, wanted, wrong)
    else:
        middle = len(rows) // 2
        for half, at in ((slice(middle), first), (slice(middle, None), first + middle)):
            _fill(features[half], rows[half], at, wanted, wrong)
    return False


def _fill_by_cell(
    features: NDArray[np.float64], rows: Sequence[Sequence[str]], first: int, wanted: Wanted, wrong: WrongRows
) -> None:
    """Do what `_fill` does where some cell is no plain number."""
    in_order = sorted(enumerate(wanted.features), key=itemgetter(1))
    for r, row in enumerate(rows):
        for i, column in in_order if first + r not in wrong else ():
            try:
                value = number(row[column], wanted.spelling)
                features[r, i] = substitute(wanted.missing, row[column]) if value is None else value
            except CellError as error:
                wrong.add(first + r, error, wanted.columns[column])
                break
