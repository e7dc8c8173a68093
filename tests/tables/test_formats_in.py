"""The other formats in: JSON lines, JSON, Arrow's files and streams, and everything packed."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import threading
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import get_args

import numpy as np
import pyarrow as pa
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli import tables
from nncli.cli.options import FormatName
from nncli.errors import DataError
from nncli.tables import Size, json_table, text_table

ROWS = [((0.5, 1.0), "a"), ((-2.0, 3.0), "b")]
TEXTS = {
    "csv": b"id,x0,x1\na,0.5,1\nb,-2,3\n",
    "tsv": b"id\tx0\tx1\na\t0.5\t1\nb\t-2\t3\n",
    "jsonl": b'{"id":"a","x0":0.5,"x1":1}\n{"x1":3,"x0":-2,"id":"b"}\n',
    "json": b'[\n {"id": "a", "x0": 0.5, "x1": 1},\n {"id": "b", "x0": -2, "x1": 3}\n]\n',
    "lists.jsonl": b'["a",0.5,1]\n["b",-2,3]\n',
    "named.jsonl": b'["id","x0","x1"]\n["a",0.5,1]\n["b",-2,3]\n',
    "lists.json": b'[["a",0.5,1],["b",-2,3]]',
}
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor().compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


def arrow_bytes(*, stream: bool, compression: str | None = None) -> bytes:
    """Return the rows as Arrow's bytes, in batches of one."""
    table = pa.table({"id": ["a", "b"], "x0": [0.5, -2], "x1": [1, 3]})
    sink = io.BytesIO()
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with make(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table, max_chunksize=1)
    return sink.getvalue()


@pytest.mark.parametrize("packing", PACKED)
@pytest.mark.parametrize("format", TEXTS)
def test_every_text_is_read_packed_or_not(folder, read, format, packing):
    """The suffix tells the format; an unknown one leaves it to the content, whatever it is packed with."""
    content = PACKED[packing](TEXTS[format])
    for name in (f"a.{format}{packing}", "a.data"):
        if name == "a.data" and format == "tsv":
            name = "a.tsv"
        (folder / name).write_bytes(content)
        assert read(name, [1, 2], [0]) == ROWS


@pytest.mark.parametrize("packing", PACKED)
@pytest.mark.parametrize("format", ["csv", "jsonl", "json"])
def test_a_pipe_is_recognised_by_its_content(folder, read, format, packing):
    """Bytes that come one by one are read as a file's are."""
    content = PACKED[packing](TEXTS[format])
    os.mkfifo("pipe")

    def feed() -> None:
        with open("pipe", "wb", buffering=0) as pipe:
            for i in range(len(content)):
                pipe.write(content[i : i + 1])

    writer = threading.Thread(target=feed)
    writer.start()
    rows = read("pipe", [1, 2], [0])
    writer.join()
    assert rows == ROWS


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", ["a.arrow", "a.feather", "a.data"])
def test_arrow_is_read(folder, read, name, stream, compression):
    """Files and streams, compressed inside or not, in batches that end anywhere."""
    (folder / name).write_bytes(arrow_bytes(stream=stream, compression=compression))
    assert read(name, [1, 2], [0]) == ROWS
    assert read(name, [2], [], limit=1) == [((1.0,),)]


@settings(max_examples=60, deadline=None)
@given(at=st.integers(8, 600), byte=st.integers(0, 255), stream=st.booleans())
def test_damaged_arrow_is_refused_or_read(tmp_path_factory, at, byte, stream):
    """Whatever byte is wrong, there is a result or one line, and no crash."""
    content = bytearray(arrow_bytes(stream=stream))
    content[at % len(content)] = byte
    path = tmp_path_factory.getbasetemp() / "damaged.arrow"
    path.write_bytes(content)
    with suppress(DataError), tables.open_table(path) as table:
        for block in table.blocks([1, 2], [0], Size()):
            table.parse(block, [1, 2], [0]).kept[0].cells()


