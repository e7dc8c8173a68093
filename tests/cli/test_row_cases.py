"""Tables as people have them: what is read as it is, and what the rest is told."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

CASES = Path(__file__).with_name("cases")
NETWORK = "inputs: [x0, x1]\nlayers:\n  - {weights: [[1, 10]], biases: [100]}\n"


class Case(NamedTuple):
    """A command in the folder of a case, and what it prints; a message where it ends with 1."""

    command: str
    stdout: str = ""
    message: str = ""


TABLE = {
    "01-bool-dummies-csv": Case("run net.yaml rows.csv", "output_0\n101.0\n110.0\n"),
    "03-backslash-N": Case("run net.yaml rows.csv --on-missing null", 'output_0\n121.0\n""\n'),
    "05-unicode-minus": Case("run net.yaml rows.csv", "output_0\n79.0\n"),
    "07-duplicate-unused-header": Case("run net.yaml rows.csv", "note,note,output_0\na,b,121.0\n"),
    "08-index-column-by-position": Case("run pos.yaml rows.csv", ",output_0\n0,121.0\n1,143.0\n"),
    "09-csv-is-a-zip": Case(
        "run net.yaml rows.csv",
        message="rows.csv: it is a zip archive: unpack it first (gzip, zstd, bzip2 and xz",
    ),
    "11-jsonl-rows": Case("run net.yaml rows.jsonl", "output_0\n121.0\n143.0\n"),
    "14-quotes-after-space": Case("run net.yaml rows.csv", "output_0\n121.0\n"),
    "19-semicolon-no-option": Case("run net.yaml rows.csv", "output_0\n121.0\n"),
    "20-sep-line": Case("run net.yaml rows.csv", "output_0\n121.0\n"),
    "25-eval-true-false-label": Case("eval net.yaml rows.csv --label churn --limit 2", "accuracy"),
    "2a-header-case": Case("run net.yaml rows.csv", message="rows.csv: "),
    "32-xlsx-rows": Case(
        "run net.yaml rows.xlsx", message="rows.xlsx: it is an Excel workbook: save it as CSV"
    ),
    "38-nfd-header": Case("run net.yaml rows.csv", "output_0\n121.0\n"),
    "40-parquet-decimal": Case("run net.yaml rows.parquet", "output_0\n121.5\n143.25\n"),
    "42-parquet-big-int-with-null": Case(
        "run net.yaml rows.parquet --on-missing 0", "output_0\n9007199254741112.0\n140.0\n"
    ),
    "44-parquet-binary-kept": Case("run net.yaml rows.parquet", "sha,output_0\nff0080,121.0\nfe01,143.0\n"),
    "48-parquet-pq-suffix": Case("run net.yaml rows.pq", "output_0\n121.0\n143.0\n"),
    "53-feather-rows": Case("run net.yaml rows.feather", "output_0\n121.0\n143.0\n"),
    "58-parquet-uuid-kept": Case(
        "run net.yaml rows.parquet -f jsonl",
        '{"id":"12345678-1234-5678-1234-567812345678","output_0":121.0}\n',
    ),
    "g1-no-header-silent": Case(
        "run pos.yaml rows.csv", message="rows.csv:1: the header is all numbers: 5.1,3.5; say --no-header"
    ),
    "g3-comment-lines": Case("run net.yaml rows.csv", "output_0\n121.0\n"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder with a network of x0 + 10 x1 + 100."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NETWORK)
    return tmp_path


@pytest.mark.parametrize("name", TABLE)
def test_a_first_try_works_or_says_what_would(folder, cli, name):
    """The result, or one line that names the file and the way out."""
    shutil.copytree(CASES / name, folder, dirs_exist_ok=True)
    case = TABLE[name]
    result = cli(*case.command.split())
    assert result.stderr.startswith(case.message)
    assert result.stderr.count("\n") == bool(case.message)
    assert (result.exit_code, case.stdout in result.stdout) == (bool(case.message), True)


def test_every_case_is_tested():
    """No folder of cases is forgotten."""
    assert {path.name for path in CASES.iterdir()} == set(TABLE)


TRIES = {
    "a header in capitals": ("X0,X1\n1,2\n", "--features X0,X1", "output_0\n121.0\n"),
    "other names, and one more": ("a,b,kind\n1,2,k\n", "--features b,a", "kind,output_0\nk,112.0\n"),
    "a name with a comma": ('"a, b",c\n1,2\n', "--features '\"a, b\",c'", "output_0\n121.0\n"),
    "kept by a name with a comma": (
        'x0,x1,"a, b"\n1,2,3\n',
        "--keep '\"a, b\"'",
        '"a, b",output_0\n3,121.0\n',
    ),
    "without a header": (
        "1,2,k\n",
        "--no-header --features column_1,column_0",
        "column_2,output_0\nk,112.0\n",
    ),
    "a sentinel": ("x0,x1\n-999,2\n1,2\n", "--missing=-999 --on-missing null", 'output_0\n""\n121.0\n'),
    "a decimal comma": ("x0;x1\n1,5;2\n", "--decimal ,", "output_0\n121.5\n"),
    "runs of blanks": ("x0  x1\n 1   2 \n3 4\n", "--delimiter ' '", "output_0\n121.0\n143.0\n"),
    "NumPy's header": ("# x0,x1\n1.0,2.0\n", "", "output_0\n121.0\n"),
    "NumPy's header of blanks": ("# x0 x1\n1.0 2.0\n", "--delimiter ' '", "output_0\n121.0\n"),
    "bars": ("x0|x1\n1|2\n", "", "output_0\n121.0\n"),
    "tabs": ("x0\tx1\n1\t2\n", "", "output_0\n121.0\n"),
    "one column with a bar in its name": (
        "x0|x1\n1\n",
        "--set inputs=1 --set layers[0].weights=[[2]]",
        "output_0\n102.0\n",
    ),
    "columns without names": ("x0,x1,,\n1,2,3,4\n", "", ",,output_0\n3,4,121.0\n"),
    "byte order mark twice": ("\ufeff\ufeffx0,x1\n1,2\n", "", "output_0\n121.0\n"),
    "pandas' index and names": (",0,1\n5,1,2\n", "--set inputs=2", ",output_0\n5,121.0\n"),
    "a sentinel written another way": (
        "x0,x1\n-999.0,2\n1,2\n",
        "--missing=-999 --on-missing null",
        'output_0\n""\n121.0\n',
    ),
    "a dash": ("x0,x1\n--,2\n1,2\n", "--missing -- --on-missing 0", "output_0\n120.0\n121.0\n"),
    "names behind a mark, other cells": ("# x0;x1\n1.0;2.0\n", "", "output_0\n121.0\n"),
    "an index that pandas has read": (
        "Unnamed: 0,a,b\n5,1,2\n",
        "--set inputs=2",
        "Unnamed: 0,output_0\n5,121.0\n",
    ),
    "a path as messages write it": ("x0,x1\n1,2\n", "--set layers[0].biases=[0]", "output_0\n21.0\n"),
}


@pytest.mark.parametrize("name", TRIES)
def test_rows_that_need_a_word_are_read_with_it(folder, cli, name):
    """Options say what a file can't tell; the rest is found out."""
    rows, options, output = TRIES[name]
    (folder / "rows.csv").write_text(rows)
    result = cli("run", "net.yaml", "rows.csv", *shlex.split(options))
    assert (result.stdout, result.stderr, result.exit_code) == (output, "", 0)


