"""Wrong rows are set aside, and the others are done."""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nncli.tables import csv_cut, csv_fast, text_table

NET = """
dtype: {}
inputs: 2
layers:
  - {{units: 16, activation: relu}}
  - {{units: 3, activation: softmax}}
"""
LINEAR = "inputs: [x0, x1]\nlayers: [{units: 2}]\n"
HEADER = "file,line,column,problem,row\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Work in a folder with two networks."""
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET.format("float64"))
    Path("single.yaml").write_text(NET.format("float32"))
    Path("linear.yaml").write_text(LINEAR)
    return tmp_path


def rejects(path="bad.csv"):
    """Return the rows that were set aside, without the file's name."""
    with open(path, newline="") as file:
        header, *rows = csv.reader(file)
    assert ",".join(header) + "\n" == HEADER
    return [(int(line), *rest) for _, line, *rest in rows]


WRONG = (
    b"id,x0,x1\n"
    b"a,1,2\n"
    b"b,x,3\n"
    b"c,1\n"
    b"\n"
    b'"d\nd",3,4\n'
    b"e,,inf\n"
    b'f,"1"2,3\n'
    b"\xff,1,2\n"
    b"g,1,1e999\n"
    b"n\0n,1,2\n"
    b'h,"5,6\n'
    b"i,7,8,9\n"
    b"j,8,9"
)
SET_ASIDE = [
    (3, "x0", "'x' is not a number", "b,x,3"),
    (4, "", "2 cells where 3 belong", "c,1"),
    (8, "x0", "the cell is empty", "e,,inf"),
    (9, "", "text after a closing quote (a quote inside a quoted cell is written twice)", 'f,"1"2,3'),
    (10, "", "not UTF-8 text (byte 0xff)", r"\xff,1,2"),
    (11, "x1", "'1e999' is too large for a number", "g,1,1e999"),
    (12, "", "not a text file (it holds a NUL byte)", r"n\x00n,1,2"),
    (13, "", "a quote is opened here and never closed", 'h,"5,6'),
    (14, "", "4 cells where 3 belong", "i,7,8,9"),
]


@pytest.mark.parametrize("how", ["file", "fast", "pipe", "gzip", "crlf"])
def test_every_kind_of_wrong_row_is_set_aside(folder, shell, cli, how, monkeypatch):
    """With its line, what is wrong with it and its text; the others give what they give alone."""
    text = WRONG.replace(b"\n", b"\r\n") if how == "crlf" else WRONG
    Path("rows.csv").write_bytes(text)
    Path("rows.csv.gz").write_bytes(gzip.compress(text))
    Path("good.csv").write_bytes(text.split(b"\n")[0] + b'\na,1,2\n"d\nd",3,4\nj,8,9\n')
    data = {"pipe": "-", "gzip": "rows.csv.gz"}.get(how, "rows.csv")
    if how == "fast":
        monkeypatch.setattr(text_table, "BIG", -1)
        done = cli("run", "net.yaml", data, "--rejects", "bad.csv")
    else:
        done = shell("run", "net.yaml", data, "--rejects", "bad.csv", stdin=text if how == "pipe" else None)
    assert (done.exit_code, done.stderr) == (0, "9 of 12 rows set aside in bad.csv\n")
    assert rejects() == SET_ASIDE
    expected = shell("run", "net.yaml", "good.csv").stdout
    assert done.stdout == (expected.replace("d\nd", "d\r\nd") if how == "crlf" else expected)


def test_a_file_without_a_wrong_row_gives_a_header_alone(folder, cli):
    """The results are those of a run without the option."""
    Path("rows.csv").write_text("id,x0,x1\na,1,2\nb,3,4\n")
    done = cli("run", "net.yaml", "rows.csv", "--rejects", "bad.csv")
    assert Path("bad.csv").read_text() == HEADER
    assert (done.exit_code, done.stderr) == (0, "0 of 2 rows set aside in bad.csv\n")
    assert done.stdout == cli("run", "net.yaml", "rows.csv").stdout
    assert cli("run", "net.yaml", "rows.csv", "--rejects", "bad.csv", "-q").stderr == ""


