# /// script
# requires-python = ">=3.11"
# dependencies = ["nncli-inference[onnx,cluster]", "onnxruntime", "polars", "pandas", "pyarrow", "numpy"]
# [tool.uv.sources]
# nncli-inference = { path = "../.." }
# ///
"""Measure nncli beside its peers, and write the tables of RESULTS.md and of the README.

    python3 -m uv run tests/benchmarks/run.py            everything, about half an hour
    python3 -m uv run tests/benchmarks/run.py start csv   some parts, printed only
    python3 -m uv run tests/benchmarks/run.py --write     everything, into RESULTS.md; the README gets `SHORT`

Every ratio of times is one of medians of alternated runs on one machine: below 1 nncli is ahead.
"""

import datetime
import mmap
import os
import platform
import sys
import time
from importlib import metadata
from pathlib import Path

# These slow NumPy's products and nobody else's; where a machine sets them, both must go together.
os.environ.pop("OPENBLAS_CORETYPE", None)
os.environ.pop("OPENBLAS_L2_SIZE", None)
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a normal installation has its bytecode

import cluster
import csv_files
import formats
import forward
import jobs
import many
import memory
import start

PARTS = {
    "start": start,
    "forward": forward,
    "csv": csv_files,
    "formats": formats,
    "jobs": jobs,
    "many": many,
    "memory": memory,
    "cluster": cluster,
}
SHORT = (
    "300 rows, 2-3-3, whole process / `import numpy`",
    "`nncli --help` / `import numpy`",
    "forward pass, 2-64-64-3, 1,000,000 rows / onnxruntime, 2 threads",
    "forward pass, 1024-4096-4096-1000, 6,000 rows / onnxruntime, 2 threads",
    "CSV to CSV, 2-64-64-3, 1,000,000 rows / polars + onnxruntime",
    "CSV to CSV, 2-64-64-3, 1,000,000 rows / pandas + onnxruntime",
    "CSV to CSV, 784-128-64-10, 100,000 rows / polars + onnxruntime",
    "CSV to CSV, 2-64-64-3, 10,000,000 rows / polars + onnxruntime",
    "Parquet to Parquet, 2-64-64-3, 10,000,000 rows / polars + onnxruntime",
    "memory, csv to CSV: 10M rows / 1M",
)
"""The rows that the README shows."""

README = Path(__file__).parents[2] / "README.md"
RESULTS = Path(__file__).parent / "RESULTS.md"
BEGIN, END = "<!-- benchmarks: written by tests/benchmarks/run.py -->", "<!-- end of benchmarks -->"


def machine():
    """Return the processor's name and the number of cores that we may use."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return f"{line.partition(':')[2].strip()}, {len(os.sched_getaffinity(0))} cores"
    return platform.processor()


def versions():
    """Return the names and versions of what is measured."""
    names = ("numpy", "onnxruntime", "polars", "pandas", "pyarrow")
    return ", ".join(f"{name} {metadata.version(name)}" for name in names)


def fresh_page():
    """Return the microseconds that a fresh page of memory takes: with it large results get dear."""
    n_pages = 1 << 14
    with mmap.mmap(-1, n_pages * mmap.PAGESIZE) as memory:
        began = time.perf_counter()
        for i in range(n_pages):
            memory[i * mmap.PAGESIZE] = 1
        return 1e6 * (time.perf_counter() - began) / n_pages


def table(rows):
    """Return the markdown table of (what, nncli, peer, ratio, goal)."""
    lines = ["| what | nncli | peer | ratio | goal |", "|---|---|---|---|---|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def conditions():
    """Return when, where and with what it was measured."""
    return (
        f"{datetime.date.today()}, {machine()}, Python {platform.python_version()}, {versions()},"
        f" OPENBLAS_NUM_THREADS=1. A fresh page of memory takes {fresh_page():.1f} µs."
        " Memory is that of all processes of a run, without mapped files."
    )


def write(rows):
    """Write all rows to RESULTS.md, and those of `SHORT` into the README."""
    measured = conditions()
    intro = (
        "Written by `tests/benchmarks/run.py --write`. A ratio of times below 1 means that nncli is faster."
        " A ratio above its goal means that the goal was missed."
    )
    RESULTS.write_text(f"# Benchmarks\n\n{intro}\n\n{table(rows)}\n\n{measured}\n", encoding="utf-8")
    by_name = {row[0]: row for row in rows}
    short = table([by_name[name] for name in SHORT])
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{BEGIN}\n{short}\n\n{measured}\n{END}{after}", encoding="utf-8")


def main():
    """Run the parts that are asked for."""
    asked = [name for name in sys.argv[1:] if name in PARTS] or list(PARTS)
    if "--write" in sys.argv and len(asked) < len(PARTS):
        sys.exit("--write replaces whole tables: give no parts")
    rows = []
    for name in asked:
        for row in PARTS[name].measure():
            print(*row, sep=" | ", flush=True)
            rows.append(row)
    print(table(rows), conditions(), sep="\n\n")
    if "--write" in sys.argv:
        write(rows)


if __name__ == "__main__":
    main()
