"""Missing values: how they are written, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nncli.errors import Remedy
from nncli.tables.wrong import CellError, WrongRows

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
    columns: Sequence[str],
    wrong_rows: WrongRows,
    numbers: Iterable[float] = (),
) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Return features in which every number is finite, and a mask of the rows without a result.

    Parameters
    ----------
    features : (n_rows, n_inputs)
        Floats; NaN is missing. Left as they are: what is returned is a copy where it must differ.
    columns : (n_inputs,)
        What each came from.
    wrong_rows
        Takes the rows with an infinity, or with a NaN where the policy is "error".
    numbers
        These, such as -999, are missing values, too.

    Raises
    ------
    DataError
        At the first wrong row, where that is an error.
    """
    for number in numbers:
        features = np.where(features == number, np.nan, features)
    finite = np.isfinite(features)
    if finite.all():
        return features, None
    missing = np.isnan(features)
    wrong = ~finite if policy == "error" else ~finite & ~missing
    for row in np.flatnonzero(wrong.any(axis=1)).tolist():
        i = int(wrong[row].argmax())
        value = float(features[row, i])
        problem = missing_value("NaN") if np.isnan(value) else f"{value} is not a finite number"
        wrong_rows.add(row, problem, columns[i])
    stand_in = 0.0 if isinstance(policy, str) else policy
    filled = np.where(missing, stand_in, features).astype(features.dtype)
    return filled, (missing.any(axis=1) if policy == "null" else None)


def substitute(rule: MissingRule, cell: str) -> float:
    """Return what stands for a missing value: NaN where its row has no result.

    Raises
    ------
    CellError
        The rule allows none.
    """
    if rule == "error":
        raise missing_value(cell)
    return np.nan if rule == "null" else rule


def emptied(features: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Return features in which rows with a NaN are all 0, and a mask of these rows where there are any."""
    missing = np.isnan(features).any(axis=1)
    features[missing] = 0
    return features, missing if missing.any() else None


def missing_value(cell: str) -> CellError:
    """Return what says that a value is missing, and what would help."""
    word = cell.strip()
    what = word if cell == ABSENT else f"missing value {word!r}" if word else "the cell is empty"
    return CellError(what, [_LET_IT_PASS])


_LET_IT_PASS = Remedy("missing", "{problem} (missing='null' or a number would let it pass)")