@pytest.mark.parametrize("suffix", ["csv", "json", "jsonl", "npy", "parquet"])
def test_where_all_rows_are_wrong_there_are_results_without_rows(folder, cli, suffix):
    """The exit code is 0: nothing else is wrong."""
    Path("rows.csv").write_text("id,x0,x1\na,1,\nb,3\n")
    done = cli("run", "net.yaml", "rows.csv", "--rejects", "bad.csv", "-o", f"out.{suffix}")
    assert done.exit_code == 0
    assert done.stderr.splitlines()[-1] == "2 of 2 rows set aside in bad.csv"
    assert Path(f"out.{suffix}").exists()
    Path("none.csv").write_text("id,x0,x1\n")
    none = cli("run", "net.yaml", "none.csv", "--rejects", "bad.csv")
    assert (none.exit_code, none.stderr) == (1, "none.csv: no rows after the header\n")


def tables():
    """Return rows of which those numbered 1 and 3 are wrong, in every format that is no CSV."""
    nan, inf = float("nan"), float("inf")
    columns: dict[str, list[Any]] = {"id": ["a", "b", "c", "d"]}
    columns |= {"x0": [1.0, nan, 3.0, inf], "x1": [2.0, 1.0, 4.0, 5.5]}
    table = pa.table(columns)
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    pyarrow.parquet.write_table(table, "rows.parquet")
    pyarrow.feather.write_feather(table, "rows.arrow")
    np.save("rows.npy", np.column_stack([columns["x0"], columns["x1"]]))
    Path("rows.json").write_text(json.dumps(rows))
    Path("rows.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n{}\n[1\n")
    Path("rows.tsv").write_text("id\tx0\tx1\na\t1.0\t2.0\nb\tNaN\t1.0\nc\t3.0\t4.0\nd\tinf\t5.5\n")


ROW_1, ROW_3 = '{"id": "b", "x0": NaN, "x1": 1.0}', '{"id": "d", "x0": Infinity, "x1": 5.5}'
AS_ROWS = [
    (1, "x0", "missing value 'NaN'", ROW_1),
    (3, "x0", "inf is not a finite number", ROW_3),
]
AS_JSON = [(1, "x0", "missing value 'null'", ROW_1), AS_ROWS[1]]
NOT_JSON = "not JSON (unexpected end of data, at character 3); each line is a row"
EXPECTED: dict[str, Any] = {
    "parquet": AS_ROWS,
    "arrow": AS_ROWS,
    "npy": [(*row[:3], cells) for row, cells in zip(AS_ROWS, ("[NaN, 1.0]", "[Infinity, 5.5]"), strict=True)],
    "json": AS_JSON,
    "jsonl": [
        *((n + 1, *rest) for n, *rest in AS_JSON),
        (5, "x0", "the row has no such key", "{}"),
        (6, "", NOT_JSON, "[1"),
    ],
    "tsv": [
        (3, "x0", "missing value 'NaN'", "b\tNaN\t1.0"),
        (5, "x0", "'inf' is not a finite number", "d\tinf\t5.5"),
    ],
}


@pytest.mark.parametrize("format", EXPECTED)
def test_wrong_rows_of_every_format_are_set_aside(folder, cli, format):
    """A text's are told by their lines, from 1, the others by their numbers, from 0."""
    tables()
    Path("good.csv").write_text("id,x0,x1\na,1,2\nc,3,4\n")
    done = cli("run", "net.yaml", f"rows.{format}", "--keep", "none", "--rejects", "bad.csv")
    assert done.exit_code == 0
    found = rejects()
    if format == "jsonl":
        found[-1] = (*found[-1][:2], NOT_JSON, found[-1][3])  # in place of orjson's own words
    expected = EXPECTED[format]
    if format in ("parquet", "arrow"):  # of the columns that are read
        ids = re.compile('"id": ".", ')
        expected = [(*rest, ids.sub("", row)) for *rest, row in expected]
    assert found == expected
    assert done.stdout == cli("run", "net.yaml", "good.csv", "--keep", "none").stdout
    if format in ("parquet", "arrow"):
        cli("run", "net.yaml", f"rows.{format}", "--rejects", "bad.csv")
        assert rejects() == EXPECTED[format]


