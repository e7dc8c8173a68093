"""Bytes of files that change under the reader, and of those that others read on."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nncli.errors import DataError
from nncli.tables.source import Source


def test_a_file_that_becomes_shorter_is_told(tmp_path):
    """What is missing at the end is no result: whoever cuts a file while it is read is told."""
    path = tmp_path / "rows.csv"
    path.write_bytes(b"x" * 1000)
    source = Source(path)
    os.truncate(path, 500)
    with pytest.raises(DataError, match=r"rows\.csv: became shorter while it was read"):
        list(iter(source.read, b""))
    source.close()


def test_whoever_reads_on_finds_the_end(tmp_path):
    """Standard input that is a file is used up by a run, however it was read."""
    (tmp_path / "net.yaml").write_text("inputs: 2\nlayers: [{units: 1}]\n")
    (tmp_path / "rows.csv").write_text("x0,x1\n" + "1,2\n" * 600_000)
    script = f"{sys.executable} -m nncli run net.yaml - -o out.csv; wc -c"
    with open(tmp_path / "rows.csv", "rb") as rows:
        done = subprocess.run(["bash", "-c", script], stdin=rows, cwd=tmp_path, capture_output=True)
    assert (done.stdout.strip(), done.stderr) == (b"0", b"")
