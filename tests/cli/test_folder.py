"""Many files, a result for each, in a folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from pyarrow import parquet as pq

SPEC = "inputs: 2\nlayers:\n  - {units: 8, activation: relu}\n  - {units: 3, activation: softmax}\n"
HEADER = "id,x0,x1\n"


def text(name, n_rows=5):
    """Return a file of rows."""
    return HEADER + "".join(f"{name}-{k},{k % 97 / 7},{k % 89 / 9}\n" for k in range(n_rows))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Work in a folder with a network and some files, one of them below another."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(SPEC)
    for name in ("part-2", "part-10", "sub/part-2"):
        path = tmp_path / f"in/{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text(name))
    return tmp_path


def contents(folder):
    """Return the bytes of all files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def journal(folder):
    """Return the lines of a folder's journal."""
    return [json.loads(line) for line in (folder / ".nncli.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    "options", [(), ("--keep", "all", "--decimals", "3"), ("-f", "jsonl"), ("-f", "parquet")]
)
def test_a_result_is_that_of_its_file_alone(folder, cli, options):
    """Under its own name with the output's suffix."""
    done = cli("run", "net.yaml", "in/*.csv", "-o", "out/", *options)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
    suffix = options[-1] if "-f" in options else "csv"
    for name in ("part-2", "part-10"):
        cli("run", "net.yaml", f"in/{name}.csv", "-o", f"alone.{suffix}", *options)
        assert (folder / f"out/{name}.{suffix}").read_bytes() == (folder / f"alone.{suffix}").read_bytes()
    assert len(contents(folder / "out")) == 3


def test_folders_below_two_stars_are_kept(folder, cli):
    """Else only the name is."""
    cli("run", "net.yaml", "in/**/*.csv", "-o", "out/", "-f", "npy", "-q")
    assert set(contents(folder / "out")) == {".nncli.jsonl", "part-2.npy", "part-10.npy", "sub/part-2.npy"}
    assert np.load("out/sub/part-2.npy").shape == (5, 3)


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("a.csv.gz", "a.csv"),
        ("a.TSV", "a.csv"),
        ("a.txt", "a.csv"),
        ("a.2024-11", "a.2024-11.csv"),
        ("a", "a.csv"),
        (".a.csv", ".a.csv"),
    ],
)
def test_a_result_has_the_outputs_suffix(folder, cli, name, result):
    """In place of those that tell the input's format."""
    separator = "\t" if name.endswith("TSV") else ","
    (folder / name).write_text(text("a").replace(",", separator))
    cli("run", "net.yaml", name, "-o", "out/")
    assert set(contents(folder / "out")) == {".nncli.jsonl", result}


