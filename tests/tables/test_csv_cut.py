"""Where a CSV text is cut: after whole rows, whether cells are read for that or not."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.tables import csv_cut, csv_text, text_table
from nncli.tables.csv_cut import Layout, count_rows, cut_exactly
from nncli.tables.csv_text import whole_rows

BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("data", "within", "at_end"),
    [
        (b"", 0, 0),
        (b"a,1", 0, 3),
        (b"a,1\nb,2", 4, 7),
        (b"a,1\r\nb,2\r\n", 10, 10),
        (b"\r\na\r\nb", 5, 6),
        ("é,1\né".encode(), 5, 7),
        (b"a\n" + BOM + b"b\n", 7, 7),
        (b'"a"\nb', 4, 5),
        (b'"a\nb"\nc', 6, 7),
        (b'a\n"b\nc"', 2, 7),
        (b'a\n"b\nc\n"\r\nd,"\n', 10, 0),
        (b'"q""q",""\n', 10, 10),
        # What may be wrong with the unfinished row is seen when the rest is there.
        (b"a\r\nb\r", 3, 0),
        (b'\n"a', 1, 0),
        (b"a\n\0", 2, 0),
        (b"a\n\xff", 2, 0),
        (b'a\r\n"b\r\n', 3, 0),
        (b'"b\n', 0, 0),
        (b'a,"b",""c', 0, 0),
        # In doubt.
        (b"a\r\nb\rc\n", 0, 0),
        (b"\ra\n", 0, 0),
        (b"\0\n", 0, 0),
        (b"a\0\n", 0, 0),
        (b"a\xff\n", 0, 0),
        (BOM + b"a\n", 0, 0),
        (b'a"b"\n', 0, 0),
        (b'a,b"\n,"\n', 0, 0),
        (b'a""\n', 0, 0),
        (b'"a"b\n', 0, 0),
        (b'"a"b', 0, 0),
        (b'"a" \n', 0, 0),
    ],
)
def test_whole_rows_end_behind_the_last_newline_outside_quotes(data, within, at_end):
    """The text's end ends a row as well; where a quote, a return or a byte leaves a doubt there are none."""
    assert whole_rows(data, ",", at_end=False) == within
    assert whole_rows(data, ",", at_end=True) == at_end


def test_rows_that_may_be_too_long_are_left_to_the_exact_reader(monkeypatch):
    """A row has at most so many bytes; in a longer text one may have more."""
    monkeypatch.setattr(csv_text, "MAX_RECORD", 6)
    assert whole_rows(b"a\nabc\n", ",", at_end=False) == 6
    assert whole_rows(b"a\nabcd\n", ",", at_end=False) == 0


LAYOUT = Layout("a.csv", ",", 3)
TEXTS = [
    b"a,1,2\n" * 7,
    b"a,1,2\r\n" * 7,
    b"a,1,2\n" * 6 + b"b,3,4",
    b'"a,\n""b""",1,2\r\n"c",3,4\r\n' * 4,
    b"\n\na,1,2\n\r\nb,3,4\r\n\r\n\n" * 3,
    b'"a\n\n",1,2\n\n' * 5,
    "é,1,2\nß,3,4\n".encode() * 4,
]


@pytest.mark.parametrize("data", TEXTS)
@pytest.mark.parametrize("multiple", [1, 2, 3, 100])
@pytest.mark.parametrize("at_end", [False, True])
def test_counting_cuts_where_reading_does(data, multiple, at_end):
    """Whoever cuts a text, the same rows are before the cut: a multiple, or all that are whole.

    Blank lines there are on the one side or on the other.
    """
    counted = count_rows(data, LAYOUT, multiple, at_end=at_end)
    read = cut_exactly(data, 9, LAYOUT, 1 if at_end else multiple, at_end=at_end)
    assert counted.is_plain
    assert not read.is_plain
    assert read.problem is None
    assert counted.n_rows == read.n_rows
    assert data[: counted.n_bytes].strip() == data[: read.n_bytes].strip()
    for cut in (counted, read):
        assert cut.n_lines == data.count(b"\n", 0, cut.n_bytes)


