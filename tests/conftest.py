"""What every test may ask for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from nncli.cli.main import main
from nncli.nn.threads import n_processors

ROOT = Path(__file__).parents[1]
# Where this is set, each of the hundreds of processes that tests start would compile every library again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# No test depends on the clock: the machine may have other things to do.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
settings.register_profile("mutants", phases=[Phase.explicit, Phase.generate], derandomize=True, database=None)


def pytest_xdist_auto_num_workers() -> int:
    """Run the suite in one process more than there are processors: many tests wait for others' work."""
    return n_processors() + 1


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


@pytest.fixture(scope="session")
def dask() -> Callable[..., AbstractContextManager[tuple[str, list[subprocess.Popen[bytes]]]]]:
    """Return what starts a Dask scheduler and workers, real processes in a folder of their own."""
    return start_dask


@contextmanager
def start_dask(
    folder: Path, *preload: str, n_workers: int = 2, **environment: str
) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler and its workers; give its address, and the processes, the scheduler first."""
    folder.mkdir(parents=True, exist_ok=True)
    told = folder / "scheduler.json"
    environment = {**os.environ, "DASK_LOGGING__DISTRIBUTED": "critical", **environment}

    def start(*arguments: object) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "dask", *map(str, arguments), "--scheduler-file", str(told)]
        with open(folder / "log", "ab") as log:
            return subprocess.Popen(words, cwd=folder, env=environment, stdout=log, stderr=log)

    processes = [start("scheduler", "--host", "127.0.0.1", "--port", 0, "--no-dashboard")]
    try:
        while not told.exists() or not told.stat().st_size:
            assert processes[0].poll() is None, (folder / "log").read_text()
            time.sleep(0.05)
        for _ in range(n_workers):
            worker = start("worker", "--host", "127.0.0.1", "--nthreads", 1, "--no-dashboard", *preload)
            processes.append(worker)
        address = json.loads(told.read_text())["address"]
        if n_workers:
            from distributed import Client

            with Client(address, set_as_default=False) as client:
                client.wait_for_workers(n_workers)
        yield address, processes
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()


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
