"""What the label column says: class numbers or target values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nncli.errors import DataError, Remedy, did_you_mean
from nncli.tables.columns import Column
from nncli.tables.missing import MISSING_WORDS
from nncli.tables.numbers import TRUTH
from nncli.text import listed, shown

_NAME_CLASSES = Remedy(
    "name_classes", "{problem}; the override 'outputs=[NAME, …]' names them, in the network's order"
)


class ClassLabels:
    """Reads labels as class numbers.

    A label is a class's name, or its number where no name looks like a number itself (else "1"
    could mean two things). Where classes have no names, true is 1 and false is 0.

    Parameters
    ----------
    classes
        The classes' names, or their numbers where they have no names.
    place
        How a message begins: ``points.csv: label column 'species'``.
    """

    def __init__(self, classes: Sequence[str | int], place: str) -> None:
        self.place = place
        self.names = [str(name) for name in classes]
        self.codes = {name: code for code, name in enumerate(self.names)}
        self.is_nameless = not any(isinstance(name, str) for name in classes)
        self.truth = TRUTH if self.is_nameless else {}
        numbers = [number for name in self.names if (number := _number(name)) is not None]
        self.by_number = (
            {number: code for code, name in enumerate(self.names) if (number := _number(name)) is not None}
            if numbers
            else {float(code): code for code in range(len(self.names))}
        )

    def codes_of(self, cells: Sequence[str]) -> list[int]:
        """Return the class number of each text; -1 where it is no class."""
        return [self._code(cell) for cell in cells]

    def read(self, column: Column, first_row: int) -> NDArray[np.intp]:
        """Return the class number of each cell, (n_rows,).

        Raises
        ------
        DataError
            A cell that is missing or no class of the network.
        """
        distinct, inverse = column.distinct()
        cells = _plain(column, distinct)
        codes = np.array([self._code(cell) for cell in cells], dtype=np.intp)[inverse]
        if (unknown := np.flatnonzero(codes < 0)).size:
            row = int(unknown[0])
            cell = cells[inverse[row]]
            has_name = self.is_nameless and cell.strip() not in MISSING_WORDS and _number(cell) is None
            wrong = f"{self.place}: row {first_row + row}: {self._complaint(cell)}"
            raise DataError(wrong, remedies=[_NAME_CLASSES] if has_name else ())
        return codes

    def _code(self, cell: str) -> int:
        code = self.codes.get(cell, self.codes.get(cell.strip()))
        if code is None and (number := self.truth.get(cell.strip(), _number(cell))) is not None:
            code = self.by_number.get(number)
        return -1 if code is None else code

    def _complaint(self, cell: str) -> str:
        if cell.strip() in MISSING_WORDS:
            return "the label is missing"
        hint = did_you_mean(cell, self.names)
        return f"{shown(cell)} is no class of the network (the classes are {listed(self.names)}){hint}"


def read_targets(columns: Sequence[Column], places: Sequence[str], first_row: int) -> NDArray[np.float64]:
    """Return label columns as numbers, (n_rows, n_columns).

    Raises
    ------
    DataError
        A cell that is missing or not a finite number.
    """
    return np.column_stack(
        [_targets(column, place, first_row) for column, place in zip(columns, places, strict=True)]
    )


def _targets(column: Column, place: str, first_row: int) -> NDArray[np.float64]:
    values = column.to_numbers()
    if values is None:
        values = np.array([_float(cell) for cell in texts(column)], dtype=np.float64)
    if (bad := np.flatnonzero(~np.isfinite(values))).size:
        row = int(bad[0])
        cell = texts(column)[row]
        wrong = "the label is missing" if cell.strip() in MISSING_WORDS else f"{shown(cell)} is not a number"
        raise DataError(f"{place}: row {first_row + row}: {wrong}")
    return values


def texts(column: Column) -> list[str]:
    """Return a column's cells as labels are written; none is an empty text."""
    return _plain(column, column.cells())


def _plain(column: Column, cells: Sequence[str | None]) -> list[str]:
    """Return numbers and booleans as labels are written: true is 1, 2.0 is 2."""
    if not column.is_bare:
        return ["" if cell is None else cell for cell in cells]
    words = {None: "", "true": "1", "false": "0"}
    return [words[cell] if cell in words else (cell or "").removesuffix(".0") for cell in cells]


def _number(text: str) -> float | None:
    """Return the finite number that a text spells in plain ASCII, else None."""
    number = _float(text)
    return number if np.isfinite(number) else None


def _float(text: str) -> float:
    if "_" in text or not text.isascii():
        return float("nan")
    try:
        return float(text)
    except ValueError:
        return float("nan")
