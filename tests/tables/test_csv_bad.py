"""Every way in which a CSV file can be wrong, and the line that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nncli.errors import DataError
from nncli.tables import Rows, Size, open_table, text_table
from nncli.tables.text_table import MAX_RECORD

Parsed = Callable[..., Iterator[Rows]]

EMPTY = "the cell is empty (missing='null' or a number would let it pass)"
LET_PASS = "(missing='null' or a number would let it pass)"
RETURN = r"a lone carriage return; lines end in LF or CRLF (tr '\r' '\n' < OLD > NEW makes them so)"
ENCODING = "save it as UTF-8 (Excel calls that CSV UTF-8)"
AFTER_QUOTE = "text after a closing quote (a quote inside a quoted cell is written twice)"

BAD = {
    "empty": (b"", "bad.csv: the file is empty: no header, no rows"),
    "byte order mark alone": (b"\xef\xbb\xbf", "bad.csv: the file is empty: no header, no rows"),
    "blank lines alone": (b"\n\n\r\n", "bad.csv: the file is empty: no header, no rows"),
    "header alone": (b"x0,x1\n", "bad.csv: no rows after the header"),
    "header and blank lines": (b"x0,x1\n\n\n", "bad.csv: no rows after the header"),
    "short row": (b"x0,x1\n1,2\n3\n", "bad.csv:3: 1 cell where 2 belong"),
    "long row": (b"x0,x1\n1,2,3\n", "bad.csv:2: 3 cells where 2 belong"),
    "trailing delimiter": (b"x0,x1\n1,2,\n", "bad.csv:2: 3 cells where 2 belong"),
    "other delimiter": (b"x0,x1\n1;2\n", "bad.csv:2: 1 cell where 2 belong"),
    "quoted nothing": (b'x0,x1\n""\n', "bad.csv:2: 1 cell where 2 belong"),
    "text": (b"x0,x1\n1,abc\n", "bad.csv:2: column x1: 'abc' is not a number"),
    "line after quoted newlines": (
        b'x0,x1\n1," 2 "\n"\n\n",3\n',
        f"bad.csv:3: column x0: {EMPTY}",
    ),
    "text after a quoted newline": (
        b'x0,x1,id\n1,2,"a\nb"\n1,2,"\n\n"\nx,2,c\n',
        "bad.csv:7: column x0: 'x' is not a number",
    ),
    "line counted with CRLF": (
        b"x0,x1\r\n1,2\r\n\r\n1,?\r\n",
        "bad.csv:4: column x1: '?' is not a number; if it means a missing value, say missing_words=['?']",
    ),
    "first column first": (b"x0,x1\nb,a\n", "bad.csv:2: column x0: 'b' is not a number"),
    "row before column": (b"x0,x1\n1,a\nb,2\n", "bad.csv:2: column x1: 'a' is not a number"),
    "cell before ragged row": (b"x0,x1\n1,a\n1\n", "bad.csv:2: column x1: 'a' is not a number"),
    "empty cell": (b"x0,x1\n1,\n", f"bad.csv:2: column x1: {EMPTY}"),
    "spaces": (b"x0,x1\n  ,1\n", f"bad.csv:2: column x0: {EMPTY}"),
    "NA": (b"x0,x1\n1,NA\n", f"bad.csv:2: column x1: missing value 'NA' {LET_PASS}"),
    "nan": (b"x0,x1\n1, nan\n", f"bad.csv:2: column x1: missing value 'nan' {LET_PASS}"),
    "infinity": (b"x0,x1\n1,inf\n", "bad.csv:2: column x1: 'inf' is not a finite number"),
    "minus Infinity": (b"x0,x1\n-Infinity,1\n", "bad.csv:2: column x0: '-Infinity' is not a finite number"),
    "overflow": (b"x0,x1\n1,1e400\n", "bad.csv:2: column x1: '1e400' is too large for a number"),
    "underscore": (
        b"x0,x1\n1_000,1\n",
        "bad.csv:2: column x0: '1_000' is not a number"
        " (it looks like a number with thousands separators; write it without them)",
    ),
    "hexadecimal": (b"x0,x1\n0x10,1\n", "bad.csv:2: column x0: '0x10' is not a number"),
    "other digits": (
        "x0,x1\n٣,1\n".encode(),
        "bad.csv:2: column x0: '٣' is not a number (it holds the character U+0663)",
    ),
    "other spaces": (
        "x0,x1\n\u20031,1\n".encode(),
        r"bad.csv:2: column x0: '\u20031' is not a number (it holds the character U+2003)",
    ),
    "decimal comma": (
        b'x0,x1\n"1,5",1\n',
        "bad.csv:2: column x0: '1,5' is not a number (decimal=',' reads a decimal comma)",
    ),
    "control characters": (b"x0,x1\n\x1b[2J,1\n", r"bad.csv:2: column x0: '\x1b[2J' is not a number"),
    "long text": (
        b"x0,x1\n" + b"y" * 99 + b",1\n",
        "bad.csv:2: column x0: '" + "y" * 39 + "…' is not a number",
    ),
    "NUL": (b"x0,x1\n1,2\n1,\0\n", "bad.csv:3: not a text file (it holds a NUL byte)"),
    "not UTF-8": (b"x0,x1\n1,2\n1,\xff\n", f"bad.csv:3: not UTF-8 text (byte 0xff); {ENCODING}"),
    "cut UTF-8": (b"x0,x1\n1,\xc3", f"bad.csv:2: not UTF-8 text (byte 0xc3); {ENCODING}"),
    "header not UTF-8": (b"x0,\xe9\n1,2\n", f"bad.csv:1: not UTF-8 text (byte 0xe9); {ENCODING}"),
    "cell before a NUL": (b"x0,x1\n1,a\n1,\0\n", "bad.csv:2: column x1: 'a' is not a number"),
    "UTF-16": (
        "\ufeffx0,x1\n".encode("utf-16-le"),
        f"bad.csv:1: not UTF-8 text (it looks like UTF-16); {ENCODING}",
    ),
    "open quote": (b'x0,x1\n1,2\n1,"2\n3,4\n', "bad.csv:3: a quote is opened here and never closed"),
    "open quote in the header": (b'x0,"x1\n1,2\n', "bad.csv:1: a quote is opened here and never closed"),
    "text after a quote": (b'x0,x1\n1,"2"3\n', f"bad.csv:2: {AFTER_QUOTE}"),
    "space after a quote": (b'x0,x1\n"1" ,2\n', f"bad.csv:2: {AFTER_QUOTE}"),
    "lone carriage returns": (b"x0,x1\r1,2\r3,4\r", f"bad.csv:1: {RETURN}"),
    "a lone carriage return": (b"x0,x1\n1,2\r3,4\n", f"bad.csv:2: {RETURN}"),
}


@pytest.mark.parametrize("fast", [False, True], ids=["exact", "fast"])
@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_told_in_one_line(
    folder: Path, parsed: Parsed, monkeypatch: pytest.MonkeyPatch, case: str, fast: bool
) -> None:
    """A CSV file that is wrong gives one message with its place, whichever reader meets it."""
    content, message = BAD[case]
    (folder / "bad.csv").write_bytes(content)
    if fast:
        monkeypatch.setattr(text_table, "BIG", -1)
        monkeypatch.setattr(text_table, "SMALL_BLOCK", 1)
    with pytest.raises(DataError) as caught, open_table("bad.csv") as table:
        list(parsed(table, [0, 1], range(2, len(table.columns))))
    assert str(caught.value) == message


def test_a_missing_file_and_a_folder_are_told(folder: Path) -> None:
    """What can't be opened is told in the system's words."""
    for place, why in [("none.csv", "no such file or directory"), (".", "is a directory")]:
        with pytest.raises(DataError) as caught, open_table(place):
            pass
        assert str(caught.value) == f"{place}: {why}"


SIZES = [Size(), Size(64, 1024)]
"""Blocks of any size, and small ones of a multiple of rows, as a network asks for."""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "row",
    {
        "a quote that is never closed": b'"' + b"1,2\n" * (5 << 20),
        "one cell": b'1,"' + b"x" * MAX_RECORD + b'"\n',
        "many cells": b"1" + b",2" * (MAX_RECORD // 2) + b"\n",
        "many lines, not to the end": b'1,"' + b"x\n" * (MAX_RECORD // 2) + b'"\n1,2\n',
    }.values(),
)
@pytest.mark.parametrize("before", [b"1,2\n", b"1,2\n" * 300_000], ids=["early", "late"])
def test_a_row_that_hardly_ends_is_refused(
    folder: Path, parsed: Parsed, row: bytes, before: bytes, size: Size
) -> None:
    """A row has a limit, so a quote that is not closed can't fill the memory."""
    (folder / "bad.csv").write_bytes(b"x0,x1\n" + before + row)
    with pytest.raises(DataError) as caught, open_table("bad.csv") as table:
        for _ in parsed(table, [0], [1], size=size):
            pass
    line = 2 + before.count(b"\n")
    assert str(caught.value) == f"bad.csv:{line}: a row of more than 16 MiB (is a quote not closed?)"


