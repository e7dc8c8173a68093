"""Writing the other formats, compressed or not, and reading matrices."""

from __future__ import annotations

import base64
import gzip
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from nncli import tables
from nncli.errors import DataError, OutputError, UsageError
from nncli.tables import ArrayTable, Results, Rows, Size, text_table
from nncli.tables import table as table_module
from nncli.tables.columns import Labels, Texts
from nncli.tables.npy import NpyWriter

ROWS = [
    {"id": "007", "n": 1, "prediction": "red", "p_red": 0.1, "p_blue": 1e-7},
    {"id": "a,b", "n": 2, "prediction": None, "p_red": None, "p_blue": None},
    {"id": 'say "hi"', "n": 3, "prediction": "blue", "p_red": 0.33333334, "p_blue": None},
]


def npy_bytes(array: object) -> bytes:
    """Return an array as a .npy file."""
    stream = io.BytesIO()
    np.save(stream, np.asarray(array), allow_pickle=True)
    return stream.getvalue()


def kept_alone(rows: Rows) -> Results:
    """Return results that have nothing but the kept columns."""
    return Results(rows.kept, np.empty((len(rows), 0)))


def test_json_is_a_list_of_objects(folder, names, results, write):
    """A row is an object a line; text stays text; missing and not finite numbers are null."""
    write("a.json", names, [results, results])
    assert json.loads(Path("a.json").read_text()) == ROWS * 2
    assert len(Path("a.json").read_text().splitlines()) == 8


def test_jsonl_is_an_object_a_line(folder, names, results, write):
    """JSON lines can be read one by one."""
    write("a.jsonl", names, [results, results])
    assert [json.loads(line) for line in Path("a.jsonl").read_text().splitlines()] == ROWS * 2


@given(st.lists(st.none() | st.text() | st.text('",\\n'), min_size=1, max_size=20))
def test_texts_come_back_from_json(cells):
    """Whatever quotes, commas and backslashes a text holds, it is one string; no text is null."""
    stream = io.BytesIO()
    writer = tables.writer_of("jsonl", ["x"])
    writer.write(stream, [writer.spell(Results([Texts(cells)], np.empty((len(cells), 0))))])
    assert [json.loads(line)["x"] for line in stream.getvalue().split(b"\n")[:-1]] == cells


def test_lists_of_cells_are_short(folder):
    """Many columns are written a few rows at a time: their cells take many times the memory of arrays."""
    results = Results([Texts(["x"] * 5000)] * 300, np.zeros((5000, 200)))
    sizes = [len(part) for part in results.parts()]
    assert sum(sizes) == 5000
    assert max(sizes) * 500 <= 1 << 17


def test_json_without_rows_is_an_empty_list(folder, write):
    """No rows are a list all the same."""
    write("a.json", ["x%"], [])
    assert json.loads(Path("a.json").read_text()) == []


def test_class_numbers_are_numbers_in_json(folder, write):
    """A prediction that has no name is a number, and names of columns may hold anything."""
    labels = Labels(np.array([1]), ["0", "1"], quoted=False)
    outputs = np.array([[0.1239]])
    results = Results([Texts(["x"])], outputs, prediction=labels)
    write("a.json", ["a%b", 'c"d', "e"], [results], decimals=2)
    assert json.loads(Path("a.json").read_text()) == [{"a%b": "x", 'c"d': 1, "e": 0.12}]


def test_npy_holds_the_output_matrix(folder, names, results, write):
    """A .npy file holds what the network gave, NaN where a row had no features."""
    write("a.npy", names, [results, results])
    matrix = np.load("a.npy")
    assert matrix.dtype == np.float32
    expected = np.array([[0.1, 1e-7], [np.nan, np.nan], [1 / 3, np.inf]], dtype=np.float32)
    assert np.array_equal(matrix, np.vstack([expected, expected]), equal_nan=True)


