"""Numbers, names and columns as people read them in a terminal."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

ELLIPSIS = "…"


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


def compact(value: Any, width: int = 7) -> str:
    """Return as many digits of a value, three at most, as ``width`` (at least 7) characters hold."""
    if not math.isfinite(value):
        return exact(value)
    for digits in (3, 2):
        plain = exact(float(f"{value:.{digits}g}")).removesuffix(".0").replace("e+", "e")
        if len(plain) <= width and "inf" not in plain:
            return plain
    for decimals in (1, 0):
        mantissa, exponent = f"{value:.{decimals}e}".split("e")
        text = f"{mantissa.removesuffix('.0')}e{int(exponent)}"
        if len(text) <= width:
            break
    return text


def json_text(value: Any) -> str:
    """Return indented JSON; arrays and NumPy numbers keep the digits of their dtype, inf and nan are null."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_INDENT_2).decode() + "\n"


def printable(text: str) -> str:
    """Return text whose control characters are escaped: a name may come from anyone's file."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def width_of(text: str) -> int:
    """Return how many terminal cells a text takes."""
    return sum(_cells(c) for c in text)


def shorten(text: str, width: int) -> str:
    """Return printable text of at most ``width`` terminal cells, with an ellipsis where it was cut.

    It is cut in the middle: names often differ at their ends.
    """
    text = printable(text)
    if width_of(text) <= width:
        return text
    at_the_end = (width - 1) // 2
    begin = _fitting(text, width - 1 - at_the_end)
    end = _fitting(text[::-1], at_the_end)[::-1]
    return begin + ELLIPSIS + end


def _fitting(text: str, width: int) -> str:
    """Return the first characters that fit into so many terminal cells."""
    kept = ""
    for character in text:
        width -= _cells(character)
        if width < 0:
            break
        kept += character
    return kept


def pad(text: str, width: int, align: str = "<") -> str:
    """Return text filled with spaces to ``width`` cells; ``align`` is ``<``, ``>`` or ``^``."""
    room = max(0, width - width_of(text))
    left = {"<": 0, ">": room, "^": room // 2}[align]
    return " " * left + text + " " * (room - left)


def table(header: Sequence[str], rows: Iterable[Sequence[str]], align: str, indent: str = "  ") -> list[str]:
    """Return lines of aligned columns.

    ``align`` has a character for each column: ``<`` left, ``>`` right, ``.`` on the decimal point.
    """
    columns = list(zip(header, *rows, strict=True))
    filled = [_column(cells, how) for cells, how in zip(columns, align, strict=True)]
    return [(indent + "  ".join(cells)).rstrip() for cells in zip(*filled, strict=True)]


def _column(cells: Sequence[str], how: str) -> list[str]:
    body = list(cells[1:])
    if how == ".":
        body = _on_the_point(body)
    width = max(map(width_of, [cells[0], *body]))
    side = "<" if how == "<" else ">"
    return [pad(cell, width, side) for cell in [cells[0], *body]]


def _on_the_point(cells: Sequence[str]) -> list[str]:
    """Return numbers filled on both sides, so that their decimal points stand under each other."""
    parts = []
    for cell in cells:
        whole, point, rest = cell.partition(".")
        parts.append((whole, point + rest))
    left = max((len(whole) for whole, _ in parts), default=0)
    right = max((len(rest) for _, rest in parts), default=0)
    return [f"{whole:>{left}}{rest:<{right}}" for whole, rest in parts]


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
