"""What more processes give, and what they cost: processor time, memory, and what one does for all."""

import resource
import subprocess
import sys
from functools import partial
from pathlib import Path

from measuring import BIN, compared, peak_memory, process, row, seconds
from networks import FOLDER, rows, spec

SHARE = Path(__file__).parent / "share.py"
CASE = ("2-64-64-3", 10_000_000)


def measure():
    """Yield a row for each number of jobs, and for what they cost."""
    network, n_rows = CASE
    data, what = rows(n_rows, 2), f"CSV to CSV, {network}, {n_rows:,} rows"
    run = partial(_command, spec(network), data)
    for jobs, than in ((1, 2), (4, 2)):
        yield compared(f"{what}, {jobs} jobs / {than} jobs", process(*run(jobs)), process(*run(than)), None)
    four, two = (min(_processor_time(run(jobs)) for _ in range(3)) for jobs in (4, 2))
    yield row(f"{what}, processor time, 4 jobs / 2 jobs", four, two, "1.15")
    own, helpers = _share(run(2))
    yield (
        f"{what}, 2 jobs: what the parent does, of all processor time",
        seconds(own),
        seconds(own + helpers),
        f"{own / (own + helpers):.2f}",
        "≤ 0.10",
    )
    peaks = [peak_memory(run(jobs)) / 2**20 for jobs in (1, 4)]
    more = (peaks[1] - peaks[0]) / 4
    yield f"{what}, memory of a process more", f"{more:.0f} MiB", "", "", "≤ 60 MiB"
    wide, few = spec("2-2048-2048-3"), rows(20_000, 2)
    two, one = (process(*_command(wide, few, jobs)) for jobs in (2, 1))
    yield compared("CSV to CSV, 2-2048-2048-3, 20,000 rows, 2 jobs / 1 job", two, one, "1.05")


def _command(network, data, jobs):
    return [
        str(part) for part in (BIN / "nncli", "run", network, data, "-j", jobs, "-o", FOLDER / "ours.csv")
    ]


def _processor_time(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _share(command):
    done = subprocess.run([sys.executable, SHARE, *command[1:]], check=True, capture_output=True, text=True)
    own, helpers = map(float, done.stderr.split())
    return own, helpers
