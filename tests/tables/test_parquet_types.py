"""Columns of every type that Parquet has: as inputs, as labels, and kept."""

from __future__ import annotations

import json
import uuid
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nncli import tables
from nncli.errors import DataError
from nncli.jobs.labels import ClassLabels, read_targets, texts
from nncli.jobs.recorded import _numbers
from nncli.tables import Results, Size, arrow
from nncli.tables.arrow_column import ArrowColumn
from nncli.tables.csv_join import joined_lines
from nncli.tables.csv_write import CsvWriter
from nncli.tables.wrong import WrongRows
from nncli.views.table import texts as table_texts

UUID = uuid.UUID("41424344-4546-4748-494a-4b4c4d4e4f50")
NOT_TEXT = pa.Array.from_buffers(
    pa.string(), 2, [None, pa.py_buffer(np.array([0, 1, 2], "i4")), pa.py_buffer(b"\xffa")]
)

KEPT = {
    "int64": (pa.array([2**53 + 1, None]), "9007199254740993", 9007199254740993),
    "uint64": (pa.array([2**64 - 1, None], pa.uint64()), "18446744073709551615", 18446744073709551615),
    "bool": (pa.array([True, None]), "true", True),
    "half": (pa.array([1.5, None], pa.float16()), "1.5", 1.5),
    "decimal": (pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)), "1.50", 1.5),
    "decimal32": (pa.array([Decimal("1.50"), None], pa.decimal32(5, 2)), "1.50", 1.5),
    "decimal256": (pa.array([Decimal("1.50"), None], pa.decimal256(50, 2)), "1.50", 1.5),
    "nulls": (pa.nulls(2), "", None),
    "binary": (pa.array([b"\xff\x00", None]), "ff00", "ff00"),
    "fixed": (pa.array([b"\xab\xcd", None], pa.binary(2)), "abcd", "abcd"),
    "large": (pa.array([b"\xff", None], pa.large_binary()), "ff", "ff"),
    "view": (pa.array([b"\xff", None], pa.binary_view()), "ff", "ff"),
    "large_text": (pa.array(["é", None], pa.large_string()), "é", "é"),
    "text_view": (pa.array(["é", None], pa.string_view()), "é", "é"),
    "no_text": (NOT_TEXT, "\\xff", "\\xff"),
    "dictionary": (pa.array(["a", None]).dictionary_encode(), "a", "a"),
    "time": (pa.array([1, None], pa.timestamp("ns")), *["1970-01-01 00:00:00.000000001"] * 2),
    "far": (pa.array([2**30, None], pa.date32()), *["<value out of range: 1073741824>"] * 2),
    "duration": (pa.array([5, None], pa.duration("s")), "5", "5"),
    "uuid": (
        pa.ExtensionArray.from_storage(pa.uuid(), pa.array([UUID.bytes, None], pa.binary(16))),
        str(UUID),
        str(UUID),
    ),
    "list": (pa.array([[1, None], None]), "[1,null]", [1, None]),
    "struct": (pa.array([{"a": b"\xff", "b": 0.5}, None]), '{"a":"ff","b":0.5}', {"a": "ff", "b": 0.5}),
    "map": (pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())), '[["k",1]]', [["k", 1]]),
}


@pytest.fixture(params=KEPT)
def kept(request, folder, parsed):
    """Return a column's name, what Parquet makes of it, its text, its JSON, and results that keep it."""
    name = request.param
    column, text, value = KEPT[name]
    pq.write_table(pa.table({name: column, "x": [1.0, 2.0]}), "a.parquet")
    with tables.open_table("a.parquet") as table:
        (rows,) = parsed(table, [1], [0])
    return name, pq.read_table("a.parquet")[name], text, value, Results(rows.kept, rows.features)


def test_a_kept_column_has_text(kept, write):
    """Text formats spell every type, and an empty cell where there is no value."""
    name, _, text, _, results = kept
    first, second = table_texts(results)
    assert first == [text, "1.0"]
    assert name == "no_text" or second[0] == ""
    write("a.tsv", [name, "y"], [results])
    quoted = '"' + text.replace('"', '""') + '"' if '"' in text else text
    assert Path("a.tsv").read_text().splitlines()[1] == f"{quoted}\t1.0"


def test_a_kept_column_stays_what_it_is_in_json(kept, write):
    """Numbers, booleans, lists and structs are such; all else is text, and no value is null."""
    name, _, _, value, results = kept
    write("a.json", [name, "y"], [results])
    first, second = json.loads(Path("a.json").read_text())
    assert first == {name: value, "y": 1.0}
    assert type(first[name]) is type(value)
    assert name == "no_text" or second[name] is None


