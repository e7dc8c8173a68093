"""Batches as CSV text."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

import numpy as np

from nncli.tables.batch import Batch, Column, Labels
from nncli.tables.cells import label_cells, number_cells, number_rows, text_cells

_MANY_ROWS = 200_000
"""From so many rows on, the time that pyarrow saves is more than that of its import."""

_ROWS_JOINED = 1 << 14
"""How many rows become text at once: more save no time, but take memory."""


def write_csv(
    stream: BinaryIO,
    names: Sequence[str],
    batches: Iterable[Batch],
    decimals: int | None = None,
    delimiter: str = ",",
) -> None:
    """Write a header and the rows; cells are quoted only where they must be."""
    lines = _Lines(len(names), decimals, delimiter)
    n_rows = 0
    stream.write(delimiter.join(map(lines.quote, names)).encode() + b"\n")
    for batch in batches:
        n_rows += len(batch)
        by_columns = len(names) > 1 and decimals is None and _is_worth_pyarrow(n_rows)
        for part in batch.parts(_ROWS_JOINED) if by_columns else batch.parts():
            text = lines.joined(part) if by_columns else None
            stream.write(lines.text(part) if text is None else text)


def write_tsv(
    stream: BinaryIO, names: Sequence[str], batches: Iterable[Batch], decimals: int | None = None
) -> None:
    """Write CSV with tabs for commas."""
    write_csv(stream, names, batches, decimals, delimiter="\t")


def _is_worth_pyarrow(n_rows: int) -> bool:
    return "pyarrow" in sys.modules or n_rows > _MANY_ROWS


class _Lines:
    """How a batch becomes lines."""

    def __init__(self, n_columns: int, decimals: int | None, delimiter: str) -> None:
        self.alone = n_columns == 1
        self.decimals = decimals
        self.separator = delimiter.encode()
        self.special = re.compile(f'[{re.escape(delimiter)}"\r\n]')

    def text(self, batch: Batch) -> bytes:
        """Return the batch's lines, each with its newline."""
        parts = [self.kept(column) for column in batch.kept] + self.computed(batch)
        lines = parts[0] if len(parts) == 1 else map(self.separator.join, zip(*parts, strict=True))
        return b"\n".join(lines) + b"\n"

    def joined(self, batch: Batch) -> Any:
        """Return the same lines, made faster, or None where that can't be."""
        from nncli.tables.csv_join import joined_lines

        return joined_lines(batch, self.separator) if len(batch) else None

    def kept(self, column: Column) -> list[bytes]:
        """Return the cells of a kept column."""
        if isinstance(column, Labels):
            return self.labels(column)
        if (numbers := number_cells(column, self.decimals, b"")) is not None:
            return numbers
        cells = ["" if cell is None else cell for cell in text_cells(column)]
        if self.alone or self.special.search("".join(cells)):
            cells = [self.quote(cell) for cell in cells]
        return [cell.encode() for cell in cells]

    def labels(self, labels: Labels) -> list[bytes]:
        """Return the cells of a label column."""
        return label_cells(labels, [self.quote(text).encode() for text in labels.texts], b"")

    def computed(self, batch: Batch) -> list[list[bytes]]:
        """Return what the network computed, empty in rows without features."""
        parts = []
        for part in (batch.trace, batch.prediction, batch.outputs):
            if part is None:
                continue
            if isinstance(part, Labels):
                rows, empty = self.labels(part), b""
            elif not part.shape[1]:
                continue
            else:
                rows = number_rows(part, self.decimals, self.separator)
                empty = self.separator * (part.shape[1] - 1)
            for i in np.flatnonzero(batch.missing) if batch.missing is not None else ():
                rows[i] = empty or (b'""' if self.alone else b"")
            parts.append(rows)
        return parts

    def quote(self, cell: str) -> str:
        """Return a cell as it stands in the file; a line of one empty cell would be blank."""
        if self.special.search(cell) or (self.alone and not cell):
            return '"' + cell.replace('"', '""') + '"'
        return cell