@pytest.mark.parametrize("data", [*TEXTS[1:4], TEXTS[5]])
@pytest.mark.parametrize(("multiple", "small"), [(1, 1), (2, 20), (3, 1), (3, 30)])
def test_no_more_is_read_than_a_multiple_needs(data, multiple, small, monkeypatch):
    """Reading stops as soon as there are rows enough; a long row is read by itself."""
    monkeypatch.setattr(csv_cut, "SMALL_BLOCK", small)
    read = cut_exactly(data, 9, LAYOUT, multiple, at_end=False)
    assert read.n_rows == multiple
    counted = count_rows(data[: read.n_bytes], LAYOUT, multiple, at_end=False)
    assert (counted.n_rows, counted.n_lines) == (read.n_rows, read.n_lines)


@pytest.mark.parametrize("small", [1, 8, 1 << 18])
def test_a_problem_is_told_behind_the_rows_before_it(small, monkeypatch):
    """Whole rows come first; what is wrong with the next one has the file's line."""
    monkeypatch.setattr(csv_cut, "SMALL_BLOCK", small)
    cut = cut_exactly(b"a,1,2\nb,3,4\n\nc,5\nd,6,7\n", 9, LAYOUT, 5, at_end=True)
    assert (cut.n_bytes, cut.n_rows, cut.n_lines) in ((12, 2, 2), (13, 2, 3))
    assert str(cut.problem) == "a.csv:12: 2 cells where 3 belong"


@pytest.mark.parametrize("small", [1, 2, 1 << 18])
def test_a_blank_line_is_a_row_of_one_column(small, monkeypatch):
    """It holds an empty cell, by whatever portions it is read."""
    monkeypatch.setattr(csv_cut, "SMALL_BLOCK", small)
    layout = Layout("a.csv", ",", 1)
    assert cut_exactly(b"1\n\n2\n3\n\n", 1, layout, 5, at_end=False)[:3] == (8, 5, 5)
    assert count_rows(b"1\n\n2\n3\n\n", layout, 5, at_end=False)[:3] == (8, 5, 5)


@pytest.mark.parametrize("small", [1, 3, len(b"bcd,3,4"), 1 << 18])
def test_the_last_row_needs_no_newline_where_the_file_ends(small, monkeypatch):
    """Elsewhere more of it may come."""
    monkeypatch.setattr(csv_cut, "SMALL_BLOCK", small)
    data = b"a,1,2\nbcd,3,4"
    for cut in (cut_exactly(data, 1, LAYOUT, 5, at_end=True), count_rows(data, LAYOUT, 5, at_end=True)):
        assert cut[:3] == (13, 2, 1)
    for cut in (cut_exactly(data, 1, LAYOUT, 5, at_end=False), count_rows(data, LAYOUT, 5, at_end=False)):
        assert cut[:3] == (6, 1, 1)


@pytest.mark.parametrize("multiple", [1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize("last", [False, True])
def test_the_cut_is_behind_a_multiple_of_rows(multiple, last, monkeypatch):
    """All rows come where they are fewer; whether the text's last bytes hold the cut does not show."""
    text = b"a\nbc\n\nd" * 2 + b"\nefghijkl" + b"m" * last
    ends = np.frombuffer(text, np.uint8) == ord("\n")
    places = [*np.flatnonzero(ends) + 1, *[len(text)] * last]
    n_rows = len(places) - len(places) % multiple or len(places)
    n_bytes = len(text) if n_rows == len(places) else places[n_rows - 1]
    for tail in range(1, 30):
        monkeypatch.setattr(text_table, "_TAIL", tail)
        assert text_table.cut_at(ends, multiple, last=last) == (n_bytes, n_rows)


@pytest.mark.parametrize("delimiter", [" ", "é"])
def test_some_delimiters_are_for_the_exact_reader(delimiter):
    """Several blanks are one, and what is no single byte separates no bytes."""
    data = f"a{delimiter}1{delimiter}2\n".encode()
    assert count_rows(data, Layout("a.csv", delimiter, 3), 1, at_end=True) is None
