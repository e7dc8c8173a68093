"""Writing CSV and TSV."""

from __future__ import annotations

import csv
import io
import sys
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli.tables import Results, writer
from nncli.tables.arrow_column import ArrowColumn
from nncli.tables.columns import Column, Labels, Numbers, Texts
from nncli.tables.csv_write import CsvWriter, TsvWriter

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


def written(names, parts, decimals=None, delimiter=","):
    """Return what is written as text."""
    stream = io.BytesIO()
    lines = CsvWriter(names, decimals, delimiter)
    lines.write(stream, map(lines.spell, parts))
    return stream.getvalue().decode()


def test_rows_are_written_with_the_shortest_numbers(names, results):
    """Text is quoted where it must be, numbers are the shortest of their dtype, missing rows are empty."""
    assert written(names, [results]) == (
        'id,n,prediction,p_red,p_blue\n007,1,red,0.1,1e-7\n"a,b",2,,,\n"say ""hi""",3,blue,0.33333334,inf\n'
    )


def test_tabs_for_commas(names, results):
    """TSV quotes tabs, not commas."""
    stream = io.BytesIO()
    lines = TsvWriter(names)
    lines.write(stream, [lines.spell(results)])
    assert stream.getvalue().decode().splitlines()[1:3] == ["007\t1\tred\t0.1\t1e-7", "a,b\t2\t\t\t"]


def test_decimals_round_floats_only(names, results):
    """With decimals, floats are fixed and whole numbers are as they were."""
    assert written(names, [results], decimals=3).splitlines()[3] == '"say ""hi""",3,blue,0.333,inf'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *[
            (0.1, "0.1"),
            (1.0, "1.0"),
            (1.5e-5, "0.000015"),
            (1e-7, "1e-7"),
            (5e-324, "5e-324"),
            (-0.0, "-0.0"),
        ],
        *[(float("nan"), "nan"), (float("inf"), "inf"), (float("-inf"), "-inf")],
    ],
)
def test_numbers_have_one_spelling(value, text):
    """Numbers are spelled one way, in a small table and in a big one."""
    matrix = np.full((3, 2), value)
    assert written(["a", "b"], [Results([], matrix)]).splitlines()[3] == f"{text},{text}"


def test_no_rows_leave_the_header():
    """Blocks without rows write nothing."""
    assert written(["a", "b"], [Results([], np.zeros((0, 2)))]) == "a,b\n"


def test_a_lone_empty_cell_is_quoted():
    """In a table of one column an empty cell is no blank line."""
    outputs = np.array([[1.0], [0]])
    missing = np.array([False, True])
    assert written([""], [Results([], outputs, missing)]) == '""\n1.0\n""\n'
    assert written(["a"], [Results([Texts(["x", ""])], np.empty((2, 0)))]) == 'a\nx\n""\n'


@settings(max_examples=100, deadline=None)
@given(
    cells=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=20),
    delimiter=st.sampled_from([",", "\t", ";"]),
    wide=st.booleans(),
)
def test_any_text_is_read_back(cells, delimiter, wide):
    """Write, then read: the same text, whatever it is."""
    columns: list[Any] = [Texts(list(column)) for column in zip(*cells, strict=True)][: 1 + wide]
    text = written(["a", "b"][: 1 + wide], [Results(columns, np.zeros((len(cells), 0)))], None, delimiter)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    assert rows[1:] == [list(row[: 1 + wide]) for row in cells]


