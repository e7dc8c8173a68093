"""Results as JSON text, whole columns at a time: the same as `json_write` spells, by pyarrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from nncli.tables import arrow
from nncli.tables.arrow_column import ArrowColumn
from nncli.tables.cells import number_lines
from nncli.tables.columns import Column, Labels, Numbers
from nncli.tables.rows import Results


def joined_objects(results: Results, keys: Sequence[str], between: bytes) -> Any:
    """Return the rows' objects in one buffer, `between` every two of them.

    A whole column is spelled at once, each number with the comma or the brace that follows it, and Arrow
    joins each row's cells and the keys between them.

    None where a number is not finite, there is no output, or a column is of a rare kind: that takes a
    look at each cell.
    """
    if not results.outputs.size or results.missing is not None:
        return None
    parts: list[Any] = []
    before = start = between.decode() + "{"  # the first one is cut off
    for i, (column, key) in enumerate(zip(_columns(results), keys, strict=True)):
        before += key + ":"
        if isinstance(column, np.ndarray):
            if not np.isfinite(column).all():
                return None
            parts += [arrow.text(before), _numbers(column, "}" if i == len(keys) - 1 else ",")]
            before = ""
        elif isinstance(column, Labels):
            parts.append(_labels(column, before))
            before = ","
        elif isinstance(column, ArrowColumn) and _is_plain_text(column):
            parts += [arrow.text(before + '"'), column.values]
            before = '",'
        else:
            return None
    options = arrow.compute().JoinOptions("replace", "")
    joined = arrow.call("binary_join_element_wise", *parts, arrow.text(""), options=options)
    return np.frombuffer(joined.buffers()[2], np.uint8)[len(start) - 1 :]


def _columns(results: Results) -> Iterator[Column | NDArray[Any]]:
    for column in results.kept:
        if isinstance(column, Numbers):
            yield column.values
        elif isinstance(column, ArrowColumn) and column.is_number and not column.values.null_count:
            yield arrow.stored(column.values)
        else:
            yield column
    for part in (results.trace, results.prediction, results.outputs):
        if isinstance(part, np.ndarray):
            yield from part.T
        elif part is not None:
            yield part


def _numbers(values: NDArray[Any], behind: str) -> Any:
    """Return each number as JSON, an Arrow array, with a character behind it."""
    text, ends = number_lines(values.reshape(-1, 1))
    text[ends] = ord(behind)
    bounds = np.zeros(len(ends) + 1, np.int32)
    bounds[1:] = ends + 1
    return arrow.texts_between(text, bounds)


def _labels(labels: Labels, before: str) -> Any:
    """Return each row's label as JSON, an Arrow array, behind a text."""
    texts = [orjson.dumps(text).decode() if labels.quoted else text for text in labels.texts]
    codes = np.where(labels.codes < 0, len(texts), labels.codes)
    return arrow.call("take", arrow.texts([before + text for text in (*texts, "null")]), arrow.numbers(codes))


def _is_plain_text(column: ArrowColumn) -> bool:
    """Whether all cells are text that JSON has as it is, but for the quotes."""
    if not column.is_text or column.values.null_count:
        return False
    raw = arrow.text_of(column.values)
    return raw.isascii() and not raw.translate(None, _PLAIN)


_PLAIN = bytes(byte for byte in range(0x20, 0x80) if byte not in b'"\\')
