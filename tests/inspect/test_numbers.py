from __future__ import annotations

import math

import numpy as np
import pytest

from nncli.inspect.numbers import exact, listed_units, rounded


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float32(1 / 3), "0.33333334"),
        (1 / 3, "0.3333333333333333"),
        (1e-7, "1e-7"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
    ],
)
def test_exact(value: float, text: str) -> None:
    """A number is the shortest text that reads back to it in its own dtype."""
    assert exact(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1 * 3, "0.3"), (-0.0, "0.0"), (np.float32(0.1), "0.1"), (1 / 3, "0.33333333"), (math.nan, "nan")],
)
def test_rounded(value: float, text: str) -> None:
    """A number in a column has eight digits, no sign on its zero, and never more digits than it needs."""
    assert rounded(value) == text


def test_many_units_are_counted() -> None:
    """Of many units the first are named and the others counted."""
    assert listed_units([]) == "none"
    assert listed_units([1, 2]) == "1, 2"
    assert listed_units(list(range(20))) == "0, 1, 2, 3, 4, 5, 6, 7 and 12 more"
