"""Columns that Arrow has read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from nncli.tables import arrow
from nncli.tables.arrow_text import is_bare, texts_of
from nncli.tables.cells import number_cells
from nncli.tables.columns import Column, Texts
from nncli.tables.numbers import PLAIN, Spelling


@dataclass(frozen=True, slots=True, eq=False)
class ArrowColumn:
    """An Arrow array of any type; see `nncli.tables.columns.Column`.

    ``spelling`` tells how its texts spell numbers.
    """

    values: Any
    spelling: Spelling = PLAIN

    @property
    def is_bare(self) -> bool:
        """Whether the cells are JSON as they are."""
        return self.is_number or is_bare(self.values.type)

    @property
    def is_number(self) -> bool:
        """Whether the cells are numbers or booleans."""
        return arrow.is_number(self.values.type)

    @property
    def is_text(self) -> bool:
        """Whether it is the plain text that a big CSV file is read as."""
        return isinstance(self.values, pa.StringArray)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: slice) -> ArrowColumn:
        return ArrowColumn(self.values[rows], self.spelling)

    def take(self, places: NDArray[np.intp]) -> ArrowColumn:  # noqa: D102 - see `Column`
        return ArrowColumn(self.values.take(arrow.numbers(places)), self.spelling)

    def cells(self, decimals: int | None = None) -> list[str | None]:  # noqa: D102 - see `Column`
        if not self.is_number:
            texts: list[str | None] = texts_of(self.values).to_pylist()
            return texts
        values, nulls = arrow.values_and_nulls(self.values)
        cells: list[str | None] = [*number_cells(values, decimals)]
        for i in np.flatnonzero(nulls):
            cells[i] = None
        return cells

    def to_arrow(self, decimals: int | None = None) -> Any:  # noqa: D102 - see `Column`
        return self.values

    def to_numbers(self) -> NDArray[np.float64] | None:  # noqa: D102 - see `Column`
        if arrow.is_numeric(self.values.type):
            return arrow.to_numpy(self.values).astype(np.float64)
        texts = texts_of(self.values)
        if not self.spelling.is_plain:
            return Texts(self.cells(), self.spelling).to_numbers()
        try:
            numbers = arrow.to_numpy(texts.cast(pa.float64()))
        except arrow.ERRORS:
            return Texts(self.cells()).to_numbers()
        if np.count_nonzero(np.isfinite(numbers)) < len(texts) - texts.null_count:
            return Texts(self.cells()).to_numbers()  # Arrow takes -nan and inf for numbers, too
        return numbers

    def distinct(self) -> tuple[list[str | None], NDArray[np.intp]]:  # noqa: D102 - see `Column`
        values = self.values
        if not isinstance(values.type, pa.DictionaryType):
            try:
                values = values.dictionary_encode(null_encoding="encode")
            except pa.ArrowNotImplementedError:  # lists, structs and a few more
                return Texts(self.cells()).distinct()
        codes = arrow.stored(values.indices).astype(np.intp)
        texts = ArrowColumn(values.dictionary).cells()
        if values.indices.null_count:
            codes = np.where(arrow.values_and_nulls(values.indices)[1], len(texts), codes)
            texts = [*texts, None]
        return texts, codes


def as_numbers(column: Column) -> Column:
    """Return a column of features with its numbers in place of their texts, null where there is none."""
    if column.is_bare or (values := column.to_numbers()) is None:
        return column
    return ArrowColumn(arrow.numbers(values, np.isnan(values)))
