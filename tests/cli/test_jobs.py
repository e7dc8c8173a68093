"""Real runs in several processes: enough rows that each has blocks of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="here nncli runs in one process")

SPEC = "inputs: 2\nlayers:\n  - {units: 8, activation: relu}\n  - {units: 3, activation: softmax}\n"
N_ROWS = 200_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a network and rows for it."""
    folder = tmp_path_factory.mktemp("two")
    (folder / "net.yaml").write_text(SPEC)
    lines = [f"{i},{i % 97 / 7},{i % 89 / 9}\n" for i in range(N_ROWS)]
    (folder / "rows.csv").write_text("id,x0,x1\n" + "".join(lines))
    for name, at in (("early", 3), ("second", 30_000), ("later", 150_000)):
        bad = [*lines[:at], "x,1,oops\n", *lines[at + 1 :]]
        (folder / f"{name}.csv").write_text("id,x0,x1\n" + "".join(bad))
    return folder


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture
def run(folder, default_signals):
    """Return a run whose output nobody reads, and one of its processes: all are at work."""
    with at_work(folder, default_signals) as (running, helper, _):
        yield running, helper


@contextmanager
def at_work(folder, signals):
    """Start a run with these signals; its output waits for room in a pipe till somebody reads it."""
    command = [sys.executable, "-m", "nncli", "run", "net.yaml", "rows.csv", "-j", "2"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, bufsize=0, cwd=folder, start_new_session=True, preexec_fn=signals, stdout=pipe, stderr=pipe
    ) as running:
        try:
            deadline = time.monotonic() + 20
            first = b""
            while not (helpers := children(running.pid)) and time.monotonic() < deadline:
                first += os.read(running.stdout.fileno(), 1 << 12)  # of the first block
            time.sleep(0.2)  # soon all wait for room in the pipe
            yield running, helpers[0], first
        finally:
            running.kill()


def is_alive(pid: int) -> bool:
    """Tell whether a process is still there, and not only its exit code."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(pid: int) -> None:
    """Wait until a process has ended; a test that waits too long has failed."""
    for _ in range(500):
        if not is_alive(pid):
            return
        time.sleep(0.01)
    raise AssertionError(f"process {pid} is still there")


@pytest.mark.parametrize(("name", "line"), [("early", 5), ("second", 30_002), ("later", 150_002)])
def test_a_wrong_row_is_told_by_its_line_and_leaves_no_file(folder, shell, name, line):
    """In either process's block: the same message, no output file, and a pipe ends before that row."""
    problem = f"{name}.csv:{line}: column x1: 'oops' is not a number\n"
    done = shell("run", "net.yaml", f"{name}.csv", "-o", "out.csv", cwd=folder)
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", problem)
    assert not [path.name for path in folder.iterdir() if "out.csv" in path.name]
    done = shell("run", "net.yaml", f"{name}.csv", cwd=folder)
    assert (done.exit_code, done.stderr) == (1, problem)
    rows = done.stdout.splitlines()[1:]
    assert len(rows) < line - 1
    assert [row.split(",")[0] for row in rows] == [str(i) for i in range(len(rows))]


def test_a_run_does_not_need_the_news_of_its_children(folder):
    """Where whoever started us has SIGCHLD ignored, results and messages are the same."""
    for name, exit_code in (("rows", 0), ("second", 1)):
        done = subprocess.run(
            [sys.executable, "-m", "nncli", "run", "net.yaml", f"{name}.csv", "-o", os.devnull, "-f", "csv"],
            cwd=folder,
            capture_output=True,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN),
        )
        assert done.returncode == exit_code
        assert ("oops" in done.stderr) == bool(exit_code)


def test_blank_lines_and_long_rows_do_not_matter(folder, cli, monkeypatch):
    """Megabytes of blank lines, and rows much longer than the first: as in one process."""
    monkeypatch.chdir(folder)
    lines = (folder / "rows.csv").read_text().splitlines()
    lines[10_000:10_000] = [""] * 1_000_000
    lines += [f"{'x' * 300_000},1,{i}" for i in range(9)] + ["  "] * 10
    (folder / "odd.csv").write_text("\n".join(lines) + "\n")
    outputs = []
    for n_jobs in ("2", "1", "5"):
        monkeypatch.setenv("NNCLI_JOBS", n_jobs)
        assert cli("run", "net.yaml", "odd.csv", "--dtype", "float32", "-o", "out.csv").exit_code == 0
        outputs.append((folder / "out.csv").read_bytes())
    assert outputs[0] == outputs[1] == outputs[2]