def test_npy_goes_through_a_pipe(names, results, folder, write):
    """A stream that can't go back gets the same bytes."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    pipe = Pipe()
    writer = NpyWriter(names)
    writer.write(pipe, [writer.spell(results)])
    write("a.npy", names, [results])
    assert pipe.getvalue() == Path("a.npy").read_bytes()
    assert len(pipe.getvalue()) == 128 + 3 * 2 * 4


def test_npy_follows_decimals(folder, names, results, write):
    """Decimals round the numbers."""
    write("a.npy", names, [results], decimals=1)
    assert np.load("a.npy")[2, 0] == np.float32(0.3)


def test_parquet_keeps_types(folder, names, results, write):
    """A Parquet file has text as text, numbers in their dtype, and nulls for missing rows."""
    write("a.parquet", names, [results, results])
    table = pq.read_table("a.parquet")
    assert [str(kind) for kind in table.schema.types] == ["string", "uint8", "string", "float", "float"]
    rows = table.to_pylist()
    assert [row["id"] for row in rows[:3]] == [row["id"] for row in ROWS]
    assert [row["prediction"] for row in rows] == ["red", None, "blue"] * 2
    assert [row["p_red"] for row in rows[:2]] == [np.float32(0.1), None]


def test_parquet_has_row_groups(folder, monkeypatch, write):
    """Rows are written in groups as they come, and rounded where asked for."""
    from nncli.tables import parquet

    monkeypatch.setattr(parquet, "_GROUP_ROWS", 10)
    parts = [Results([], np.full((4, 1), 0.126)) for _ in range(8)]
    write("a.parquet", ["x"], iter(parts), decimals=2)
    file = pq.ParquetFile("a.parquet")
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [10, 10, 10, 2]
    assert set(file.read().to_pydict()["x"]) == {0.13}


def test_parquet_without_rows_has_its_columns(folder, write):
    """No rows leave the names."""
    write("a.parquet", ["a", "b"], [])
    assert pq.read_table("a.parquet").column_names == ["a", "b"]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_text_is_compressed_by_suffix(folder, names, results, suffix, write):
    """The same rows give the same bytes, which unpack to the plain file's."""
    unpack = (
        gzip.decompress
        if suffix == ".gz"
        else lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data)
    )
    for name in ("a.csv", "b.csv" + suffix, "c.CSV" + suffix):
        write(name, names, [results])
    packed = Path("b.csv" + suffix).read_bytes()
    assert packed == Path("c.CSV" + suffix).read_bytes()
    assert unpack(packed) == Path("a.csv").read_bytes()


def test_suffixes_tell_the_format():
    """Each format's name is its suffix; a text format's may be followed by a compression's."""
    for name in tables.WRITERS:
        assert tables.format_of(f"rows.{name}") == name
    assert tables.format_of("rows.jsonl.gz") == "jsonl"
    for path, message in {
        "rows.xls": "rows.xls: no output format has this suffix"
        " (known: .csv, .tsv, .json, .jsonl, .npy, .parquet)",
        "rows": "rows: no output format has this suffix (known: .csv, .tsv, .json, .jsonl, .npy, .parquet)",
        "rows.npy.gz": "rows.npy.gz: a npy file is not compressed from outside; leave out .gz",
    }.items():
        with pytest.raises(UsageError) as caught:
            tables.format_of(path)
        assert str(caught.value) == message


@pytest.mark.parametrize(
    ("file", "damage", "message"),
    [
        ("a.csv.gz", lambda data: data[:-9], "the gzip data ends too early (was the file cut short?)"),
        ("a.csv.gz", lambda data: data[:20] + b"\xff" * 20 + data[40:], "the gzip data is damaged"),
        ("a.csv.zst", lambda data: data[:-9], "the zstd data is damaged or ends too early"),
        ("a.parquet", lambda data: data[:-9], "not a whole Parquet file"),
        ("a.parquet", lambda data: b"", "not a whole Parquet file"),
        ("a.npy", lambda data: data[:-1], "not a whole .npy file"),
        ("a.npy", lambda data: data[:50], "not a whole .npy file"),
        ("a.npy", lambda data: b"", "not a whole .npy file"),
    ],
)
def test_damaged_files_are_told(folder, names, results, file, damage, message, write, parsed):
    """A file that was cut short or damaged is an error in one line."""
    write(file, names, [results] * 50)
    Path(file).write_bytes(damage(Path(file).read_bytes()))
    with pytest.raises(DataError) as caught, tables.open_table(file, missing="null") as table:
        list(parsed(table, [1]))
    assert str(caught.value).startswith(f"{file}: {message}")
    assert "\n" not in str(caught.value)