def test_a_kept_column_keeps_type_and_value_in_parquet(kept, parsed, sent, write):
    """What comes from Parquet goes to Parquet as it is, in one block or in many, and with no rows."""
    name, column, _, _, results = kept
    write("b.parquet", [name, "y"], [results, results])
    back = pq.read_table("b.parquet")[name]
    assert back.type == column.type
    assert back[:2].equals(column)
    writer = tables.writer_of("parquet", [name, "y"])
    with open("sent.parquet", "wb") as stream:
        writer.write(stream, [sent(writer.spell(results[i : i + 1])) for i in range(2)])
    assert pq.read_table("sent.parquet")[name].equals(column)
    with tables.open_table("a.parquet") as table:
        (block,) = table.blocks([1], [0], Size(), 0)
        empty = table.parse(sent(block), [1], [0])
    write("c.parquet", [name, "y"], [Results(empty.kept, empty.features)])
    assert pq.read_table("c.parquet")[name].type == column.type


def test_a_label_of_any_type_is_read_as_its_text(kept):
    """A label column may have every type; what is no class, or nothing, is told."""
    name, _, text, _, results = kept
    labels = texts(results.kept[0])
    assert labels[0] == {"bool": "1"}.get(name, text)
    wrong = WrongRows(lambda row, column: "a", set_aside=False)
    if labels[0] and labels[1]:
        assert ClassLabels(labels).read(results.kept[0], wrong).tolist() == [0, 1]
    else:
        with pytest.raises(DataError, match="the label is missing"):
            ClassLabels(["b", labels[0] or "c"]).read(results.kept[0], wrong)
    with pytest.raises(DataError):
        read_targets(results.kept[0], wrong)


def test_results_of_any_type_are_numbers_or_told(kept):
    """A column of results to compare with holds numbers, or the message shows what it holds."""
    name, _, _, _, results = kept
    if name in ("int64", "uint64", "bool", "half", "nulls", "duration") or name.startswith("decimal"):
        numbers = _numbers(results.kept[0], "a", 0)
        assert np.isnan(numbers[1])
    else:
        with pytest.raises(DataError, match="is not a number"):
            _numbers(results.kept[0], "a", 0)


def test_a_value_without_text_is_told(folder, parsed, write):
    """A date that no calendar has, inside a list, ends in a message; Parquet keeps it."""
    column = pa.array([[2**62]], pa.list_(pa.timestamp("us")))
    pq.write_table(pa.table({"x": [1.0], "when": column}), "a.parquet")
    with tables.open_table("a.parquet") as table:
        (rows,) = parsed(table, [0], [1])
    results = Results(rows.kept, np.empty((1, 0)))
    with pytest.raises(DataError, match=r"has no text; leave its column out$"):
        write("a.csv", ["when"], [results])
    write("b.parquet", ["when"], [results])
    assert pq.read_table("b.parquet")["when"].type.value_type == pa.timestamp("us")


def test_a_time_zone_that_nobody_knows_is_told(folder, parsed, write):
    """A time whose zone is not in any database has no text; it is no reason for a traceback."""
    column = pa.array([0], pa.timestamp("us", "Mars/Olympus"))
    pq.write_table(pa.table({"x": [1.0], "when": column}), "a.parquet")
    with tables.open_table("a.parquet") as table:
        (rows,) = parsed(table, [0], [1])
        with pytest.raises(DataError, match="has no text"):
            write("a.csv", ["when"], [Results(rows.kept, np.empty((1, 0)))])


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([2**53 + 1, None]), [2.0**53, np.nan]),
        (pa.array([2**64 - 1, None], pa.uint64()), [2.0**64, np.nan]),
        (pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)), [1.5, np.nan]),
        (pa.array([Decimal("1003.858"), Decimal("924.824")], pa.decimal128(7, 3)), [1003.858, 924.824]),
        (pa.array([Decimal("-6.81"), None], pa.decimal256(50, 2)), [-6.81, np.nan]),
        (pa.array([Decimal("1e40"), None], pa.decimal256(50, 0)), [1e40, np.nan]),
        (pa.array([Decimal(2), Decimal(3)], pa.decimal128(38, 0)), [2, 3]),
        (pa.nulls(2), [np.nan, np.nan]),
        (pa.array([True, None]), [1, np.nan]),
        (pa.array([1.5, None], pa.float16()), [1.5, np.nan]),
    ],
)
def test_numbers_of_every_type_are_inputs(folder, parsed, column, expected):
    """Decimals and columns of nulls are inputs as any number, to the last bit; a null is a missing value."""
    pq.write_table(pa.table({"x": column}), "a.parquet")
    with tables.open_table("a.parquet", missing="null") as table:
        (rows,) = parsed(table, [0])
    missing = np.isnan(expected)
    assert rows.features[:, 0].tolist() == np.where(missing, 0, expected).tolist()
    assert (~rows.present).tolist() == missing.tolist()


@pytest.mark.parametrize("name", KEPT)
def test_the_fast_way_writes_the_same_text(name):
    """Whole columns at a time, kept columns of every type have the text of the slow way."""
    results = Results([ArrowColumn(KEPT[name][0])], np.array([[1.0], [2.0]]))
    fast = joined_lines(results, b",")
    assert (fast is None) == arrow.is_number(KEPT[name][0].type)
    if fast is not None:
        assert bytes(fast) == CsvWriter([name, "y"]).text(results)
