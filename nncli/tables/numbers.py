"""The number that a cell's text holds."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from nncli.errors import Remedy
from nncli.tables.missing import MISSING_WORDS
from nncli.tables.wrong import CellError
from nncli.text import shown

OF_NUMBERS = b"0123456789eE.+- \t"
"""What numbers are made of; of these float() takes no other text for a number, such as ``1_000``."""

MAY_BE_DATA = Remedy("may_be_data", "{problem}; is the first line data? Then say header=False")

TRUTH = dict.fromkeys(("true", "True", "TRUE"), 1.0) | dict.fromkeys(("false", "False", "FALSE"), 0.0)
"""What stands for 1 and 0."""

INFINITY = ("inf", "infinity")

MINUS = "\u2212"
"""The minus sign of typesetters and spreadsheets."""


_DECIMAL = Remedy("decimal", "{problem} (decimal=',' reads a decimal comma)")
_THOUSANDS = "it looks like a number with thousands separators; write it without them"
_DECIMAL_OR_THOUSANDS = Remedy(
    "decimal_or_thousands", f"{{problem}} ({_THOUSANDS}; decimal=',' reads a decimal comma)"
)
_MISSING_WORD = Remedy("missing_word", "{problem}; if it means a missing value, say missing_words={word!r}")


class Spelling(NamedTuple):
    """How cells spell numbers, and that they have none.

    Attributes
    ----------
    decimal
        What stands before the decimals.
    missing_words
        The texts that say that there is no value; spaces around do not count.
    missing_numbers
        The numbers that say so, however they are written.
    """

    decimal: str = "."
    missing_words: frozenset[str] = MISSING_WORDS
    missing_numbers: frozenset[float] = frozenset()

    @property
    def is_plain(self) -> bool:
        """Whether numbers are spelled as everywhere, and no number stands for a missing value."""
        return self == PLAIN


PLAIN = Spelling()


def spelling_of(decimal: str, missing_words: Sequence[str]) -> Spelling:
    """Return how numbers are spelled where a user says what is besides the usual; a word may be a number."""
    if decimal == "." and not missing_words:
        return PLAIN
    spelling, numbers = Spelling(decimal), set()
    for word in missing_words:
        with suppress(CellError):
            value = number(word, spelling)
            numbers |= set() if value is None else {value}
    return Spelling(decimal, MISSING_WORDS.union(missing_words), frozenset(numbers))


def number(cell: str, spelling: Spelling = PLAIN) -> float | None:
    """Return the number that a cell holds, or None where it says that it has none.

    Raises
    ------
    CellError
        With what is wrong, if it is neither.
    """
    if spelling is not PLAIN and cell.strip() in spelling.missing_words:
        return None
    stripped = cell.strip(" \t")
    value = _plain_number(_with_point(stripped, spelling))
    if value is not None:
        if not math.isfinite(value):
            raise CellError(f"{shown(cell)} is too large for a number")
        return None if value in spelling.missing_numbers else value
    if cell.strip() in spelling.missing_words:
        return None
    if stripped in TRUTH:
        return TRUTH[stripped]
    if stripped.lstrip("+-").lower() in INFINITY:
        raise CellError(f"{shown(cell)} is not a finite number")
    if spelling.decimal == "." and re.fullmatch(_COMMA, stripped[:80]):
        either = re.fullmatch(_SEPARATED, stripped) is not None
        raise CellError(f"{shown(cell)} is not a number", [_DECIMAL_OR_THOUSANDS if either else _DECIMAL])
    is_word = re.fullmatch(_NOTHING, stripped[:20])
    remedies = [_MISSING_WORD._replace(values={"word": [stripped]})] if is_word else []
    raise CellError(f"{shown(cell)} is not a number{_likeness(stripped, spelling)}", remedies)


def reads_as_data(cells: Sequence[str]) -> bool:
    """Whether cells could be a row of numbers, some of them missing or infinite, and no names."""
    texts = [cell for cell in map(str.strip, cells) if cell not in TRUTH and not _is_infinite(cell)]
    try:
        values = [number(text) for text in texts]
    except CellError:
        return False
    return any(value is not None for value in values)


def _is_infinite(text: str) -> bool:
    """Whether it is a number's spelling of infinity, or one beyond all floats."""
    if text.lstrip("+-").lower() in INFINITY:
        return True
    value = _plain_number(text)
    return value is not None and not math.isfinite(value)


def is_count(names: Sequence[str]) -> bool:
    """Whether names are 0, 1, 2, …: those that pandas gives."""
    return list(names) == [str(i) for i in range(len(names))]


def _with_point(text: str, spelling: Spelling) -> str:
    """Return a number as Python spells it."""
    if MINUS in text:
        text = text.replace(MINUS, "-")
    if spelling.decimal == ".":
        return text
    return "not a number" if "." in text else text.replace(spelling.decimal, ".")


def _plain_number(text: str) -> float | None:
    if text.encode(errors="replace").translate(None, OF_NUMBERS):
        return None
    try:
        return float(text)
    except ValueError:
        return None


_SEPARATED = r"[+-]?\d{1,3}(?:([,.'’_ \u00a0\u202f\u2009])\d{3})(?:\1\d{3})*(?:[.,]\d+)?"
_COMMA = r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?"
_POINT = r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?"
_PERCENT = r"[+-]?[\d.,]+\s?%"
_NOTHING = (
    r"(?i)[-.?*_–—]{1,3}|#[A-Z/!0?]{1,10}|n\.a\.?|n/a"
    r"|[(<]?(none|null|nan|na|nil|nat|missing|empty|unknown)[)>]?"
)
"""How some programs write that there is no value; each of these may also mean something."""


def _likeness(text: str, spelling: Spelling) -> str:
    """Say what a text that is no number looks like, and what would be right."""
    if len(text) > 80:
        return ""
    if spelling.decimal == "," and re.fullmatch(_POINT, text):
        return " (its decimals stand behind a point, not behind a comma)"
    if re.fullmatch(_SEPARATED, text):
        return f" ({_THOUSANDS})"
    if re.fullmatch(_PERCENT, text):
        return " (it looks like a percentage; write 0.12 for 12%)"
    odd = next((c for c in text if not c.isascii()), None)
    if odd is not None and any(c.isdigit() for c in text):
        return f" (it holds the character U+{ord(odd):04X})"
    return ""
