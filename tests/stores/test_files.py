"""Results that are complete or not there at all."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from nncli.errors import OutputError
from nncli.stores import open_output


def write(path: str | Path | None, data: bytes = b"new") -> None:
    """Write some bytes to a result."""
    with open_output(path) as stream:
        stream.write(data)


def files(folder: Path) -> dict[str, bytes]:
    """Return everything that lies in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_result_replaces_the_old_file_at_the_end(tmp_path):
    """Until the last byte the old file is there, then the new one, and nothing else."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    with open_output(path) as stream:
        stream.write(b"new")
        stream.flush()
        assert path.read_bytes() == b"old"
    assert files(tmp_path) == {"a.csv": b"new"}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, MemoryError])
def test_whatever_happens_the_old_file_stays(tmp_path, error):
    """An exception of any kind leaves the old file, and nothing beside it."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")

    def fail() -> None:
        with open_output(path) as stream:
            stream.write(b"half")
            raise error

    with pytest.raises(error):
        fail()
    assert files(tmp_path) == {"a.csv": b"old"}


def test_an_input_can_be_its_own_output(tmp_path):
    """What reads the old file goes on reading it while the new one is written."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"old" * 100_000)
    with path.open("rb") as old, open_output(path) as new:
        while piece := old.read(1000):
            new.write(piece.upper())
    assert path.read_bytes() == b"OLD" * 100_000


def test_a_links_target_is_replaced(tmp_path):
    """A symlink stays a symlink, also where its target is not there yet."""
    (tmp_path / "real.csv").write_bytes(b"old")
    for target in ("real.csv", "later.csv"):
        link = tmp_path / f"link to {target}"
        link.symlink_to(target)
        write(link)
        assert link.is_symlink()
        assert (tmp_path / target).read_bytes() == b"new"


def test_a_file_keeps_its_mode_and_a_new_one_gets_the_umasks(tmp_path):
    """Permissions are those that writing to the file itself would leave."""
    (tmp_path / "old.csv").touch()
    (tmp_path / "old.csv").chmod(0o640)
    before = os.umask(0o027)
    try:
        write(tmp_path / "old.csv")
        write(tmp_path / "new.csv")
    finally:
        os.umask(before)
    assert [stat.S_IMODE((tmp_path / f"{n}.csv").stat().st_mode) for n in ("old", "new")] == [0o640, 0o640]
    (tmp_path / "old.csv").chmod(0o604)
    write(tmp_path / "old.csv")
    assert stat.S_IMODE((tmp_path / "old.csv").stat().st_mode) == 0o604


def test_what_is_no_regular_file_is_written_directly(tmp_path):
    """A FIFO gets the bytes and stays a FIFO."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(fifo.read_bytes()))
    reader.start()
    write(fifo)
    reader.join()
    assert read == [b"new"]
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    write("/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_link_to_a_pipe_is_written_directly(tmp_path):
    """/dev/stdout in a pipeline, or the shell's >(command), is a link whose target is no path."""
    reading, writing = os.pipe()
    with open(reading, "rb") as read:
        with open(writing, "wb"):
            write(f"/dev/fd/{writing}")
        from_pipe = read.read()
    write(tmp_path / "file")
    assert from_pipe == (tmp_path / "file").read_bytes()


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("none/a.csv", "no such file or directory (there is no folder none)"),
        (".", "is a directory (give the name of a file)"),
        ("file/a.csv", "not a directory"),
        ("loop", "too many levels of symbolic links"),
        ("a\0b", "no name has a null character"),
        ("x" * 300, "file name too long"),
    ],
)
def test_what_can_not_be_written_is_told(tmp_path, monkeypatch, path, why):
    """The system's words, in one line, with the place."""
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("loop").symlink_to("loop")
    with pytest.raises(OutputError) as caught:
        write(path)
    assert str(caught.value) == f"{path}: {why}"


def test_a_long_name_is_no_problem(tmp_path):
    """The temporary file's name is not longer than the file system allows."""
    name = "x" * 251 + ".csv"
    write(tmp_path / name)
    assert files(tmp_path) == {name: b"new"}


def test_a_full_disk_is_told_and_the_old_file_stays(tmp_path):
    """Where no more bytes fit, the old file is whole and nothing lies beside it."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limit[1]))
    try:
        with pytest.raises(OutputError) as caught:
            write(path, b"x" * 1_000_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert str(caught.value) == f"{path}: file too large (make room, or write elsewhere)"
    assert files(tmp_path) == {"a.csv": b"old"}
    with pytest.raises(
        OutputError, match=r"^/dev/full: no space left on device \(make room, or write elsewhere\)$"
    ):
        write("/dev/full")


WRITES_NOTHING_ELSE = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")}
WRITES_NOTHING_ELSE["PYTHONDONTWRITEBYTECODE"] = "1"
"""Without measured coverage and compiled modules: where these are cut off, later tests fail."""


@pytest.mark.parametrize("suffix", ["csv", "json", "npy", "parquet", "csv.gz", "csv.zst"])
def test_a_disk_that_fills_up_ends_every_format_alike(tmp_path, configs, suffix):
    """The command says so in one line, exit 1, and leaves the old file."""
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(b"old")
    data = ["--set", "data.spiral.samples=10000"]
    done = subprocess.run(
        [sys.executable, "-m", "nncli", "run", configs / "spiral.yaml", *data, "--keep", "none", "-o", path],
        capture_output=True,
        text=True,
        env=WRITES_NOTHING_ELSE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)),
    )
    assert (done.returncode, done.stderr) == (1, f"{path}: file too large (make room, or write elsewhere)\n")
    assert files(tmp_path) == {path.name: b"old"}


def test_a_disk_that_fills_up_under_two_processes_ends_both(tmp_path):
    """Whichever process finds no more room: the same line, the old file, and nothing else."""
    (tmp_path / "net.yaml").write_text("inputs: 2\nlayers: [{units: 3, activation: softmax}]\n")
    (tmp_path / "rows.csv").write_text("x0,x1\n" + "0.125,0.25\n" * 300_000)
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    before = files(tmp_path)
    for room in (10_000, 2_500_000, 6_000_000):
        done = subprocess.run(
            [sys.executable, "-m", "nncli", "run", tmp_path / "net.yaml", tmp_path / "rows.csv", "-o", path],
            capture_output=True,
            text=True,
            env=WRITES_NOTHING_ELSE,
            preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (room, room)),
        )
        assert done.stderr == f"{path}: file too large (make room, or write elsewhere)\n"
        assert done.returncode == 1
        assert files(tmp_path) == before


def test_standard_output_that_is_full_or_closed_is_told(configs):
    """The same for standard output: one line, exit 1."""
    command = [sys.executable, "-m", "nncli", "run", configs / "spiral.yaml"]
    problem = "standard output: no space left on device (make room, or write elsewhere)\n"
    for format in ("csv", "parquet"):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([*command, "-f", format], stdout=full, stderr=subprocess.PIPE, text=True)
        assert (done.returncode, done.stderr) == (1, problem)


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path):
    """The name of the file that it is written to first is no longer, in bytes."""
    path = tmp_path / ("漢" * 80 + ".csv")
    write(path)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