def test_the_journal_has_a_line_for_each_result(folder, cli):
    """It tells what the result was made of, and how."""
    (folder / "out").mkdir()
    cli("run", "net.yaml", "in/**/*.csv", "-o", "out", "-f", "jsonl", "--limit", "3")
    state = os.stat("in/part-2.csv")
    first = journal(folder / "out")[0]
    assert first.pop("network")
    assert first == {
        "input": "in/part-2.csv",
        "size": state.st_size,
        "time": state.st_mtime_ns,
        "rows": 3,
        "warnings": [],
        "result": "part-2.jsonl",
        "result_size": os.stat("out/part-2.jsonl").st_size,
        "options": {"format": "jsonl", "limit": 3},
    }
    assert [line["input"] for line in journal(folder / "out")] == [
        "in/part-2.csv",
        "in/part-10.csv",
        "in/sub/part-2.csv",
    ]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            "in/*.csv in/*/*.csv -o out/",
            "in/part-2.csv and in/sub/part-2.csv: both results would be out/part-2.csv",
        ),
        ("in/part-2.csv in/part-2.csv -o out/", "in/part-2.csv and in/part-2.csv: both results would be"),
        ("in/*.csv -o in", "in/part-2.csv: the result of in/part-2.csv would replace in/part-2.csv"),
        (
            "in/sub/part-2.csv link -o in/",
            "in/part-2.csv: the result of in/sub/part-2.csv would",
        ),
        ("- -o out/", "-: standard input has no name for a result in out/"),
        ("-o out/", "-o out/: a folder takes results of files"),
        ("in/.nncli.csv -o out/ -f jsonl", "its result would replace out/.nncli.jsonl"),
        ("in/*.csv -o out/ -f table", "--format table: a table is for people"),
        ("in/*.csv -o out.csv --resume", "--resume: only a folder of results tells what is done"),
        ("in/*.csv --resume", "--resume: only a folder of results tells what is done"),
        ("in/*.csv -o out.csv --fail-fast", "--fail-fast: one table ends at the first problem as it is"),
    ],
)
def test_what_has_no_place_of_its_own_is_refused(folder, cli, arguments, problem):
    """Before anything runs."""
    (folder / "link").symlink_to("in/part-2.csv")
    (folder / "in/.nncli.csv").write_text(text("n"))
    before = contents(folder)
    done = cli("run", "net.yaml", *arguments.split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert problem in done.stderr
    assert contents(folder) == before
    assert not (folder / "out").exists()


@pytest.mark.parametrize("out", ["in/out/", "in/"])
def test_results_are_no_inputs(folder, cli, out):
    """Where the folder of results is inside of the pattern, or the pattern's own."""
    for _ in range(2):
        done = cli("run", "net.yaml", "in/**/*", "-o", out, "-f", "tsv")
        assert (done.exit_code, done.stderr) == (0, "")
        results = [path for path in contents(folder) if path.endswith(".tsv")]
        assert sorted(results) == sorted(f"{out}{name}.tsv" for name in ("part-2", "part-10", "sub/part-2"))


def test_a_file_at_fault_does_not_end_the_others(folder, cli):
    """Its lines are printed, its result is not there, an old one stays and is named; then come the counts."""
    (folder / "in/part-10.csv").write_text(HEADER + "1,2,3\n1,oops,4\n")
    done = cli("run", "net.yaml", "in/*.csv", "nowhere.csv", "-o", "out/")
    assert done.exit_code == 1
    assert done.stderr.splitlines() == [
        "in/part-10.csv:3: column x0: 'oops' is not a number",
        "nowhere.csv: no such file or directory",
        "2 of 3 files failed",
    ]
    assert set(contents(folder / "out")) == {".nncli.jsonl", "part-2.csv"}
    (folder / "out/part-10.csv").write_text("old")
    again = cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--resume")
    assert again.stderr.splitlines()[1:] == [
        "out/part-10.csv: the result of an earlier run is still there",
        "1 of 2 files failed",
    ]
    assert (folder / "out/part-10.csv").read_text() == "old"
    fast = cli("run", "net.yaml", "nowhere.csv", "in/*.csv", "-o", "other/", "--fail-fast")
    assert fast.stderr.splitlines()[1:] == ["1 of 3 files failed; 2 were not begun"]
    assert not (folder / "other/part-2.csv").exists()


def test_warnings_name_the_file(folder, cli):
    """Those of many files are not all said; the journal has them."""
    for i in range(15):
        (folder / f"in/odd-{i}.csv").write_text("prediction,x0,x1\n1,2,3\n")
    done = cli("run", "net.yaml", "in/odd-*.csv", "-o", "out/")
    lines = done.stderr.splitlines()
    assert lines[2].startswith("warning: in/odd-2.csv: left out, since the output has columns of these names")
    assert lines[10:] == ["warning: 5 more files have warnings; all are in out/.nncli.jsonl"]
    assert [len(line["warnings"]) for line in journal(folder / "out")] == [1] * 15
    assert cli("run", "net.yaml", "in/odd-*.csv", "-o", "out/", "--quiet").stderr == ""


def test_resume_makes_what_is_missing_or_has_changed(folder, cli):
    """A result that is shorter, gone, or of a file that has changed since; the others stay as they are."""
    names = ["a", "b", "c", "d"]
    for name in names:
        (folder / f"in/{name}.csv").write_text(text(name))
    run = ("run", "net.yaml", "in/?.csv", "-o", "out/")
    cli(*run)
    whole = contents(folder / "out")
    before = {name: os.stat(f"out/{name}.csv").st_ino for name in names}
    (folder / "out/a.csv").write_bytes(whole["a.csv"][:-1])
    os.unlink("out/b.csv")
    os.utime("in/c.csv", ns=(0, 0))
    assert cli(*run, "--resume", "-j", "1", "-q").exit_code == 0
    assert {name for name in names if os.stat(f"out/{name}.csv").st_ino != before[name]} == {"a", "b", "c"}
    now = contents(folder / "out")
    assert {name: now[name] for name in whole if name != ".nncli.jsonl"} == {
        name: whole[name] for name in whole if name != ".nncli.jsonl"
    }


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--keep", "none"), "out/: its results were made without --keep"),
        (("--decimals", "4"), "out/: its results were made with --decimals 3"),
        (("--on-missing", "null"), "out/: its results were made without --on-missing"),
        (("--header",), "out/: its results were made without --header"),
        (("--trace",), "out/: its results were made without --trace"),
        (("--seed", "1"), "out/: its results were made by another network"),
        (("--set", "outputs=[a,b,c]"), "out/: its results were made by another network"),
    ],
)
def test_resume_refuses_other_work(folder, cli, options, problem):
    """It says what has changed; without --resume all are made again."""
    cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--decimals", "3")
    before = contents(folder)
    done = cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--decimals", "3", *options, "--resume")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"{problem}; without --resume all of them are made again\n"
    assert contents(folder) == before
    assert cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--decimals", "3", *options).exit_code == 0
    done = cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--decimals", "3", *options, "--resume")
    assert (done.exit_code, done.stderr) == (0, "")


