"""The fast reader against the exact one: the same rows, the same refusals, whatever comes."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nncli.errors import DataError
from nncli.tables import Size, csv_cut, csv_exact, csv_fast, csv_plain, open_table, text_table
from nncli.tables.csv_plain import parse_plain
from nncli.tables.missing import MISSING_WORDS
from nncli.tables.numbers import Spelling

CELLS = [
    *["1", "-2.5", "1e3", ".5", "1.", "+4", "007", "-0", "0.1", "123456789012345678", "1e-400"],
    *["-0.0", "-0 ", "-1e-400", "-0e1", "9007199254740993", "18446744073709551617", "2e-05", "1e-0"],
    *["true", "false", "1e+5", "1E5", "00", "-.5", "1.e3", "+-2", "-", "\t-0"],
    *["1_000", "0x10", "nan", "-nan", "inf", "Infinity", "1e400", "1e", "-", "+-1", "1d3", "nan(1)", "٣"],
    *["", " ", " 7 ", "\t8", "\x0b1", "NA", "null", '"NA"', "None", "é", "\ufeff1", "a\0b"],
    *["True", "FALSE", "tRue", " true ", r"\N", "<NA>", "-NaN", "\u22122.5", "-999", "-999.0", "x", "12%"],
    *['"1,5"', '"-1,5e3"', '"1.234,5"', '"1,2,3"', "1.5", '"-999"', ' "9"', '  "a\nb"', ' "q""q"', '" 7"'],
    *['"9"', '"a\nb"', '"a\r\nb"', '"q""q"', 'a"b', '"x"y', '"', "1,", '"1,5"', "\r", "x\ry"],
]
WELL = ["1", "-2.5", "1e3", "0.1", "7", '"9"', '"a\nb"', '"q""q"', "é", "NA", "2"]
LAYOUT = csv_cut.Layout("a.csv", ",", 3)
INSERTS = [b'"', b"\r", b"\n", b",", b"\0", b"\xff", b"\xef\xbb\xbf", b" ", b"\n\n"]


@st.composite
def csv_files(draw: st.DrawFn) -> bytes:
    """Return a CSV file of up to three columns, whole or damaged in one place."""
    n_columns = draw(st.integers(1, 3))
    cells = st.sampled_from(draw(st.sampled_from([CELLS, WELL, WELL[:5]])))
    rows = draw(st.lists(st.lists(cells, min_size=n_columns, max_size=n_columns), max_size=25))
    newline = draw(st.sampled_from(["\n", "\r\n", "\n\n", "\r\n\r\n\n"]))
    header = ",".join(f"x{i}" for i in range(n_columns))
    text = newline.join([header, *map(",".join, rows)]) + draw(st.sampled_from(["", newline]))
    data = text.encode()
    if draw(st.booleans()):
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.sampled_from(INSERTS)) + data[at + draw(st.integers(0, 2)) :]
    return data


ONE_BLOCK = Size()


def outcome(
    path: Path,
    size: Size = ONE_BLOCK,
    *,
    sent: Callable[[Any], Any] = lambda block: block,
    limit: int | None = None,
    **options: Any,
) -> Any:
    """Return all that a reader says about a file: its bits, its texts, or its message."""
    features: list[bytes] = []
    kept: list[str] = []
    missing: list[bool] = []
    sizes: list[int] = []
    try:
        table: Any
        with open_table(path, **options) as table:
            n_columns = len(table.columns)
            order = [n_columns - 1, 0] if n_columns > 1 else [0]
            kept_columns = [n_columns // 2]
            for block in table.blocks(order, kept_columns, size, limit):
                rows = table.parse(sent(block), order, kept_columns)
                assert rows.first == sum(sizes)
                sizes.append(len(rows))
                features.append(rows.features.tobytes())
                kept += rows.kept[0].cells()
                missing += (~rows.present).tolist()
    except DataError as error:
        return str(error)
    assert all(n and n % size.multiple == 0 for n in sizes[:-1])
    return b"".join(features), kept, missing


@settings(max_examples=250, deadline=None)
@given(
    data=csv_files(),
    small=st.sampled_from([1, 7, 1 << 18]),
    block=st.sampled_from([1, 10, 64, 1 << 22]),
    missing=st.sampled_from(["error", "null", 0.5]),
    limit=st.sampled_from([None, None, None, 0, 3, 10]),
    header=st.booleans(),
    multiple=st.sampled_from([1, 2, 5]),
    times=st.sampled_from([1, 3, 1000]),
    big=st.booleans(),
    spelling=st.sampled_from(
        [
            {},
            {},
            {"missing_words": ["-999", "x", "9"]},
            {"decimal": ","},
            {"decimal": ",", "missing_words": ["1,5"]},
        ]
    ),
    delimiter=st.sampled_from([",", ",", None, ";", " "]),
)
@example(  # what is wrong behind the last row that is wanted is nobody's concern
    data=b'x0,x1,x2\r\n1,1,1\r\n1,2,2\r\n2,2,.5\r\n"1,1,1',
    small=1,
    block=1,
    missing="error",
    limit=3,
    header=True,
    multiple=5,
    times=1,
    big=False,
    spelling={},
    delimiter=",",
)
def test_both_readers_say_the_same(
    tmp_path_factory,
    sent,
    data,
    small,
    block,
    missing,
    limit,
    header,
    multiple,
    times,
    big,
    spelling,
    delimiter,
):
    """Values to the bit, texts, missing rows and messages do not depend on the reader or on its blocks."""
    path = tmp_path_factory.getbasetemp() / "both.csv"
    path.write_bytes(data if delimiter in (",", None) else data.replace(b",", delimiter.encode()))
    options = {"missing": missing, "limit": limit, "header": header, "delimiter": delimiter, **spelling}
    exact = outcome(path, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_table, "BIG", -1 if big else text_table.BIG)
        for module in (text_table, csv_cut):
            patch.setattr(module, "SMALL_BLOCK", small)
        patch.setattr(text_table, "BLOCK", block)
        patch.setattr(text_table, "LEAST_BLOCK", 1)
        patch.setattr(text_table, "BLOCK_PER_COLUMN", 0)
        patch.setattr(csv_plain, "_PIECE", small)
        assert outcome(path, Size(multiple, multiple * times), sent=sent, **options) == exact


@pytest.mark.parametrize(
    "data",
    [
        b"a,1,2\n" * 3,
        b'"a,\n""b""",1,2\r\n"c",3,4\r\n',
        b"a,NA,2\n",
        b"\n\na,1,2\n\n",
        "é,1,2\n".encode(),
        b"a,True,2\n",
        b"a,FALSE, NA\n",
    ],
)
def test_ordinary_blocks_are_read_fast(data):
    """The fast reader takes what is well formed: it does not leave it all to the exact one."""
    wanted = csv_exact.Wanted("a.csv", ["id", "x0", "x1"], [1, 2], [0], ",", "null")
    parsed = csv_fast.parse_rows(data, wanted)
    assert parsed is not None
    assert len(parsed) == csv_cut.count_rows(data, LAYOUT, 1, at_end=False).n_rows


