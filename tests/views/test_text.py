from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli.views.text import compact, exact, rounded, table


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


@given(st.floats())
@settings(max_examples=100, deadline=None)
def test_compact(value: float) -> None:
    """A compact number has at most seven characters and is near the number."""
    text = compact(value)
    assert len(text) <= 7
    if abs(value) < 1e300:
        assert float(text) == pytest.approx(value, rel=0.5, abs=5e-324)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (0.012345, "0.0123"),
        (-0.000012345, "-1.2e-5"),
        (123456.0, "123000"),
        (0.0000573, "5.7e-5"),
        (1e9, "1e9"),
    ],
)
def test_compact_digits(value: float, text: str) -> None:
    """A compact number keeps three digits where they fit."""
    assert compact(value) == text


def test_decimal_points_are_aligned() -> None:
    """Numbers of one column stand with their decimal points under each other."""
    lines = table(["name", "value"], [["a", "-10.25"], ["bc", "0.5"], ["d", "7"]], "<.")
    assert lines == ["name   value", "a     -10.25", "bc      0.5", "d       7"]
