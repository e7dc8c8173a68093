"""The fast CSV reader: pyarrow over whole blocks, for files that are worth its import.

It gives up a block at the least doubt; the exact reader then takes that block, so values and
errors are the same. `tests/tables/test_csv_fast.py` holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.tables.csv_exact import Wanted, parse_all
from nncli.tables.csv_text import whole_rows
from nncli.tables.missing import MISSING_WORDS, fill_missing
from nncli.tables.numbers import TRUTH, Spelling
from nncli.tables.rows import Rows, joined
from nncli.tables.text_table import count_lines
from nncli.tables.wrong import WrongRows

_FEW_BYTES = 1 << 14
"""So many bytes are read exactly in the time that it takes to begin a fast reading."""

_FEW_COLUMNS = 4
"""With no more of them `csv_plain` is not faster than Arrow's own reader, but has much more to import."""


def parse_rows(rows: bytes, wanted: Wanted) -> Rows | None:
    """Read whole rows whose bytes are known to be text; None where only the exact reader can."""
    parsed = None
    if wanted.spelling.is_plain:
        if len(wanted.columns) > _FEW_COLUMNS:
            from nncli.tables.csv_plain import parse_plain

            parsed = parse_plain(rows, wanted)
        if parsed is None:
            parsed = _parse_any(rows, wanted)
    return _parse_any(rows, wanted, spelled=True) if parsed is None else parsed


def parse_around(rows: bytes, line: int, wanted: Wanted) -> Rows:
    """Read whole rows of which some are wrong: by halves of halves, as long as one of two has none.

    Parameters
    ----------
    line
        The file's line, from 1, on which they begin.
    """
    middle = _middle(rows, wanted.delimiter) if len(rows) > _FEW_BYTES else 0
    if not middle:
        return parse_all(rows, line, wanted)
    halves = rows[:middle], rows[middle:]
    parsed = [_parse_any(half, wanted, spelled=not wanted.spelling.is_plain) for half in halves]
    if parsed == [None, None]:
        return parse_all(rows, line, wanted)
    parts = []
    for half, found in zip(halves, parsed, strict=True):
        parts.append(parse_around(half, line, wanted) if found is None else found)
        line += count_lines(half)
    return joined(parts)


def _middle(rows: bytes, delimiter: str) -> int:
    """Return where a row ends in the first half; 0 where that is in doubt."""
    half = len(rows) // 2
    if b'"' not in rows:
        return rows.rfind(b"\n", 0, half) + 1
    return whole_rows(rows[:half], delimiter, at_end=False)


def _parse_any(rows: bytes, wanted: Wanted, *, spelled: bool = False) -> Rows | None:
    """Do what `parse_rows` does, whatever stands in the cells.

    Where features are ``spelled`` they are read as text first: as words, or with another decimal mark.
    """
    import pyarrow as pa

    from nncli.tables.arrow_column import ArrowColumn

    n_features = len(wanted.features)
    try:
        table = _cells(rows, wanted, pa.string() if spelled else pa.float64())
        # A feature that is kept too was read as text.
        columns = [table.column(i) for i in range(n_features)]
        if spelled:
            columns = [_plainly(column, wanted.spelling) for column in columns]
        numbers = [column if column.type == pa.float64() else column.cast(pa.float64()) for column in columns]
    except pa.ArrowInvalid:
        return None
    matrix = _matrix(numbers, table.num_rows)
    if matrix is None:
        return None
    for number in wanted.spelling.missing_numbers:
        matrix[matrix == number] = np.nan
    if wanted.missing == "error" and np.isnan(matrix).any():
        return None
    none_wrong = WrongRows(lambda row, column: wanted.name, set_aside=False)
    matrix, missing = fill_missing(matrix, wanted.missing, wanted.columns, none_wrong)
    if missing is not None:
        matrix[missing] = 0
    texts = [table.column(n_features + i).combine_chunks() for i in range(len(wanted.kept))]
    return Rows(matrix, [ArrowColumn(column, wanted.spelling) for column in texts], missing)


def _cells(rows: bytes, wanted: Wanted, of_features: Any) -> Any:
    """Return an Arrow table of the features, in a type, and behind them the kept columns, as text.

    Raises
    ------
    pyarrow.ArrowInvalid
        A row has not so many cells, or a feature is none of its type.
    """
    import pyarrow as pa
    from pyarrow import csv

    pa.enable_signal_handlers(False)  # its own would lose a Ctrl-C that comes near the end of a block
    names = [str(i) for i in range(len(wanted.columns))]
    features = [names[i] for i in wanted.features]
    kept = [names[i] for i in wanted.kept]
    types = dict.fromkeys(features, of_features) | dict.fromkeys(kept, pa.string())
    return csv.read_csv(
        pa.BufferReader(pa.py_buffer(rows)),
        csv.ReadOptions(column_names=names, block_size=max(len(rows) + 1, 1 << 16), use_threads=False),
        csv.ParseOptions(
            delimiter=wanted.delimiter,
            newlines_in_values=b'"' in rows,
            ignore_empty_lines=len(names) > 1,
        ),
        csv.ConvertOptions(
            column_types=types,
            include_columns=[*features, *kept],
            null_values=sorted(MISSING_WORDS),
            check_utf8=False,  # `whole_rows` has done that
        ),
    )


def _plainly(column: Any, spelling: Spelling) -> Any:
    """Return texts with a decimal point in numbers, 1 and 0 for truth, and null where a value is missing."""
    from nncli.tables import arrow

    trimmed = arrow.call("utf8_trim", column, options=arrow.compute().TrimOptions(" \t"))

    def among(words: Iterable[str]) -> Any:
        return arrow.call("is_in", trimmed, options=arrow.compute().SetLookupOptions(arrow.texts([*words])))

    numbers = trimmed
    if spelling.decimal != ".":
        # A point makes it no number, and two of anything do so as well.
        double = arrow.compute().ReplaceSubstringOptions(".", "..")
        point = arrow.compute().ReplaceSubstringOptions(spelling.decimal, ".")
        numbers = arrow.call("replace_substring", numbers, options=double)
        numbers = arrow.call("replace_substring", numbers, options=point)
    for value in (1.0, 0.0):
        words = [word for word, truth in TRUTH.items() if truth == value]
        numbers = arrow.call("if_else", among(words), arrow.text(str(value)), numbers)
    nothing = arrow.texts([None])[0]
    return arrow.call("if_else", among(sorted(spelling.missing_words)), nothing, numbers)


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
