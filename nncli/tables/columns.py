"""Columns: what a table's cells are, each kind a class of its own.

::

    Texts           cells of a small CSV file, or of JSON
    Numbers         a NumPy array
    Labels          few distinct texts, such as the names of classes
    ArrowColumn     whatever Arrow reads: the texts of a big CSV file, any type of a Parquet file

Plain classes, here and in `rows`: to make a dataclass takes a third of a millisecond of every start.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from nncli.tables.cells import number_cells, rounded
from nncli.tables.numbers import PLAIN, Spelling, number
from nncli.tables.wrong import CellError


class Column(Protocol):
    """The cells of consecutive rows.

    Attributes
    ----------
    is_bare
        Whether the cells are JSON as they are: numbers, and what looks like them.
    """

    @property
    def is_bare(self) -> bool:
        """Whether the cells are JSON as they are."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice) -> Self:
        """Return the cells of some of the rows."""
        ...

    def take(self, places: NDArray[np.intp]) -> Self:
        """Return the cells of the rows of these numbers."""
        ...

    def cells(self, decimals: int | None = None) -> list[str | None]:
        """Return each cell's text, None where it has no value; ``decimals`` rounds floats."""
        ...

    def to_arrow(self, decimals: int | None = None) -> Any:
        """Return the column as an Arrow array, null where it has no value."""
        ...

    def to_numbers(self) -> NDArray[np.float64] | None:
        """Return the cells as numbers, NaN where there is no value; None where one is no number."""
        ...

    def distinct(self) -> tuple[list[str | None], NDArray[np.intp]]:
        """Return the texts of the different cells, and which of them each row has."""
        ...


class Texts:
    """Cells that are text; ``spelling`` tells how they spell numbers."""

    is_bare = False

    def __init__(self, values: list[str | None] | list[str], spelling: Spelling = PLAIN) -> None:
        self.values = values
        self.spelling = spelling

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: slice) -> Texts:
        return Texts(self.values[rows], self.spelling)

    def take(self, places: NDArray[np.intp]) -> Texts:  # noqa: D102 - see `Column`
        return Texts([self.values[i] for i in places.tolist()], self.spelling)

    def cells(self, decimals: int | None = None) -> list[str | None]:  # noqa: D102 - see `Column`
        return list(self.values)

    def to_arrow(self, decimals: int | None = None) -> Any:  # noqa: D102 - see `Column`
        from nncli.tables import arrow

        return arrow.texts(self.values)

    def to_numbers(self) -> NDArray[np.float64] | None:  # noqa: D102 - see `Column`
        try:
            numbers = [None if cell is None else number(cell, self.spelling) for cell in self.values]
        except CellError:
            return None
        return np.array([np.nan if value is None else value for value in numbers])

    def distinct(self) -> tuple[list[str | None], NDArray[np.intp]]:  # noqa: D102 - see `Column`
        places: dict[str | None, int] = {}
        codes = [places.setdefault(cell, len(places)) for cell in self.values]
        return list(places), np.array(codes, dtype=np.intp)


class Numbers:
    """Numbers or booleans of any of NumPy's dtypes."""

    is_bare = True

    def __init__(self, values: NDArray[Any]) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: slice) -> Numbers:
        return Numbers(self.values[rows])

    def take(self, places: NDArray[np.intp]) -> Numbers:  # noqa: D102 - see `Column`
        return Numbers(self.values[places])

    def cells(self, decimals: int | None = None) -> list[str | None]:  # noqa: D102 - see `Column`
        return [*number_cells(self.values, decimals)]

    def to_arrow(self, decimals: int | None = None) -> Any:  # noqa: D102 - see `Column`
        from nncli.tables import arrow

        return arrow.numbers(rounded(self.values, decimals))

    def to_numbers(self) -> NDArray[np.float64] | None:  # noqa: D102 - see `Column`
        return self.values.astype(np.float64)

    def distinct(self) -> tuple[list[str | None], NDArray[np.intp]]:  # noqa: D102 - see `Column`
        values, codes = np.unique(self.values, return_inverse=True)
        return Numbers(values).cells(), codes.reshape(-1)


class Labels:
    """A column of few distinct values: a code per row, and the text of each code; -1 is no value.

    ``quoted`` tells whether the texts are texts (class names) or numbers (class numbers).
    """

    def __init__(self, codes: NDArray[np.intp], texts: Sequence[str], quoted: bool) -> None:
        self.codes = codes
        self.texts = texts
        self.quoted = quoted

    @property
    def is_bare(self) -> bool:  # noqa: D102 - see `Column`
        return not self.quoted

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: slice) -> Labels:
        return Labels(self.codes[rows], self.texts, self.quoted)

    def take(self, places: NDArray[np.intp]) -> Labels:  # noqa: D102 - see `Column`
        return Labels(self.codes[places], self.texts, self.quoted)

    def cells(self, decimals: int | None = None) -> list[str | None]:  # noqa: D102 - see `Column`
        by_code = [*self.texts, None]  # code -1 is the last
        return [by_code[code] for code in self.codes.tolist()]

    def to_arrow(self, decimals: int | None = None) -> Any:  # noqa: D102 - see `Column`
        import pyarrow as pa

        from nncli.tables import arrow

        texts = arrow.texts(self.texts)
        values = texts if self.quoted else texts.cast(pa.int64())
        return values.take(arrow.numbers(self.codes, self.codes < 0))

    def to_numbers(self) -> NDArray[np.float64] | None:  # noqa: D102 - see `Column`
        return Texts(self.cells()).to_numbers()

    def distinct(self) -> tuple[list[str | None], NDArray[np.intp]]:  # noqa: D102 - see `Column`
        return [*self.texts, None], np.where(self.codes < 0, len(self.texts), self.codes)
