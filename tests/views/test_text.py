from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli.views.text import compact, table


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
        (123456.0, "123456"),
        (123456.7, "123457"),
        (1234567.0, "1.23e6"),
        (2.385, "2.385"),
        (-2.385, "-2.385"),
        (2.3851234, "2.39"),
        (1.2350000, "1.235"),
        (-0.0, "0"),
        (np.float32(0.1), "0.1"),
        (99.9951234, "100.0"),
        (999.987654, "1000"),
        (-1.5e10, "-1.5e10"),
        (0.99989, "1.00"),
        (0.0000573, "5.73e-5"),
        (1e9, "1e9"),
    ],
)
def test_compact_digits(value: float, text: str) -> None:
    """A compact number is exact where it is short, and keeps three digits where not."""
    assert compact(value) == text


def test_decimal_points_are_aligned() -> None:
    """Numbers of one column stand with their decimal points under each other."""
    lines = table(["name", "value"], [["a", "-10.25"], ["bc", "0.5"], ["d", "7"]], "<.")
    assert lines == ["name   value", "a     -10.25", "bc      0.5", "d       7"]
