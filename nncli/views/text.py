"""Short numbers and aligned columns for a terminal, and JSON."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from nncli.inspect.numbers import exact
from nncli.text import pad, width_of

GAP = "  "
"""Between two columns of a table."""

WHOLE, COMPACT = 6, 7
"""So many characters of a number are shown as they are, and so many a compact one has at most."""

MOST = sys.float_info.max


def compact(value: Any) -> str:
    """Return a value in at most `COMPACT` characters: as it is where six digits do, else rounded.

    Of other values three digits are kept, or two where three don't fit, and below a million all before the
    point. Their zeros stay, so that nothing looks exact that is not: 0.99999 is 1.00.
    """
    if not math.isfinite(value):
        return exact(value)
    text = _plain(abs(value))
    sign = "-" if value < 0 else ""
    if len(text) <= WHOLE:
        return "0" if text == "0" else sign + text
    own = float(text)
    size = own * (1 + 1e-14)  # a tie of decimal digits goes up, as people round
    if 99.95 <= size < 10**WHOLE - 0.5:
        return f"{sign}{size:.{1 if size < 999.95 else 0}f}"
    for digits in (3, 2):
        text = f"{sign}{size:#.{digits}g}"
        if len(text) <= COMPACT and 1e-4 <= size < 100:
            return text
    exactly = [decimals for decimals in (0, 1, 2) if float(f"{own:.{decimals}e}") == own]
    for decimals in exactly or (2, 1, 0):
        mantissa, exponent = f"{min(size, MOST):.{decimals}e}".split("e")
        text = f"{sign}{mantissa}e{int(exponent)}"
        if len(text) <= COMPACT:
            break
    return text


def _plain(size: Any) -> str:
    return exact(size).removesuffix(".0").replace("e+", "e")


def json_text(value: Any) -> str:
    """Return indented JSON; arrays and NumPy numbers keep the digits of their dtype, inf and nan are null."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_INDENT_2).decode() + "\n"


def narrow(header: Sequence[str], rows: Sequence[Sequence[str]], align: str) -> list[str]:
    """Return the table with each name of a column over two lines, where the column gets narrower by that."""
    upper, lower = [], []
    for name, *cells in zip(header, *rows, strict=True):
        first, _, rest = name.partition(" ")
        wraps = rest != "" and max(map(width_of, cells), default=0) < width_of(name)
        upper.append(first if wraps else "")
        lower.append(rest if wraps else name)
    return table(upper, [lower, *rows], align)


def table(header: Sequence[str], rows: Iterable[Sequence[str]], align: str, indent: str = "") -> list[str]:
    """Return lines of aligned columns.

    ``align`` has a character for each column: ``<`` left, ``>`` right, ``.`` on the decimal point.
    """
    columns = [list(column) for column in zip(header, *rows, strict=True)]
    for column, how in zip(columns, align, strict=True):
        if how == ".":
            column[1:] = _on_the_point(column[1:])
    widths = [max(map(width_of, column)) for column in columns]
    return [line(cells, widths, align, indent) for cells in zip(*columns, strict=True)]


def line(cells: Sequence[str], widths: Sequence[int], align: Sequence[str], indent: str = "") -> str:
    """Return a table's line: its cells filled to the columns' widths."""
    sides = ["<" if how == "<" else ">" for how in align]
    return (indent + GAP.join(map(pad, cells, widths, sides))).rstrip()


def _on_the_point(cells: Sequence[str]) -> list[str]:
    """Return numbers filled on both sides, so that their decimal points stand under each other."""
    parts = []
    for cell in cells:
        whole, point, rest = cell.partition(".")
        parts.append((whole, point + rest))
    left = max((len(whole) for whole, _ in parts), default=0)
    right = max((len(rest) for _, rest in parts), default=0)
    return [f"{whole:>{left}}{rest:<{right}}" for whole, rest in parts]
