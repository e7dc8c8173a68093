"""Mistakes on the command line: one line each, which begins with the command."""

import os
import pty
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NET = "inputs: 2\nlayers: [{units: 1}]\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Give each test a folder with a network and rows."""
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET)
    Path("points.csv").write_text("x0,x1\n1,2\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("run net.yaml --ouput x", "nncli run: no such option '--ouput' (did you mean '--output'?)"),
        ("eval net.yaml --hepl", "nncli eval: no such option '--hepl' (did you mean '--help'?)"),
        ("run net.yaml -x", "nncli run: no such option '-x'"),
        ("run", "nncli run: missing argument SPEC (usage: nncli run SPEC [DATA...] [OPTIONS])"),
        ("plot net.yaml weights", "nncli plot: missing option --output (usage: nncli plot"),
        ("run net.yaml --seed", "nncli run: option '--seed' requires an argument"),
        ("run net.yaml --quiet=1", "nncli run: option '--quiet' does not take a value"),
        ("run net.yaml --limit a", "nncli run: --limit: 'a' is not a whole number"),
        ("run net.yaml --limit -1", "nncli run: --limit: -1 is not 0 or more"),
        ("spiral --classes 0", "nncli spiral: --classes: 0 is not 1 to 256"),
        ("compare net.yaml --atol much", "nncli compare: --atol: 'much' is not a number"),
        ("compare net.yaml --atol nan", "nncli compare: --atol: nan is not a finite number"),
        (
            "run net.yaml -f tabel",
            "nncli run: --format: 'tabel' is not one of csv, tsv, json, jsonl, table, npy, parquet"
            " (did you mean 'table'?)",
        ),
        ("run net.yaml --on-missing x", "nncli run: --on-missing x: give error, null or a number"),
        ("draw net.yaml --highlight 0:9", "nncli draw: --highlight 0:9: layers[0] has one unit, 0"),
        ("check", "nncli check: missing argument SPEC... (usage: nncli check SPEC... [OPTIONS])"),
        ("schema now", "nncli schema: unexpected argument 'now' (usage: nncli schema [OPTIONS])"),
        ("--verbose", "nncli: no such option '--verbose'"),
        ("rnu net.yaml", "nncli: no such command 'rnu' (did you mean 'run'?)"),
        ("predict net.yaml", "nncli: no such command 'predict' (did you mean 'run'?)"),
        ("evaluate", "nncli: no such command 'evaluate' (did you mean 'eval'?)"),
        ("train net.yaml", "nncli: no such command 'train': nncli does not train networks"),
        ("net.yaml", "nncli: no such command 'net.yaml' (did you mean 'nncli run net.yaml'?)"),
        (
            "points.csv",
            "nncli: no such command 'points.csv'; rows come behind a network: nncli run",
        ),
        ("run net.yaml --output ''", "nncli run: --output: the name of a file is empty"),
        ("run net.yaml ''", "nncli run: the name of a file is empty"),
        ("compare net.yaml --with=''", "nncli compare: --with: the name of a file is empty"),
        ("xyz", "nncli: no such command 'xyz'; nncli --help lists them"),
        ("help xyz", "nncli: no such command 'xyz'; nncli --help lists them"),
        (
            "run points.csv net.yaml",
            "nncli run: 'points.csv' and 'net.yaml' are swapped; the network comes first:"
            " nncli run net.yaml points.csv",
        ),
        ("eval points.csv net.yaml --label y", "nncli eval: 'points.csv' and 'net.yaml' are swapped"),
        ("run points.csv b.csv", "nncli run: 'points.csv' is a file of rows; the network comes first: nncli"),
        ("run points.csv", "nncli run: 'points.csv' is a file of rows; the network comes first: nncli run"),
    ],
)
def test_a_mistake_is_one_line(cli, words, said):
    """The command, what is wrong, and what was meant; exit code 2, nothing on standard output."""
    done = cli(*shlex.split(words))
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(said)


AS_ANYBODY = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
"""What takes from root the right to read every file."""


@pytest.mark.skipif(bool(AS_ANYBODY) and shutil.which("setpriv") is None, reason="root reads every file")
def test_a_file_that_may_not_be_read_is_no_mistake(tmp_path):
    """Exit code 1 and the system's words, for a spec as for a table."""
    for name in ("secret.yaml", "secret.csv"):
        tmp_path.joinpath(name).write_text("x0,x1\n1,2\n")
        tmp_path.joinpath(name).chmod(0)
    command = [*AS_ANYBODY, sys.executable, "-m", "nncli"]
    for line in (
        "run secret.yaml",
        "check secret.yaml",
        "spiral --spec secret.yaml",
        "run net.yaml secret.csv",
    ):
        done = subprocess.run([*command, *line.split()], cwd=tmp_path, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (1, f"{line.split()[-1]}: permission denied\n")


@pytest.mark.parametrize(
    "words",
    [
        "run none.yaml",
        "run .",
        "run net.yaml none.csv",
        "run net.yaml .",
        "check none.yaml",
        "draw none.yaml",
    ],
)
def test_a_file_at_fault_is_no_mistake(cli, words):
    """An unreadable spec ends with 1, as unreadable rows do, and the file is the place."""
    done = cli(*words.split())
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith((words.split()[-1], f"{Path.cwd()}"))


def test_the_words_of_other_tools_are_answered(cli):
    """`help`, `help COMMAND`, `version` and `-V` do what they say."""
    assert cli("help").stdout == cli("--help").stdout
    assert cli("help", "run").stdout == cli("run", "--help").stdout
    for words in ("version", "-V", "--version"):
        assert cli(words).stdout.startswith("nncli 0.")


def error_on_a_terminal(words, **environment):
    """Run with standard error on a terminal, and return what came there."""
    ours, theirs = pty.openpty()
    known = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    subprocess.run(
        [sys.executable, "-m", "nncli", *words.split()],
        stderr=theirs, stdout=subprocess.DEVNULL, env={**known, "TERM": "xterm", **environment},
        check=False, timeout=60,
    )  # fmt: skip
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    return shown.replace("\r\n", "\n")


def test_the_place_is_bold_where_a_person_looks(shell):
    """On a terminal alone, and not where NO_COLOR or the terminal's kind speaks against it."""
    Path("net.yaml").write_text("inputs: 2\nlayer: []\n")
    plain = "net.yaml:2:1: unknown key 'layer' (did you mean 'layers'?)\n"
    place, rest = plain.split(": ", 1)
    assert shell("run", "net.yaml").stderr == plain
    assert error_on_a_terminal("run net.yaml") == f"\x1b[1m{place}\x1b[0m: {rest}"
    assert error_on_a_terminal("run net.yaml", NO_COLOR="1") == plain
    assert error_on_a_terminal("run net.yaml", TERM="dumb") == plain
    assert error_on_a_terminal("run --foo").startswith("\x1b[1mnncli run\x1b[0m: no such option")