def test_a_damaged_schema_of_parquet_is_told(folder):
    """Whole numbers of four bits, which Arrow does not have, end in one line."""
    pq.write_table(pa.table({"x": pa.array([1, 2], pa.int32())}), "a.parquet")
    stored = pq.read_metadata("a.parquet").metadata[b"ARROW:schema"]
    schema = base64.b64decode(stored)
    refused = []
    for at in (i for i, byte in enumerate(schema) if byte == 32):
        damaged = base64.b64encode(schema[:at] + b"\x04" + schema[at + 1 :])
        Path("b.parquet").write_bytes(Path("a.parquet").read_bytes().replace(stored, damaged))
        try:
            tables.open_table("b.parquet")
        except DataError as error:
            refused.append(str(error))
    assert "b.parquet: not a whole Parquet file (Integers with less than 8 bits not implemented)" in refused


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npy_bytes(np.array([[None]], dtype=object)), "it holds Python objects, not numbers"),
        (npy_bytes(np.zeros(3)), "an array of shape 3, where rows x inputs belong"),
        (npy_bytes(np.array(1.0)), "an array of shape no dimension, where rows x inputs belong"),
        (npy_bytes(np.zeros((2, 2, 2))), "an array of shape 2 x 2 x 2, where rows x inputs belong"),
        (npy_bytes(np.array([["a"]])), "an array of texts, where numbers belong"),
        (npy_bytes(np.zeros((1, 1), dtype=complex)), "an array of complex128, where numbers belong"),
        (
            npy_bytes(np.zeros((1, 2), dtype=[("a", "<f4")])),
            "an array of records (a), where numbers belong: save",
        ),
        (npy_bytes(np.zeros((0, 2))), "no rows"),
        (npy_bytes([[1, np.inf]]), "row 0: column column_1: inf is not a finite number"),
        (
            npy_bytes([[1, 2], [np.nan, 2]]),
            "row 1: column column_0: missing value 'NaN' (missing='null' or a number would let it pass)",
        ),
        (npy_bytes(np.zeros((2, 2))).replace(b"(2, 2)", b"(-1,2)"), "not a whole .npy file"),
        (npy_bytes(np.zeros((2, 2))).replace(b"}", b" "), "not a whole .npy file (its header is damaged)"),
        (
            npy_bytes(np.zeros((2, 2))).replace(b", }", b"L, "),
            "not a whole .npy file (its header is damaged)",
        ),
        (npy_bytes(np.zeros((2, 2))).replace(b"(2, 2), }     ", b"(10000000,2)}"), "not a whole .npy file"),
    ],
)
def test_matrices_that_are_none_are_told(folder, content, message, parsed):
    """A .npy file must hold a matrix of finite numbers."""
    Path("a.npy").write_bytes(content)
    with pytest.raises(DataError) as caught, tables.open_table("a.npy") as table:
        list(parsed(table, [0, 1]))
    assert str(caught.value).startswith(f"a.npy: {message}")


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", ">f8", "int64", "uint8", "bool"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_matrix_is_read_in_blocks(folder, monkeypatch, dtype, order, parsed):
    """Any numbers in either order come in the columns asked for; single precision stays so."""
    matrix = np.asarray(np.arange(60).reshape(20, 3), dtype=dtype, order=order)
    Path("a.npy").write_bytes(npy_bytes(matrix))
    monkeypatch.setattr(table_module, "BLOCK_BYTES", 30)
    with tables.open_table("a.npy") as source:
        assert (source.n_rows, source.columns, source.has_header) == (
            20,
            ["column_0", "column_1", "column_2"],
            False,
        )
        parts = list(parsed(source, [2, 0], [1], limit=15))
    assert len(parts) > 1
    features = np.vstack([part.features for part in parts])
    assert features.dtype == (np.float32 if dtype == "float32" else np.float64)
    assert np.array_equal(features, matrix[:15, [2, 0]])
    assert np.array_equal(np.concatenate([part.kept[0].to_numbers() for part in parts]), matrix[:15, 1])


