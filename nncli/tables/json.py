"""JSON and JSON lines: an object for each row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import BinaryIO

import numpy as np
import orjson

from nncli.tables.batch import Batch, Column, Labels
from nncli.tables.cells import label_cells, number_cells, text_cells

_NULL = b"null"
_NOT_FINITE = frozenset({b"nan", b"inf", b"-inf"})


def write_json(
    stream: BinaryIO, names: Sequence[str], batches: Iterable[Batch], decimals: int | None = None
) -> None:
    """Write a list of objects, a line each."""
    template = _template(names)
    start = b"[\n"
    for batch in batches:
        for part in batch.parts():
            stream.write(start + b",\n".join(_objects(part, template, decimals)))
            start = b",\n"
    stream.write(b"[]\n" if start == b"[\n" else b"\n]\n")


def write_jsonl(
    stream: BinaryIO, names: Sequence[str], batches: Iterable[Batch], decimals: int | None = None
) -> None:
    """Write an object a line."""
    template = _template(names)
    for batch in batches:
        for part in batch.parts():
            stream.write(b"\n".join(_objects(part, template, decimals)) + b"\n")


def _template(names: Sequence[str]) -> bytes:
    """Return the object that ``%`` fills with the cells of a row."""
    keys = (orjson.dumps(name).replace(b"%", b"%%") for name in names)
    return b"{" + b",".join(key + b":%b" for key in keys) + b"}"


def _objects(batch: Batch, template: bytes, decimals: int | None) -> list[bytes]:
    columns: list[list[bytes]] = [_cells(column, decimals) for column in batch.kept]
    computed: list[list[bytes]] = []
    for part in (batch.trace, batch.prediction, batch.outputs):
        if isinstance(part, Labels):
            computed.append(_cells(part, decimals))
        elif part is not None:
            computed += [_cells(part[:, j], decimals) for j in range(part.shape[1])]
    if batch.missing is not None:
        for i in np.flatnonzero(batch.missing):
            for cells in computed:
                cells[i] = _NULL
    return [template % row for row in zip(*columns, *computed, strict=True)]


def _cells(column: Column, decimals: int | None) -> list[bytes]:
    """Return a column's cells as JSON."""
    if isinstance(column, Labels):
        texts = [orjson.dumps(text) if column.quoted else text.encode() for text in column.texts]
        return label_cells(column, texts, _NULL)
    cells = number_cells(column, decimals, _NULL)
    if cells is None:
        if _is_bare(column):
            return [_NULL if text is None else text.encode() for text in text_cells(column)]
        # All at once, a line each: orjson's result for one short text keeps a kilobyte.
        lines = orjson.dumps(text_cells(column), option=orjson.OPT_INDENT_2)
        return lines[len(b"[\n  ") : -len(b"\n]")].split(b",\n  ")
    return [_NULL if cell in _NOT_FINITE else cell for cell in cells]


def _is_bare(column: Column) -> bool:
    """Whether the texts of a column are JSON as they are."""
    kind = getattr(column, "type", None)
    if kind is None:
        return False
    from nncli.tables.arrow_text import is_bare

    return is_bare(kind)