@pytest.mark.parametrize(
    ("data", "multiple", "counted"),
    [
        (b"a,1,2\n" * 3 + b"b,", 1, (18, 3)),
        (b"a,1,2\n" * 7, 2, (36, 6)),
        (b'"a,\n""b""",1,2\r\n"c",3,4\r\n' * 3, 4, (50, 4)),
        (b"a,1,2\n" * 3, 4, (18, 3)),
        (b"\na,1,2\n\n\nb,1,2\n\n", 1, (16, 2)),
        (b"a,1,2\r\n\r\n\nb,1,2\r\n\r\n", 1, (19, 2)),
        (b"a,1,2\n\nb,1,2\nc,1,2,3,4\nd,1,2\n", 3, None),
        (b"a,1,2\n\nb,1,2\n\nc,1,2\n", 2, (13, 2)),
        (b"\n\r\n\n", 1, (4, 0)),
        (b"\n\n", 2, (2, 0)),
        (b"a,1,2\n  \nb,1,2\n", 1, None),
        (b"a,1\n", 1, None),
        (b'a,1,"2', 1, None),
    ],
)
def test_ordinary_blocks_are_counted_without_reading(data, multiple, counted):
    """Neither quotes with newlines nor blank lines are an obstacle; what is wrong is left to who reads it."""
    found = csv_cut.count_rows(data, LAYOUT, multiple, at_end=False)
    assert (found and (found.n_bytes, found.n_rows)) == counted
    assert found is None or found.n_lines == data.count(b"\n", 0, found.n_bytes)


