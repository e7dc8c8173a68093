"""Results that an earlier run has written, read back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nncli.errors import DataError
from nncli.jobs.compare import Outputs
from nncli.jobs.compute import number_names
from nncli.jobs.labels import texts
from nncli.nn.network import Network
from nncli.tables import Size, Table, open_table
from nncli.tables.columns import Column
from nncli.tables.missing import MISSING_WORDS
from nncli.text import shown


class Recorded:
    """A file of results.

    Attributes
    ----------
    columns
        Its columns' names.
    results
        An iterator of the results in the columns that are asked for.
    spells_infinity
        False where the format writes NaN and the infinities alike as nothing.
    """

    def __init__(self, name: str, columns: list[str], rows: Any, *, spells_infinity: bool) -> None:
        self.name = name
        self.columns = columns
        self.spells_infinity = spells_infinity
        self._rows = rows

    def results(self, names: Sequence[str], dtype: DTypeLike, limit: int | None = None) -> Iterator[Outputs]:
        """Yield the numbers of these columns, and the predictions where the file has some.

        Parameters
        ----------
        dtype
            What the numbers were before they were written: the text 0.1 of a float32 is that float32.
        limit
            The most rows to yield.

        Raises
        ------
        DataError
            A cell that is no number.
        """
        with_prediction = "prediction" in self.columns
        wanted = [self.columns.index(name) for name in names]
        if with_prediction:
            wanted.append(self.columns.index("prediction"))
        first_row = 0
        for columns in self._rows(wanted):
            numbers = [
                _numbers(column, f"{self.name}: column {name}", first_row)
                for column, name in zip(columns, names, strict=False)
            ]
            predictions = texts(columns[-1]) if with_prediction else None
            left = None if limit is None else limit - first_row
            with np.errstate(over="ignore"):  # a number that no float32 can be differs as infinity
                values = np.column_stack(numbers).astype(dtype).astype(np.float64)
            yield Outputs(values, predictions).cut(0, left)
            first_row += len(numbers[0])
            if limit is not None and first_row >= limit:
                return


@contextmanager
def open_recorded(path: str, network: Network) -> Iterator[Recorded]:
    """Open a table that ``run`` could have written, in any format.

    Raises
    ------
    DataError
        It can't be read.
    """
    with open_table(path, missing="null") as table:
        columns = list(table.columns)
        if not table.has_header:  # .npy: the output matrix alone
            columns = number_names(network)
            if len(columns) != len(table.columns):
                raise DataError(
                    f"{path}: {len(table.columns)} columns where the network has {len(columns)} outputs"
                )
        yield Recorded(path, columns, all_columns(table), spells_infinity=table.tells_infinity)


def all_columns(table: Table[Any]) -> Callable[[Sequence[int]], Iterator[list[Column]]]:
    """Return what reads some of a table's columns, block by block."""

    def rows(wanted: Sequence[int]) -> Iterator[list[Column]]:
        for block in table.blocks([], list(wanted), Size()):
            yield table.parse(block, [], list(wanted)).kept

    return rows


def _numbers(column: Column, place: str, first_row: int) -> NDArray[np.float64]:
    """Return cells as numbers, NaN where there is none."""
    if (numbers := column.to_numbers()) is not None:
        return numbers
    cells = texts(column)
    values = [_number(cell) for cell in cells]
    if None in values:
        row = values.index(None)
        raise DataError(f"{place}: row {first_row + row}: {shown(cells[row])} is not a number")
    return np.array(values, dtype=np.float64)


def _number(cell: str) -> float | None:
    """Return the number of a cell, NaN where it has none, and infinities too: results may hold them."""
    try:
        return np.nan if cell in MISSING_WORDS else float(cell)
    except ValueError:
        return None
