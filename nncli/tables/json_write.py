"""JSON and JSON lines: an object for each row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np
import orjson
from numpy.typing import NDArray

from nncli.tables.cells import number_cells
from nncli.tables.columns import Column
from nncli.tables.json_cells import JsonCells
from nncli.tables.rows import Results
from nncli.tables.writer import ROWS_JOINED, buffers, is_worth_arrow

_NULL = "null"
_NOT_FINITE = frozenset({"nan", "inf", "-inf"})


class JsonLinesWriter:
    """An object a line; see `nncli.tables.writer.Writer`."""

    between = b"\n"

    def __init__(self, names: Sequence[str], decimals: int | None = None) -> None:
        self.names = names
        self.decimals = decimals
        self.keys = [orjson.dumps(name).decode() for name in names]

    def spell(self, results: Results) -> list[Any]:
        """Return the rows' objects, something between every two."""
        return buffers(self._objects(results))

    def write(self, stream: BinaryIO, spelled: Iterable[list[Any]]) -> None:
        """Write the objects, and a newline behind each."""
        for pieces in spelled:
            for piece in pieces:
                stream.write(piece)
                stream.write(b"\n")

    def _objects(self, results: Results) -> Iterator[Any]:
        """Yield the objects of some rows at a time."""
        fast = self.decimals is None and is_worth_arrow(results.first + len(results))
        for part in results.parts(ROWS_JOINED) if fast else results.parts():
            text = self._joined(part) if fast else None
            yield self._text(part) if text is None else text

    def _text(self, results: Results) -> bytes:
        template = "{" + ",".join(key.replace("%", "%%") + ":%s" for key in self.keys) + "}"
        columns = [self._cells(column) for column in results.kept]
        computed: list[list[str]] = []
        for part in (results.trace, results.prediction, results.outputs):
            if isinstance(part, np.ndarray):
                computed += [_finite(number_cells(part[:, j], self.decimals)) for j in range(part.shape[1])]
            elif part is not None:
                computed.append(self._cells(part))
        if results.missing is not None:
            for i in np.flatnonzero(results.missing):
                for cells in computed:
                    cells[i] = _NULL
        between = self.between.decode()
        return between.join([template % row for row in zip(*columns, *computed, strict=True)]).encode()

    def _joined(self, results: Results) -> NDArray[np.uint8] | None:
        """Return the same text, made faster, or None where that can't be."""
        from nncli.tables.json_join import joined_objects

        return joined_objects(results, self.keys, self.between)

    def _cells(self, column: Column) -> list[str]:
        """Return a column's cells as JSON."""
        if isinstance(column, JsonCells):
            return column.as_json()
        cells = column.cells(self.decimals)
        if column.is_bare:
            return _finite([_NULL if cell is None else cell for cell in cells])
        if not cells:
            return []
        # All at once, a line each: orjson's result for one short text keeps a kilobyte.
        lines = orjson.dumps(cells, option=orjson.OPT_INDENT_2).decode()
        return lines[len("[\n  ") : -len("\n]")].split(",\n  ")


class JsonWriter(JsonLinesWriter):
    """A list of objects, a line each."""

    between = b",\n"

    def write(self, stream: BinaryIO, spelled: Iterable[list[Any]]) -> None:
        """Write the list."""
        start = b"[\n"
        for pieces in spelled:
            for piece in pieces:
                stream.write(start)
                stream.write(piece)
                start = b",\n"
        stream.write(b"[]\n" if start == b"[\n" else b"\n]\n")


def _finite(cells: list[str]) -> list[str]:
    """Return numbers as JSON has them: it knows no NaN and no infinity."""
    if _NOT_FINITE.isdisjoint(cells):
        return cells
    return [_NULL if cell in _NOT_FINITE else cell for cell in cells]
