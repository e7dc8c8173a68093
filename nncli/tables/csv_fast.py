"""The fast CSV reader: pyarrow over whole blocks, for files that are worth its import.

It gives up a block at the least doubt; the exact reader then takes that block, so values and
errors are the same. `tests/tables/test_csv_fast.py` holds the two against each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.tables.batch import Batch
from nncli.tables.csv_exact import Wanted
from nncli.tables.missing import MISSING_WORDS, fill_missing

_BOM = b"\xef\xbb\xbf"  # pyarrow would drop it; behind the file's first bytes it is text
_WIDE = 64
_THREAD_BLOCK = 1 << 21
_QUOTE, _LF, _CR = b'"\n\r'


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
    import pyarrow as pa
    from pyarrow import csv

    end = _whole_rows(data, wanted.delimiter, at_end=at_end)
    if not end:
        return None
    rows = memoryview(data)[:end]
    wide = len(wanted.columns) >= _WIDE
    names = [str(i) for i in range(len(wanted.columns))]
    features = [names[i] for i in wanted.features]
    kept = [names[i] for i in wanted.kept]
    types = dict.fromkeys(features, pa.float64()) | dict.fromkeys(kept, pa.string())
    try:
        table = csv.read_csv(
            pa.BufferReader(pa.py_buffer(rows)),
            # Threads cost more than they bring where rows are short.
            csv.ReadOptions(
                column_names=names,
                block_size=min(end + 1, _THREAD_BLOCK) if wide else end + 1,
                use_threads=wide,
            ),
            csv.ParseOptions(
                delimiter=wanted.delimiter,
                newlines_in_values=_QUOTE in data,
                ignore_empty_lines=len(names) > 1,
            ),
            csv.ConvertOptions(
                column_types=types, include_columns=[*features, *kept], null_values=sorted(MISSING_WORDS)
            ),
        )
        # A feature that is kept too was read as text.
        columns = [table.column(i) for i in range(len(features))]
        numbers = [c if c.type == pa.float64() else c.cast(pa.float64()) for c in columns]
    except pa.ArrowInvalid:
        return None
    matrix = _matrix(numbers, table.num_rows)
    if matrix is None:
        return None
    if wanted.missing == "error" and np.isnan(matrix).any():
        return None
    matrix, missing = fill_missing(matrix, wanted.missing, lambda row, column: wanted.name)
    if missing is not None:
        matrix[missing] = 0
    texts = [table.column(len(features) + i).combine_chunks() for i in range(len(kept))]
    return Batch(matrix, texts, missing), end


def _matrix(columns: list[Any], n_rows: int) -> NDArray[np.float64] | None:
    """Return the columns side by side, NaN for nulls; None where they hold NaN or infinity."""
    from nncli.tables import arrow

    matrix = np.empty((n_rows, len(columns)))
    n_nulls = 0
    for i, column in enumerate(columns):
        n_nulls += column.null_count
        matrix[:, i] = arrow.to_numpy(column)
    finite = matrix.size - np.count_nonzero(np.isfinite(matrix))
    return matrix if finite == n_nulls else None


def _whole_rows(data: bytes, delimiter: str, *, at_end: bool) -> int:
    """Return where the last whole row ends: 0 if there is none, or if that is in doubt."""
    end = len(data) if at_end else data.rfind(b"\n") + 1
    if _QUOTE in data:
        end = _whole_quoted_rows(data, delimiter, at_end=at_end)
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
    array = np.frombuffer(data, dtype=np.uint8)
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
