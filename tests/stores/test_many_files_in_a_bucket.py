"""Many files in a store: patterns of URLs, and a prefix as the folder of results."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

NET = "inputs: 2\nlayers: [{units: 4, activation: relu}, {units: 3, activation: softmax}]\n"


@pytest.fixture
def folder(tmp_path, monkeypatch, s3):
    """Return a folder with a network and some parts, which are in a bucket, too."""
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET)
    for name in ("part-1", "part-2", "part-10", "deep/er/part-3", ".hidden"):
        path = Path("in", f"{name}.csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("id,x0,x1\n" + "".join(f"{name} {i},{i / 8},{-i}\n" for i in range(20)))
        s3.put(str(path), path)
    return tmp_path


@pytest.mark.parametrize(
    "pattern", ["in/*.csv", "in/**/*.csv", "in/**", "in/part-[12].csv", "in/deep/*/p*", "*/part-?.csv"]
)
def test_a_pattern_of_urls_means_what_one_of_paths_means(cli, s3, folder, pattern):
    """The same files in the same order, none that is hidden, each with its own URL."""
    here = cli("run", "net.yaml", pattern, "--file-column", "file")
    there = cli("run", "net.yaml", f"{s3.url}/{pattern}", "--file-column", "file")
    assert (there.exit_code, there.stderr) == (0, "")
    assert there.stdout.replace(f"{s3.url}/", "") == here.stdout


def test_a_pattern_without_a_match_a_folder_and_a_server_without_lists_are_told(cli, s3, folder, web):
    """One line each, exit 1; an object whose name looks like a pattern is meant by it."""
    for place, problem in (
        (f"{s3.url}/in/*.parquet", "no object matches"),
        ("s3://no-such-bucket/*.csv", "no such bucket"),
        (f"{s3.url}/in/", f"is a folder; give its files as a glob in quotes: '{s3.url}/in/*'"),
        (f"{web().url}/*.csv", "no such object"),
    ):
        done = cli("run", "net.yaml", place)
        assert (done.exit_code, done.stderr) == (1, f"{place}: {problem}\n")
    literal = s3.put("in/part-[1].csv", Path("in/part-2.csv"))
    assert "part-2 0" in cli("run", "net.yaml", literal).stdout


@pytest.mark.parametrize("jobs", [1, 4])
def test_a_prefix_takes_a_result_for_each_file(cli, s3, folder, jobs):
    """The objects below it are the files of a folder, byte for byte; the journal's lines are in order."""
    assert cli("run", "net.yaml", "in/**/*.csv", "-o", "out/", "-f", "jsonl", "-j", jobs).exit_code == 0
    done = cli("run", "net.yaml", f"{s3.url}/in/**/*.csv", "-o", f"{s3.url}/out/", "-f", "jsonl", "-j", jobs)
    assert (done.exit_code, done.stderr) == (0, "")
    results = {str(path) for path in Path("out").rglob("*") if path.is_file()}
    assert {name for name in s3.names() if name.startswith("out/")} == results
    for name in results - {"out/.nncli.jsonl"}:
        assert s3.get(name) == Path(name).read_bytes()
    journals = Path("out/.nncli.jsonl").read_bytes(), s3.get("out/.nncli.jsonl")
    here, there = ([json.loads(line) for line in text.splitlines()] for text in journals)
    assert [line["result"] for line in there] == [line["result"] for line in here]
    assert all("etag" in line for line in there)


def test_a_file_at_fault_does_not_end_the_others(cli, s3, folder):
    """Its line is printed, the others are done, and the counts come last."""
    bad = s3.put("in/part-2.csv", b"id,x0,x1\na,oops,1\n")
    done = cli("run", "net.yaml", f"{s3.url}/in/*.csv", "-o", f"{s3.url}/out/")
    assert done.exit_code == 1
    assert done.stderr == f"{bad}:2: column x0: 'oops' is not a number\n1 of 3 files failed\n"
    assert [name for name in s3.names() if name.startswith("out/")] == [
        "out/.nncli.jsonl",
        "out/part-1.csv",
        "out/part-10.csv",
    ]


def test_resume_makes_only_what_is_not_there(cli, s3, folder):
    """A second run makes again what has changed, and nothing else; other options are refused."""
    command = ("run", "net.yaml", f"{s3.url}/in/*.csv", "-o", f"{s3.url}/out/")
    assert cli(*command).exit_code == 0
    s3.put("out/part-1.csv", s3.get("out/part-1.csv").replace(b"part-1 0", b"part-1 9"))  # as long as before
    s3.put("in/part-10.csv", Path("in/part-2.csv"))
    assert cli(*command, "--resume").exit_code == 0
    assert b"part-1 9" in s3.get("out/part-1.csv").splitlines()[1]
    assert s3.get("out/part-10.csv") == s3.get("out/part-2.csv")
    refused = cli(*command, "--resume", "--decimals", 2)
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "decimals" in refused.stderr


def test_a_run_that_is_interrupted_ends_soon_and_leaves_no_part(s3, folder, default_signals):
    """Ctrl-C while several files are in work: exit 130, what is there is whole, and the journal knows it."""
    rows = "id,x0,x1\n" + "".join(f"{i},{i / 8},{-i}\n" for i in range(2000))
    for i in range(60):
        s3.put(f"many/{i}.csv", rows)
    command = ["run", "net.yaml", f"{s3.url}/many/*.csv", "-o", f"{s3.url}/out/"]
    with subprocess.Popen(
        [sys.executable, "-m", "nncli", *command], stderr=subprocess.PIPE, preexec_fn=default_signals
    ) as run:
        for _ in range(600):
            # more than are in work at once, so that some are done and known
            if sum(name.startswith("out/") and name.endswith(".csv") for name in s3.names()) > 20:
                break
            time.sleep(0.02)
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=20) == 130
        assert run.stderr.read() == b""
    assert s3.uploads() == []
    known = [json.loads(line)["result"] for line in s3.get("out/.nncli.jsonl").splitlines()]
    assert set(known) <= {name.removeprefix("out/") for name in s3.names()}
    assert known


def test_a_killed_run_goes_on_and_ends_in_the_same_bytes(cli, s3, folder):
    """After kill -9 --resume makes the rest: the objects of an undisturbed run, and no part of an upload."""
    rows = "id,x0,x1\n" + "".join(f"{i},{i / 8},{-i}\n" for i in range(3000))
    for i in range(40):
        s3.put(f"many/{i}.csv", rows)
    command = ["run", "net.yaml", f"{s3.url}/many/*.csv", "-o", f"{s3.url}/killed/"]
    with subprocess.Popen([sys.executable, "-m", "nncli", *command], stderr=subprocess.PIPE) as run:
        for _ in range(600):
            if sum(name.startswith("killed/") for name in s3.names()) > 5:
                break
            time.sleep(0.02)
        run.send_signal(signal.SIGKILL)
    before = sum(name.startswith("killed/") for name in s3.names())
    assert 5 < before < 40
    assert cli(*command, "--resume").exit_code == 0
    assert cli(*command[:-1], f"{s3.url}/whole/").exit_code == 0
    for i in range(40):
        assert s3.get(f"killed/{i}.csv") == s3.get(f"whole/{i}.csv")
    assert s3.get("killed/.nncli.jsonl") == s3.get("whole/.nncli.jsonl")
    assert s3.uploads() == []
