"""Tables in files, binary formats on terminals, and outputs that can't spell a character."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

NNCLI = [sys.executable, "-m", "nncli"]


@pytest.fixture
def net(tmp_path, monkeypatch):
    """Return a spec in an empty folder."""
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(
        "inputs: [x0, x1]\nlayers: [{weights: [[1, 10], [0, 1]]}]\noutputs: [café, 中]\n"
    )
    return "net.yaml"


def process(*args, encoding="ascii", stdout=subprocess.PIPE):
    """Run nncli where the locale knows ASCII alone; return the ended process."""
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LC_ALL": "C"}
    return subprocess.run([*NNCLI, *args], env=environment, stdout=stdout, stderr=subprocess.PIPE, timeout=60)


def on_a_terminal(*args, encoding="ascii"):
    """Do the same with a terminal for standard output; return exit code, what it shows, and messages."""
    ours, theirs = pty.openpty()
    ended = process(*args, encoding=encoding, stdout=theirs)
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # the other side has closed
        pass
    os.close(ours)
    return ended.returncode, shown.replace(b"\r\n", b"\n"), ended.stderr


def test_a_table_in_a_file_is_complete(cli, net):
    """Every row is there, aligned, none counted; the old file is replaced as a whole."""
    Path("rows.csv").write_text("id,x0,x1\n" + "".join(f"{i}r,{i},0.5\n" for i in range(100)))
    result = cli("run", net, "rows.csv", "-f", "table", "-o", "t.txt")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    lines = Path("t.txt").read_text().splitlines()
    assert lines[:2] == ["id   output_café  output_中", "0r           5.0        0.5"]
    assert len(lines) == 101
    assert lines[100] == "99r        104.0        0.5"
    assert cli("run", net, "rows.csv", "-f", "table").stdout == Path("t.txt").read_text()
    packed = cli("run", net, "rows.csv", "-f", "table", "-o", "t.txt.gz")
    assert packed.exit_code == 0
    import gzip

    assert gzip.decompress(Path("t.txt.gz").read_bytes()) == Path("t.txt").read_bytes()


def test_a_bad_row_leaves_the_old_table(cli, net):
    """What is wrong with a row is said, and nothing is written."""
    Path("rows.csv").write_text("x0,x1\n1,2\n1,a\n")
    Path("t.txt").write_text("old")
    result = cli("run", net, "rows.csv", "-f", "table", "-o", "t.txt")
    assert (result.exit_code, Path("t.txt").read_text()) == (1, "old")
    assert result.stderr == "rows.csv:3: column x1: 'a' is not a number\n"


@pytest.mark.parametrize("format", ["npy", "parquet"])
def test_bytes_do_not_go_to_a_terminal(net, format):
    """A binary format on a terminal is the command line's fault, and nothing is shown."""
    Path("rows.csv").write_text("x0,x1\n1,2\n")
    for output in ([], ["-o", "-"], ["-o", "/dev/stdout"]):
        code, shown, message = on_a_terminal("run", net, "rows.csv", "-f", format, *output)
        assert (code, shown) == (2, b"")
        said = f"--format {format}: no text for a terminal; give a file with -o, or a pipe"
        assert message.decode() == f"nncli run: {said}\n"
    code, shown, _ = on_a_terminal("spiral", "-f", format)
    assert (code, shown) == (2, b"")
    assert process("run", net, "rows.csv", "-f", format).returncode == 0


def test_a_bad_row_of_parquet_is_one_line(shell, net):
    """The message stands alone: no writer complains when it is thrown away."""
    Path("rows.csv").write_text("x0,x1\n" + "1,2\n" * 70_000 + "1,a\n")
    for output in (["-o", "x.parquet"], ["-f", "parquet"]):
        result = shell("run", net, "rows.csv", *output) if "-o" in output else None
        ended = process("run", net, "rows.csv", *output)
        assert ended.returncode == 1
        assert ended.stderr.decode() == "rows.csv:70002: column x1: 'a' is not a number\n"
        assert result is None or result.stderr.encode() == ended.stderr
    assert not Path("x.parquet").exists()
    assert b"PAR1" not in ended.stdout[4:]  # what was written has no end that would look whole


