"""One block's work: its rows are parsed and worked on, and the wrong ones among them set aside."""

# Imports inside of functions: what only wrong rows need.

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from io import StringIO
from typing import Any, NamedTuple, TypeVar

from nncli.errors import DataError
from nncli.tables import Rows, Table
from nncli.tables.wrong import WrongRowError

R = TypeVar("R")


class Aside(NamedTuple):
    """What a block sets aside, on its way to the file.

    Attributes
    ----------
    n_rows, n_rejects
        How many rows it has, and how many of them are set aside.
    lines
        Those of the file.
    has_lines
        Whether their places are lines of a text.
    """

    n_rows: int
    n_rejects: int = 0
    lines: bytes = b""
    has_lines: bool = True


def work_on(
    table: Table[Any],
    block: Any,
    columns: tuple[Sequence[int], Sequence[int]],
    work: Callable[[Rows, int], R],
    n_threads: int,
) -> tuple[R, Aside]:
    """Parse a block's rows and work on them: a function that may be called anywhere.

    Parameters
    ----------
    columns
        Those that go in, and those that are kept.
    work
        May find more rows wrong, by their labels: it sets them aside, or raises `WrongRowError`.

    Raises
    ------
    DataError
        At the first wrong row, where none is set aside.
    """
    rows = table.parse(block, *columns)
    try:
        result = work(rows, n_threads)
    except WrongRowError as error:
        if error.reject is None or not table.has_lines:
            raise
        row, problem, column = error.reject
        line = table.own(block, [row])[0].line
        place = f"{table.name}:{line}: label column {column!r}"
        raise DataError(f"{place}: {problem}", remedies=error.remedies) from error
    return result, _aside_of(table, block, rows)


def _aside_of(table: Table[Any], block: Any, rows: Rows) -> Aside:
    if not rows.rejects:
        return Aside(len(rows))
    own = table.own(block, [reject.row for reject in rows.rejects])
    lines = (
        (table.name, here.line, reject.column, reject.problem, here.text)
        for reject, here in zip(rows.rejects, own, strict=True)
    )
    return Aside(len(rows), len(rows.rejects), csv_lines(lines), table.has_lines)


def csv_lines(rows: Iterable[Sequence[Any]]) -> bytes:
    """Return the lines of the file for wrong rows that say this."""
    import csv

    text = StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode(errors="backslashreplace")
