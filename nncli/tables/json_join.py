"""Results as JSON text, whole columns at a time: the same as `json_write` spells, by pyarrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from nncli.tables import arrow
from nncli.tables.arrow_column import ArrowColumn
from nncli.tables.cells import number_lines
from nncli.tables.columns import Column, Labels, Numbers
from nncli.tables.rows import Results

_NOTHING = ""


def joined_objects(results: Results, keys: Sequence[str], between: bytes) -> Any:
    """Return the rows' objects in one buffer, `between` every two of them.

    The numbers of all rows are spelled at once. What stands before each of them is one of few texts (a
    key), or, before a row's first number, the end of the row before and the row's own kept cells.

    None where a number is not finite, a row has no features, or a column is of a rare kind: that takes a
    look at each cell.
    """
    outputs = results.outputs if results.trace is None else np.hstack([results.trace, results.outputs])
    n_rows, n_numbers = outputs.shape
    if not n_rows or not n_numbers or results.missing is not None or not np.isfinite(outputs).all():
        return None
    parts: list[Any] = []
    last = "}" + between.decode() + "{"
    for column, key in zip(results.kept, keys, strict=False):
        cells = _cells(column)
        if cells is None:
            return None
        parts += [arrow.text(last + key + ":"), cells]
        last = ","
    n_kept = len(results.kept)
    number_keys = list(keys[n_kept:])
    if results.prediction is not None:
        place = 0 if results.trace is None else results.trace.shape[1]
        prediction = _labels(results.prediction)
        key = number_keys.pop(place)
        if place:  # it stands behind the trace
            return None
        parts += [arrow.text(last + key + ":"), prediction]
        last = ","
    parts.append(arrow.text(last + number_keys[0] + ":"))
    starts = _joined(parts, n_rows)
    inner = arrow.texts([f",{key}:" for key in number_keys[1:]])
    return _interleaved(starts, inner, outputs, len("}" + between.decode()))


def _interleaved(starts: Any, inner: Any, matrix: NDArray[Any], n_cut: int) -> NDArray[np.uint8]:
    """Return all numbers of a matrix, each behind its text; the first one lacks the end of a row before."""
    n_rows, n_numbers = matrix.shape
    text, ends = number_lines(matrix.reshape(-1, 1))
    bounds = np.zeros(2 * len(ends) + 1, np.int32)
    bounds[1::2] = ends
    bounds[2::2] = ends + 1
    pieces = arrow.texts_between(text, bounds)  # every other one is a newline
    numbers = arrow.call("take", pieces, arrow.numbers(np.arange(0, 2 * len(ends), 2, dtype=np.int32)))
    import pyarrow as pa

    places = np.empty((n_rows, n_numbers), np.int32)
    places[:, 0] = np.arange(n_rows)
    places[:, 1:] = np.arange(n_rows, n_rows + n_numbers - 1)
    before = arrow.call("take", pa.concat_arrays([starts, inner]), arrow.numbers(places.reshape(-1)))
    options = arrow.compute().JoinOptions("replace", "")
    joined = arrow.call("binary_join_element_wise", before, numbers, arrow.text(_NOTHING), options=options)
    whole = np.frombuffer(joined.buffers()[2], np.uint8)
    return np.concatenate([whole[n_cut:], np.frombuffer(b"}", np.uint8)])


def _cells(column: Column) -> Any:
    """Return a column's cells as JSON, an Arrow array; None where it is of a rare kind."""
    if isinstance(column, Labels):
        return _labels(column)
    if isinstance(column, Numbers):
        if not np.isfinite(column.values).all():
            return None
        text, ends = number_lines(column.values.reshape(-1, 1))
        return arrow.texts_between(np.delete(text, ends), _bounds(ends))
    if isinstance(column, ArrowColumn) and column.is_text and not column.values.null_count:
        raw = arrow.text_of(column.values)
        if raw.isascii() and not _has_special(raw):
            quote = arrow.text('"')
            options = arrow.compute().JoinOptions("replace", "")
            return arrow.call(
                "binary_join_element_wise", quote, column.values, quote, arrow.text(_NOTHING), options=options
            )
    return None


def _bounds(ends: NDArray[np.intp]) -> NDArray[np.int32]:
    """Return where each number begins and ends once the newlines between them are gone."""
    bounds = np.zeros(len(ends) + 1, np.int32)
    bounds[1:] = ends - np.arange(len(ends))
    return bounds


def _has_special(raw: bytes) -> bool:
    """Whether a text has a character that JSON escapes."""
    return bool(raw.translate(None, _PLAIN))


_PLAIN = bytes(byte for byte in range(0x20, 0x80) if byte not in b'"\\')


def _labels(labels: Labels) -> Any:
    texts = [orjson.dumps(text).decode() if labels.quoted else text for text in labels.texts]
    codes = np.where(labels.codes < 0, len(texts), labels.codes)
    return arrow.call("take", arrow.texts([*texts, "null"]), arrow.numbers(codes))


def _joined(parts: Sequence[Any], n_rows: int) -> Any:
    """Return each row's texts in one; a text alone stands in every row."""
    if len(parts) == 1:
        return arrow.call("take", arrow.texts([parts[0].as_py()]), arrow.numbers(np.zeros(n_rows, np.int32)))
    options = arrow.compute().JoinOptions("replace", "")
    return arrow.call("binary_join_element_wise", *parts, arrow.text(_NOTHING), options=options)
