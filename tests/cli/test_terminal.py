"""What a person at a terminal sees, and what a pipe gets, in real processes."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nncli.text import width_of

ROOT = Path(__file__).parents[2]
NNCLI = [sys.executable, "-m", "nncli"]


def on_a_terminal(args, feed=None, columns=80, lines=24):
    """Run nncli with standard output and error on a terminal; return (exit code, what it showed)."""
    ours, theirs = pty.openpty()
    environment = {
        **os.environ,
        "COLUMNS": str(columns),
        "LINES": str(lines),
        "TERM": "xterm",
        "NO_COLOR": "1",
    }
    running = subprocess.Popen(
        [*NNCLI, *map(str, args)],
        stdin=subprocess.PIPE if feed else theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
    )
    os.close(theirs)
    if feed:
        for piece in feed:
            running.stdin.write(piece)
            running.stdin.flush()
        running.stdin.close()
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other side has closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return running.wait(timeout=60), shown.decode().replace("\r\n", "\n")


def slowly(n_pieces=16, pause=0.15):
    """Yield a CSV in pieces, for longer than a person waits without a word."""
    yield b"x0,x1\n"
    for _ in range(n_pieces):
        yield b"0.25,0.5\n" * 200_000
        time.sleep(pause)


def wait_for(condition, seconds=20):
    """Wait until the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_a_terminal_gets_a_table(configs):
    """The first rows, aligned, and how many more; no CSV."""
    exit_code, shown = on_a_terminal(["run", configs / "spiral.yaml"], columns=120)
    lines = shown.splitlines()
    assert exit_code == 0
    assert lines[0].split() == [
        "x0", "x1", "label", "prediction", "probability_0", "probability_1", "probability_2",
    ]  # fmt: skip
    assert lines[-1].startswith("… 279 more rows")
    assert "," not in lines[1]


def test_the_table_fits_the_terminal(configs):
    """Lines are no longer than the terminal is wide, and no more than it is high; the prediction stays."""
    _, shown = on_a_terminal(["run", configs / "spiral.yaml"], columns=60, lines=40)
    assert max(map(len, shown.splitlines()[:-1])) <= 60
    assert len(shown.splitlines()) == 39
    assert "prediction" in shown
    assert "0.33333334" not in shown
    _, shown = on_a_terminal(["run", configs / "spiral.yaml", "--limit", "1", "--trace"], columns=60)
    assert shown.startswith("x0             0.0\nx1             0.0\n")
    assert "more" not in shown


def test_what_the_reader_found_out_is_said(tmp_path):
    """That another character than a comma separates cells is a line at a terminal; --quiet is quiet."""
    (tmp_path / "net.yaml").write_text("inputs: [x0, x1]\nlayers: [{units: 1}]\n")
    (tmp_path / "rows.csv").write_text("x0;x1\n1;2\n")
    args = ["run", tmp_path / "net.yaml", tmp_path / "rows.csv", "-o", tmp_path / "out.csv"]
    assert "rows.csv: the cells are separated by ';'\n" in on_a_terminal(args, columns=300)[1]
    assert on_a_terminal([*args, "--quiet"])[1] == ""


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize(
    "words",
    [
        "draw {}", "summary {} --row 1", "explain {} --row 1", "explain {} --row 1 --unit 1", "compare {}",
        "bench {} --seconds 0.1",
    ],
)  # fmt: skip
def test_reports_fit_the_terminal(configs, words, columns):
    """No line is wider than the terminal, from 60 columns on; where a table is cut, that is said."""
    exit_code, shown = on_a_terminal(words.format(configs / "spiral.yaml").split(), columns=columns)
    assert exit_code == 0
    body, cut, _ = shown.partition("… lines are cut: ")
    assert max(map(width_of, body.splitlines())) <= columns
    assert bool(cut) == ("…\n" in body)


@pytest.mark.parametrize("words", ["summary {}", "explain {} --row 50", "explain {} --row 50 --unit 1"])
def test_tables_are_narrowed_before_they_are_cut(configs, words):
    """At 60 columns a name of a column takes two lines, and numbers have fewer digits."""
    exit_code, shown = on_a_terminal(words.format(configs / "iris.yaml").split(), columns=60)
    assert (exit_code, "lines are cut" in shown) == (0, False)


def test_a_reason_to_fail_is_said_once(configs):
    """At a terminal the report has it; elsewhere standard error says it, too."""
    words = ["compare", configs / "layer.yaml", configs / "layer.yaml", "--set", "layers.0.biases=[2,3,1]"]
    exit_code, seen = on_a_terminal(words, columns=120)
    assert exit_code == 1
    assert seen.count("1 value beyond the tolerance") == 1
    assert "compared            1 row x 3 columns" in seen


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("run {} -o out.csv", "out.csv"),
        ("spiral --data-only -o out.tsv", "out.tsv"),
        ("report {} -o out.html", "out.html"),
        ("draw {} -o out.svg", "out.svg"),
        ("plot {} weights -o out.png", "out.png"),
        ("eval {} -o out.json", "out.json"),
        ("convert {} out.py", "out.py"),
        ("init out.yaml", "out.yaml"),
    ],
)
def test_a_file_written_is_told_at_a_terminal(configs, shell, tmp_path, monkeypatch, words, name):
    """One line with its size; none with --quiet, none in a pipe."""
    monkeypatch.chdir(tmp_path)
    args = words.format(configs / "spiral.yaml").split()
    exit_code, shown = on_a_terminal(args)
    assert exit_code == 0
    assert re.fullmatch(rf"wrote {re.escape(name)}, [0-9.]+ (bytes|kB)\n", shown)
    (tmp_path / name).unlink()
    if args[0] != "init":
        assert on_a_terminal([*args, "--quiet"]) == (0, "")
        (tmp_path / name).unlink()
    assert shell(*args, cwd=tmp_path).stderr == ""


