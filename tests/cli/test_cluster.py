"""Files on a cluster: a real Dask scheduler and real workers, in another folder than the command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from nncli.engines import cluster as engine
from nncli.jobs import on_cluster

SPEC = "inputs: 2\nlayers:\n  - {units: 8, activation: relu}\n  - {units: 3, activation: softmax}\n"
N_FILES = 12

Cluster = Callable[..., AbstractContextManager[tuple[str, list[subprocess.Popen[bytes]]]]]

SLOW = """
import os, time
from nncli.jobs import on_cluster
def slow(job, network, task, run_file=on_cluster.run_file):
    if "deadly" in task.place:
        os._exit(1)
    time.sleep(0.1)
    return run_file(job, network, task)
if on_cluster.run_file.__name__ != "slow":  # a preload is loaded more than once
    on_cluster.run_file = slow
"""
"""What a worker may load: files take their time, and one ends its worker."""


def make_files(folder: Path, n_files: int = N_FILES) -> None:
    """Make a network, and files of labelled rows."""
    (folder / "net.yaml").write_text(SPEC)
    (folder / "in").mkdir()
    for number in range(n_files):
        rows = "".join(f"{number}-{k},{k % 97 / 7 - number},{k % 89 / 9},{k % 3}\n" for k in range(50))
        (folder / f"in/part-{number}.csv").write_text("id,x0,x1,label\n" + rows)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a network and files."""
    monkeypatch.chdir(tmp_path)
    make_files(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, dask: Cluster) -> Iterator[str]:
    """Start a cluster whose workers stand in another folder."""
    with dask(tmp_path_factory.mktemp("elsewhere")) as (address, _):
        yield address