def test_a_blank_line_and_a_long_row_do_not_make_up_for_each_other(folder, cli, monkeypatch):
    """A wrong row just behind where a block is cut is told, whatever is skipped before the cut."""
    monkeypatch.chdir(folder)
    lines = (folder / "rows.csv").read_text().splitlines()
    text = "\n".join(lines) + "\n"
    n_rows = text.count("\n", 0, text.index("\n") + (1 << 19))
    for at in range(n_rows - 200, n_rows - 2, 37):
        bad = [*lines[:10], "", *lines[10:at], "z,1,2,3,4", *lines[at:]]
        (folder / "makes_up.csv").write_text("\n".join(bad) + "\n")
        done = cli("run", "net.yaml", "makes_up.csv", "--dtype", "float32", "-o", os.devnull, "-f", "csv")
        assert done.stderr == f"makes_up.csv:{at + 2}: 5 cells where 3 belong\n"


def test_ctrl_c_ends_all_processes(run):
    """Both end at once, with exit code 130 and not a word."""
    running, helper = run
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(10) == 130
    assert running.stderr.read() == b""
    assert not is_alive(helper)


def test_a_stop_ends_all_processes(run):
    """SIGTERM to the command takes its helper along."""
    running, helper = run
    running.terminate()
    assert running.wait(10) == 128 + signal.SIGTERM
    assert not is_alive(helper)


def test_a_hangup_ends_all_processes(run):
    """A terminal that is closed sends it to all."""
    running, helper = run
    os.killpg(running.pid, signal.SIGHUP)
    assert running.wait(10) == 128 + signal.SIGHUP
    assert not is_alive(helper)