@pytest.mark.parametrize("limit", [None, 1, 20, 64, 99])
@pytest.mark.parametrize("size", [Size(), Size(1, 3), Size(5, 5), Size(8, 24), Size(1000, 1000)])
@pytest.mark.parametrize("suffix", ["csv", "npy", "parquet", "memory"])
def test_blocks_hold_a_multiple_of_rows(folder, monkeypatch, sent, suffix, size, limit):
    """All blocks but the last hold a multiple, whatever the source and the limit; none is empty."""
    matrix = np.arange(198.0).reshape(99, 2)
    columns = dict(zip("ab", matrix.T, strict=True))
    if suffix == "csv":
        Path("a.csv").write_text("a,b\n" + "".join(f"{a},{b}\n" for a, b in matrix))
        for name, few in (("SMALL_BLOCK", 100), ("BLOCK", 50), ("LEAST_BLOCK", 1), ("BLOCK_PER_COLUMN", 0)):
            monkeypatch.setattr(text_table, name, few)
    elif suffix == "npy":
        np.save("a.npy", matrix)
    elif suffix == "parquet":
        pq.write_table(pa.table(columns), "a.parquet", row_group_size=7)
    with ArrayTable("a", columns) if suffix == "memory" else tables.open_table(f"a.{suffix}") as table:
        source: Any = table
        parts = [source.parse(sent(block), [1], [0]) for block in source.blocks([1], [0], size, limit)]
    sizes = [len(part) for part in parts]
    assert all(n % size.multiple == 0 for n in sizes[:-1])
    assert min(sizes) > 0
    assert max(sizes) <= max(size.most_rows, 8)  # a CSV file's rows are not all of the same length
    assert [part.first for part in parts] == [sum(sizes[:i]) for i in range(len(sizes))]
    assert np.array_equal(np.vstack([part.features for part in parts]), matrix[:limit, 1:])
    assert np.array_equal(np.concatenate([part.kept[0].to_numbers() for part in parts]), matrix[:limit, 0])


@pytest.fixture
def parquet_file(folder: Path) -> str:
    """Return a Parquet file of some types, with nulls."""
    columns = {
        "id": pa.array(["a", None, "c"]),
        "x0": pa.array([1, None, 3], pa.int32()),
        "x1": pa.array([0.5, 1.5, 2.5], pa.float32()),
        "flag": pa.array([True, False, True]),
        "when": pa.array([0, 1, None], pa.timestamp("s")),
    }
    pq.write_table(pa.table(columns), "a.parquet", row_group_size=2)
    return "a.parquet"


def test_parquet_rows_are_read_in_groups(parquet_file, monkeypatch, write, parsed):
    """Nulls are missing values; text, numbers and dates can be kept."""
    with tables.open_table(parquet_file, missing="null") as table:
        assert (table.n_rows, table.columns) == (3, ["id", "x0", "x1", "flag", "when"])
        parts = list(parsed(table, [2, 1], [0, 3, 4]))
    assert np.vstack([part.features for part in parts])[[0, 2]].tolist() == [[0.5, 1], [2.5, 3]]
    assert np.concatenate([part.present for part in parts]).tolist() == [True, False, True]
    write("b.csv", ["id", "flag", "when"], map(kept_alone, parts))
    assert Path("b.csv").read_text() == (
        "id,flag,when\na,true,1970-01-01 00:00:00.000\n,false,1970-01-01 00:00:01.000\nc,true,\n"
    )


def test_numbers_with_nulls_can_be_kept(parquet_file, write, parsed):
    """A kept column of numbers stays one where some are missing: null in JSON, empty in CSV."""
    with tables.open_table(parquet_file) as table:
        results = [kept_alone(part) for part in parsed(table, [2], [1, 3])]
    write("b.csv", ["x0", "flag"], results)
    assert Path("b.csv").read_text() == "x0,flag\n1,true\n,false\n3,true\n"
    write("b.json", ["x0", "flag"], results)
    assert [row["x0"] for row in json.loads(Path("b.json").read_text())] == [1, None, 3]
    write("b.parquet", ["x0", "flag"], results)
    assert pq.read_table("b.parquet").to_pydict() == {"x0": [1, None, 3], "flag": [True, False, True]}


def test_a_limit_of_no_rows_still_tells_the_types(parquet_file, parsed):
    """Every source gives one block without rows, of the columns asked for."""
    Path("a.csv").write_text("id,x0,x1\n")
    np.save("a.npy", np.zeros((4, 3)))
    columns = {name: np.zeros(3) for name in "abc"}
    sources = [tables.open_table(name) for name in ("a.csv", "a.npy", parquet_file)]
    for source in [*sources, ArrayTable("the data", columns)]:
        with source as table:
            (rows,) = parsed(table, [2, 1], [0], limit=0)
        assert rows.features.shape == (0, 2)
        assert [len(column) for column in rows.kept] == [0]