REFUSED = {
    "a column that is not there": (
        "a,b\n1,2\n",
        "--features a,bb",
        "--features: no column 'bb' (did you mean 'b'?)",
    ),
    "too few": ("a,b\n1,2\n", "--features a", "--features: 1 column, where the network takes 2 (x0, x1)"),
    "one twice": ("a,b\n1,2\n", "--features a,a", "--features: 'a' is there twice; a column goes in once"),
    "a name twice": ("x0,x0,x1\n1,2,3\n", "", "rows.csv:1: the header names 'x0' twice"),
    "a kept name twice": ("x0,x1,k,k\n1,2,3,4\n", "--keep k", "rows.csv:1: the header names 'k' twice"),
    "a name twice in JSON": (
        "x0,x1,k,k\n1,2,3,4\n",
        "-f json",
        "two columns are called 'k', which json can't hold",
    ),
    "a letter of another alphabet": (
        "\u04450,x1\n1,2\n",
        "",
        "did you mean '\u04450', whose '\u0445' is U+0445?",
    ),
    "thousands": (
        "x0;x1\n1'234;2\n",
        "",
        "(it looks like a number with thousands separators; write it without them)",
    ),
    "thousands or decimals": (
        'x0,x1\n"1,234",2\n',
        "",
        "write it without them; --decimal , reads a decimal comma)",
    ),
    "a word for nothing": ("x0,x1\n?,2\n", "", "if it means a missing value, say --missing '?'"),
    "Excel's error": ("x0,x1\n#DIV/0!,2\n", "", "if it means a missing value, say --missing '#DIV/0!'"),
    "JSON lines": ('{"x0":1,"x1":2}\n', "", "it is JSON lines: give it the suffix .jsonl"),
    "JSON": ('[{"x0":1,"x1":2}]\n', "", "it is JSON: give it the suffix .json"),
    "a web page's table": ("\n<TABLE><tr>\n", "", "it is a web page: "),
    "a title": ("Rows of May\n\nx0,x1\n1,2\n", "", "the only column is Rows of May (1)"),
    "an empty line above the names": (
        ",,\nx0,x1,k\n1,2,a\n",
        "",
        "; is its first line empty? The line with the names comes first",
    ),
    "carriage returns": ("x0,x1\r1,2\r", "", r"(tr '\r' '\n' < OLD > NEW makes them so)"),
    "a percentage": ("x0,x1\n12%,2\n", "", "(it looks like a percentage; write 0.12 for 12%)"),
    "a point": ("x0;x1\n1.5;2\n", "--decimal ,", "(its decimals stand behind a point, not behind a comma)"),
    "pandas' index and too many names": (
        ",0,1,2\n5,1,2,3\n",
        "--set inputs=2",
        "; or say which go in, for example --features 0,1",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_rows_that_are_refused_say_what_would_do(folder, cli, name):
    """One line, the reason and the way out; a header that pandas wrote is no data."""
    rows, options, message = REFUSED[name]
    (folder / "rows.csv").write_text(rows, newline="")
    result = cli("run", "net.yaml", "rows.csv", *shlex.split(options))
    assert message in result.stderr
    assert "--delimiter" not in result.stderr
    assert (result.stderr.count("\n"), result.exit_code) == (1, 1)
    assert "--no-header" not in result.stderr


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        ("X0,X1\n1,2\n", []),
        ("k,a,b\nz,1,2\n", []),
        ("k,a,b\nz,1,2\n", ["--set", "inputs=2"]),
        ("a,b,c\n1,2,3\n", ["--set", "inputs=2"]),
        ('k,a b,"c, d"\nz,1,2\n', []),
        ("1,z,2\n", ["--no-header"]),
        ("x0 x1\n1 2\n", []),
        ("x0:x1\n1:2\n", []),
        ("# x0 x1\n1 2\n", []),
        ("a b\n1 2\n", ["--set", "inputs=2"]),
    ],
)
def test_the_commands_of_a_message_work(folder, cli, rows, options):
    """What the message says is taken as it stands, by the shell too."""
    (folder / "rows.csv").write_text(rows)
    told = cli("run", "net.yaml", "rows.csv", *options).stderr
    ways = re.findall(r"--(?:features|label|delimiter) (?:'[^']*'|\S+?)(?=; or|\n)", told)
    assert ways
    for way in ways:
        assert cli("run", "net.yaml", "rows.csv", *options, *shlex.split(way)).exit_code == 0