def test_eval_sets_rows_with_a_wrong_label_aside_too(folder, cli):
    """The figures are those of the other rows; a row without features is no wrong row where it may be."""
    lines = ["x0,x1,label", "1,2,0", "1,2,9", "x,2,7", "2,3,", "3,4,1", ",1,2", ",1,8", "5,1,2.0"]
    Path("rows.csv").write_text("\n".join(lines))
    Path("good.csv").write_text("\n".join([lines[0], lines[1], lines[5], lines[6], lines[8]]))
    options = ["--label", "label", "-f", "json", "--on-missing", "null"]
    done = cli("eval", "net.yaml", "rows.csv", *options, "--rejects", "bad.csv")
    assert (done.exit_code, done.stderr) == (0, "4 of 8 rows set aside in bad.csv\n")
    classes = "is no class of the network (the classes are 0, 1, 2)"
    assert rejects() == [
        (3, "label", f"'9' {classes}", "1,2,9"),
        (4, "x0", "'x' is not a number", "x,2,7"),
        (5, "label", "the label is missing", "2,3,"),
        (8, "label", f"'8' {classes}", ",1,8"),
    ]
    good = cli("eval", "net.yaml", "good.csv", *options)
    assert done.stdout == good.stdout
    assert json.loads(good.stdout)["skipped"] == 1


def test_eval_sets_rows_with_a_wrong_target_aside(folder, cli):
    """Of several columns the first one that is wrong is named."""
    Path("rows.csv").write_text("x0,x1,y,z\n1,2,3,4\n1,2,x,\n1,2,3,inf\n2,2,1\n4,5,6,7\n")
    Path("good.csv").write_text("x0,x1,y,z\n1,2,3,4\n4,5,6,7\n")
    options = ["--label", "y,z", "-f", "json"]
    done = cli("eval", "linear.yaml", "rows.csv", *options, "--rejects", "bad.csv")
    assert done.stdout == cli("eval", "linear.yaml", "good.csv", *options).stdout
    assert [row[:3] for row in rejects()] == [
        (3, "y", "'x' is not a number"),
        (4, "z", "'inf' is not a number"),
        (5, "", "3 cells where 4 belong"),
    ]


def write_rows(n_rows, wrong):
    """Write so many rows, those of these numbers wrong."""
    lines = [f"{i},{'x' if i in wrong else i % 7},{i % 5}\n" for i in range(n_rows)]
    Path("rows.csv").write_text("id,x0,x1\n" + "".join(lines))


@pytest.mark.parametrize("most", ["3", "40%", "40.5%", "100%", "1000"])
def test_so_many_wrong_rows_may_be(folder, cli, most):
    """Up to the number or the share that is allowed, the run goes well."""
    write_rows(10, {1, 2, 7} if most == "3" else {1, 2, 7, 9})
    done = cli("run", "net.yaml", "rows.csv", "--rejects", "bad.csv", "--max-rejects", most)
    assert done.exit_code == 0
    assert len(rejects()) == (3 if most == "3" else 4)


@pytest.mark.parametrize("command", ["run", "eval"])
def test_one_wrong_row_too_many_stops_the_run(folder, shell, command):
    """The line says which, and why; neither the results nor the rejects are there."""
    write_rows(100_000, {1, 2, 60_000, 60_001})
    label = ["--label", "x1", "--features", "x0,id"] if command == "eval" else []
    out = ["-o", "out.json"]
    limits = ["--rejects", "bad.csv", "--max-rejects", "2"]
    done = shell(command, "net.yaml", "rows.csv", *label, *out, *limits)
    assert (done.exit_code, done.stdout) == (1, "")
    if command == "run":
        assert done.stderr == (
            "rows.csv:60002: column x0: 'x' is not a number; with it 3 rows are wrong,"
            " more than --max-rejects 2\n"
        )
    else:  # labels 3 and 4 are no classes
        assert done.stderr.startswith("rows.csv:5: column x1: '3' is no class of the network")
    assert sorted(path.name for path in folder.iterdir()) == [
        "linear.yaml",
        "net.yaml",
        "rows.csv",
        "single.yaml",
    ]


def test_none_may_be_wrong(folder, cli):
    """--max-rejects 0 is as without it, but for the words."""
    write_rows(5, {2})
    done = cli("run", "net.yaml", "rows.csv", "--rejects", "bad.csv", "--max-rejects", "0")
    assert done.exit_code == 1
    assert done.stderr == (
        "rows.csv:4: column x0: 'x' is not a number; with it 1 row is wrong, more than --max-rejects 0\n"
    )


