from __future__ import annotations

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
