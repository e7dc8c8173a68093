"""What every test may ask for."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from nncli.cli.main import main

ROOT = Path(__file__).parents[1]
settings.register_profile("mutants", phases=[Phase.explicit, Phase.generate], derandomize=True, database=None)


@dataclass
class Result:
    """What a run of the command line left behind."""

    exit_code: int
    stdout: str
    stderr: str


@pytest.fixture
def configs() -> Path:
    """Return the folder of the specs that come with the project."""
    return ROOT / "configs"


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run the command line in this process, its standard output a pipe."""

    def run(*args: object) -> Result:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in args])
        out, err = capfd.readouterr()
        return Result(int(ended.value.code or 0), out, err)

    return run


@pytest.fixture
def default_signals() -> Callable[[], None]:
    """Return what gives a new process the usual signals, for ``preexec_fn``: nohup has some ignored."""

    def restore() -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)

    return restore


@pytest.fixture
def shell() -> Callable[..., Result]:
    """Run the command line as a process of its own, with bytes or text for standard input."""

    def run(*args: object, stdin: str | bytes | None = None, cwd: Path | None = None) -> Result:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [sys.executable, "-m", "nncli", *map(str, args)],
            input=data,
            stdin=subprocess.DEVNULL if data is None else None,
            capture_output=True,
            cwd=cwd,
            timeout=120,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