@pytest.mark.parametrize("words", ["run - {0}/points.csv", "check -", "run {0}/net.yaml -"])
def test_a_command_that_waits_says_so(tmp_path, words):
    """Where someone would have to type, the terminal says that standard input is read."""
    (tmp_path / "net.yaml").write_text("inputs: 2\nlayers: [{units: 1}]\n")
    (tmp_path / "points.csv").write_text("x0,x1\n1,2\n")
    ours, theirs = pty.openpty()
    args = words.format(tmp_path).split()
    with subprocess.Popen([*NNCLI, *args], stdin=theirs, stdout=theirs, stderr=theirs) as running:
        assert os.read(ours, 100).startswith(b"waiting for standard input; Ctrl-D ends it")
        running.kill()
    os.close(theirs)
    os.close(ours)


def test_a_bar_follows_long_work(configs, tmp_path):
    """After a second of work a bar counts the rows on standard error; --quiet is quiet."""
    args = ["run", configs / "spiral.yaml", "-", "-o", tmp_path / "out.csv"]
    exit_code, shown = on_a_terminal(args, feed=slowly())
    assert exit_code == 0
    assert "rows" in shown
    assert shown.endswith("MB\n")
    exit_code, shown = on_a_terminal([*args, "--quiet"], feed=slowly(12))
    assert (exit_code, shown) == (0, "")


def test_a_pipe_sees_no_bar(configs):
    """Standard error stays empty where it is no terminal."""
    running = subprocess.Popen(
        [*NNCLI, "run", configs / "spiral.yaml", "-", "-o", os.devnull, "-f", "csv"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = running.communicate(b"".join(slowly(8, 0)), timeout=60)
    assert (running.returncode, out, err) == (0, b"", b"")


def test_a_closed_pipe_ends_quietly():
    """`| head` gets its lines, and nobody complains."""
    command = f"{' '.join(NNCLI)} spiral --samples 20000 | head -2; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    header, _, exit_code = done.stdout.splitlines()
    assert header.startswith("x0,x1,label")
    assert exit_code == "0"


@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_an_interrupt_leaves_the_old_file(configs, tmp_path, default_signals, number, exit_code):
    """Ctrl-C ends at once with 130: the old file is whole and nothing lies beside it."""
    out = tmp_path / "out.csv"
    out.write_text("old")
    running = subprocess.Popen(
        [*NNCLI, "run", configs / "spiral.yaml", "-", "-o", out],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=default_signals,
    )
    running.stdin.write(b"x0,x1\n" + b"1,2\n" * 100_000)
    running.stdin.flush()
    wait_for(lambda: len(list(tmp_path.iterdir())) > 1)
    running.send_signal(number)
    began = time.monotonic()
    assert running.wait(timeout=10) == exit_code
    assert time.monotonic() - began < 5
    running.stdin.close()
    assert b"Traceback" not in running.stderr.read()
    running.stderr.close()
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_an_endless_pipe_with_a_limit(configs):
    """--limit reads no further than it must: whoever writes need not have finished."""
    running = subprocess.Popen(
        [*NNCLI, "run", configs / "spiral.yaml", "-", "--limit", "2"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    running.stdin.write(b"x0,x1\n1,2\n3,4\n")
    running.stdin.flush()
    assert running.wait(timeout=30) == 0
    running.stdin.close()
    assert len(running.stdout.read().splitlines()) == 3
    running.stdout.close()


EBADF = "bad file descriptor\n"


@pytest.mark.parametrize(
    ("command", "closed", "exit_code", "out", "err"),
    [
        ("run net.yaml rows.csv", ">&-", 1, "", f"standard output: {EBADF}"),
        ("run net.yaml rows.csv -o out.csv", ">&-", 0, "", ""),
        ("run net.yaml rows.csv -o out.csv", "2>&-", 0, "", ""),
        ("run net.yaml rows.csv -o out.csv", "<&- >&- 2>&-", 0, "", ""),
        ("run net.yaml none.csv", "2>&-", 1, "", ""),
        ("run net.yaml -", "<&-", 1, "", f"<stdin>: {EBADF}"),
        ("check net.yaml", ">&-", 1, "", EBADF.capitalize()),
        ("check net.yaml", "2>&-", 0, "net.yaml: valid: 2 -> 1 linear, 3 parameters\n", ""),
        ("report net.yaml", ">&-", 1, "", f"standard output: {EBADF}"),
    ],
)
def test_a_closed_stream_fails_only_who_needs_it(tmp_path, command, closed, exit_code, out, err):
    """Without standard output a file is written all the same; nothing is a traceback."""
    (tmp_path / "net.yaml").write_text("inputs: 2\nlayers: [{units: 1}]\n")
    (tmp_path / "rows.csv").write_text("x0,x1\n" + "1,2\n" * 600_000)
    done = subprocess.run(
        ["bash", "-c", f"{' '.join(NNCLI)} {command} {closed}"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (exit_code, out, err)
    if "-o out.csv" in command:
        assert (tmp_path / "out.csv").read_text().count("\n") == 600_001


def test_ctrl_c_while_it_starts_is_no_traceback(default_signals):
    """Before the first import is done, Ctrl-C just ends the process, as it ends any other."""
    start = """
import os, signal, sys
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
from nncli.__main__ import command
command()
"""
    done = subprocess.run(
        [sys.executable, "-c", start, "--help"], capture_output=True, text=True, preexec_fn=default_signals
    )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_the_package_itself_imports_nothing():
    """Till the command can do something about Ctrl-C there is as little to interrupt as can be."""
    code = "import sys; before = set(sys.modules); import nncli; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "['__future__', 'nncli']\n"
