"""A column of JSON values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from nncli.tables.columns import Texts
from nncli.tables.numbers import PLAIN, Spelling, number
from nncli.tables.wrong import CellError


@dataclass(frozen=True, slots=True, eq=False)
class JsonCells:
    """Values of JSON, of any kind; see `nncli.tables.columns.Column`."""

    values: list[Any]
    spelling: Spelling = PLAIN
    is_bare = False

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: slice) -> JsonCells:
        return JsonCells(self.values[rows], self.spelling)

    def take(self, places: NDArray[np.intp]) -> JsonCells:  # noqa: D102 - see `Column`
        return JsonCells([self.values[i] for i in places.tolist()], self.spelling)

    def cells(self, decimals: int | None = None) -> list[str | None]:  # noqa: D102 - see `Column`
        return [value if value is None or isinstance(value, str) else spelled(value) for value in self.values]

    def as_json(self) -> list[str]:
        """Return each value as JSON."""
        return [spelled(value) for value in self.values]

    def to_arrow(self, decimals: int | None = None) -> Any:  # noqa: D102 - see `Column`
        return Texts(self.cells()).to_arrow()  # a later row may hold another kind of value

    def to_numbers(self) -> NDArray[np.float64] | None:  # noqa: D102 - see `Column`
        try:
            numbers = [number_in(value, self.spelling) for value in self.values]
        except CellError:
            return None
        return np.array([np.nan if value is None else value for value in numbers])

    def distinct(self) -> tuple[list[str | None], NDArray[np.intp]]:  # noqa: D102 - see `Column`
        return Texts(self.cells(), self.spelling).distinct()


def spelled(value: Any) -> str:
    """Return a value as JSON; NaN and the infinities, which some write, are none: null."""
    return orjson.dumps(value).decode()


def number_in(value: Any, spelling: Spelling) -> float | None:
    """Return the number that a value holds, or None where it says that there is none.

    Raises
    ------
    CellError
        With what is wrong, if it is neither.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return number(value, spelling)
    if isinstance(value, list | dict):
        kind = "a list" if isinstance(value, list) else "an object"
        raise CellError(f"{kind}, where a number belongs")
    if value != value or value in spelling.missing_numbers:
        return None
    if value in (np.inf, -np.inf):
        raise CellError(f"{value} is not a finite number")
    return float(value)
