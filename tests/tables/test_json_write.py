"""JSON lines: whole columns at a time, or cell by cell, the same text."""

from __future__ import annotations

import json

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli.tables import Results
from nncli.tables.arrow_column import ArrowColumn
from nncli.tables.columns import Column, Labels, Numbers, Texts
from nncli.tables.json_write import JsonLinesWriter, JsonWriter

ODD = '"\\\n\t\x00\x1f\x7f/é\u2028ab'
TEXT = st.text(st.characters(codec="utf-8"), max_size=6) | st.sampled_from(ODD) | st.text(ODD, max_size=6)
PLAIN = st.text("abc 01,.-{}:%/\x7f", max_size=6)
CLASSES = st.sampled_from([["red", "blue"], ['"red"', "bl\\ue"], ["é\n", "\x00"], ["%s", "{}"]])
NAMES = st.sampled_from([*"abc", "a%b", 'c"d', "é", "x\n", "", "{"])


@st.composite
def columns(draw: st.DrawFn, n_rows: int, *, plain: bool) -> Column:
    """Return a column of some kind; a plain one is of those that may be written the fast way."""
    kinds = ["plain", "arrow", "floats", "integers", "labels"]
    kind = draw(st.sampled_from(kinds if plain else [*kinds, "texts", "arrow numbers"]))
    if kind == "floats":
        numbers = st.floats(width=32, allow_nan=not plain, allow_infinity=not plain)
        floats = draw(st.lists(numbers, min_size=n_rows, max_size=n_rows))
        return Numbers(np.array(floats, dtype=draw(st.sampled_from([np.float32, np.float64]))))
    if kind == "integers":
        dtype = draw(st.sampled_from([np.int64, np.uint8, np.bool_]))
        return Numbers(np.arange(n_rows).astype(dtype))
    if kind == "labels":
        return draw(labels(n_rows))
    if kind == "arrow numbers":
        integers = draw(st.lists(st.none() | st.integers(-5, 5), min_size=n_rows, max_size=n_rows))
        return ArrowColumn(pa.array(integers, pa.int64()))
    texts = PLAIN if kind == "plain" else TEXT | st.none()
    cells = draw(st.lists(texts, min_size=n_rows, max_size=n_rows))
    return Texts(cells) if kind == "texts" else ArrowColumn(pa.array(cells, pa.string()))


@st.composite
def labels(draw: st.DrawFn, n_rows: int) -> Labels:
    """Return class names or class numbers, some of them missing."""
    codes = np.array(draw(st.lists(st.integers(-1, 1), min_size=n_rows, max_size=n_rows)), dtype=np.intp)
    quoted = draw(st.booleans())
    return Labels(codes, draw(CLASSES) if quoted else ["0", "1"], quoted)


@st.composite
def any_results(draw: st.DrawFn) -> tuple[list[str], Results]:
    """Return results of every make, and the names of their columns."""
    n_rows, plain = draw(st.integers(1, 6)), draw(st.booleans())
    kept = [draw(columns(n_rows, plain=plain)) for _ in range(draw(st.integers(0, 3)))]
    n_outputs = draw(st.integers(0 if kept and not plain else 1, 3))
    numbers = st.floats(width=32, allow_nan=not plain, allow_infinity=not plain)
    n_traced = draw(st.sampled_from([0, 0, 2]))
    n_numbers = n_rows * (n_outputs + n_traced)
    matrix = np.array(draw(st.lists(numbers, min_size=n_numbers, max_size=n_numbers)), dtype=np.float32)
    matrix = matrix.reshape(n_rows, -1)
    missing = None if plain else draw(st.none() | st.lists(st.booleans(), min_size=n_rows, max_size=n_rows))
    prediction = draw(st.none() | labels(n_rows))
    n_columns = len(kept) + n_traced + (prediction is not None) + n_outputs
    names = draw(st.lists(NAMES, min_size=n_columns, max_size=n_columns))
    return [f"{name}{i}" for i, name in enumerate(names)], Results(
        kept,
        matrix[:, n_traced:],
        None if missing is None else np.array(missing),
        prediction=prediction,
        trace=matrix[:, :n_traced] if n_traced else None,
    )


def is_plain(results: Results) -> bool:
    """Whether the fast way is meant for these results."""
    numbers = [results.outputs, *(column.values for column in results.kept if isinstance(column, Numbers))]
    numbers += [] if results.trace is None else [results.trace]
    return (
        results.missing is None
        and results.outputs.size > 0
        and all(np.isfinite(array).all() for array in numbers)
        and all(
            isinstance(column, Numbers | Labels)
            or (
                isinstance(column, ArrowColumn)
                and column.is_text
                and all(cell is not None and json.dumps(cell) == f'"{cell}"' for cell in column.cells())
            )
            for column in results.kept
        )
    )


@settings(max_examples=300, deadline=None)
@given(any_results())
def test_columns_and_cells_give_the_same_objects(named):
    """Objects made whole columns at a time are those made cell by cell, wherever that can be."""
    names, results = named
    for writer in (JsonLinesWriter(names), JsonWriter(names)):
        slow = writer._text(results)
        fast = writer._joined(results)
        assert fast is not None or not is_plain(results)
        assert fast is None or bytes(fast) == slow


@settings(max_examples=100, deadline=None)
@given(any_results())
def test_every_row_is_an_object_of_its_cells(named):
    """Each line is JSON: texts come back, numbers are such, and null is where there is no value."""
    names, results = named
    lines = b"".join(bytes(piece) + b"\n" for piece in JsonLinesWriter(names).spell(results)).splitlines()
    rows = [orjson.loads(line) for line in lines]
    assert [list(row) for row in rows] == [names] * len(results)
    for name, column in zip(names, results.kept, strict=False):
        for row, cell in zip(rows, column.cells(), strict=True):
            if column.is_bare:
                assert row[name] == (None if cell in (None, "nan", "inf", "-inf") else json.loads(cell))
            else:
                assert row[name] == cell
    n_outputs = results.outputs.shape[1]
    for i, row in enumerate(rows):
        numbers = [row[name] for name in names[len(names) - n_outputs :]]
        missing = results.missing is not None and results.missing[i]
        for number, value in zip(numbers, results.outputs[i], strict=True):
            assert number is None if missing or not np.isfinite(value) else np.float32(number) == value


@pytest.mark.parametrize("character", ODD)
def test_an_odd_character_alone_is_written_the_same_way(character):
    """What JSON escapes is escaped, also where all else of a column is plain."""
    results = Results([ArrowColumn(pa.array(["a", character]))], np.ones((2, 1)))
    writer = JsonLinesWriter(["a", "b"])
    fast = writer._joined(results)
    assert fast is None or bytes(fast) == writer._text(results)