@pytest.mark.parametrize("command", ["run", "eval"])
def test_a_share_is_judged_at_the_end(folder, cli, command):
    """Of all rows; the rejects are then there, all of them, and the results are not."""
    write_rows(10, {1, 2, 3, 7})
    Path("out.json").write_text("old")
    label = ["--label", "x1", "--set", "layers.1.units=5", "--features", "x0,id"] if command == "eval" else []
    limits = ["--rejects", "bad.csv", "--max-rejects", "39.9%"]
    done = cli(command, "net.yaml", "rows.csv", *label, "-o", "out.json", *limits)
    assert done.exit_code == 1
    assert done.stderr == "4 of 10 rows are wrong, more than --max-rejects 39.9%; they are in bad.csv\n"
    assert len(rejects()) == 4
    assert Path("out.json").read_text() == "old"


def test_a_limit_counts_all_rows(folder, cli):
    """Wrong rows are rows that are read; those behind the last one are not looked at."""
    write_rows(10, {1, 3})
    done = cli("run", "net.yaml", "rows.csv", "--rejects", "bad.csv", "--limit", "3")
    assert (done.stdout.count("\n"), done.stderr) == (3, "1 of 3 rows set aside in bad.csv\n")
    none = cli("run", "net.yaml", "rows.csv", "--rejects", "bad.csv", "--limit", "0")
    assert (none.stdout.count("\n"), none.stderr) == (1, "0 of 0 rows set aside in bad.csv\n")


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("rows.csv", "rows.csv is an input"),
        ("./rows.csv", "./rows.csv is an input"),
        ("link.csv", "link.csv is an input"),
        ("net.yaml", "net.yaml is an input"),
        ("out.csv", "out.csv is the output as well"),
        ("../{here}/out.csv", "../{here}/out.csv is the output as well"),
        ("-", "give a file; standard output is for results"),
    ],
)
def test_rejects_never_replace_what_is_needed(folder, cli, path, problem):
    """An input and the output are no place for them, whatever their paths look like."""
    write_rows(5, {2})
    os.symlink("rows.csv", "link.csv")
    before = Path("rows.csv").read_text()
    path, problem = (text.format(here=folder.name) for text in (path, problem))
    done = cli("run", "net.yaml", "rows.csv", "-o", "out.csv", "--rejects", path)
    assert (done.exit_code, done.stderr) == (2, f"nncli run: --rejects: {problem}\n")
    assert Path("rows.csv").read_text() == before
    assert not Path("out.csv").exists()


def test_the_file_on_standard_input_is_an_input(folder, shell):
    """It is known by what it is, for it has no name."""
    write_rows(5, {2})
    command = f"{sys.executable} -m nncli run net.yaml - --rejects rows.csv < rows.csv"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "nncli run: --rejects: rows.csv is an input\n")


@pytest.mark.parametrize("most", ["x", "-1", "1.5", "101%", "%", "nan%", "5 %%"])
def test_a_limit_that_says_nothing_is_refused(folder, cli, most):
    """It is a number of rows or a share of them."""
    write_rows(5, {2})
    done = cli("run", "net.yaml", "rows.csv", "--rejects", "bad.csv", f"--max-rejects={most}")
    problem = "give a number of rows, or a share of them such as 5%"
    assert (done.exit_code, done.stderr) == (2, f"nncli run: --max-rejects {most}: {problem}\n")
    assert not Path("bad.csv").exists()


def test_a_limit_needs_a_file(folder, cli):
    """Without it there is nothing to limit."""
    write_rows(5, {2})
    done = cli("run", "net.yaml", "rows.csv", "--max-rejects=5")
    problem = "--max-rejects: it goes with --rejects FILE, which takes the rows with a mistake"
    assert (done.exit_code, done.stderr) == (2, f"nncli run: {problem}\n")


def test_rejects_can_go_to_a_device(folder, cli):
    """What is no regular file is written directly, and may take the results as well."""
    write_rows(5, {2})
    done = cli("run", "net.yaml", "rows.csv", "-o", os.devnull, "-f", "csv", "--rejects", os.devnull)
    assert (done.exit_code, done.stderr) == (0, f"1 of 5 rows set aside in {os.devnull}\n")


def test_after_a_failure_the_old_rejects_are_there(folder, cli):
    """They are written whole or not at all, as results are."""
    Path("bad.csv").write_text("old")
    Path("rows.csv").write_text("id,x0,x1\na,1,2\nb,x,1\n")
    done = cli("run", "net.yaml", "rows.csv", "--rejects", "bad.csv", "-o", "nowhere/out.csv")
    assert done.exit_code == 1
    assert Path("bad.csv").read_text() == "old"
    full = cli("run", "net.yaml", "rows.csv", "--rejects", "nowhere/bad.csv", "-o", "out.csv")
    told = "nowhere/bad.csv: no such file or directory (there is no folder nowhere)\n"
    assert (full.exit_code, full.stderr) == (1, told)
    assert not Path("out.csv").exists()


