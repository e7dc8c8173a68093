"""The fast CSV reader: pyarrow over whole blocks, for files that are worth its import.

It gives up a block at the least doubt; the exact reader then takes that block, so values and
errors are the same. `tests/tables/test_csv_fast.py` holds the two against each other.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nncli.tables.batch import Batch, joined
from nncli.tables.csv_exact import MAX_RECORD, Wanted
from nncli.tables.missing import MISSING_WORDS, fill_missing

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_BOM = b"\xef\xbb\xbf"  # pyarrow would drop it; behind the file's first bytes it is text
_WIDE = 64
"""Columns from which on two threads read a block; in narrow files they would only wait for each other."""
_QUOTE, _LF, _CR = b'"\n\r'

BLOCK, BLOCK_PER_COLUMN, MOST_BLOCK = 1 << 19, 1 << 12, MAX_RECORD // 4


def block_bytes(n_columns: int) -> int:
    """Return how much to read at once: little memory, but each column has its price, however few its rows."""
    return max(BLOCK, min(n_columns * BLOCK_PER_COLUMN, MOST_BLOCK))


def parse_fast(data: bytes, wanted: Wanted, *, at_end: bool) -> tuple[Batch, int] | None:
    """Read whole rows from the beginning of a block of a CSV file.

    Parameters
    ----------
    data
        Begins with a row; may end in the middle of one unless `at_end`.

    Returns
    -------
    The rows, kept columns as pyarrow arrays, and the number of bytes that they took; None where
    only the exact reader can tell what they hold, or what is wrong.
    """
    end = _whole_rows(data, wanted.delimiter, at_end=at_end)
    if not end:
        return None
    rows = data[:end]
    if _QUOTE in rows or len(wanted.columns) < _WIDE:
        batch = parse_rows(rows, wanted)
        return None if batch is None else (batch, end)
    # Half of the time of wide files is spent on their numbers: two threads take half of the rows each.
    half = data.rfind(b"\n", 0, end // 2) + 1
    waiting = _second_thread().submit(parse_rows, rows[half:], wanted)
    first, second = parse_rows(rows[:half], wanted), waiting.result()
    return None if first is None or second is None else (joined([first, second]), end)


def count_rows(
    data: bytes, wanted: Wanted, multiple: int, n_before: int = 0, *, at_end: bool
) -> tuple[int, int] | None:
    """Count the rows of a block without reading them.

    Parameters
    ----------
    data
        Begins with a row; may end in the middle of one unless `at_end`.
    multiple, n_before
        So many rows are kept together, unless they are the file's last; fewer than that have come before.

    Returns
    -------
    The bytes of whole rows and their number, with those before a multiple or still less than one;
    None where that is in doubt.
    """
    end = _whole_rows(data, wanted.delimiter, at_end=at_end)
    if not end:
        return None
    text = np.frombuffer(data, np.uint8, end)
    newlines, delimiters = text == _LF, text == ord(wanted.delimiter)
    if data.find(b'"', 0, end) >= 0:
        unquoted = ~np.logical_xor.accumulate(text == _QUOTE)  # each quote turns it over
        newlines, delimiters = newlines & unquoted, delimiters & unquoted
    for ends in (lambda: newlines, lambda: _row_ends(text, newlines)):  # blank lines are rare
        n_bytes, n_rows = _cut(ends(), 1 if at_end else multiple, n_before, last=not newlines[-1])
        # A row has its delimiters; a line without a cell, which is no row, has none. A row that makes
        # up for that with too many is wrong, and ends the run.
        if np.count_nonzero(delimiters[:n_bytes]) == n_rows * (len(wanted.columns) - 1):
            return n_bytes, n_rows
    return None


def _cut(ends: NDArray[np.bool_], multiple: int, n_before: int, *, last: bool) -> tuple[int, int]:
    """Return how many bytes and rows there are up to a multiple of rows, if that can be.

    ``last`` tells of another row behind the last end.
    """
    n_rows = int(np.count_nonzero(ends)) + last
    n_bytes, rest = len(ends), (n_before + n_rows) % multiple
    if not 0 < rest < n_rows:
        return n_bytes, n_rows
    marks = ends.tobytes()
    for _ in range(rest + 1):
        n_bytes = marks.rfind(1, 0, n_bytes)
    return n_bytes + 1, n_rows - rest


def _row_ends(text: NDArray[np.uint8], newlines: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the newlines that end more than a blank line."""
    begins = np.concatenate([[True], newlines[:-1]])  # of lines
    ends = newlines & ~begins
    if (text == _CR).any():
        ends[1:] &= ~((text[:-1] == _CR) & begins[:-1])
    return ends