def nncli(*words: object, **more: Any) -> subprocess.Popen[str]:
    """Start the command."""
    command = [sys.executable, "-m", "nncli", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Return the exit code and what was written."""
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def wait_for_results(folder: Path, n: int) -> None:
    """Wait until there are so many results."""
    while len(list(folder.glob("*.csv"))) < n:
        time.sleep(0.02)


@pytest.mark.parametrize("where", ["there", "local"])
def test_a_cluster_makes_the_bytes_of_a_run_here(folder: Path, address: str, where: str, cli) -> None:
    """Results and journal are the same, and so is what is said of a file at fault."""
    (folder / "in/part-3.csv").write_text("id,x0,x1,label\n1,2,oops,0\n")
    here = cli("run", "net.yaml", "in/*.csv", "-o", "here/")
    scheduler = address if where == "there" else "local"
    there = ended(nncli("run", "net.yaml", "in/*.csv", "-o", "there/", "--cluster", scheduler, "-j", 1))
    assert there == (1, "", here.stderr)
    assert "in/part-3.csv:2: column x1: 'oops' is not a number" in here.stderr
    assert contents(folder / "there") == contents(folder / "here")


def test_scores_merge_to_those_of_one_machine(folder: Path, address: str, cli) -> None:
    """Eval writes the same JSON, and tells the same problem."""
    words = ["eval", "net.yaml", "in/*.csv", "--label", "label", "-f", "json"]
    here = cli(*words)
    assert ended(nncli(*words, "--cluster", address)) == (0, here.stdout, "")
    for number in (5, 2):
        (folder / f"in/part-{number}.csv").write_text("id,x0,x1,label\n1,2,oops,0\n")
    assert ended(nncli(*words, "--cluster", address)) == (1, "", cli(*words).stderr)


@pytest.mark.parametrize(
    ("most", "exit_code", "n_lines"),
    [([], 0, 6), (["--max-rejects", "2"], 1, None), (["--max-rejects", "0.5%"], 1, 6)],
)
def test_wrong_rows_of_scored_files_are_set_aside_as_on_one_machine(
    folder: Path, address: str, cli, most: list[str], exit_code: int, n_lines: int | None
) -> None:
    """They are in the files' order, and too many of them end it with the same words."""
    for number in (5, 2):
        (folder / f"in/part-{number}.csv").write_text("id,x0,x1,label\n1,2,oops,0\n2,1,1,0\n3,x,1,0\n")
    with open("in/part-5.csv", "a") as file:
        file.write("4,y,1,0\n")
    words = ["eval", "net.yaml", "in/*.csv", "--label", "label", "-f", "json", *most, "--rejects"]
    here = cli(*words, "here.csv")
    there = ended(nncli(*words, "there.csv", "--cluster", address))
    assert there == (exit_code, here.stdout, here.stderr.replace("here.csv", "there.csv"))
    if n_lines is None:
        assert not Path("there.csv").exists()
    else:
        assert Path("there.csv").read_bytes() == Path("here.csv").read_bytes()
        assert len(Path("there.csv").read_text().splitlines()) == n_lines


def test_files_of_a_killed_worker_are_done_by_others(folder: Path, dask: Cluster) -> None:
    """Each result is there once and whole."""
    (folder / "slow.py").write_text(SLOW)
    with dask(folder / "workers", "--preload", str(folder / "slow.py"), "--no-nanny") as (address, processes):
        run = nncli("run", "net.yaml", "in/*.csv", "-o", "out/", "--cluster", address)
        wait_for_results(folder / "out", 3)
        processes[1].kill()
        assert ended(run) == (0, "", "")
    assert len(list((folder / "out").iterdir())) == N_FILES + 1


def test_a_file_that_ends_its_workers_is_named(folder: Path, dask: Cluster) -> None:
    """The other files are done."""
    (folder / "slow.py").write_text(SLOW)
    (folder / "in/part-4.csv").rename(folder / "in/deadly.csv")
    preload = ("--preload", str(folder / "slow.py"))
    # A task that waits behind it would be taken for deadly, too.
    environment = {
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
        "DASK_DISTRIBUTED__SCHEDULER__WORKER_SATURATION": "1.0",
    }
    with dask(folder / "workers", *preload, n_workers=1, **environment) as (address, _):
        run = nncli("run", "net.yaml", "in/*.csv", "-o", "out/", "--cluster", address)
        code, _, err = ended(run)
    assert (code, err.splitlines()) == (
        1,
        [
            "in/deadly.csv: 1 worker ended while it was at it (is there enough memory?)",
            f"1 of {N_FILES} files failed",
        ],
    )
    assert len(list((folder / "out").glob("*.csv"))) == N_FILES - 1


def test_a_run_goes_on_where_a_lost_scheduler_left_it(folder: Path, cli, dask: Cluster) -> None:
    """It ends with one line, and --resume makes the rest alone."""
    (folder / "slow.py").write_text(SLOW)
    with dask(folder / "workers", "--preload", str(folder / "slow.py")) as (address, processes):
        run = nncli("run", "net.yaml", "in/*.csv", "-o", "out/", "--cluster", address)
        wait_for_results(folder / "out", 4)
        processes[0].kill()
        code, out, err = ended(run)
    assert (code, out) == (1, "")
    assert err == f"{address}: the scheduler is gone (what is done stays, and can be resumed)\n"
    done = {line: os.stat(folder / "out" / line).st_mtime_ns for line in journalled(folder / "out")}
    assert done
    assert cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--resume").exit_code == 0
    assert {name: os.stat(folder / "out" / name).st_mtime_ns for name in done} == done
    cli("run", "net.yaml", "in/*.csv", "-o", "here/")
    assert contents(folder / "out") == contents(folder / "here")


def journalled(folder: Path) -> list[str]:
    """Return the results that the journal knows."""
    return [json.loads(line)["result"] for line in (folder / ".nncli.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("local", [True, False])
def test_ctrl_c_leaves_nothing_half_written(folder: Path, address: str, local: bool, default_signals) -> None:
    """What waits is dropped, and what is there is whole."""
    make = nncli("run", "net.yaml", "in/*.csv", "-o", "here/", "-j", 1)
    many = [f"in/part-{number}.csv" for number in range(N_FILES)]
    for number in range(N_FILES, 400):
        os.link(many[number % N_FILES], f"in/part-{number}.csv")
    assert ended(make)[0] == 0
    where = "local" if local else address
    run = nncli(
        "run", "net.yaml", "in/*.csv", "-o", "out/", "--cluster", where, "-j", 1, preexec_fn=default_signals
    )
    wait_for_results(folder / "out", 2)
    run.send_signal(signal.SIGINT)
    assert ended(run) == (130, "", "")
    time.sleep(0.2)
    whole = set(contents(folder / "here").values())
    for name, data in contents(folder / "out").items():
        assert name == ".nncli.jsonl" or data in whole


def test_a_worker_of_another_version_is_refused(folder: Path, dask: Cluster) -> None:
    """It is named before anything runs."""
    about = folder / "elsewhere" / "nncli_inference-9.9.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: nncli-inference\nVersion: 9.9\n")
    with dask(folder / "workers", n_workers=1, PYTHONPATH=str(about.parent)) as (address, _):
        code, _, err = ended(nncli("run", "net.yaml", "in/*.csv", "-o", "out/", "--cluster", address))
    assert code == 1
    assert err.startswith(f"{address}: the worker tcp://127.0.0.1:")
    assert "has nncli 9.9, and this one is" in err
    assert not list((folder / "out").glob("*.csv"))


def test_a_scheduler_without_workers_is_not_waited_for_forever(
    folder: Path, cli, monkeypatch, dask: Cluster
) -> None:
    """After a while one line says so."""
    monkeypatch.setattr(engine, "_WORKERS_S", 0.5)
    with dask(folder / "workers", n_workers=0) as (address, _):
        done = cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--cluster", address)
    assert (done.exit_code, done.stderr) == (
        1,
        f"{address}: the scheduler has no workers, and none came in 0.5 s\n",
    )


def test_no_scheduler_is_told(folder: Path, cli, monkeypatch) -> None:
    """One line names the address."""
    monkeypatch.setattr(engine, "_ANSWER_S", 0.5)
    done = cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--cluster", "tcp://127.0.0.1:9")
    assert (done.exit_code, done.stderr) == (1, "tcp://127.0.0.1:9: no answer from a Dask scheduler\n")


def test_a_folder_that_is_not_shared_is_told(folder: Path, cli, address: str, monkeypatch) -> None:
    """A result that can't be seen here is an error with the worker's host and the way out."""
    monkeypatch.setattr(on_cluster, "_SEEN_S", 0.1)
    monkeypatch.setattr(on_cluster, "stamp", lambda place: None)
    done = cli("run", "net.yaml", "in/*.csv", "-o", "out/", "--cluster", address)
    assert done.exit_code == 1
    assert "was written on" in done.stderr
    assert "a folder that all machines share" in done.stderr


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--cluster", "local"], "--cluster: its workers write a result for each file; give a folder"),
        (["--cluster", "here", "-o", "out/"], "'here': give a scheduler's address such as tcp://HOST:8786"),
        (["--cluster", "http://a:1", "-o", "out/"], "'http://a:1': give a scheduler's address"),
    ],
)
def test_a_cluster_needs_an_address_and_a_folder(folder: Path, cli, words: list[str], problem: str) -> None:
    """Else the command line is at fault."""
    done = cli("run", "net.yaml", "in/*.csv", *words)
    assert done.exit_code == 2
    assert problem in done.stderr
