"""Wrong rows of many files are set aside in one file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nncli.jobs import several

SPEC = "inputs: 2\nlayers:\n  - {units: 8, activation: relu}\n  - {units: 3, activation: softmax}\n"
HEADER = "file,line,column,problem,row\n"
REJECTS = """\
in/a1.csv,3,x0,'x' is not a number,"a1-1,x,1"
in/a2.csv,2,,2 cells where 3 belong,"a2-0,1"
in/a10.csv,2,x1,the cell is empty,"a10-0,1,"
in/a10.csv,4,x0,'y' is not a number,"a10-2,y,1"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Work in a folder with a network, and files of which some have wrong rows."""
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(SPEC)
    Path("in").mkdir()
    rows = {
        "a1": ["a1-0,1,2", "a1-1,x,1", "a1-2,3,4"],
        "a2": ["a2-0,1", "a2-1,5,6"],
        "a3": ["a3-0,7,8"],
        "a10": ["a10-0,1,", "a10-1,2,2", "a10-2,y,1"],
    }
    good = {"a1": [0, 2], "a2": [1], "a3": [0], "a10": [1]}
    Path("good").mkdir()
    for name, lines in rows.items():
        Path(f"in/{name}.csv").write_text("id,x0,x1\n" + "\n".join(lines) + "\n")
        Path(f"good/{name}.csv").write_text("id,x0,x1\n" + "\n".join(lines[i] for i in good[name]) + "\n")
    return tmp_path


def results(folder):
    """Return what the results of a folder hold."""
    return {path.name: path.read_text() for path in sorted(Path(folder).glob("*.csv"))}


@pytest.mark.parametrize("small", [1 << 20, -1])
def test_several_files_are_one_table(folder, cli, monkeypatch, small):
    """In the order of the files, whether these go to the engine whole or in blocks."""
    monkeypatch.setattr(several, "SMALL", small)
    done = cli("run", "net.yaml", "in/*.csv", "-o", "all.csv", "--rejects", "bad.csv")
    assert (done.exit_code, done.stderr) == (0, "4 of 9 rows set aside in bad.csv\n")
    assert Path("bad.csv").read_text() == HEADER + REJECTS
    cli("run", "net.yaml", "good/*.csv", "-o", "good.csv")
    assert Path("all.csv").read_text() == Path("good.csv").read_text()
    limited = cli("run", "net.yaml", "in/*.csv", "-o", "all.csv", "--rejects", "bad.csv", "--limit", "4")
    assert limited.stderr == "2 of 4 rows set aside in bad.csv\n"


def test_eval_merges_what_is_left(folder, cli):
    """The figures are those of the other rows."""
    for name in ("in", "good"):
        for path in Path(name).glob("*.csv"):
            lines = path.read_text().splitlines()
            path.write_text("\n".join([f"y,{lines[0]}", *(f"1,{line}" for line in lines[1:])]) + "\n")
    done = cli("eval", "net.yaml", "in/*.csv", "--label", "y", "--features", "x0,x1", "-f", "json",
               "--rejects", "bad.csv")  # fmt: skip
    good = cli("eval", "net.yaml", "good/*.csv", "--label", "y", "--features", "x0,x1", "-f", "json")
    assert json.loads(done.stdout) == json.loads(good.stdout)
    assert done.stderr == "4 of 9 rows set aside in bad.csv\n"


def test_results_in_a_folder_share_their_rejects(folder, cli):
    """Each result has the other rows of its file; a pattern leaves the rejects of an earlier run out."""
    for _ in range(2):
        done = cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--rejects", "in/bad.csv")
        assert (done.exit_code, done.stderr) == (0, "4 of 9 rows set aside in in/bad.csv\n")
        assert Path("in/bad.csv").read_text() == HEADER + REJECTS
    cli("run", "net.yaml", "good/*.csv", "-o", "expected/")
    assert results("out") == results("expected")


def test_a_run_that_is_resumed_has_all_rejects(folder, cli):
    """Files with wrong rows are done again, for nobody has kept these; the others are not."""
    whole = cli("run", "net.yaml", "in/*.csv", "-o", "whole/", "--rejects", "whole.csv")
    cli("run", "net.yaml", "in/a1.csv", "in/a3.csv", "-o", "out/", "--rejects", "bad.csv")
    Path("out/a3.csv").write_text(Path("out/a3.csv").read_text())  # as it is
    before = Path("out/a3.csv").stat().st_ino
    done = cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--rejects", "bad.csv", "--resume")
    assert done.stderr == whole.stderr.replace("whole.csv", "bad.csv")
    assert Path("bad.csv").read_text() == Path("whole.csv").read_text() == HEADER + REJECTS
    assert results("out") == results("whole")
    assert Path("out/a3.csv").stat().st_ino == before
    assert Path("out/.nncli.jsonl").read_text() == Path("whole/.nncli.jsonl").read_text()
    Path("in/a1.csv").unlink()
    Path("in/a2.csv").unlink()
    Path("in/a10.csv").unlink()
    again = cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--rejects", "bad.csv", "--resume")
    assert (again.exit_code, again.stderr) == (0, "0 of 1 row set aside in bad.csv\n")
    assert Path("bad.csv").read_text() == HEADER


def test_what_a_killed_run_has_left_of_its_rejects_goes(folder, cli):
    """A folder that holds the rejects, too, looks as if nothing had happened."""
    Path("out").mkdir()
    Path("out/.bad.csv.0123456789ab.tmp").write_text("half")
    cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--rejects", "out/bad.csv")
    assert sorted(path.name for path in Path("out").iterdir()) == [
        ".nncli.jsonl", "a1.csv", "a10.csv", "a2.csv", "a3.csv", "bad.csv"
    ]  # fmt: skip


def test_a_limit_is_that_of_all_files(folder, cli):
    """It ends the work; finished results stay, as they do where the work is interrupted."""
    options = ["-o", "out/", "--rejects", "bad.csv", "--max-rejects"]
    done = cli("run", "net.yaml", "in/*.csv", *options, "2")
    assert done.exit_code == 1
    assert done.stderr == (
        "in/a10.csv:2: column x1: the cell is empty; with it 3 rows are wrong, more than --max-rejects 2\n"
    )
    assert not Path("bad.csv").exists()
    share = cli("run", "net.yaml", "in/*.csv", *options, "44%", "--resume")
    problem = "4 of 9 rows are wrong, more than --max-rejects 44%; they are in bad.csv\n"
    assert (share.exit_code, share.stderr) == (1, problem)
    assert Path("bad.csv").read_text() == HEADER + REJECTS
    assert cli("run", "net.yaml", "in/*.csv", *options, "4", "--resume").exit_code == 0


def test_a_file_that_fails_sets_no_row_aside(folder, cli):
    """It has no result, and the rejects are those of the others."""
    Path("in/a2.csv").write_text("id,other,x0\n1,2,3\n")
    done = cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--rejects", "bad.csv")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-2:] == ["3 of 7 rows set aside in bad.csv", "1 of 4 files failed"]
    assert "in/a2.csv" not in Path("bad.csv").read_text()


@pytest.mark.parametrize("path", ["in/a3.csv", "out/a3.csv", "net.yaml"])
def test_rejects_replace_neither_input_nor_result(folder, cli, path):
    """An input, the network and a result have their own content."""
    done = cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--rejects", path)
    assert done.exit_code == 2
    assert "--rejects" in done.stderr
    assert not Path("out/.nncli.jsonl").exists()
