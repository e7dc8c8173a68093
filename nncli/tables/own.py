"""Rows as they stand in their source, for those that are set aside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nncli.tables.columns import Column


class Own(NamedTuple):
    """Where a row stands in its file, and what it is there.

    Attributes
    ----------
    line
        The line of a text, from 1; of other files the number of the row, from 0.
    text
        The row's own text, or what stands for it.
    """

    line: int
    text: str


def as_text(data: bytes) -> str:
    """Return a row's bytes as text; what is none stands there as ``\\xff``."""
    return data.decode(errors="backslashreplace").replace("\0", "\\x00")


def own_rows(columns: Sequence[Column], names: Sequence[str] | None, numbers: Sequence[int]) -> list[Own]:
    """Return rows of columns as JSON: as objects, or as lists where the columns have no names."""
    import json

    cells = [_as_json(column) for column in columns]
    if names is not None:
        keys = [json.dumps(name, ensure_ascii=False) for name in names]
        cells = [[f"{key}: {cell}" for cell in of_column] for key, of_column in zip(keys, cells, strict=True)]
    opening, closing = "[]" if names is None else "{}"
    rows = zip(numbers, zip(*cells, strict=True), strict=True)
    return [Own(number, f"{opening}{', '.join(row)}{closing}") for number, row in rows]


def _as_json(column: Column) -> list[str]:
    """Return a column's cells as Python writes JSON, with its words for what is no finite number."""
    import json

    if not column.is_bare:
        return [json.dumps(cell, ensure_ascii=False) for cell in column.cells()]
    words = {None: "null", "nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    return [words.get(cell, cell or "") for cell in column.cells()]
