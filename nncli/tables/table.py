"""What a source of rows looks like, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, Self

from nncli.tables.batch import Batch


class Table(Protocol):
    """Rows that can be read once, in batches.

    Attributes
    ----------
    name
        What messages call it.
    columns
        The names of the columns; ``column_0`` … where the source names none.
    has_header
        Whether the source names its columns.
    unsure_header
        The place and the text of the line that names them, where neither the format nor the user is
        sure that it does.
    n_rows
        The number of rows, or None where only reading tells.
    n_bytes, bytes_read
        The size of the file and how much of it is read, where that tells how far we are.
    takes_turns
        Whether it is a big file that two processes may share; see `nncli.tables.csv.CsvTable`.
    """

    name: str
    columns: list[str]
    has_header: bool

    @property
    def unsure_header(self) -> tuple[str, str] | None:
        """The line that names the columns, where it may be data."""
        ...

    n_rows: int | None

    @property
    def takes_turns(self) -> bool:
        """Whether two processes may share it."""
        ...

    @property
    def n_bytes(self) -> int | None:
        """Size of the file, where it is known."""
        ...

    @property
    def bytes_read(self) -> int:
        """How much of it is read."""
        ...

    def batches(
        self, features: Sequence[int], kept: Sequence[int], limit: int | None = None
    ) -> Iterator[Batch]:
        """Read the rows from the first on, at most `limit` of them, and no further than needed.

        ``features`` and ``kept`` are indexes into `columns`. A limit of 0 gives one batch without
        rows: it tells writers the columns' types.

        Raises
        ------
        DataError
            At the first row that is wrong, or if there is none at all.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...


def position_names(n_columns: int) -> list[str]:
    """Name columns that have no names: column_0, column_1 and so on."""
    return [f"column_{i}" for i in range(n_columns)]
