"""What the label column says: class numbers or target values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.errors import Remedy, did_you_mean
from nncli.tables.columns import Column
from nncli.tables.missing import MISSING_WORDS
from nncli.tables.numbers import TRUTH
from nncli.tables.rows import Rows
from nncli.tables.wrong import CellError, WrongRows
from nncli.text import listed, shown

_NAME_CLASSES = Remedy(
    "name_classes", "{problem}; the override 'outputs=[NAME, …]' names them, in the network's order"
)


class LabelColumn(NamedTuple):
    """A column of true answers: what its table is called, and its name there."""

    table: str
    name: str

    def wrong_rows(self, rows: Rows, *, set_aside: bool) -> WrongRows:
        """Return what becomes of rows whose label is wrong."""

        def place(row: int, _: str) -> str:
            return f"{self.table}: label column {self.name!r}: row {rows.first + row}"

        return WrongRows(place, set_aside=set_aside, known=rows.rejects)


class ClassLabels:
    """Reads labels as class numbers.

    A label is a class's name, or its number where no name looks like a number itself (else "1"
    could mean two things). Where classes have no names, true is 1 and false is 0.

    Parameters
    ----------
    classes
        The classes' names, or their numbers where they have no names.
    """

    def __init__(self, classes: Sequence[str | int]) -> None:
        self.names = [str(name) for name in classes]
        self.codes = {name: code for code, name in enumerate(self.names)}
        self.is_nameless = not any(isinstance(name, str) for name in classes)
        self.truth = TRUTH if self.is_nameless else {}
        spelled = [(_number(name), code) for code, name in enumerate(self.names)]
        self.by_number = {number: code for number, code in spelled if number is not None} or {
            float(code): code for code in range(len(self.names))
        }

    def codes_of(self, cells: Sequence[str]) -> list[int]:
        """Return the class number of each text; -1 where it is no class."""
        return [self._code(cell) for cell in cells]

    def read(self, column: Column, wrong: WrongRows, name: str = "") -> NDArray[np.intp]:
        """Return the class number of each cell, (n_rows,); -1 where it has none.

        Parameters
        ----------
        wrong
            Takes the rows of these cells.
        name
            The column's.

        Raises
        ------
        DataError
            A cell that is missing or no class of the network, where such rows are not set aside.
        """
        distinct, inverse = column.distinct()
        cells = _plain(column, distinct)
        codes = np.array([self._code(cell) for cell in cells], dtype=np.intp)[inverse]
        for row in np.flatnonzero(codes < 0).tolist():
            if row not in wrong:
                wrong.add(row, self._complaint(cells[inverse[row]]), name)
        return codes

    def _code(self, cell: str) -> int:
        code = self.codes.get(cell, self.codes.get(cell.strip()))
        if code is None and (number := self.truth.get(cell.strip(), _number(cell))) is not None:
            code = self.by_number.get(number)
        return -1 if code is None else code

    def _complaint(self, cell: str) -> CellError:
        if cell.strip() in MISSING_WORDS:
            return CellError("the label is missing")
        hint = did_you_mean(cell, self.names)
        return CellError(
            f"{shown(cell)} is no class of the network (the classes are {listed(self.names)}){hint}",
            [_NAME_CLASSES] if self.is_nameless and _number(cell) is None else (),
        )


def read_targets(column: Column, wrong: WrongRows, name: str = "") -> NDArray[np.float64]:
    """Return a label column as numbers, (n_rows,); NaN or infinite where it is none.

    Parameters
    ----------
    wrong
        Takes the rows of these cells.
    name
        The column's.

    Raises
    ------
    DataError
        A cell that is missing or not a finite number, where such rows are not set aside.
    """
    values = column.to_numbers()
    if values is None:
        values = np.array([_float(cell) for cell in texts(column)], dtype=np.float64)
    for row in np.flatnonzero(~np.isfinite(values)).tolist():
        if row not in wrong:
            cell = texts(column[row : row + 1])[0]
            is_missing = cell.strip() in MISSING_WORDS
            wrong.add(row, "the label is missing" if is_missing else f"{shown(cell)} is not a number", name)
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