def test_resume_names_the_option_that_was_given_for_a_file_without_names(folder, cli):
    """Not the field behind it, which another option has, too."""
    (folder / "bare.csv").write_text("1,2\n")
    cli("run", "net.yaml", "bare.csv", "-o", "out/", "--no-header")
    done = cli("run", "net.yaml", "bare.csv", "-o", "out/", "--resume")
    assert "its results were made with --no-header; " in done.stderr


def test_work_that_was_begun_anew_is_what_is_resumed(folder, cli):
    """Lines of results that a later run would have replaced are gone, though it was killed before."""
    cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--seed", "1")
    (folder / "in/part-10.csv").write_text("x\n")
    cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--fail-fast", "-j", "1")
    (folder / "in/part-10.csv").write_text(text("part-10"))
    assert cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--resume").exit_code == 0
    cli("run", "net.yaml", "in/*.csv", "-o", "fresh/")
    assert contents(folder / "out") == contents(folder / "fresh")


def test_a_damaged_journal_is_no_obstacle(folder, cli):
    """What is no whole line of it is as if it were not there."""
    cli("run", "net.yaml", "in/*.csv", "-o", "out/")
    whole = contents(folder / "out")
    first, second = whole[".nncli.jsonl"].splitlines(keepends=True)
    for damaged in (first + second[:40], b"\0\xff{[\n" + first + b"[1]\n{}\n", b"", first):
        (folder / "out/.nncli.jsonl").write_bytes(damaged)
        assert cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--resume").exit_code == 0
        assert contents(folder / "out") == whole


def test_other_inputs_leave_the_journals_lines(folder, cli):
    """Two runs into one folder are one work."""
    cli("run", "net.yaml", "in/part-2.csv", "-o", "out/")
    made = os.stat("out/part-2.csv").st_ino
    cli("run", "net.yaml", "in/part-10.csv", "-o", "out/")
    assert len(journal(folder / "out")) == 2
    cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--resume")
    assert os.stat("out/part-2.csv").st_ino == made


@pytest.fixture
def many(folder):
    """Return a folder of many files, some of them larger; and what an undisturbed run makes of them."""
    for i in range(300):
        (folder / f"in/many-{i}.csv").write_text(text(i, 20_000 if i == 59 else 300))
    return folder


@pytest.mark.skipif(sys.platform != "linux", reason="here nncli runs in one process")
@pytest.mark.parametrize(("n_jobs", "killed"), [("1", "all"), ("2", "all"), ("2", "parent"), ("2", "ctrl-c")])
def test_killed_at_any_moment_it_goes_on(many, shell, default_signals, n_jobs, killed):
    """After one --resume the folder is, byte for byte, that of an undisturbed run; nothing is done twice."""
    command = ("run", "net.yaml", "in/many-*.csv", "-o")
    assert shell(*command, "whole/", cwd=many).exit_code == 0
    running = subprocess.Popen(
        [sys.executable, "-m", "nncli", *command, "out/", "-j", n_jobs],
        start_new_session=True,
        preexec_fn=default_signals,
    )
    deadline = time.monotonic() + 60
    path = many / "out/.nncli.jsonl"
    while not path.exists() or path.read_bytes().count(b"\n") < 40:
        assert time.monotonic() < deadline
        assert running.poll() is None
    number = signal.SIGINT if killed == "ctrl-c" else signal.SIGKILL
    (os.kill if killed == "parent" else os.killpg)(running.pid, number)
    running.wait()
    if killed == "parent":
        wait_for_session(running.pid)
    if killed == "ctrl-c":
        assert running.returncode == 130
        assert not [name for name in contents(many / "out") if name.endswith(".tmp")]
    finished = [line["result"] for line in journal_so_far(path)]
    assert 40 <= len(finished) < 300
    made = {name: os.stat(many / "out" / name) for name in finished}
    with open(path, "ab") as file:  # a line that was cut
        file.write(b'{"input": "in/many-299.c')
    assert shell(*command, "out/", "--resume", cwd=many).exit_code == 0
    assert contents(many / "out") == contents(many / "whole")
    for name, before in made.items():
        after = os.stat(many / "out" / name)
        assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def journal_so_far(path):
    """Return the whole lines of a journal."""
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


def wait_for_session(leader):
    """Wait until no process of a session is left: what has no parent any more ends by itself."""
    deadline = time.monotonic() + 30
    while subprocess.run(["pgrep", "-s", str(leader)], capture_output=True).stdout.strip():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_all_processes_give_one_journal(many, shell):
    """Its bytes do not tell how many there were; files are whole whoever has made them."""
    command = ("run", "net.yaml", "in/many-*.csv", "-f", "parquet", "-o")
    assert shell(*command, "one/", "-j", "1", cwd=many).exit_code == 0
    assert shell(*command, "two/", "-j", "2", cwd=many).exit_code == 0
    assert contents(many / "one") == contents(many / "two")
    assert pq.read_table(many / "two/many-59.parquet").num_rows == 20_000
