"""What the Tab key does in a real bash."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

BASH = shutil.which("bash")
pytestmark = pytest.mark.skipif(BASH is None, reason="no bash")
SCRIPTS = Path(sys.executable).parent
SET_UP = """\
eval "$(nncli --show-completion bash)"
bind 'set show-all-if-ambiguous on'
echo REA''DY
"""


class Bash:
    """An interactive bash in a folder, with nncli's completion."""

    def __init__(self, folder: Path) -> None:
        self.terminal, theirs = pty.openpty()
        path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "PS1": "$ ", "TERM": "dumb", "INPUTRC": os.devnull}
        self.running = subprocess.Popen(
            [str(BASH), "--norc", "--noprofile", "-i"],
            stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        os.write(self.terminal, SET_UP.encode())
        self.until("READY\r\n$ ")  # before the prompt the terminal itself would echo what comes

    def until(self, mark: str) -> str:
        """Return what is shown till a mark has come."""
        seen, end = b"", time.monotonic() + 120
        while mark.encode() not in seen and time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.1)[0]:
                seen += os.read(self.terminal, 65536)
        return seen.decode(errors="replace")

    def complete(self, line: str) -> tuple[str, str]:
        """Type a line and Tab; return the line that bash makes of it, and all that it has shown."""
        os.write(self.terminal, f"{line}\t\x01echo \x05 END\n".encode())
        seen = self.until(" END\r\n$ ")
        return seen.split("\r\n")[-2].removesuffix(" END"), seen

    def close(self) -> None:
        """End it."""
        self.running.kill()
        self.running.wait()
        os.close(self.terminal)


@pytest.fixture
def bash(tmp_path):
    """Start bash in a folder with a network and a table."""
    (tmp_path / "net.yaml").write_text("inputs: 2\nlayers: [{units: 1}]\n")
    (tmp_path / "points.csv").write_text("x0,x1,label\n1,2,3\n")
    running = Bash(tmp_path)
    yield running
    running.close()


def test_bash_offers_files_only_where_they_can_be(bash):
    """Arguments and -o are files; the value of --label is a column, that of --limit nobody can guess."""
    assert bash.complete("nncli run net.yaml poi")[0] == "nncli run net.yaml points.csv"
    assert bash.complete("nncli run net.yaml -o poi")[0] == "nncli run net.yaml -o points.csv"
    assert bash.complete("nncli run net.yaml points.csv --label la")[0].endswith("--label label")
    assert bash.complete("nncli run net.yaml --dtype=float3")[0] == "nncli run net.yaml --dtype=float32"
    for nothing in ("nncli run net.yaml --limit ", "nncli run none.yaml --label ", "nncli poi"):
        line, seen = bash.complete(nothing)
        assert line == nothing.strip()
        assert "points.csv" not in seen
