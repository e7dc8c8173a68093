"""Standard input that the command line does not name."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from nncli.cli import standard_input

NNCLI = [sys.executable, "-m", "nncli"]
NET = "inputs: 2\nlayers:\n  - {weights: [[1, 10]], biases: [100]}\n"
ROWS = "x0,x1,y\n1,3,131\n2,4,142\n"
UNREAD = "warning: standard input was not read (to run its rows, give - as DATA)\n"
NOT_WAITED_FOR = "warning: nothing came from standard input, and it was not read (- as DATA waits for it)\n"

COMMANDS = {
    "run": [],
    "eval": ["--label", "y"],
    "compare": ["--with", "results.csv"],
    "explain": ["--row", "1"],
    "plot data": ["-o", "plot.svg"],
    "plot regions": ["-o", "plot.svg"],
    "draw": [],
    "summary": [],
    "report": [],
    "bench": ["--seconds", "0", "--limit", "2", "-f", "json"],
}
"""Every command that takes DATA, and what it needs besides the spec."""
NEEDS_ROWS = ["run", "eval", "compare", "explain", "plot data"]
DOES_WITHOUT = ["plot regions", "draw", "summary", "report", "bench"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in a folder with two specs, with data and without, and rows for both."""
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET)
    Path("own.yaml").write_text(NET + "data: {file: rows.csv, label: y}\n")
    Path("rows.csv").write_text(ROWS)
    Path("results.csv").write_text("output_0\n131\n142\n")
    return tmp_path


@pytest.fixture
def run(cli, monkeypatch):
    """Run a command with a real standard input: text through a pipe, an open file, or the null device.

    Return its exit code, what it made (no times, which differ), and standard error.
    """

    def run(name, spec, *data, stdin=None, options=()):
        with sender(stdin) as file:
            monkeypatch.setattr(sys, "stdin", file)
            done = cli(*name.split(), spec, *data, *COMMANDS[name], *options)
        made = done.stdout
        if name == "bench" and made:
            made = json.loads(made)["rows"]
        if name.startswith("plot") and not done.exit_code:
            made = Path("plot.svg").read_bytes()
        return done.exit_code, made, done.stderr

    return run


@contextmanager
def sender(stdin):
    """Open what a command finds as its standard input."""
    if stdin is None:
        with open(os.devnull) as file:
            yield file
    elif isinstance(stdin, str):
        with pipe() as (ours, theirs):
            os.write(theirs, stdin.encode())
            os.close(theirs)
            with open(ours, closefd=False) as file:
                yield file
    else:
        yield stdin


@contextmanager
def pipe(opened=os.pipe):
    """Open both ends of a pipe, or of a terminal."""
    ends = opened()
    try:
        yield ends
    finally:
        for end in ends:
            with suppress(OSError):
                os.close(end)


@pytest.mark.parametrize("name", COMMANDS)
def test_rows_are_read_where_there_are_no_others(run, name):
    """From a pipe and from a file, for every command, as if ``-`` were written there."""
    expected = run(name, "net.yaml", "-", stdin=ROWS)
    assert (expected[0], expected[2]) == (0, "")
    assert run(name, "net.yaml", stdin=ROWS) == expected
    with open("rows.csv") as rows:
        assert run(name, "net.yaml", stdin=rows) == expected


@pytest.mark.parametrize("name", COMMANDS)
def test_bytes_that_nobody_reads_are_noticed(run, name):
    """Where the spec has data they go in, and one line says what did not."""
    expected = run(name, "own.yaml")
    assert (expected[0], expected[2]) == (0, "")
    noticed = (*expected[:2], UNREAD)
    assert run(name, "own.yaml", stdin="anything") == noticed
    with open("results.csv") as other:
        assert run(name, "own.yaml", stdin=other) == noticed
        assert os.lseek(other.fileno(), 0, os.SEEK_CUR) == 0  # whoever comes next finds it there
        os.lseek(other.fileno(), 0, os.SEEK_END)
        assert run(name, "own.yaml", stdin=other) == expected
    assert run(name, "own.yaml", "rows.csv", stdin="anything")[2] == ""
    with pipe() as (ours, _), open(ours, closefd=False) as nothing:
        assert run(name, "own.yaml", stdin=nothing) == expected  # and no waiting for it