@pytest.mark.parametrize("size", SIZES)
def test_a_row_of_the_full_length_is_read(folder: Path, parsed: Parsed, size: Size) -> None:
    """A row of 16 MiB is none too much, however the file is read."""
    row = b'1,"' + b"x" * (MAX_RECORD - len(b'1,""\n')) + b'"\n'
    (folder / "long.csv").write_bytes(b"x0,x1\n1,2\n" + row + b"2,3\n")
    with open_table("long.csv") as table:
        assert sum(map(len, parsed(table, [0], [1], size=size))) == 3


def test_a_long_name_of_a_column_is_cut(folder: Path, parsed: Parsed) -> None:
    """A message stays readable, whatever the header holds."""
    (folder / "bad.csv").write_text("x" * 100_000 + ",x1\n1,2\nabc,2\n")
    with pytest.raises(DataError) as caught, open_table("bad.csv") as table:
        list(parsed(table, [0], [1]))
    assert str(caught.value) == f"bad.csv:3: column {'x' * 79}\u2026: 'abc' is not a number"


def test_rows_before_the_problem_are_read(folder: Path, parsed: Parsed) -> None:
    """A limit that ends before the problem never meets it."""
    (folder / "bad.csv").write_bytes(b"x0,x1\n1,2\n3,4\n5\n\xff")
    with open_table("bad.csv") as table:
        rows = [part.features.tolist() for part in parsed(table, [0, 1], limit=2)]
    assert rows == [[[1, 2], [3, 4]]]
