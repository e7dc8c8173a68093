"""Columns of every kind: the same cells, the same answers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nncli.tables.arrow_column import ArrowColumn
from nncli.tables.cells import rounded
from nncli.tables.columns import Column, Labels, Numbers, Texts

LAWS = settings(max_examples=100, deadline=None)

CELLS = [
    *["1", "-2.5", "1e3", ".5", "1.", "+4", "007", "-0", "0.1", "123456789012345678", "1e-400", "5e-324"],
    *["", " 7 ", "\t8", "NA", "nan", "-nan", "nan(1)", "inf", "-inf", "Infinity", "1e400", "1_000", "0x10"],
    *["٣", "true", "é", "a", "None", "1,5", "\x0b1", "1\n"],
]
NUMBERS = ["1", "-2.5", "1e3", ".5", "7", "NA", "nan"]
TEXTS = st.sampled_from(CELLS) | st.sampled_from(NUMBERS) | st.none() | st.text(max_size=4)
LISTS = st.lists(TEXTS, max_size=15) | st.lists(st.sampled_from(NUMBERS), max_size=15)
DTYPES = st.sampled_from(["float64", "float32", "int64", "uint64", "int8", "bool"])


def of_texts(cells: list[str | None]) -> list[Column]:
    """Return a column of every kind with these texts."""
    texts = list(dict.fromkeys(cell for cell in cells if cell is not None))
    codes = np.array([-1 if cell is None else texts.index(cell) for cell in cells], dtype=np.intp)
    array = pa.array(cells, pa.string())
    return [
        Texts(cells),
        ArrowColumn(array),
        ArrowColumn(array.cast(pa.large_string())),
        ArrowColumn(array.dictionary_encode()),
        ArrowColumn(pa.concat_arrays([pa.array(["before"]), array])[1:]),
        Labels(codes, texts, quoted=True),
    ]


def distinct_cells(column: Column) -> list[str | None]:
    """Return the cells that a column's different cells say it has."""
    texts, codes = column.distinct()
    return [texts[code] for code in codes]


@LAWS
@given(LISTS, st.integers(0, 15), st.integers(0, 15))
def test_texts_are_the_same_in_every_kind(cells, start, stop):
    """A column's cells, its parts, its different cells, and what Arrow makes of it are its texts."""
    for column in of_texts(cells):
        assert (len(column), column.is_bare) == (len(cells), False)
        for part, expected in ((column, cells), (column[start:stop], cells[start:stop])):
            assert part.cells() == expected
            assert distinct_cells(part) == expected
            assert part.to_arrow().cast(pa.string()).to_pylist() == expected


@LAWS
@given(LISTS)
def test_texts_are_the_same_numbers_in_every_kind(cells):
    """What is a number, what is missing and what is neither does not depend on who has read the text."""
    first, *others = (column.to_numbers() for column in of_texts(cells))
    for numbers in others:
        assert (numbers is None) == (first is None)
        if first is not None:
            np.testing.assert_array_equal(numbers, first, strict=True)


@LAWS
@given(arrays.arrays(np.float64, 3, elements=st.floats(allow_nan=False)), st.integers(0, 9))
def test_a_number_that_is_too_large_for_decimals_stays(values, decimals):
    """Rounded in binary files, it is what its rounded text says: no infinity, no warning."""
    as_text = [float(f"{value:.{decimals}f}") for value in values.tolist()]
    np.testing.assert_allclose(rounded(values, decimals), as_text, rtol=1e-12, atol=10.0**-decimals)
    np.testing.assert_array_equal(Numbers(values).to_arrow(decimals), rounded(values, decimals))


@LAWS
@given(st.data(), DTYPES, st.none() | st.integers(0, 4))
def test_numbers_are_the_same_in_every_kind(data, dtype, decimals):
    """Numbers of NumPy and of Arrow have the same texts, rounded or not, and the same values."""
    values = data.draw(arrays.arrays(dtype, st.integers(0, 12)))
    ours, theirs = Numbers(values), ArrowColumn(pa.array(values))
    assert ours.is_bare
    assert theirs.is_bare
    assert ours.cells(decimals) == theirs.cells(decimals)
    np.testing.assert_array_equal(ours.to_numbers(), theirs.to_numbers(), strict=True)
    np.testing.assert_array_equal(ours.to_numbers(), values.astype(np.float64), strict=True)
    assert ours.to_arrow().equals(theirs.to_arrow()) or np.isnan(values).any()
    positive = np.where(values == 0, np.zeros_like(values), values)  # -0.0 is not told from 0.0
    for column in (Numbers(positive), ArrowColumn(pa.array(positive))):
        assert distinct_cells(column) == column.cells()


@pytest.mark.parametrize(
    ("array", "cells", "numbers"),
    [
        (pa.array([1, None, 3]), ["1", None, "3"], [1, np.nan, 3]),
        (pa.array([1.5, None, 1.5]), ["1.5", None, "1.5"], [1.5, np.nan, 1.5]),
        (pa.array([True, None, False]), ["true", None, "false"], [1, np.nan, 0]),
        (pa.array(["1", None, "1"]).dictionary_encode(), ["1", None, "1"], [1, np.nan, 1]),
        (pa.array([2**60, None, 2**60]), [str(2**60), None, str(2**60)], [2**60, np.nan, 2**60]),
        (pa.nulls(2), [None, None], [np.nan, np.nan]),
    ],
)
def test_arrow_has_numbers_and_nulls(array, cells, numbers):
    """Null is no value: not a text, and NaN among numbers."""
    for start in (0, 1):
        column = ArrowColumn(array)[start:]
        assert column.cells() == cells[start:]
        assert distinct_cells(column) == cells[start:]
        np.testing.assert_array_equal(column.to_numbers(), numbers[start:])


def test_class_numbers_are_whole_numbers_in_arrow():
    """Labels that are numbers are bare, and so is their Arrow array; code -1 is no value."""
    labels = Labels(np.array([1, -1, 0]), ["0", "1"], quoted=False)
    assert labels.is_bare
    assert labels.to_arrow().to_pylist() == [1, None, 0]
    assert labels.cells() == ["1", None, "0"]
    np.testing.assert_array_equal(labels.to_numbers(), [1, np.nan, 0])