@pytest.mark.parametrize("name", ["run", "eval"])
def test_quiet_silences_the_notice(run, name):
    """As it silences every warning."""
    assert run(name, "own.yaml", stdin="anything", options=["--quiet"])[2] == ""


@pytest.mark.parametrize("name", DOES_WITHOUT)
def test_what_needs_no_rows_does_without(run, monkeypatch, name):
    """A pipe that nobody ever uses does not hold up a picture of the network; a line tells of it."""
    monkeypatch.setattr(standard_input, "PATIENCE", 0.1)
    expected = run(name, "net.yaml")
    assert (expected[0], expected[2]) == (0, "")
    assert run(name, "net.yaml", stdin="") == expected
    with pipe() as (ours, _), open(ours, closefd=False) as nothing:
        assert run(name, "net.yaml", stdin=nothing) == (*expected[:2], NOT_WAITED_FOR)


@pytest.mark.parametrize("name", ["run", "draw"])
def test_a_slow_pipe_is_waited_for(name):
    """Whoever writes the rows may start later than who reads them."""
    words = [*NNCLI, name, "net.yaml"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as slow:
        with pytest.raises(subprocess.TimeoutExpired):
            slow.wait(0.8)
        made, _ = slow.communicate(ROWS.encode(), timeout=60)
    assert slow.returncode == 0
    assert b"131" in made


@pytest.mark.parametrize("name", NEEDS_ROWS)
def test_no_rows_anywhere_are_told(run, name):
    """A standard input without bytes is no data: exit 1, one line."""
    Path("empty").touch()
    problem = "net.yaml: no data, and no rows on standard input: give a file, or the spec's key 'data'\n"
    assert run(name, "net.yaml") == (1, "", problem)
    assert run(name, "net.yaml", stdin="") == (1, "", problem)
    with open("empty") as empty:
        assert run(name, "net.yaml", stdin=empty) == (1, "", problem)


@pytest.mark.parametrize(("spec", "exit_code"), [("net.yaml", 1), ("own.yaml", 0)])
def test_a_closed_standard_input_is_none(spec, exit_code):
    """Nothing is read, and nothing breaks."""
    done = subprocess.run(
        ["bash", "-c", " ".join([*NNCLI, "run", spec, "<&-"])], capture_output=True, text=True
    )
    assert done.returncode == exit_code
    assert done.stderr == (
        "net.yaml: no data, and no rows on standard input: give a file, or the spec's key 'data'\n"
        * exit_code
    )


def test_a_terminal_is_not_read(run):
    """A person who forgot the rows is told so at once."""
    with pipe(pty.openpty) as (_, terminal), open(terminal, closefd=False) as keyboard:
        result = run("run", "net.yaml", stdin=keyboard)
    problem = "net.yaml: no data: give a file, - for standard input, or the spec's key 'data'\n"
    assert result == (1, "", problem)


def test_standard_input_is_not_the_rows_where_it_is_something_else(shell, run):
    """The spec, or the results to compare with, may come from there; then it is not read for rows too."""
    done = shell("run", "-", stdin=NET)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "<stdin>: no data: give a file, - for standard input, or the spec's key 'data'\n"
    results = Path("results.csv").read_text()
    with_stdin = ["--with", "-"]
    assert run("compare", "own.yaml", stdin=results, options=[*with_stdin, "--limit", "1"])[::2] == (0, "")
    problem = "net.yaml: no data: give a file, - for standard input, or the spec's key 'data'\n"
    assert run("compare", "net.yaml", stdin=results, options=with_stdin) == (1, "", problem)
    exit_code, _, said = run("compare", "net.yaml", "-", stdin=results, options=with_stdin)
    assert (exit_code, said) == (
        2,
        "nncli compare: -: standard input can't be both the other results and the rows\n",
    )
