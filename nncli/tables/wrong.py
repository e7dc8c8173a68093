"""Rows that are wrong: the first one ends the run, or all of them are set aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from nncli.errors import DataError, Remedy
from nncli.text import cut


class CellError(ValueError):
    """What is wrong with a cell; the remedies are those of an `NncliError`."""

    def __init__(self, problem: str, remedies: Sequence[Remedy] = ()) -> None:
        super().__init__(problem)
        self.remedies = remedies


class Reject(NamedTuple):
    """A row that is set aside.

    Attributes
    ----------
    row
        Its number in its block, from 0.
    problem
        The first thing that is wrong with it.
    column
        The name of the column where that is; empty where it is the whole row.
    """

    row: int
    problem: str
    column: str = ""


class WrongRowError(DataError):
    """The first wrong row, where that ends the run; its place may say its number alone.

    Attributes
    ----------
    reject
        Its number in its block, and what is wrong.
    """

    def __init__(self, problem: str, reject: Reject | None = None, remedies: Sequence[Remedy] = ()) -> None:
        super().__init__(problem, remedies=remedies)
        self.reject = reject


class WrongRows:
    """What becomes of a block's wrong rows.

    Parameters
    ----------
    place
        What messages call a cell, given its row in the block and its column's name (empty: the row).
    set_aside
        Whether wrong rows are collected; else the first one is an error.
    known
        Those that were found before.
    """

    def __init__(
        self, place: Callable[[int, str], str], *, set_aside: bool, known: Sequence[Reject] = ()
    ) -> None:
        self.is_error = not set_aside
        self._place = place
        self._found = {reject.row: reject for reject in known}

    def __contains__(self, row: int) -> bool:
        return row in self._found

    def add(self, row: int, problem: str | CellError, column: str = "") -> None:
        """Set a row aside; of several problems the first one counts.

        Raises
        ------
        WrongRowError
            Where a wrong row is an error.
        """
        if self.is_error:
            remedies = problem.remedies if isinstance(problem, CellError) else ()
            reject = Reject(row, str(problem), column)
            raise WrongRowError(f"{self._place(row, column)}: {problem}", reject, remedies)
        self._found.setdefault(row, Reject(row, str(problem), column))

    @property
    def rejects(self) -> list[Reject]:
        """The rows that are set aside, in their order."""
        return [self._found[row] for row in sorted(self._found)]


def of_numbered(name: str, first: int, *, set_aside: bool) -> WrongRows:
    """Return what becomes of the wrong rows of a block in a table whose rows are told by their numbers."""

    def place(row: int, column: str) -> str:
        return in_column(f"{name}: row {first + row}", column)

    return WrongRows(place, set_aside=set_aside)


def in_column(place: str, column: str) -> str:
    """Return the place of a cell, given that of its row."""
    return f"{place}: column {cut(column, 80)}" if column else place