@pytest.mark.parametrize("end", [10, 60, 300])
@pytest.mark.parametrize("packing", [".bz2", ".xz"])
def test_what_is_packed_and_cut_is_told(folder, read, packing, end):
    """A file that ends too early is no smaller table."""
    text = b"id,x0,x1\n" + b"".join(b"a,%d,1\n" % i for i in range(1000))
    (folder / "a.csv").write_bytes(PACKED[packing](text)[:end])
    with pytest.raises(DataError, match=r"ends too early|is damaged"):
        read("a.csv", [1, 2])


def test_packed_files_may_be_joined(folder, read):
    """Two packed files one after the other are one, as for the tools that pack."""
    for packing in (".bz2", ".xz"):
        (folder / "a.csv").write_bytes(PACKED[packing](b"x0,x1\n1,2\n") + PACKED[packing](b"3,4\n"))
        assert read("a.csv", [0, 1]) == [((1.0, 2.0),), ((3.0, 4.0),)]


BAD = {
    "cut": (b'{"x0":1,"x1":2}\n{"x0":1,\n', "a.jsonl:2: not JSON ("),
    "text": (b'{"x0":1,"x1":2}\nhello\n', "a.jsonl:2: not JSON ("),
    "no number": (
        b'\n{"x0":1,"x1":2}\n\n{"x0":1,"x1":"a"}\n',
        "a.jsonl:4: column x1: 'a' is not a number",
    ),
    "a list": (b'{"x0":1,"x1":[2]}\n', "a.jsonl:1: column x1: a list, where a number belongs"),
    "an object": (b'{"x0":1,"x1":{}}\n', "a.jsonl:1: column x1: an object, where a number belongs"),
    "null": (b'{"x0":1,"x1":null}\n', "a.jsonl:1: column x1: missing value 'null' (missing='null'"),
    "NaN": (b'{"x0":1,"x1":NaN}\n', "a.jsonl:1: column x1: missing value 'null' (missing='null'"),
    "infinite": (b'{"x0":1,"x1":-Infinity}\n', "a.jsonl:1: column x1: -inf is not a finite number"),
    "absent": (
        b'{"x0":1,"x1":2}\n{"x0":1}\n',
        "a.jsonl:2: column x1: the row has no such key (missing='null'",
    ),
    "new key": (
        b'{"x0":1,"x1":2}\n{"x0":1,"X1":2}\n',
        "a.jsonl:2: the key 'X1' is new: the first row has x0, x1 (did you mean 'x1'?)",
    ),
    "key twice": (b'{"x0":1,"x1":2}\n{"x0":1,"x1":2,"x0":3}\n', "a.jsonl:2: the key 'x0' is there twice"),
    "key twice beside colons": (b'{"x0":"1:2","x1":2,"x0":3}\n', "a.jsonl:1: the key 'x0' is there twice"),
    "other kind": (b'{"x0":1,"x1":2}\n[1,2]\n', "a.jsonl:2: a list, where an object belongs as before"),
    "other length": (b"[1,2]\n[1]\n", "a.jsonl:2: 1 value where 2 belong"),
    "no row": (b"5\n", "a.jsonl:1: 5, where a row belongs: an object or a list of values"),
    "empty": (b"", "a.jsonl: the file is empty: no rows"),
    "blank": (b"\n \n", "a.jsonl: the file is empty: no rows"),
    "an earlier cell": (b'{"x0":1,"x1":"a"}\n{"x0"\n', "a.jsonl:1: column x1: 'a' is not a number"),
    "half a character": (b'{"x0":1,"x1":"\\ud800"}\n', "a.jsonl:1: not JSON ("),
    "no UTF-8": (b'{"x0":1,"x1":"\xff"}\n', "a.jsonl:1: not JSON ("),
    "deep": (b'{"x0":1,"x1":2,"d":' + b"[" * 5000 + b"]" * 5000 + b"}\n", "a.jsonl:1: not JSON ("),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_line_of_json_is_told(folder, read, case):
    """The line and the key are in the message, as a CSV file's line and column are."""
    content, message = BAD[case]
    (folder / "a.jsonl").write_bytes(content)
    with pytest.raises(DataError) as caught:
        read("a.jsonl", [0, 1], [])
    assert str(caught.value).startswith(message)


def test_json_rows_are_read_as_they_are_meant(folder, read):
    """Numbers may be text, truth is 1 or 0, kept keys may be absent, and a nested value stays JSON."""
    lines = [
        {"x0": "1.5", "x1": True, "k": "a:b"},
        {"x1": "TRUE", "x0": 12345678901234567890},
        {"x0": None, "x1": 1, "k": {"a": [1, None]}},
    ]
    (folder / "a.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines) + "\n  \n")
    rows = read("a.jsonl", [0, 1], [2], missing="null")
    assert rows == [((1.5, 1.0), "a:b"), ((12345678901234567890.0, 1.0), None), (None, '{"a":[1,null]}')]


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.text()), min_size=1, max_size=30
    ),
    block=st.sampled_from([1, 30, 1 << 20]),
    multiple=st.sampled_from([1, 2, 5]),
    blank=st.sampled_from(["", "\n", " \n", "\r\n"]),
)
def test_blocks_of_json_lines_do_not_show(tmp_path_factory, sent, rows, block, multiple, blank):
    """Any rows, cut anywhere between two lines, are read as they were written."""
    path = tmp_path_factory.getbasetemp() / "rows.jsonl"
    path.write_text("".join(json.dumps({"id": text, "x": x}) + "\n" + blank for x, text in rows), newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_table, "BLOCK", block)
        patch.setattr(text_table, "LEAST_BLOCK", 1)
        patch.setattr(text_table, "BLOCK_PER_COLUMN", 0)
        with tables.open_table(path) as table:
            parts = [
                table.parse(sent(part), [1], [0])
                for part in table.blocks([1], [0], Size(multiple, 10 * multiple))
            ]
    assert [x for part in parts for x in part.features[:, 0]] == [x for x, _ in rows]
    assert [cell for part in parts for cell in part.kept[0].cells()] == [text for _, text in rows]
    assert all(len(part) % multiple == 0 for part in parts[:-1])
    assert [part.first for part in parts] == np.cumsum([0, *map(len, parts[:-1])]).tolist()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"x0": [1, 2]}'.replace(b" ", b"\n"), "a.json: an object, where a list of rows belongs"),
        (b"[]", "a.json: no rows"),
        (b'[{"x0": 1}, {"x0": "b"}]', "a.json: row 1: column x0: 'b' is not a number"),
        (b'[{"x0": 1}, {"x0": 2, "x0": 3}]', "a.json: the key 'x0' is there twice"),
        (b'[{"x0": 1},', "a.json: not JSON ("),
    ],
)
def test_bad_json_is_told(folder, read, content, message):
    """A JSON file has no lines, so its rows are counted."""
    (folder / "a.json").write_bytes(content)
    with pytest.raises(DataError) as caught:
        read("a.json", [0])
    assert str(caught.value).startswith(message)