def parse_rows(rows: bytes, wanted: Wanted) -> Batch | None:
    """Read whole rows whose bytes are known to be text; None where only the exact reader can."""
    from nncli.tables.csv_plain import parse_plain

    batch = parse_plain(rows, wanted)
    return _parse_any(rows, wanted) if batch is None else batch


@cache
def _second_thread() -> ThreadPoolExecutor:
    """Return the one that helps; a new one for each block would get new memory each time."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(1)


def _parse_any(rows: bytes, wanted: Wanted) -> Batch | None:
    """Do what `parse_rows` does, whatever stands in the cells."""
    import pyarrow as pa
    from pyarrow import csv

    pa.enable_signal_handlers(False)  # its own would lose a Ctrl-C that comes near the end of a block
    names = [str(i) for i in range(len(wanted.columns))]
    features = [names[i] for i in wanted.features]
    kept = [names[i] for i in wanted.kept]
    types = dict.fromkeys(features, pa.float64()) | dict.fromkeys(kept, pa.string())
    try:
        table = csv.read_csv(
            pa.BufferReader(pa.py_buffer(rows)),
            csv.ReadOptions(column_names=names, block_size=max(len(rows) + 1, 1 << 16), use_threads=False),
            csv.ParseOptions(
                delimiter=wanted.delimiter,
                newlines_in_values=_QUOTE in rows,
                ignore_empty_lines=len(names) > 1,
            ),
            csv.ConvertOptions(
                column_types=types,
                include_columns=[*features, *kept],
                null_values=sorted(MISSING_WORDS),
                check_utf8=False,  # `_whole_rows` has done that
            ),
        )
        # A feature that is kept too was read as text.
        columns = [table.column(i) for i in range(len(features))]
        numbers = [c if c.type == pa.float64() else c.cast(pa.float64()) for c in columns]
    except pa.ArrowInvalid:
        return None
    matrix = _matrix(numbers, table.num_rows)
    if matrix is None or (wanted.missing == "error" and np.isnan(matrix).any()):
        return None
    matrix, missing = fill_missing(matrix, wanted.missing, lambda row, column: wanted.name)
    if missing is not None:
        matrix[missing] = 0
    texts = [table.column(len(features) + i).combine_chunks() for i in range(len(kept))]
    return Batch(matrix, texts, missing)


def _matrix(columns: list[Any], n_rows: int) -> NDArray[np.float64] | None:
    """Return the columns side by side, NaN for nulls; None where they hold NaN or infinity."""
    from nncli.tables import arrow

    matrix = np.empty((n_rows, len(columns)))
    n_nulls = 0
    for i, column in enumerate(columns):
        n_nulls += column.null_count
        matrix[:, i] = arrow.to_numpy(column)
    n_not_finite = matrix.size - np.count_nonzero(np.isfinite(matrix))
    return matrix if n_not_finite == n_nulls else None


def _whole_rows(data: bytes, delimiter: str, *, at_end: bool) -> int:
    """Return where the last whole row ends: 0 if there is none, or if that is in doubt."""
    end = len(data) if at_end else data.rfind(b"\n") + 1
    if _QUOTE in data:
        end = _whole_quoted_rows(data, delimiter, at_end=at_end)
    if end > MAX_RECORD:
        return 0  # one row may be too long
    rows = data[:end]
    lone_returns = _CR in rows and rows.count(b"\r") != rows.count(b"\r\n")
    if lone_returns or 0 in rows or rows.startswith(_BOM) or not _is_text(rows):
        return 0
    return end


def _is_text(data: bytes) -> bool:
    """Whether the bytes are UTF-8."""
    if data.isascii():
        return True
    try:
        str(data, "utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _whole_quoted_rows(data: bytes, delimiter: str, *, at_end: bool) -> int:
    """Return where the last row ends outside quotes; 0 where a quote is not where RFC 4180 has it.

    Quotes open and close in turns; a doubled one closes and opens again. That is the whole truth
    if each opening one stands at the beginning of a cell and each closing one at the end of one.
    """
    array = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(array == _QUOTE)
    opening, closing = quotes[0::2], quotes[1::2]
    before = array[opening[opening > 0] - 1]
    after = array[closing[closing < len(array) - 1] + 1]
    separators = [ord(delimiter), _LF, _QUOTE]
    if not np.isin(before, separators).all() or not np.isin(after, [*separators, _CR]).all():
        return 0
    if at_end:
        return len(data) if len(quotes) % 2 == 0 else 0
    end = len(data)
    while (end := data.rfind(b"\n", 0, end)) >= 0:
        n_before = int(np.searchsorted(quotes, end))
        if n_before % 2 == 0:
            return end + 1
        end = int(quotes[n_before - 1])
    return 0