@settings(max_examples=150, deadline=None)
@given(
    cells=st.lists(TEXT | st.none() | st.sampled_from(["a", "b c"]), min_size=1, max_size=12),
    floats=st.lists(st.floats(width=32), min_size=12, max_size=12),
    missing=st.none() | st.lists(st.booleans(), min_size=12, max_size=12),
    texts=st.sampled_from([["red", "blue"], ['"red"', "blue"], ["é,", "\n"], ["0", "1"]]),
    delimiter=st.sampled_from([",", "\t"]),
    plain=st.booleans(),
    quoted=st.booleans(),
    traced=st.booleans(),
    predicted=st.booleans(),
    order=st.permutations(range(4)),
)
def test_columns_and_cells_give_the_same_text(
    cells, floats, missing, texts, delimiter, plain, quoted, traced, predicted, order
):
    """Lines made whole columns at a time are those made cell by cell, with columns of any kind."""
    n = len(cells)
    numbers = np.array(floats[:n], dtype=np.float32)
    if plain:
        numbers, cells = np.nan_to_num(numbers), ["plain"] * n
    labels = Labels(np.arange(n) % 3 - 1, texts if quoted else ["0", "1"], quoted)
    text = pa.array(cells, pa.string())
    kept = [ArrowColumn(text), Numbers(np.arange(n)), labels, ArrowColumn(text.dictionary_encode())]
    results = Results(
        kept=[kept[i] for i in order],
        missing=None if missing is None else np.array(missing[:n]),
        trace=np.column_stack([numbers, numbers]) if traced else None,
        prediction=labels[::-1] if predicted else None,
        outputs=np.column_stack([-numbers, numbers]),
    )
    lines = CsvWriter([f"column {i}" for i in range(9)], None, delimiter)
    joined = lines.joined(results)
    special = quoted and any(mark in name for name in texts for mark in (delimiter, '"', "\n"))
    assert joined is not None or not np.isfinite(numbers).all() or special
    assert joined is None or bytes(joined) == lines.text(results)
    with_texts = Results(
        [*results.kept, Texts(cells)],  # has no fast way
        results.outputs,
        results.missing,
        prediction=results.prediction,
        trace=results.trace,
    )
    assert b"".join(map(bytes, lines.spell(with_texts))) == lines.text(with_texts)


@settings(max_examples=100, deadline=None)
@given(
    codes=st.lists(st.integers(0, 1000), min_size=1, max_size=30),
    n_classes=st.sampled_from([1, 10, 11, 101, 1001]),
    floats=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=60, max_size=60),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_class_numbers_are_spelled_without_a_point(codes, n_classes, floats, dtype):
    """Class numbers of any length, with nothing but outputs beside them, are what they are cell by cell."""
    codes = np.array(codes) % n_classes
    with np.errstate(over="ignore"):
        outputs = np.nan_to_num(np.array(floats, dtype))[: 2 * len(codes)].reshape(-1, 2)
    prediction = Labels(codes, [str(i) for i in range(n_classes)], quoted=False)
    results = Results([], outputs, prediction=prediction)
    lines = CsvWriter(["prediction", "probability_0", "probability_1"])
    assert bytes(lines.joined(results)) == lines.text(results)


def test_lines_end_where_columns_of_any_kind_are_last():
    """Whole columns of text, labels or numbers may stand last."""
    kept: list[Column] = [ArrowColumn(pa.array(["a", "b"])), Numbers(np.array([1, 2]))]
    prediction = Labels(np.array([1, 0]), ["x", "y"], quoted=True)
    nothing = np.empty((2, 0))
    lines = CsvWriter(["a", "b"])
    assert bytes(lines.joined(Results(kept, nothing))) == b"a,1\nb,2\n"
    assert bytes(lines.joined(Results(kept[::-1], nothing))) == b"1,a\n2,b\n"
    assert bytes(lines.joined(Results(kept[:1], nothing, prediction=prediction))) == b"a,y\nb,x\n"


def test_small_results_do_without_pyarrow(monkeypatch):
    """Pyarrow is used from many rows on, or where it is loaded already; the text is the same."""
    results = Results([Texts(["a", "b", "c", "d"])], np.arange(8.0).reshape(4, 2))
    few = written(["a", "b", "c"], [results])
    monkeypatch.setattr(writer, "_MANY_ROWS", 3)
    assert written(["a", "b", "c"], [results]) == few
    monkeypatch.delitem(sys.modules, "pyarrow")
    assert not writer.is_worth_arrow(3)
    assert writer.is_worth_arrow(4)


@given(st.floats())
def test_numbers_read_back_to_the_same_bits(value):
    """The shortest text is exact, in double precision and in single."""
    for dtype in (np.float64, np.float32):
        with np.errstate(over="ignore"):
            number = dtype(value)
        text = written(["a"], [Results([], np.array([[number]]))]).splitlines()[1]
        assert np.array_equal(dtype(text), number, equal_nan=True)
        if np.isfinite(number):
            assert orjson.dumps(number, option=orjson.OPT_SERIALIZE_NUMPY).decode() == text
