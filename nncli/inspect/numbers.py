"""Numbers as people read them: all digits, or so many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import orjson

MOST_UNITS_NAMED = 8


def exact(value: Any) -> str:
    """Return the shortest text that reads back to the same value in the value's own dtype."""
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY).decode()


def rounded(value: Any, digits: int = 8) -> str:
    """Return a value to so many significant digits, for columns that are read and not copied."""
    text = exact(value)
    if value == 0 or not math.isfinite(value):
        return text.removeprefix("-") if value == 0 else text
    return min(exact(float(f"{value:.{digits}g}")), text, key=len)


def listed_units(units: Sequence[int]) -> str:
    """Return unit numbers as text, the first few of many: ``0, 4, 7 and 12 more``."""
    if not len(units):
        return "none"
    shown, left = units[:MOST_UNITS_NAMED], len(units) - MOST_UNITS_NAMED
    return ", ".join(map(str, shown)) + (f" and {left} more" if left > 0 else "")
