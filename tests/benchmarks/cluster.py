"""Many files, two Dask workers on this machine: beside two processes, and beside Dask doing nothing."""

import json
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial

from measuring import BIN, compared, paired, process, seconds
from networks import FOLDER, rows, spec

NETWORK = "2-64-64-3"
N_FILES, N_ROWS = 64, 200_000
N_SMALL = 1_000

NOTHING = """
import sys
from distributed import Client
client = Client(sys.argv[1])
client.gather(client.map(abs, range({n}), pure=False))
"""


def measure():
    """Yield a row for big files, and one for what a task costs."""
    shutil.rmtree(FOLDER / "cluster", ignore_errors=True)
    big = _copies("big", rows(N_ROWS, 2), N_FILES)
    small = _copies("small", _ten_rows(), N_SMALL)
    with two_workers() as address:
        what = f"{N_FILES} files of {N_ROWS:,} rows, {NETWORK}"
        there, here = _run(big, "--cluster", address), _run(big, "-j", "2")
        yield compared(f"{what}, two Dask workers / two processes", there, here, "1.3")
        nothing = process(sys.executable, "-c", NOTHING.format(n=N_SMALL), address)
        ours, theirs = paired(_run(small, "--cluster", address), nothing, 5)
        yield (
            f"{N_SMALL:,} files of 10 rows, two Dask workers, each / Dask doing nothing, each",
            seconds(ours / N_SMALL),
            seconds(theirs / N_SMALL),
            f"{ours / theirs:.2f}",
            "",
        )


@contextmanager
def two_workers():
    """Start a scheduler and two workers; give the address."""
    told = FOLDER / "scheduler.json"
    told.unlink(missing_ok=True)
    start = partial(subprocess.Popen, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    dask = [sys.executable, "-m", "dask"]
    at = ["--scheduler-file", told, "--host", "127.0.0.1", "--no-dashboard"]
    running = [start([*dask, "scheduler", "--port", "0", *at])]
    running += [start([*dask, "worker", "--nthreads", "1", *at]) for _ in range(2)]
    try:
        while not told.exists() or not told.stat().st_size:
            time.sleep(0.1)
        address = json.loads(told.read_text())["address"]
        waiting = f"from distributed import Client; Client({address!r}).wait_for_workers(2)"
        subprocess.run([sys.executable, "-c", waiting], check=True)
        yield address
    finally:
        for one in running:
            one.terminate()
            one.wait()


def _run(folder, *options):
    output = FOLDER / "cluster" / "out"
    command = [BIN / "nncli", "run", spec(NETWORK), f"{folder}/*.csv", "-o", f"{output}/", *options]
    return process(*command)


def _copies(name, data, n):
    folder = FOLDER / "cluster" / name
    folder.mkdir(parents=True)
    for number in range(n):
        (folder / f"part-{number}.csv").hardlink_to(data)
    return folder


def _ten_rows():
    path = FOLDER / "ten.csv"
    path.write_text("x0,x1\n" + "0.5,-0.25\n" * 10)
    return path