@pytest.mark.parametrize(
    ("line", "values"),
    [
        (b"a,0,-1.5", [-1.5, 0]),
        ("é ,-0,2e-05\r".encode(), [2e-05, -0.0]),
        (b",+1,.5", [0.5, 1]),
        (b"a, 1,2", None),
        (b"a,1,", None),
        (b"a,1,NA", None),
        (b"a,1,nan", None),
        (b"a,1,1e400", None),
        (b"a,1,true", None),
        (b'"a",1,2', None),
        (b"a,1", None),
        (b"a,1,2,3", None),
        (b"a,1\n2", None),
        (b"", None),
    ],
)
def test_rows_of_plain_cells_are_read_where_they_lie(line, values):
    """Mere numbers and plain texts are taken, in the order asked for; the rest is left to the others."""
    wanted = csv_exact.Wanted("a.csv", ["id", "x0", "x1"], [2, 1], [0], ",", "error")
    rows = b"first,4,5\n" + line + b"\nlast,7,8\n"
    for data in (rows, rows[:-1]):
        parsed = parse_plain(data, wanted)
        if values is None:
            assert parsed is None
        else:
            assert parsed.features.tobytes() == np.array([[5, 4], values, [8, 7]], float).tobytes()
            assert parsed.kept[0].cells() == ["first", line.decode().split(",")[0], "last"]


@pytest.mark.parametrize("word", ["-999", "?"])
def test_other_spellings_are_read_fast(word):
    """A decimal comma and other words for missing values do not slow a block down."""
    spelling = Spelling(",", MISSING_WORDS | {word})
    wanted = csv_exact.Wanted("a.csv", ["id", "x0", "x1"], [1, 2], [0], ";", "null", spelling)
    parsed = csv_fast.parse_rows(f"a;1,5;2\nb;{word};3\n".encode(), wanted)
    assert parsed is not None
    assert parsed.features.tolist() == [[1.5, 2], [0, 0]]
    assert parsed.missing.tolist() == [False, True]


@pytest.mark.parametrize(
    ("cell", "value", "spelling"),
    [
        (" 7\t", 7, Spelling()),
        ('"1.5"', 1.5, Spelling()),
        (" true", 1, Spelling()),
        ("FALSE", 0, Spelling()),
        ("NA", None, Spelling()),
        ("", None, Spelling()),
        (" null ", None, Spelling()),
        (" -1,5e3 ", -1500, Spelling(",")),
        (" True ", 1, Spelling(",")),
        ("false", 0, Spelling(",")),
        (" ? ", None, Spelling(",", MISSING_WORDS | {"?"})),
        ("N/A", None, Spelling(",")),
        ("-999", None, Spelling(".", frozenset({"-999"}))),
        ("-999.", -999, Spelling(".", frozenset({"-999"}))),
        ("-1.5", -1.5, Spelling(".", frozenset({"-999"}))),
        ("true", None, Spelling(".", frozenset({"true"}))),
    ],
)
def test_numbers_are_read_fast_however_they_are_spelled(cell, value, spelling):
    """Neither words nor a decimal comma is an obstacle, and what the row keeps is left as it is."""
    wanted = csv_exact.Wanted("a.csv", ["id", "x0"], [1], [1, 0], ";", "null", spelling)
    parsed = csv_fast.parse_rows(f"a;3\nb;{cell}\n".encode(), wanted)
    assert parsed.features.tolist() == [[3], [value or 0]]
    assert parsed.present.tolist() == [True, value is not None]
    assert [column.cells() for column in parsed.kept] == [["3", cell.strip('"')], ["a", "b"]]
    np.testing.assert_array_equal(parsed.kept[0].to_numbers(), [3, np.nan if value is None else value])
    refusing = wanted._replace(missing="error")
    assert (csv_fast.parse_rows(f"a;3\nb;{cell}\n".encode(), refusing) is None) == (value is None)