def test_a_quote_that_is_closed_too_far_away_costs_its_line_alone(folder, shell):
    """Behind the longest row the reader goes on; a line that is longer than that ends the run."""
    rows = "".join(f"{'x' * 1000},{i},1\n" for i in range(18_000))
    Path("rows.csv").write_text('id,x0,x1\na,1,2\n"b,1,2\n' + rows + '"c",1,x\n')
    done = shell("run", "linear.yaml", "rows.csv", "--rejects", "bad.csv", "-o", "out.csv")
    assert (done.exit_code, done.stderr) == (0, "2 of 18,003 rows set aside in bad.csv\n")
    assert rejects() == [
        (3, "", "a quote is opened here and never closed", '"b,1,2'),
        (18_004, "x1", "'x' is not a number", '"c",1,x'),
    ]
    Path("rows.csv").write_text("id,x0,x1\na,1,2\n" + "b" * (1 << 25) + ",1,2\n")
    done = shell("run", "linear.yaml", "rows.csv", "--rejects", "bad.csv")
    assert (done.exit_code, done.stderr) == (
        1,
        "rows.csv:3: a row of more than 16 MiB (is a quote not closed?)\n",
    )


CELLS = st.sampled_from(["1", "-2.5", "3e2", "x", "", "NaN", '"4"', '"a\nb"', 'q"', '"q', "inf", " 5", "é"])
ROWS = st.lists(st.lists(CELLS, min_size=2, max_size=4).map(",".join), min_size=1, max_size=30)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, repeat=st.sampled_from([1, 7]), net=st.sampled_from(["net.yaml", "single.yaml"]),
       size=st.integers(8, 200), jobs=st.sampled_from(["1", "2"]), fast=st.booleans())  # fmt: skip
@example(rows=['1,"q', "2,3,4", '"a\nb",1,2'], repeat=7, net="net.yaml", size=10, jobs="1", fast=True)
def test_how_rows_are_read_does_not_show(folder, cli, rows, repeat, net, size, jobs, fast):
    """Blocks, readers and processes change neither the results nor what is set aside."""
    Path("rows.csv").write_text("id,x0,x1\n" + "\n".join(rows * repeat) + "\n")
    done = cli("run", net, "rows.csv", "--rejects", "whole.csv", "-j", "1")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("BLOCK", size), ("LEAST_BLOCK", size), ("BIG", -1 if fast else 1 << 40)):
            patch.setattr(text_table, name, value)
        for module in (text_table, csv_cut):
            patch.setattr(module, "SMALL_BLOCK", size)
        patch.setattr(csv_fast, "_FEW_BYTES", 16)
        again = cli("run", net, "rows.csv", "--rejects", "bad.csv", "-j", jobs)
    assert (again.exit_code, again.stdout) == (done.exit_code, done.stdout)
    assert Path("bad.csv").read_bytes() == Path("whole.csv").read_bytes()
    assert again.stderr == done.stderr.replace("whole.csv", "bad.csv")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, fast=st.booleans())
def test_the_others_give_what_they_give_alone(folder, cli, rows, fast):
    """Rows and rejects are all rows there are, and results those of a file without the rejects."""
    Path("rows.csv").write_text("id,x0,x1\n" + "\n".join(rows) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_table, "BIG", -1 if fast else 1 << 40)
        done = cli("run", "net.yaml", "rows.csv", "--rejects", "bad.csv")
    found = rejects()
    lines = "\n".join(rows).split("\n")
    at = [line - 2 for line, *_ in found]
    gone = {i for i, (*_, row) in zip(at, found, strict=True) for i in range(i, i + row.count("\n") + 1)}
    assert [row for *_, row in found] == ["\n".join(lines[i : i + row.count("\n") + 1])
                                          for i, (*_, row) in zip(at, found, strict=True)]  # fmt: skip
    rest = [line for i, line in enumerate(lines) if i not in gone]
    Path("rest.csv").write_text("\n".join(["id,x0,x1", *rest, ""]))
    alone = cli("run", "net.yaml", "rest.csv")
    if alone.exit_code == 0:
        assert done.stdout == alone.stdout
    else:
        assert alone.stderr == "rest.csv: no rows after the header\n"
        assert done.stdout.count("\n") == 1
