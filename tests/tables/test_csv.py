"""Reading CSV that is right."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nncli.errors import UsageError
from nncli.tables import open_table, text_table
from nncli.tables.numbers import number

GOOD = {
    "plain": (b"id,x0,x1\n007,1,2\n", [((1, 2), "007")]),
    "no newline at the end": (b"id,x0,x1\na,1,2\nb,3,4", [((1, 2), "a"), ((3, 4), "b")]),
    "CRLF": (b"id,x0,x1\r\na,1,2\r\nb,3,4\r\n", [((1, 2), "a"), ((3, 4), "b")]),
    "byte order mark": (b"\xef\xbb\xbfid,x0,x1\na,1,2\n", [((1, 2), "a")]),
    "quoted delimiter": (b'id,x0,x1\n"a,b",1,2\n', [((1, 2), "a,b")]),
    "quoted newline": (b'id,x0,x1\n"a\r\nb\n",1,2\n', [((1, 2), "a\r\nb\n")]),
    "quoted quote": (b'id,x0,x1\n"a""b",1,2\n', [((1, 2), 'a"b')]),
    "quote inside": (b'id,x0,x1\na"b",1,2\n', [((1, 2), 'a"b"')]),
    "quoted number": (b'id,x0,x1\na,"1"," 2"\n', [((1, 2), "a")]),
    "spaces kept in text": (b"id,x0,x1\n a , 1 ,\t2\n", [((1, 2), " a ")]),
    "blank lines": (b"\nid,x0,x1\n\n\r\n  \na,1,2\n\n", [((1, 2), "a")]),
    "letters of the world": ("id,x0,x1\nçã→\u2028,1,2\n".encode(), [((1, 2), "çã→\u2028")]),
    "empty text": (b"id,x0,x1\n,1,2\n", [((1, 2), "")]),
    "numbers": (b"id,x0,x1\na,+.5e1,-1.\n", [((5, -1), "a")]),
    "words that are no numbers": (b"id,x0,x1\nNA,1,2\n", [((1, 2), "NA")]),
}


@pytest.mark.parametrize("fast", [False, True], ids=["exact", "fast"])
@pytest.mark.parametrize("case", GOOD)
def test_rows_are_read(folder, read, monkeypatch, case, fast):
    """Cells are read as RFC 4180 has them, text untouched, by either reader."""
    content, rows = GOOD[case]
    (folder / "good.csv").write_bytes(content)
    if fast:
        monkeypatch.setattr(text_table, "BIG", -1)
        monkeypatch.setattr(text_table, "SMALL_BLOCK", 1)
    assert read("good.csv", [1, 2], [0]) == rows


@pytest.mark.parametrize(
    "cell", ["0", "-1", "+1", "1.", ".5", "1e3", "1E-3", "0.1", " 7\t", "007", "123456789012345678", "1e-400"]
)
def test_plain_numbers_are_read(cell):
    """A number is what float() makes of it, with spaces around."""
    assert number(cell) == float(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "",
        " ",
        "NA",
        "N/A",
        "n/a",
        "<NA>",
        "#N/A",
        "null",
        "NULL",
        "nan",
        "NaN",
        "-nan",
        "-NaN",
        "None",
        " NA ",
        "\\N",
    ],
)
def test_missing_values_are_known(cell):
    """The words for a missing value are those, with spaces around."""
    assert number(cell) is None


@pytest.mark.parametrize(
    "cell", ["na", "+nan", "1_0", "0x1", "1e", "--1", "1 2", "٣", "1d3", "+", ".", "1e5.5"]
)
def test_other_text_is_no_number(cell):
    """What Python or C would take besides is refused."""
    with pytest.raises(ValueError, match="is not a number"):
        number(cell)


@pytest.mark.parametrize("fast", [False, True], ids=["exact", "fast"])
def test_missing_values_follow_the_rule(folder, read, monkeypatch, fast):
    """A missing value leaves its row without features, or becomes the number asked for."""
    (folder / "a.csv").write_bytes(b"id,x0,x1\na,1,2\nb,,2\nc,1, NA \nd,null,nan\n")
    if fast:
        monkeypatch.setattr(text_table, "BIG", -1)
    assert read("a.csv", [1, 2], [0], missing="null") == [
        ((1, 2), "a"),
        (None, "b"),
        (None, "c"),
        (None, "d"),
    ]
    assert read("a.csv", [1, 2], missing=9.5) == [((1, 2),), ((9.5, 2),), ((1, 9.5),), ((9.5, 9.5),)]


@pytest.mark.parametrize("fast", [False, True], ids=["exact", "fast"])
def test_a_blank_line_of_one_column_is_a_missing_value(folder, read, monkeypatch, fast):
    """In a file of one column, a blank line is a row."""
    (folder / "one.csv").write_bytes(b"x0\n1\n\n2\r\n\r\n3\n")
    if fast:
        monkeypatch.setattr(text_table, "BIG", -1)
        monkeypatch.setattr(text_table, "SMALL_BLOCK", 1)
    assert read("one.csv", [0], missing="null") == [((1,),), (None,), ((2,),), (None,), ((3,),)]


def test_without_a_header_all_lines_are_rows(folder, read):
    """A file without a header has columns by position."""
    (folder / "a.csv").write_bytes(b"\n1,2\n3,4\n")
    with open_table("a.csv", header=False) as table:
        assert (table.columns, table.has_header) == (["column_0", "column_1"], False)
    assert read("a.csv", [1, 0], header=False) == [((2, 1),), ((4, 3),)]


@pytest.mark.parametrize(
    ("name", "option", "content"),
    [
        ("a.tsv", None, b"x0\tx1\n1\t2\n"),
        ("a.csv", "tab", b"x0\tx1\n1\t2\n"),
        ("a.csv", "\\t", b"x0\tx1\n1\t2\n"),
        ("a.tsv", ";", b"x0;x1\n1;2\n"),
        ("a.dat", None, b"x0,x1\n1,2\n"),
        ("a.csv", "§", "x0§x1\n1§2\n".encode()),
    ],
)
def test_the_delimiter_follows_suffix_and_option(folder, read, name, option, content):
    """A comma, a tab in .tsv files, or the one asked for."""
    (folder / name).write_bytes(content)
    assert read(name, [0, 1], delimiter=option) == [((1, 2),)]


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n", "tabs"])
def test_other_delimiters_are_refused(folder, delimiter):
    """A delimiter is one character that means nothing else."""
    (folder / "a.csv").write_bytes(b"x0\n1\n")
    with pytest.raises(UsageError, match=r"^delimiter: .* is not one character"):
        open_table("a.csv", delimiter=delimiter)


def test_compressed_files_are_read_whatever_their_name(folder, read):
    """Gzip, also in several members, and zstd are known by their first bytes."""
    text = b"id,x0,x1\n" + b"".join(b"%d,%d,1\n" % (i, i) for i in range(50_000))
    half = len(text) // 2
    (folder / "a.csv.gz").write_bytes(gzip.compress(text[:half]) + gzip.compress(text[half:]) + b"\0\0")
    (folder / "a.csv").write_bytes(zstandard.compress(text))
    (folder / "plain.csv").write_bytes(text)
    expected = read("plain.csv", [1, 2], [0])
    assert len(expected) == 50_000
    assert read("a.csv.gz", [1, 2], [0]) == expected
    assert read("a.csv", [1, 2], [0]) == expected


def test_a_limit_reads_no_further_than_it_must(folder, parsed):
    """Rows that are there are used at once: a pipe that stays open does not hold them up."""
    os.mkfifo("pipe")
    keep_open = os.open("pipe", os.O_RDWR)
    os.write(keep_open, b"x0,x1\n1,2\n3,4\n5,")
    with open_table("pipe") as table:
        parts = list(parsed(table, [0, 1], limit=2))
    os.close(keep_open)
    assert [part.features.tolist() for part in parts] == [[[1, 2], [3, 4]]]


def test_a_limit_of_no_rows_reads_none(folder, read):
    """A limit of 0 is content with a header."""
    (folder / "a.csv").write_bytes(b"x0,x1\n")
    assert read("a.csv", [0, 1], limit=0) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), max_size=20),
    block=st.integers(1, 40),
)
def test_the_size_of_blocks_does_not_show(tmp_path: Path, read, cells, block):
    """Any text in a kept column, cut anywhere, is read as it was written."""
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in [*cells, "end"]]
    path = tmp_path / "a.csv"
    path.write_text(
        "id,x0\n" + "".join(f"{cell},{i}\n" for i, cell in enumerate(quoted)), "utf-8", newline=""
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_table, "SMALL_BLOCK", block)
        assert read(path, [1], [0]) == [((i,), cell) for i, cell in enumerate([*cells, "end"])]