def test_a_closed_pipe_ends_parquet_quietly(net):
    """Whoever has read enough is not told anything."""
    Path("rows.csv").write_text("x0,x1\n" + "1,2\n" * 200_000)
    command = f"{sys.executable} -m nncli run {net} rows.csv -f parquet | head -c 10"
    ended = subprocess.run(command, shell=True, capture_output=True, timeout=60)
    assert (ended.stdout[:4], ended.stderr) == (b"PAR1", b"")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1:strict", "utf-16"])
def test_a_pipe_gets_utf8_whatever_the_locale(net, encoding):
    """Tables, reports, specs and rows: all of it is UTF-8."""
    Path("rows.csv").write_text("x0,x1,ü\n1,2,€\n")
    for args in (["run", net, "rows.csv"], ["run", net, "rows.csv", "-f", "table"], ["summary", net],
                 ["check", net, "--resolved"], ["draw", net], ["explain", net, "rows.csv"]):  # fmt: skip
        ended = process(*args, encoding=encoding)
        assert (ended.returncode, ended.stderr) == (0, b""), args
        assert "café" in ended.stdout.decode(), args


def test_a_terminal_without_a_character_shows_another(net):
    """A table on an ASCII terminal has question marks, not a traceback."""
    Path("rows.csv").write_text("x0,x1,name\n1,2,€\n")
    code, shown, message = on_a_terminal("run", net, "rows.csv")
    assert (code, message) == (0, b"")
    assert shown == b"name  output_caf?  output_?\n?            21.0        2.0\n"
    for args in (
        ["summary", net],
        ["draw", net],
        ["explain", net, "rows.csv"],
        ["eval", net, "rows.csv", "-h"],
    ):
        code, _, message = on_a_terminal(*args)
        assert (code, message) == (0, b""), args


def test_a_parquet_uuid_reaches_an_ascii_terminal(net):
    """A kept UUID whose bytes are letters is written as a UUID, everywhere."""
    ids = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"ABCDEFGHIJKLMNOP"], pa.binary(16)))
    pq.write_table(pa.table({"id": ids, "x0": [1.0], "x1": [2.0]}), "rows.parquet")
    text = "41424344-4546-4748-494a-4b4c4d4e4f50"
    assert text.encode() in on_a_terminal("run", net, "rows.parquet")[1]
    assert json.loads(process("run", net, "rows.parquet", "-f", "jsonl").stdout)["id"] == text
    assert process("run", net, "rows.parquet").stdout.decode().splitlines()[1] == f"{text},21.0,2.0"


def test_a_suffix_that_says_nothing_leaves_it_to_the_content(shell, net):
    """Parquet and .npy are known by their first bytes, also in a FIFO; .pq is Parquet."""
    pq.write_table(pa.table({"x0": [1.0], "x1": [2.0]}), "rows.pq")
    np.save("rows.npy", np.array([[1.0, 2.0]]))
    for source, copy in (("rows.pq", "rows.data"), ("rows.npy", "rows.bin")):
        Path(copy).write_bytes(Path(source).read_bytes())
        for name in (source, copy):
            assert shell("run", net, name).stdout.endswith("\n21.0,2.0\n")
    piped = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m nncli run {net} <(cat rows.pq)"], capture_output=True, timeout=60
    )
    assert piped.stdout.endswith(b"\n21.0,2.0\n")


def test_paths_may_be_no_text(net):
    """File names of any bytes can be read and written, and reports spell them with escapes."""
    spec, rows, saved = os.fsdecode(b"n\xff.yaml"), os.fsdecode(b"r\xff.csv"), os.fsdecode(b"s\xff.csv")
    Path(net).rename(spec)
    Path(rows).write_text("x0,x1\n1,2\n")
    compare = ["compare", spec, rows, "--with", saved, "-f", "json"]
    explain = ["explain", spec, rows]
    for args in (["run", spec, rows, "-o", saved], compare, [*compare, "-o", "out.json"], ["summary", spec],
                 explain, [*explain, "-f", "json"], [*explain, "--layer", "0", "--unit", "0", "-f", "json"],
                 ["draw", spec, "-o", "d.svg"]):  # fmt: skip
        ended = process(*args, encoding="utf-8")
        assert (ended.returncode, ended.stderr) == (0, b""), args
        ended.stdout.decode()
    assert json.loads(Path("out.json").read_text())["with"] == saved
    assert process("run", "none" + spec).stderr == b"none" + b"n\\udcff.yaml: no such file\n"
