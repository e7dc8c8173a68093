"""Several files as one table."""

from __future__ import annotations

import gzip
import json
import sys

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

SPEC = "inputs: 2\nlayers:\n  - {units: 8, activation: relu}\n  - {units: 3, activation: softmax}\n"
HEADER = "id,x0,x1,y\n"


def lines(name, n_rows):
    """Return the lines of a file's rows."""
    return [f"{name}-{k},{k % 97 / 7},{k % 89 / 9},{k % 3}\n" for k in range(n_rows)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Work in a folder with a network and parts of a table; its third part has another order of columns."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(SPEC)
    (tmp_path / "in").mkdir()
    for name in ("2", "10"):
        (tmp_path / f"in/part-{name}.csv").write_text(HEADER + "".join(lines(name, 5)))
    turned = [",".join(reversed(line.strip().split(","))) + "\n" for line in lines("11", 5)]
    (tmp_path / "in/part-11.csv").write_text("y,x1,x0,id\n" + "".join(turned))
    whole = "".join(line for name in ("2", "10", "11") for line in lines(name, 5))
    (tmp_path / "whole.csv").write_text(HEADER + whole)
    return tmp_path


@pytest.mark.parametrize(
    "options", [(), ("--keep", "all"), ("--keep", "y,id"), ("-f", "jsonl"), ("--trace",)]
)
def test_parts_give_what_the_whole_gives(folder, cli, options):
    """One header, the rows in natural order of the files, columns by their names."""
    whole = cli("run", "net.yaml", "whole.csv", *options)
    assert whole.exit_code == 0
    assert cli("run", "net.yaml", "in/*.csv", *options) == whole


def test_formats_mix(folder, cli):
    """Each file has a format of its own; Parquet out has the first one's types."""
    rows = "".join(f'{{"id": "{k}", "x0": {k}, "x1": 1}}\n' for k in range(3))
    (folder / "a.jsonl").write_text(rows)
    (folder / "b.csv.gz").write_bytes(gzip.compress(b"id,x1,x0\n3,1,3\n"))
    pq.write_table(pa.table({"x0": [4.0], "x1": [1.0], "id": [4]}), "c.parquet")
    np.save("d.npy", np.array([[5.0, 1.0]]))
    files = ["a.jsonl", "b.csv.gz", "c.parquet"]
    (folder / "whole.csv").write_text("id,x0,x1\n" + "".join(f"{k},{k},1\n" for k in range(5)))
    expected = cli("run", "net.yaml", "whole.csv")
    assert cli("run", "net.yaml", *files) == expected
    assert cli("run", "net.yaml", *files, "-o", "all.parquet").exit_code == 0
    assert pq.read_table("all.parquet").column("id").to_pylist() == list("01234")
    bare = cli("run", "net.yaml", *files, "d.npy", "--keep", "none")
    assert len(bare.stdout.splitlines()) == 7


def test_the_file_column_says_where_a_row_is_from(folder, cli):
    """It holds the path as given, before all other columns."""
    out = cli(
        "run", "net.yaml", "in/part-1?.csv", "whole.csv", "--file-column", "file", "--limit", "11"
    ).stdout
    names = [line.split(",")[0] for line in out.splitlines()]
    assert names == ["file"] + ["in/part-10.csv"] * 5 + ["in/part-11.csv"] * 5 + ["whole.csv"]
    taken = cli("run", "net.yaml", "whole.csv", "--file-column", "id")
    assert taken.stderr == "whole.csv: --file-column: the output has a column 'id' already\n"


@pytest.mark.parametrize("limit", [0, 3, 5, 7, 15, 99])
def test_the_limit_counts_over_all(folder, cli, limit):
    """As if the parts were one file."""
    whole = cli("run", "net.yaml", "whole.csv", "--limit", limit)
    assert cli("run", "net.yaml", "in/*.csv", "--limit", limit) == whole


def test_rows_behind_the_limit_are_not_read(folder, cli):
    """Nor the files that they are in."""
    done = cli("run", "net.yaml", "in/part-2.csv", "nowhere.csv", "--limit", "5")
    assert (done.exit_code, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("text", "options", "problem"),
    [
        ("id,x0,x1\n1,2,3\n", (), "no column 'y', which in/part-2.csv has"),
        ("id,x0,x1,y,note\n1,2,3,4,5\n", (), "a column 'note', which in/part-2.csv has not"),
        ("id,x0,x1\n1,2,3\n", ("--keep", "y"), "--keep: no column 'y'"),
        ("id,x0,y\n1,2,3\n", (), "not there: x1"),
        ("id,a,b,y\n1,2,3,4\n", (), "takes x0, x1 (2)"),
        ("", (), "the file is empty"),
    ],
)
def test_other_columns_are_told_before_anything_is_written(folder, cli, text, options, problem):
    """The message names the file and the column."""
    (folder / "last.csv").write_text(text)
    done = cli("run", "net.yaml", "in/*.csv", "last.csv", *options)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("last.csv: ")
    assert problem in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_columns_by_position_are_taken_by_name_in_later_files(folder, cli):
    """Two files whose headers name the same columns in another order are no two networks' inputs."""
    (folder / "a.csv").write_text("a,b\n1,2\n")
    (folder / "b.csv").write_text("b,a\n2,1\n")
    (folder / "c.csv").write_text("c,d\n2,1\n")
    header, first, second = cli("run", "net.yaml", "a.csv", "b.csv").stdout.splitlines()
    assert first == second != header
    other = cli("run", "net.yaml", "a.csv", "c.csv")
    assert other.stderr == "c.csv: no column 'a', which goes in from a.csv\n"


def test_a_bad_row_ends_the_run_at_its_own_file_and_line(folder, cli):
    """Its rows before are written to a pipe, as those of a single file are."""
    (folder / "in/part-10.csv").write_text(HEADER + "1,2,3,4\n1,2,oops,4\n")
    done = cli("run", "net.yaml", "in/*.csv", "-o", "out.csv")
    assert done.stderr == "in/part-10.csv:3: column x1: 'oops' is not a number\n"
    assert done.exit_code == 1
    assert not (folder / "out.csv").exists()


def test_eval_merges_the_scores(folder, cli):
    """The metrics are those of one table; a bad label names its own file and row."""
    whole = cli("eval", "net.yaml", "whole.csv", "--label", "y", "-f", "json")
    assert json.loads(whole.stdout)["rows"] == 15
    assert cli("eval", "net.yaml", "in/*.csv", "--label", "y", "-f", "json") == whole
    (folder / "in/part-10.csv").write_text(HEADER + "1,2,3,1\n1,2,3,7\n")
    bad = cli("eval", "net.yaml", "in/*.csv", "--label", "y")
    assert bad.stderr.startswith("in/part-10.csv:3: label column 'y': '7' is no class")


def test_an_overflow_names_its_file(folder, cli):
    """And the row's number in it."""
    (folder / "net.yaml").write_text("inputs: 2\nlayers: [{weights: [1e308, 1e308]}]\n")
    (folder / "big.csv").write_text(HEADER + "1,0,0,0\n1,9,9,0\n1,9,9,0\n")
    done = cli("run", "net.yaml", "big.csv", "big.csv", "-o", "out.csv")
    assert "in 4 rows, first in row 1 of big.csv" in done.stderr
    assert "in 2 rows, first in row 1\n" in cli("run", "net.yaml", "big.csv", "-o", "out.csv").stderr


def test_an_output_of_before_is_no_input(folder, cli):
    """A pattern leaves it out; one of several files that is named can't be replaced."""
    first = [cli("run", "net.yaml", "in/*.csv", "-o", "in/all.csv"), (folder / "in/all.csv").read_bytes()]
    again = [cli("run", "net.yaml", "in/*.csv", "-o", "in/all.csv"), (folder / "in/all.csv").read_bytes()]
    assert first == again
    named = cli("run", "net.yaml", "in/all.csv", "whole.csv", "-o", "in/all.csv")
    assert named.exit_code == 2
    assert named.stderr.startswith("nncli run: in/all.csv: the result would replace one of several files")


def test_standard_input_is_one_of_the_files(folder, shell):
    """It can be read but once."""
    text = HEADER + "".join(lines("s", 5))
    done = shell("run", "net.yaml", "whole.csv", "-", stdin=text, cwd=folder)
    assert len(done.stdout.splitlines()) == 21
    assert shell("run", "net.yaml", "-", "-", stdin=text, cwd=folder).exit_code == 2


@pytest.mark.skipif(sys.platform != "linux", reason="here nncli runs in one process")
def test_many_and_big_files_share_the_processes(folder, shell):
    """Small files go to them whole, big ones in blocks; the bytes are those of one process."""
    for i in range(60):
        (folder / f"in/small-{i}.csv").write_text(HEADER + "".join(lines(str(i), 2000)))
    (folder / "in/small-30.csv").write_text(HEADER + "".join(lines("big", 60_000)))
    packed = gzip.compress((HEADER + "".join(lines("packed", 60_000))).encode())
    (folder / "in/small-40.csv.gz").write_bytes(packed)
    alone = shell("run", "net.yaml", "in/small*", "-j", "1", cwd=folder)
    assert alone.stderr == ""
    assert len(alone.stdout.splitlines()) == 1 + 59 * 2000 + 2 * 60_000
    assert shell("run", "net.yaml", "in/small*", "-j", "2", cwd=folder) == alone
    (folder / "in/small-50.csv").write_text(HEADER + "".join(lines("x", 2000)) + "x,1,oops,2\n")
    bad = shell("run", "net.yaml", "in/small*", "-j", "2", cwd=folder)
    assert bad.stderr == "in/small-50.csv:2002: column x1: 'oops' is not a number\n"


@pytest.mark.parametrize(
    "words",
    [
        ("compare", "net.yaml", "net.yaml", "in/*.csv"),
        ("compare", "net.yaml", "in/*.csv", "--with", "in/part-2.csv"),
        ("explain", "net.yaml", "in/*.csv"),
        ("bench", "net.yaml", "in/*.csv"),
        ("plot", "data", "net.yaml", "in/*.csv", "-o", "data.svg"),
        ("report", "net.yaml", "in/*.csv", "-o", "page.html"),
    ],
    ids=" ".join,
)
def test_a_command_for_one_file_takes_no_pattern_of_several(folder, cli, words):
    """It would speak of the first one alone."""
    done = cli(*words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "'in/*.csv' stands for 3 files, from 'in/part-2.csv' to 'in/part-11.csv'; give one" in done.stderr