def test_a_last_line_of_spaces_is_no_row(folder, read):
    """With a newline behind it or without one."""
    for end in ("   ", "   \n"):
        Path("names.jsonl").write_text('["x0", "x1"]\n' + end)
        with pytest.raises(DataError, match=r"^names\.jsonl: no rows after the header$"):
            read("names.jsonl", [0, 1])


def test_a_list_of_rows_over_lines_is_one_whatever_its_suffix(folder, read):
    """What begins a list of rows and goes on below is no JSON lines, nor the other way round."""
    (folder / "a.jsonl").write_bytes(b'[{"x0":1},\n{"x0":2}]\n')
    (folder / "a.json").write_bytes(b'{"x0":1}\n{"x0":2}\n')
    assert read("a.jsonl", [0]) == read("a.json", [0]) == [((1.0,),), ((2.0,),)]


@pytest.mark.parametrize("format", ["csv", "tsv", "json", "jsonl", "arrow"])
def test_an_empty_file_is_told(folder, read, format):
    """In words of our own, whatever library would read it."""
    (folder / f"a.{format}").write_bytes(b"")
    with pytest.raises(DataError, match=r"^a\.\w+: the file is empty: (no header, )?no rows$"):
        read(f"a.{format}", [0])


def test_a_large_json_file_is_refused(folder, read, monkeypatch):
    """It is read whole, so it is bounded; JSON lines are not."""
    monkeypatch.setattr(json_table, "MOST_BYTES", 100)
    (folder / "a.json").write_text("[" + ",\n".join(['{"x0": 1}'] * 100) + "]")
    with pytest.raises(DataError, match="write JSON lines"):
        read("a.json", [0])


