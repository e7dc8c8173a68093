"""Missing values: how they are written, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nncli.errors import DataError, Remedy

MissingRule = Literal["error", "null"] | float
"""Refuse a missing value, leave its row's results empty, or put a number in its place."""

MISSING_WORDS = frozenset(
    ["", "NA", "N/A", "n/a", "<NA>", "#N/A", "null", "NULL", "None", "nan", "NaN", "-nan", "-NaN", "\\N"]
)
"""How a cell says that it has no value; spaces around do not count."""


ABSENT = "the row has no such key"
"""What is said in place of a word where not even that is there."""


def fill_missing(
    features: NDArray[Any],
    policy: MissingRule,
    place: Callable[[int, int], str],
    numbers: Iterable[float] = (),
) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Return features in which every number is finite, and a mask of the rows without a result.

    Parameters
    ----------
    features : (n_rows, n_inputs)
        Floats; NaN is missing. Left as they are: what is returned is a copy where it must differ.
    place
        Where a (row, input) came from, for messages.
    numbers
        These, such as -999, are missing values, too.

    Raises
    ------
    DataError
        At the first infinity, or the first NaN where the policy is "error".
    """
    for number in numbers:
        features = np.where(features == number, np.nan, features)
    finite = np.isfinite(features)
    if finite.all():
        return features, None
    missing = np.isnan(features)
    wrong = ~finite if policy == "error" else ~finite & ~missing
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        value = float(features[row, column])
        if np.isnan(value):
            raise missing_error(place(row, column), "NaN")
        raise DataError(f"{place(row, column)}: {value} is not a finite number")
    filled = np.where(missing, 0.0 if policy == "null" else policy, features).astype(features.dtype)
    return filled, (missing.any(axis=1) if policy == "null" else None)


def substitute(rule: MissingRule, place: str, cell: str) -> float:
    """Return what stands for a missing value: NaN where its row has no result.

    Raises
    ------
    DataError
        The rule allows none.
    """
    if rule == "error":
        raise missing_error(place, cell)
    return np.nan if rule == "null" else rule


def emptied(features: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Return features in which rows with a NaN are all 0, and a mask of these rows where there are any."""
    missing = np.isnan(features).any(axis=1)
    features[missing] = 0
    return features, missing if missing.any() else None


def missing_error(place: str, cell: str) -> DataError:
    """Return what says that a value is missing, and what would help."""
    word = cell.strip()
    what = word if cell == ABSENT else f"missing value {word!r}" if word else "the cell is empty"
    return DataError(f"{place}: {what}", remedies=[_LET_IT_PASS])


_LET_IT_PASS = Remedy("missing", "{problem} (missing='null' or a number would let it pass)")