def test_parquet_stays_single_and_ends_at_the_limit(parquet_file, parsed):
    """Single precision stays so, and a limit ends the reading."""
    with tables.open_table(parquet_file) as table:
        (rows,) = parsed(table, [2], limit=1)
    assert rows.features.dtype == np.float32
    assert rows.features.tolist() == [[0.5]]


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (
            [0],
            "a.parquet: column id: text, where numbers belong"
            " (numbers as text: pandas' frame['id'].astype(float))",
        ),
        (
            [1],
            "a.parquet: row 1: column x0: missing value 'NaN' (missing='null' or a number would let it pass)",
        ),
    ],
)
def test_parquet_columns_must_be_numbers(parquet_file, features, message, parsed):
    """A feature is a number, and a null is a missing value."""
    with pytest.raises(DataError) as caught, tables.open_table(parquet_file) as table:
        list(parsed(table, features))
    assert str(caught.value) == message


def test_parquet_without_rows_or_names_is_told(folder, parsed):
    """An empty file, and one with a name twice, are errors."""
    pq.write_table(pa.table({"x0": pa.array([], pa.float64())}), "a.parquet")
    with pytest.raises(DataError, match=r"^a.parquet: no rows$"), tables.open_table("a.parquet") as table:
        list(parsed(table, [0]))
    pq.write_table(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), "b.parquet")
    with pytest.raises(DataError, match=r"^b.parquet: two columns have the name 'a'; rename one of them$"):
        tables.open_table("b.parquet")
    with pytest.raises(DataError, match=r"^none.parquet: no such file or directory$"):
        tables.open_table("none.parquet")


def test_rows_in_memory_are_a_table(parsed):
    """Generated data come in blocks, with the same rules for what is missing."""
    columns = {"x0": np.arange(70_000.0), "x1": np.ones(70_000), "label": np.zeros(70_000, np.uint8)}
    with ArrayTable("the data", columns) as table:
        first, second = parsed(table, [1, 0], [2], limit=40_000, size=Size(4, 32_768))
    assert (len(first), len(second), second.first) == (32_768, 7_232, 32_768)
    assert second.features[0].tolist() == [1, 32_768]
    assert second.kept[0].values.dtype == np.uint8
    with pytest.raises(DataError, match=r"^the data: row 1: column x: inf is not a finite number$"):
        list(parsed(ArrayTable("the data", {"x": np.array([1, np.inf])}), [0]))
    with pytest.raises(DataError, match=r"^the data: no rows$"):
        list(parsed(ArrayTable("the data", {}), []))


def test_whole_numbers_in_memory_become_floats(parsed):
    """Whole numbers go into the network as floats."""
    (rows,) = parsed(ArrayTable("the data", {"x": np.array([1, 2])}), [0])
    assert rows.features.dtype == np.float64
    assert rows.features.tolist() == [[1], [2]]


def test_a_failed_write_leaves_the_old_file(folder, names, results, write):
    """Whatever ends the rows, the old file stays and nothing lies beside it."""
    Path("a.csv.gz").write_bytes(b"old")

    def broken():
        yield results
        raise DataError("the reader's own words")

    with pytest.raises(DataError, match=r"^the reader's own words$"):
        write("a.csv.gz", names, broken())
    assert [(p.name, p.read_bytes()) for p in Path().iterdir()] == [("a.csv.gz", b"old")]
    with pytest.raises(OutputError, match=r"^none/a.csv: no such file.*\(there is no folder none\)$"):
        write("none/a.csv", names, [results])


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "npy", "parquet"])
def test_standard_input_may_be_of_any_format(folder, shell, suffix, write):
    """What comes in a pipe is known by its first bytes."""
    Path("net.yaml").write_text("inputs: 2\nlayers: [{units: 2, weights: [[1, 2], [3, 4]]}]\n")
    matrix = np.array([[1.0, 2], [3, 4]])
    write(f"rows.{suffix}", ["x0", "x1"], [Results([], matrix)])
    result = shell("run", "net.yaml", "-", "-f", "csv", stdin=Path(f"rows.{suffix}").read_bytes())
    assert result.stdout == "output_0,output_1\n5.0,11.0\n11.0,25.0\n"