def zipped(*names: str) -> bytes:
    """Return a zip archive of empty files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "")
    return stream.getvalue()


FOREIGN = {
    "an Excel workbook": zipped("[Content_Types].xml", "xl/workbook.xml"),
    "a NumPy .npz archive": zipped("arr_0.npy"),
    "a PyTorch file": zipped("net/data.pkl"),
    "a Keras file": zipped("metadata.json", "config.json"),
    "a zip archive": zipped("rows.csv"),
    "an HDF5 file": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "a PDF document": b"%PDF-1.7\n%\xe2\xe3\n",
    "an ONNX file": b"\x08\x08\x12\x07pytorch:\x9a\x01",
    "an old Excel workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "a pickle": b"\x80\x04\x95\x10\0\0\0\0\0\0\0]",
    "an SQLite database": b"SQLite format 3\0",
    "a Stata file": b"<stata_dta><header><release>118</release>",
    "a Stata file: write its rows": b"r\x02\x01\0\x03\0\x05\0",
    "an SPSS file": b"$FL2@(#) SPSS DATA FILE",
    "an SPSS file: write its rows": b"$FL3@(#) IBM SPSS STATISTICS",
    "an SPSS file: write its rows as CSV": "ASCII SPSS PORT FILE".encode("cp037") + bytes(100),
    "a SAS file": bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c"),
    "a SAS file: write its rows": b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!",
    "a SAS catalog": bytes(12) + bytes.fromhex("c2ea8163b31411cfbd92080009c7318c"),
    "a dBase file": bytes.fromhex("036e0c0308000000a1017000") + bytes(20) + b"STATE",
    "a .safetensors file": (0x280).to_bytes(8, "little") + b'{"a":{}}' + b" " * 632,
    "a web page": b"<!DOCTYPE html><html>",
    "a tar archive": b"rows.csv".ljust(257, b"\0") + b"ustar\x0000".ljust(300, b"\0"),
}


@pytest.mark.parametrize("name", ["a.csv", "a.data", "a.xlsx", "a.jsonl"])
@pytest.mark.parametrize("what", FOREIGN)
def test_a_file_that_is_no_table_is_called_by_its_name(folder, read, what, name):
    """The message says what it is, whatever its suffix."""
    (folder / name).write_bytes(FOREIGN[what])
    with pytest.raises(DataError) as caught:
        read(name, [0])
    assert str(caught.value).startswith(f"{name}: it is {what}")


def test_a_table_of_another_suffix_is_told(folder, read):
    """The suffix decides; where the content is plainly another format, the message names it."""
    np.save("a.npy", np.eye(2))
    Path("a.npy").rename("a.csv")
    with pytest.raises(DataError, match=r"^a\.csv: it is a NumPy array: give it the suffix \.npy$"):
        read("a.csv", [0])


def test_a_missing_file_is_asked_for_by_a_near_name(folder, read):
    """A typo in a file's name is told with the file that was meant."""
    (folder / "points.csv").write_bytes(b"x0\n1\n")
    with pytest.raises(DataError, match=r"no such file or directory \(did you mean 'point.*\.csv'\?\)"):
        read("pionts.csv", [0])


def test_the_formats_on_the_command_line_are_those_that_are_written():
    """The option's choices are the writers and the table for people."""
    assert set(get_args(FormatName)) == {*tables.WRITERS, "table"}