@pytest.mark.parametrize("orient", ["columns", "index", "split", "list"])
def test_json_of_columns_is_told_how_to_write_rows(folder, cli, orient):
    """What pandas' to_json writes by default is an object; the message names the option that writes rows."""
    layouts = {
        "columns": {"x0": {"0": 1}, "x1": {"0": 2}},
        "index": {"0": {"x0": 1, "x1": 2}},
        "split": {"columns": ["x0", "x1"], "index": [0], "data": [[1, 2]]},
        "list": {"x0": [1], "x1": [2]},
    }
    (folder / "rows.json").write_text(json.dumps(layouts[orient]))
    assert 'to_json(orient="records")' in cli("run", "net.yaml", "rows.json").stderr


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_is_told_how_to_save_it(folder, cli, encoding):
    """The message says what Excel calls the right one."""
    (folder / "rows.csv").write_text("x0,x1,é\n1,2,ü\n", encoding=encoding)
    assert "save it as UTF-8 (Excel calls that CSV UTF-8)" in cli("run", "net.yaml", "rows.csv").stderr


def test_numbers_written_as_text_in_parquet_are_told(folder, cli):
    """They are called text, and not by the name of Arrow's type."""
    pq.write_table(pa.table({"x0": ["1", "2"], "x1": [1, 2]}), "rows.parquet")
    told = cli("run", "net.yaml", "rows.parquet").stderr
    assert (
        "column x0: text, where numbers belong (numbers as text: pandas' frame['x0'].astype(float))" in told
    )


