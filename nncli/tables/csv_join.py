"""Results as CSV text, whole columns at a time: the same as `csv_write` spells, by pyarrow."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.tables import arrow
from nncli.tables.arrow_column import ArrowColumn
from nncli.tables.arrow_text import texts_of
from nncli.tables.cells import number_lines
from nncli.tables.columns import Column, Labels, Numbers
from nncli.tables.rows import Results


def joined_lines(results: Results, separator: bytes) -> Any:
    """Return the rows' lines, at least two columns, in one buffer.

    None where a label needs quotes, a number is not finite, or a column is a list or has nulls between
    its numbers: that takes a look at each cell.
    """
    if not results.kept and (lines := _lines_of_numbers(results, separator)) is not None:
        return lines
    columns: list[tuple[Column | NDArray[Any], NDArray[np.bool_] | None]] = [
        (column, None) for column in results.kept
    ]
    for part in (results.trace, results.prediction, results.outputs):
        if isinstance(part, Labels) or (part is not None and part.shape[1]):
            columns.append((part, results.missing))
    parts: list[Any] = []
    between = arrow.text(separator.decode())
    for i, (column, missing) in enumerate(columns):
        is_last = i == len(columns) - 1
        if isinstance(column, Labels) and column is results.prediction and parts and not is_last:
            # Not a part between two others, but what separates them: so much less to copy.
            parts, between = [_join(parts, between)], _labels(column, missing, separator, around=separator)
            part = between
        else:
            part = _texts(column, missing, separator, end="\n" if is_last else "")
            parts.append(part)
        if part is None:
            return None
    return _join(parts, between).buffers()[2]


def _lines_of_numbers(results: Results, separator: bytes) -> NDArray[np.uint8] | None:
    """Return the lines of class numbers and outputs, both in all rows; None where there is anything else.

    That is as fast as Arrow's join, and does without the import of its functions.
    """
    classes, outputs = results.prediction, results.outputs
    if results.trace is not None or classes is None or classes.quoted or classes.codes.min() < 0:
        return None
    if not np.isfinite(outputs).all():
        return None
    text, ends = number_lines(np.column_stack([classes.codes.astype(outputs.dtype), outputs]), separator)
    points = np.zeros(len(ends), np.intp)  # a class is spelled as a float: 12.0
    points[1:] = ends[:-1] + 1
    for power in range(len(classes.texts[-1])):
        points += (classes.codes >= 10**power) if power else 1
    is_kept = np.ones(len(text), np.bool_)
    is_kept[points] = is_kept[points + 1] = False
    return text[is_kept]


def _texts(
    column: Column | NDArray[Any], missing: NDArray[np.bool_] | None, separator: bytes, end: str
) -> Any:
    """Return each row's text and `end`, or None where it is not to be had whole columns at a time."""
    if isinstance(column, Numbers):
        return _number_rows(column.values.reshape(len(column), -1), missing, separator, end)
    if isinstance(column, np.ndarray):
        return _number_rows(column, missing, separator, end)
    if isinstance(column, Labels):
        texts = _labels(column, missing, separator)
    elif isinstance(column, ArrowColumn) and not arrow.is_number(column.values.type):
        texts = _quoted(texts_of(column.values), separator)
    else:
        return None
    return _join([texts, arrow.text(end)], arrow.text("")) if end and texts is not None else texts


def _join(parts: list[Any], between: Any) -> Any:
    """Return each row's texts in one, and between any two a text, or each row's own."""
    if len(parts) == 1:
        return parts[0]
    options = arrow.compute().JoinOptions("replace", "")
    return arrow.call("binary_join_element_wise", *parts, between, options=options)


def _quoted(column: Any, separator: bytes) -> Any:
    """Return a text column, in quotes where a cell needs them."""
    if not _is_special(arrow.text_of(column), separator):
        return column
    special = arrow.compute().MatchSubstringOptions(f'[{re.escape(separator.decode())}"\r\n]')
    marked = arrow.call("match_substring_regex", column, options=special)
    twice = arrow.compute().ReplaceSubstringOptions('"', '""')
    doubled = arrow.call("replace_substring", column, options=twice)
    quote = arrow.text('"')
    return arrow.call("if_else", marked, _join([quote, doubled, quote], arrow.text("")), column)


def _labels(labels: Labels, missing: NDArray[np.bool_] | None, separator: bytes, around: bytes = b"") -> Any:
    if any(_is_special(text.encode(), separator) for text in labels.texts):
        return None
    side = around.decode()
    texts = arrow.texts([side + text + side for text in (*labels.texts, "")])  # the last one is no label's
    none = labels.codes < 0 if missing is None else (labels.codes < 0) | missing
    codes = np.where(none, len(labels.texts), labels.codes) if none.any() else labels.codes
    return arrow.call("take", texts, arrow.numbers(codes))


def _is_special(text: bytes, separator: bytes) -> bool:
    return separator in text or any(mark in text for mark in (b'"', b"\n", b"\r"))


def _number_rows(matrix: NDArray[Any], missing: NDArray[np.bool_] | None, separator: bytes, end: str) -> Any:
    """Return the rows of a matrix as text; only separators where the row is missing."""
    if matrix.dtype.kind == "f" and not np.isfinite(matrix).all():
        return None
    text, ends = number_lines(matrix, separator)
    offsets = np.zeros(len(matrix) + 1, dtype=np.int32)
    offsets[1:] = ends + 1
    if not end:
        text = np.delete(text, ends)
        offsets[1:] -= np.arange(1, len(offsets), dtype=np.int32)
    rows = arrow.texts_between(text, offsets)
    if missing is None:
        return rows
    empty = arrow.text(separator.decode() * (matrix.shape[1] - 1) + end)
    return arrow.call("if_else", arrow.booleans(missing), empty, rows)
