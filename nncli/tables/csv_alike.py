"""Small CSV files that begin with the same header, read as one: each alone costs more than its rows."""

# Imports inside of functions: what only many files need.

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nncli.tables.csv_cut import Layout, count_rows
from nncli.tables.csv_exact import Wanted
from nncli.tables.rows import Rows

if TYPE_CHECKING:
    from nncli.tables.read_options import ReadOptions


def plain_header(start: bytes, delimiter: str, n_columns: int) -> bytes | None:
    """Return a file's beginning where that is one line and tells all of the columns; else None."""
    plain = start.endswith(b"\n") and start.count(b"\n") == 1 and not any(c in start for c in b'"\r#')
    return start if plain and start.count(delimiter.encode()) == n_columns - 1 > 0 else None


def rows_behind(
    bodies: Sequence[bytes],
    columns: Sequence[str],
    delimiter: str,
    read_options: ReadOptions,
    features: Sequence[int],
    kept: Sequence[int],
) -> tuple[Rows, list[int]] | None:
    """Read what stands behind the headers, all at once.

    Returns
    -------
    The rows, and how many each file has. None where only the exact reader can tell: it is to read the files
    one by one, and finds the same values and the line of a mistake.
    """
    from nncli.tables.csv_fast import parse_rows

    counts = [body.count(b"\n") for body in bodies]
    text = b"".join(bodies)
    if b'"' in text or not all(counts):
        return None
    cut = count_rows(text, Layout("", delimiter, len(columns)), 1, at_end=True)
    if cut is None or cut.n_rows != sum(counts):
        return None
    wanted = Wanted("", columns, features, kept, delimiter, read_options.missing, read_options.spelling)
    rows = parse_rows(text, wanted)
    return None if rows is None or len(rows) != sum(counts) else (rows, counts)