@pytest.mark.parametrize(
    ("cell", "decimal"),
    [
        *[
            ("1.#QNAN", "."),
            ("#N/A N/A", "."),
            ("X7", ","),
            ("1.5", ","),
            ("1,2,3", ","),
            ("1.000,5", ","),
            (",", ","),
            ("1,5", "."),
        ],
        *[(cell, decimal) for cell in ["x", "inf", "NAN", "1e999", "x true"] for decimal in ".,"],
    ],
)
def test_what_may_be_no_number_is_left_to_the_exact_reader(cell, decimal):
    """It alone says what is wrong."""
    wanted = csv_exact.Wanted("a.csv", ["id", "x0"], [1], [0], ";", "null", Spelling(decimal))
    assert csv_fast.parse_rows(f"a;3\nb;{cell}\n".encode(), wanted) is None


@pytest.mark.parametrize("rows", [b"a;1\n\nb;2\n", b'"a";1\r\n\r\n"b";2', b"a;1\nb;2\n", b"a;1\r\nb;2\r\n"])
def test_blank_lines_are_no_rows(rows):
    """There are as many rows as without them."""
    wanted = csv_exact.Wanted("a.csv", ["id", "x0"], [1], [0], ";", "error")
    parsed = csv_fast.parse_rows(rows, wanted)
    assert parsed.features.tolist() == [[1], [2]]
    assert parsed.kept[0].cells() == ["a", "b"]


def test_a_blank_line_is_a_missing_value_in_a_file_of_one_column():
    """There it is a row."""
    wanted = csv_exact.Wanted("a.csv", ["x0"], [0], [], ",", 0.5)
    assert csv_fast.parse_rows(b'1\n\n"2"\n', wanted).features.tolist() == [[1], [0.5], [2]]


