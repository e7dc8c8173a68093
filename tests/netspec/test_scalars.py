"""Scalars follow YAML 1.2's core schema, not PyYAML's 1.1."""

from __future__ import annotations

import math

import pytest

from nncli.netspec.scalars import read_scalar
from nncli.netspec.tree import spelling


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("+1.5e+2", 150.0),
        ("012", 12),
        ("0o14", 12),
        ("0x1F", 31),
        ("-7", -7),
        ("+7", 7),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("1e400", math.inf),
        ("true", True),
        ("false", False),
        ("", None),
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("no", "no"),
        ("Yes", "Yes"),
        ("True", "True"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("2020-01-01", "2020-01-01"),
        ("inf", "inf"),
        ("nan", "nan"),
        ("1e", "1e"),
        (".", "."),
        ("-", "-"),
        ("٣", "٣"),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_a_plain_scalar_has_the_value_that_yaml_1_2_gives_it(text: str, value: object) -> None:
    """Numbers, booleans and nothing are told from text as the core schema does."""
    found = read_scalar(text)
    assert found == value
    assert isinstance(found, type(value))


def test_nan_is_a_number() -> None:
    """`.nan` is read as not-a-number, which compares with nothing."""
    found = read_scalar(".NaN")
    assert isinstance(found, float)
    assert math.isnan(found)


@pytest.mark.parametrize("text", ["007", "1.0", "1e3", "0x1F", "+1", ".5", "12", "1e400", "true", "-0"])
def test_a_scalar_remembers_how_it_was_written(text: str) -> None:
    """A name that looks like a number stays what the user typed."""
    assert spelling(read_scalar(text)) == text
