"""Many small files, a result for each, against one file with the same rows and the system's own part."""

import os
import shutil
import statistics
import time
from typing import Any

from measuring import BIN, process, row
from networks import FOLDER, rows, spec

N_FILES, N_ROWS, RUNS = 10_000, 300, 3
NETWORK = "2-64-64-3"


def measure():
    """Yield a row: 1.5 times one file, and opening and atomically writing every small one, is the peer."""
    whole = rows(N_FILES * N_ROWS, 2)
    folder, out = FOLDER / "parts", FOLDER / "parts-out"
    _cut(whole, folder)
    network = spec(NETWORK)
    nncli = (BIN / "nncli", "run", network)
    small = process(*nncli, folder / "*.csv", "-o", f"{out}/", "-j", 1)
    one = process(*nncli, whole, "-o", FOLDER / "ours.csv", "-j", 1)
    times: dict[Any, list[float]] = {small: [], one: [], _copy: []}
    for _ in range(RUNS):
        for run in times:
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()
            began = time.perf_counter()
            run(folder, out) if run is _copy else run()
            times[run].append(time.perf_counter() - began)
    ours, alone, system = (statistics.median(each) for each in times.values())
    what = f"CSV to CSV, {NETWORK}, {N_FILES:,} files of {N_ROWS} rows, 1 job"
    yield row(f"{what} / 1.5 x one file + opening and writing each", ours, 1.5 * alone + system, "1")
    shutil.rmtree(folder)
    shutil.rmtree(out)


def _cut(whole, folder):
    """Write the rows of a file into small ones."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with open(whole, "rb") as file:
        header = file.readline()
        for number in range(N_FILES):
            lines = [file.readline() for _ in range(N_ROWS)]
            (folder / f"part-{number}.csv").write_bytes(header + b"".join(lines))


def _copy(folder, out):
    """Open every file, and write it in one go beside its place and move it there."""
    for name in os.listdir(folder):
        with open(folder / name, "rb") as file:
            data = file.read()
        temporary = out / f".{name}.tmp"
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, out / name)