@pytest.mark.parametrize(("piece", "pieces"), [(1, 100), (7, 100), (8, 100), (1, 1), (1, 2), (1 << 18, 4)])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_pieces_of_a_block_do_not_show(piece, pieces, newline, monkeypatch):
    """A piece holds as many whole rows as fit, or one that is longer."""
    texts: list[bytes] = []
    parse = csv_plain._parse_piece

    def noting(rows: bytes, wanted: csv_exact.Wanted) -> Any:
        texts.append(rows)
        return parse(rows, wanted)

    monkeypatch.setattr(csv_plain, "_parse_piece", noting)
    monkeypatch.setattr(csv_plain, "_PIECE", piece)
    monkeypatch.setattr(csv_plain, "_PIECES", pieces)
    wanted = csv_exact.Wanted("a.csv", ["id", "x0", "x1"], [2, 1], [0, 1], ",", "error")
    lines = [b"%s,%d,%d" % (b"a" * i, i, i * i) for i in range(20)]
    for end in (newline, b""):
        parsed = parse_plain(newline.join(lines) + end, wanted)
        assert parsed.features.tolist() == [[i * i, i] for i in range(20)]
        assert parsed.kept[0].cells() == ["a" * i for i in range(20)]
        assert parsed.kept[1].cells() == [str(i) for i in range(20)]
        size = max(piece, sum(map(len, texts)) // pieces)
        assert all(len(text) <= size or text.count(b"\n") == 1 for text in texts)
        following = [text[: text.index(b"\n") + 1] for text in texts[1:]]
        assert all(len(text + row) > size for text, row in zip(texts, following, strict=False))
        texts.clear()
    lines[13] += b",1"
    assert parse_plain(newline.join(lines), wanted) is None


def test_a_block_has_about_as_many_rows_as_wanted(folder, parsed):
    """Those whose results take much memory are read a few at a time."""
    (folder / "even.csv").write_bytes(b"x0,x1\n" + b"0.125,0.25\n" * 400_000)
    with open_table("even.csv") as table:
        sizes = [len(part) for part in parsed(table, [0, 1], size=Size(64, 3008))]
    assert sum(sizes) == 400_000
    assert max(sizes) == 3008


def test_a_long_row_is_read_alone(monkeypatch):
    """The megabytes behind a long row wait: cells need much more memory than their text."""
    monkeypatch.setattr(csv_cut, "SMALL_BLOCK", 100)
    long = b"a" * 1000 + b",1\n"
    layout = csv_cut.Layout("a.csv", ",", 2)
    records = csv_cut.portion(long + b"b,2\n" * 1000, 1, layout, at_end=True)
    assert (len(records.rows), records.n_bytes) == (1, len(long))


@pytest.fixture
def heeding_ctrl_c():
    """Let Ctrl-C raise KeyboardInterrupt, as it does in Python unless somebody had it ignored before."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_is_never_lost_while_a_block_is_read(heeding_ctrl_c):
    """However near to the end of a block it comes, the interrupt is raised."""
    wanted = csv_exact.Wanted("a.csv", ["id", "x0", "x1"], [1, 2], [0], ",", "error")
    data = b"row,0.125,2.5\n" * 5_000
    draw = random.Random(1)
    for _ in range(80):
        timer = threading.Timer(draw.uniform(0.001, 0.02), os.kill, (os.getpid(), signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - it comes when it comes
            timer.start()
            for _ in range(500):
                csv_fast.parse_rows(data, wanted)
        timer.join()


def test_a_problem_deep_in_a_big_file_has_its_line(folder, read):
    """The line is right behind blocks that were read fast, and behind quoted newlines."""
    rows = b"".join(b'"a\nb",%d,1\n' % i for i in range(300_000))
    (folder / "big.csv").write_bytes(b"id,x0,x1\n" + rows + b"c,1,oops\n" + rows)
    with pytest.raises(DataError) as caught:
        read("big.csv", [1, 2], [0])
    assert str(caught.value) == "big.csv:600002: column x1: 'oops' is not a number"


def test_a_big_file_is_read_as_a_small_one(folder, read):
    """Missing values, quotes and odd numbers in a big file are read in its blocks' order."""
    cells = ["1", "+2", "NA", " 3 ", '"4"', "0.1"]
    lines = [f'"{i}\r\n",{cells[i % 6]},{i}\r\n' for i in range(200_000)]
    (folder / "big.csv").write_bytes(b"id,x0,x1\n" + "".join(lines).encode())
    rows = read("big.csv", [1, 2], [0], missing="null")
    values = [1, 2, None, 3, 4, 0.1]
    expected = [(None if i % 6 == 2 else (values[i % 6], float(i)), f"{i}\r\n") for i in range(200_000)]
    assert rows == expected


def test_many_columns_come_in_the_order_asked_for(folder, monkeypatch, parsed):
    """Features are in the network's order, not in the file's; a kept feature is text besides."""
    monkeypatch.setattr(text_table, "BIG", -1)
    monkeypatch.setattr(text_table, "SMALL_BLOCK", 1)
    header = ",".join(f"c{i}" for i in range(300)).encode()
    (folder / "wide.csv").write_bytes(header + b"\n" + (",".join(map(str, range(300))) + "\n").encode() * 5)
    order = [299, 0, 17]
    with open_table("wide.csv") as table:
        (rows,) = parsed(table, order, [17, 298])
    assert np.array_equal(rows.features, np.tile([299.0, 0, 17], (5, 1)))
    assert [column.cells() for column in rows.kept] == [["17"] * 5, ["298"] * 5]