@pytest.mark.parametrize(
    ("wrong", "meant"), [("rowz.csv", "rows.csv"), ("rows.cvs", "rows.csv"), ("net.yml", "net.yaml")]
)
def test_a_file_that_is_not_there_is_asked_for_by_a_near_name(folder, cli, wrong, meant):
    """The same name with another suffix, else a like name with the same one: of rows and of networks."""
    (folder / "rows.csv").write_text("x0,x1\n1,2\n")
    (folder / "rows.h5").write_bytes(b"")
    arguments = ["net.yaml", wrong] if meant == "rows.csv" else [wrong, "rows.csv"]
    assert f"(did you mean '{meant}'?)" in cli("run", *arguments).stderr


@pytest.mark.parametrize("rows", ["id,x0,x1\n007,1,2\n8,,true\n", 'sep=;\nid;x0;x1\n007;"1,0";2\n8;;true\n'])
def test_features_that_are_kept_in_parquet_are_numbers(folder, cli, rows):
    """What a CSV file has as text is written as what went in, so that the result can go in again."""
    (folder / "rows.csv").write_text(rows)
    options = ["--on-missing", "0", "--keep", "all", "-o", "kept.parquet"]
    assert (
        cli("run", "net.yaml", "rows.csv", "--decimal", "," if ";" in rows else ".", *options).exit_code == 0
    )
    kept = pq.read_table("kept.parquet").to_pydict()
    assert kept == {"id": ["007", "8"], "x0": [1.0, None], "x1": [2.0, 1.0], "output_0": [121.0, 110.0]}
    assert cli("run", "net.yaml", "kept.parquet", "--on-missing", "0", "--keep", "id").exit_code == 0


def test_a_network_where_rows_belong_is_called_by_its_name(folder, cli):
    """A YAML file is no CSV of one column."""
    assert cli("run", "net.yaml", "net.yaml").stderr.startswith(
        "net.yaml: it is a YAML file: it holds a model"
    )


def test_only_a_text_has_lines_above_its_names(folder, cli):
    """A Parquet file of one column without a value is not asked for its title."""
    pq.write_table(pa.table({"a": pa.array([None], pa.float64())}), "rows.parquet")
    told = cli("run", "net.yaml", "rows.parquet").stderr
    assert told == "rows.parquet: the only column is a (1); the network takes x0, x1 (2); not there: x0, x1\n"


def test_names_that_a_network_has_made_up_are_not_missed(folder, cli):
    """Where its inputs are a number, any names would do."""
    (folder / "rows.csv").write_text("a,b,c\n1,2,3\n")
    told = cli("run", "net.yaml", "rows.csv", "--set", "inputs=2").stderr
    assert "the network takes x0, x1 (2), or any 2 if the table has no others; " in told


def test_a_folder_of_tensorflow_is_told_how_to_save_it(folder, cli):
    """A SavedModel is called by its name."""
    (folder / "model").mkdir()
    (folder / "model" / "saved_model.pb").write_bytes(b"")
    assert "model.save('model.keras')" in cli("run", "model", "rows.csv").stderr


def test_the_index_that_pandas_writes_is_no_feature(folder, cli):
    """The metadata of a file name it; it is kept and does not go in by position."""
    metadata = {"pandas": json.dumps({"index_columns": ["key", {"kind": "range"}]})}
    table = pa.table({"a": [1, 3], "b": [2, 4], "key": [7, 8]}).replace_schema_metadata(metadata)
    pq.write_table(table, "rows.parquet")
    feather.write_feather(table, "rows.feather")
    for name in ("rows.parquet", "rows.feather"):
        result = cli("run", "net.yaml", name, "--set", "inputs=2")
        assert result.stdout == "key,output_0\n7,121.0\n8,143.0\n"


def test_results_in_json_lines_are_rows_again(folder, cli, shell):
    """What run writes, run reads, from a pipe as well."""
    (folder / "rows.csv").write_text("id,x0,x1\na,1,2\nb,3,4\n")
    lines = cli("run", "net.yaml", "rows.csv", "--keep", "all", "-f", "jsonl").stdout
    again = shell("run", folder / "net.yaml", "-", "--keep", "id", stdin=lines)
    assert (again.stdout, again.stderr) == ("id,output_0\na,121.0\nb,143.0\n", "")


@pytest.mark.parametrize("other", ["", ', "y": NaN'])
@pytest.mark.parametrize("number", [1234567890123456789, -(2**63), 2**64 - 1])
def test_whole_numbers_of_64_bits_are_kept_whatever_stands_beside_them(folder, cli, number, other):
    """NaN is no JSON of the standard, and is read in another way."""
    Path("big.jsonl").write_text(f'{{"x0": 1, "x1": 2, "id": {number}{other}}}\n')
    _, row, _ = cli("run", "net.yaml", "big.jsonl", "--keep", "id").stdout.split("\n")
    assert row.startswith(f"{number},")
