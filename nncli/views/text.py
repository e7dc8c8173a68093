"""Short numbers and aligned columns for a terminal, and JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from nncli.inspect.numbers import exact
from nncli.text import pad, width_of

GAP = "  "
"""Between two columns of a table."""


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
