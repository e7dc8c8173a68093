"""The bar that follows long work."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress

import pytest

from nncli.cli import progress
from nncli.cli.progress import Progress
from nncli.tables import ArrayTable


class Terminal(io.StringIO):
    """A standard error that is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.mark.parametrize("columns", [70, 80, 120])
def test_a_long_name_is_cut_and_not_the_time_left(monkeypatch, tmp_path, columns):
    """On every width the share, the rate and the time left are whole."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress, "PATIENCE", -1)
    monkeypatch.setattr(progress, "PER_SECOND", 1e9)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    table = ArrayTable("a folder/with a name that goes on/and on/rows of the experiment.csv", {})
    table.n_rows = 10_000_000
    with Progress(table, str(tmp_path / "out.csv"), quiet=False) as bar:
        bar.show(2_500_000)
        bar.show(5_000_000)
    shown = re.sub("\x1b\\[[0-9;?]*[a-zA-Z]", "", terminal.getvalue())
    last = [line for line in re.split("[\r\n]", shown) if "5,000,000 rows" in line][-1]
    assert re.search(
        r"a f.*….*\.csv +\S+ +50% 5,000,000 rows, [0-9,]+/s ([0-9]:[0-9]{2}:[0-9]{2}|-:--:--)", last
    )
    assert len(last) <= columns - 2  # the ^C of whoever is tired of it does not take a line


# Real runs, standard error on a terminal; the bar is there from the first rows on.

IMPATIENT = """
import sys
from nncli.cli import progress
progress.PATIENCE = -1
from nncli.__main__ import command
command()
"""
NET = "inputs: 2\nlayers:\n  - {weights: [[1, 0], [0, 1]], activation: softmax}\n"
N_ROWS = 200_000
BAR = re.compile(r"[0-9,]+ rows, [0-9,]+/s")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a network and rows for it: good ones, too large ones and a wrong one."""
    folder = tmp_path_factory.mktemp("bar")
    (folder / "net.yaml").write_text(NET)
    rows = "x0,x1,label\n" + "0.25,0.5,1\n" * N_ROWS
    (folder / "rows.csv").write_text(rows)
    (folder / "wrong.csv").write_text(f"{rows}1,oops,0\n")
    (folder / "large.csv").write_text(f"{rows}1e308,1e308,0\n")
    (folder / "replaced.csv").write_text(rows.replace("label", "prediction", 1))
    os.mkfifo(folder / "fifo")
    return folder


def on_a_terminal(folder, words, stdout, term="xterm"):
    """Run with standard error on a terminal; return the exit code and all that came there."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "TERM": term}
    running = subprocess.Popen(
        [sys.executable, "-c", IMPATIENT, *words],
        cwd=folder, env=environment, stdin=subprocess.DEVNULL,
        stdout=theirs if stdout == "terminal" else stdout, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # the other side has closed
        while piece := os.read(ours, 65536):
            shown += piece
    os.close(ours)
    return running.wait(60), shown.decode()


def screen(shown):
    """Return the lines that are on the terminal in the end."""
    lines, at = [""], 0
    for code in re.findall(r"\x1b\[[0-9;?]*[a-zA-Z]|[^\x1b]", shown):
        if code == "\n":
            at += 1
            lines += [""] * (at == len(lines))
        elif code == "\x1b[1A":
            at -= 1
        elif code == "\x1b[2K":
            lines[at] = ""
        elif len(code) == 1 and code != "\r":
            lines[at] += code
    return [line for line in lines if line]


@pytest.mark.parametrize(
    ("words", "stdout"),
    [
        ("run net.yaml rows.csv -o out.csv", "terminal"),
        ("run net.yaml rows.csv -o out.csv", "pipe"),
        ("run net.yaml rows.csv -o out.json", "terminal"),
        ("run net.yaml rows.csv", "file"),
        ("run net.yaml rows.csv -o - -f npy -q", "file, quiet"),
        ("eval net.yaml rows.csv --label label -o out.json", "terminal"),
        ("eval net.yaml rows.csv --label label", "file"),
        ("run net.yaml rows.csv", "pipe, no bar"),
        ("run net.yaml rows.csv", "terminal, no bar"),
        ("run net.yaml rows.csv -f csv", "terminal, no bar"),
        ("run net.yaml rows.csv", "null, no bar"),
        ("run net.yaml rows.csv -o /dev/null -f csv", "terminal, no bar"),
        ("run net.yaml rows.csv -o fifo -f csv", "terminal, no bar"),
        ("eval net.yaml rows.csv --label label", "terminal, no bar"),
        ("eval net.yaml rows.csv --label label", "pipe, no bar"),
    ],
)
def test_a_bar_never_meets_the_results(folder, words, stdout):
    """It is shown where results go to a file, by -o or by redirection, and nowhere else."""
    kind, _, no = stdout.partition(", ")
    with ExitStack() as stack:
        if kind == "file":
            kind = stack.enter_context((folder / "redirected").open("wb"))
        elif kind == "pipe":
            cat = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            kind = stack.enter_context(cat).stdin
        elif kind == "null":
            kind = subprocess.DEVNULL
        if "-o fifo" in words:
            reader = threading.Thread(target=(folder / "fifo").read_bytes)
            reader.start()
            stack.callback(reader.join)
        exit_code, shown = on_a_terminal(folder, words.split(), kind)
    assert exit_code == 0
    assert bool(BAR.search(shown)) == (not no)
    if not no:
        wrote = ["wrote out."] if "-o out" in words else []
        assert [line[:10] for line in screen(shown)] == wrote  # else the terminal is as it was


@pytest.mark.parametrize("output", ["out.csv", "out.json"])
@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        ("wrong.csv", 1, "wrong.csv:200002: column x1: 'oops' is not a number"),
        ("rows.csv --label other", 1, "rows.csv: the label: no column 'other'; there are x0, x1, label"),
        (
            "large.csv --set layers.0.weights=[[1e10,0],[0,1]]",
            0,
            "warning: the network's numbers overflow to NaN or infinity in 1 row, first in row 200000",
        ),
        (
            "replaced.csv",
            0,
            "warning: replaced.csv: left out, since the output has columns of these names: prediction",
        ),
    ],
)
def test_the_bar_is_gone_before_anything_is_said(folder, words, exit_code, said, output):
    """In two processes and in one, an error or a warning is all that stays on the terminal."""
    command = ["run", "net.yaml", *words.split(), "-o", output]
    done, shown = on_a_terminal(folder, command, subprocess.DEVNULL)
    assert done == exit_code
    assert bool(BAR.search(shown)) == ("other" not in words)
    assert not BAR.search(shown.partition(said)[2])
    assert [line for line in screen(shown) if not line.startswith("wrote out.")] == [said]


def test_a_terminal_that_can_not_erase_gets_no_bar(folder):
    """Not even a blank line: nothing could be taken away again."""
    words = ["run", "net.yaml", "rows.csv", "-o", "out.csv"]
    exit_code, shown = on_a_terminal(folder, words, subprocess.DEVNULL, term="dumb")
    assert (exit_code, shown[:10], shown.count("\n")) == (0, "wrote out.", 1)