def test_under_nohup_all_processes_go_on(folder):
    """Who was started with a hangup ignored hears of none, nor do its processes: all rows come out."""
    with at_work(folder, lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as (running, _, first):
        os.killpg(running.pid, signal.SIGHUP)
        rows, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (0, b"")
    assert (first + rows).count(b"\n") == N_ROWS + 1


def test_a_helper_does_not_outlive_a_command_that_is_killed(run):
    """It finds nobody to give its turn to, and ends."""
    running, helper = run
    running.kill()
    running.communicate()
    wait_until_gone(helper)


def test_a_command_whose_helper_is_killed_says_so(run):
    """One line, exit 1."""
    running, helper = run
    os.kill(helper, signal.SIGKILL)
    _, stderr = running.communicate(timeout=60)
    assert running.returncode == 1
    assert stderr == b"a process of this run was killed (is there enough memory?)\n"


def test_a_closed_pipe_ends_all_processes_quietly(run):
    """As ``| head`` does: exit 0, no message, no process left."""
    running, helper = run
    running.stdout.close()
    assert running.wait(10) == 0
    assert running.stderr.read() == b""
    wait_until_gone(helper)


@pytest.mark.parametrize(
    "option", [["-o", "out.csv"], [], ["-f", "tsv", "--decimals", "3"], ["-f", "jsonl"], ["--trace"]]
)
def test_many_processes_write_what_one_writes(folder, cli, monkeypatch, option):
    """To a file or a pipe, with any columns: the same bytes."""
    monkeypatch.chdir(folder)
    output = folder / "out.csv"
    results = []
    for n_jobs in ("2", "1", "5"):
        monkeypatch.setenv("NNCLI_JOBS", n_jobs)
        done = cli("run", "net.yaml", "rows.csv", *option)
        results.append((done, output.read_bytes() if output.exists() else b""))
        output.unlink(missing_ok=True)
    assert results[0] == results[1] == results[2]
    assert results[0][0].exit_code == 0


def test_many_processes_count_what_overflows_as_one_does(folder, cli, monkeypatch):
    """All rows together, and the first of them, whichever process meets them."""
    monkeypatch.chdir(folder)
    lines = (folder / "rows.csv").read_text().splitlines(keepends=True)
    for at in (90_000, 60_001, 170_000):  # in blocks of both
        lines[at] = f"{at},1e308,1e308\n"
    (folder / "large.csv").write_text("".join(lines))
    results = []
    for n_jobs in ("2", "1", "5"):
        monkeypatch.setenv("NNCLI_JOBS", n_jobs)
        results.append(cli("run", "net.yaml", "large.csv", "--set", "layers.0.weight_scale=100"))
    assert results[0] == results[1] == results[2]
    assert results[0].stderr.endswith(" infinity in 3 rows, first in row 60000\n")


@pytest.mark.parametrize("rows", ["rows.csv", "few.csv"])
def test_a_pipe_that_refuses_gets_everything_all_the_same(folder, shell, rows):
    """A standard output that was set not to block is waited for; nothing is lost."""
    lines = (folder / "rows.csv").read_text().splitlines(keepends=True)
    (folder / "few.csv").write_text("".join(lines[:30_000]))
    expected = shell("run", "net.yaml", rows, cwd=folder).stdout
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    with subprocess.Popen(
        [sys.executable, "-m", "nncli", "run", "net.yaml", rows], cwd=folder, stdout=theirs
    ) as run:
        os.close(theirs)
        time.sleep(0.5)  # long enough for the pipe to fill up
        with open(ours, "rb") as pipe:
            assert pipe.read().decode() == expected
    assert run.returncode == 0


def test_overflow_is_counted_over_all_processes(folder, cli, monkeypatch):
    """The warning names all rows and the first of them, wherever it was computed."""
    monkeypatch.chdir(folder)
    net = folder / "huge.yaml"
    net.write_text("inputs: 2\nlayers:\n  - {weights: [[1e308, 0]]}\n")
    lines = (folder / "rows.csv").read_text().splitlines()
    for i in (100_000, 180_000, 180_001):
        lines[i + 1] = f"{i},1e10,0"
    for i in range(N_ROWS):
        if i not in (100_000, 180_000, 180_001):
            lines[i + 1] = f"{i},1,0"
    (folder / "huge.csv").write_text("\n".join(lines) + "\n")
    done = cli("run", "huge.yaml", "huge.csv", "-o", "huge_out.csv")
    assert (done.exit_code, done.stderr) == (
        0,
        "warning: the network's numbers overflow to NaN or infinity in 3 rows, first in row 100000\n",
    )


COUNTED = """
import os, sys
import pyarrow.compute, pyarrow.csv, pyarrow.parquet
from nncli.cli.main import main

def refuse(*args): raise AssertionError("another process or thread")

os.fork = refuse
import threading
threading.Thread.start = refuse
before = len(os.listdir("/proc/self/task"))
*words, outputs = sys.argv[1:]
for output in outputs.split():
    try:
        main([*words, "-o", output])
    except SystemExit as ended:
        assert not ended.code, (output, ended.code)
    after = len(os.listdir("/proc/self/task"))
    assert before == after, (output, before, after)
os._exit(0)
"""


@pytest.mark.parametrize("source", ["csv", "csv.gz", "npy", "parquet"])
def test_one_job_starts_no_process_and_no_thread(folder, tmp_path, source):
    """Whatever comes in and goes out, -j 1 is this process and its one thread; idle ones of imports aside."""
    data = folder / f"many.{source}"
    if not data.exists():  # what goes in comes out
        (folder / "same.yaml").write_text("inputs: 2\nlayers: [{weights: [[1, 0], [0, 1]]}]\n")
        make = [sys.executable, "-m", "nncli", "run", "same.yaml", "rows.csv", "--keep", "none", "-o", data]
        subprocess.run(make, cwd=folder, check=True)
    command = [sys.executable, "-c", COUNTED, "run", "net.yaml", data, "--keep", "none", "-j", "1"]
    outputs = " ".join(f"{tmp_path}/out.{name}" for name in ("csv", "jsonl", "npy", "parquet", "csv.zst"))
    done = subprocess.run([*map(str, command), outputs], cwd=folder)
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("value", "problem"), [("0", "0 is not 1 to 1024"), ("two", "'two' is not a whole number")]
)
def test_a_bad_number_of_jobs_is_told_where_it_stands(folder, cli, monkeypatch, value, problem):
    """The variable is named where it is at fault, the option where that is; the option goes first."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NNCLI_JOBS", value)
    done = cli("run", "net.yaml", "rows.csv", "--limit", "1")
    assert (done.exit_code, done.stderr) == (2, f"nncli run: NNCLI_JOBS: {problem}\n")
    assert cli("run", "net.yaml", "rows.csv", "--limit", "1", "-j", "1").exit_code == 0
    done = cli("run", "net.yaml", "rows.csv", "--limit", "1", "-j", value)
    assert (done.exit_code, done.stderr) == (2, f"nncli run: --jobs: {problem}\n")
