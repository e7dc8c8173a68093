"""The number that a cell's text holds."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nncli.errors import Remedy
from nncli.tables.missing import MISSING_WORDS
from nncli.text import shown

OF_NUMBERS = b"0123456789eE.+- \t"
"""What numbers are made of; of these float() takes no other text for a number, such as ``1_000``."""

MAY_BE_DATA = Remedy("may_be_data", "{problem}; is the first line data? Then say header=False")


def number(cell: str) -> float | None:
    """Return the number that a cell holds, or None where it says that it has none.

    Raises
    ------
    ValueError
        With what is wrong, if it is neither.
    """
    stripped = cell.strip(" \t")
    value = _plain_number(stripped)
    if value is not None:
        if not math.isfinite(value):
            raise ValueError(f"{shown(cell)} is too large for a number")
        return value
    if cell.strip() in MISSING_WORDS:
        return None
    if stripped.lstrip("+-").lower() in ("inf", "infinity"):
        raise ValueError(f"{shown(cell)} is not a finite number")
    raise ValueError(f"{shown(cell)} is not a number")


def reads_as_data(cells: Sequence[str]) -> bool:
    """Whether cells could be a row of numbers, some of them missing, and no names."""
    try:
        values = [number(cell) for cell in cells]
    except ValueError:
        return False
    return any(value is not None for value in values)


def _plain_number(text: str) -> float | None:
    if text.encode(errors="replace").translate(None, OF_NUMBERS):
        return None
    try:
        return float(text)
    except ValueError:
        return None
