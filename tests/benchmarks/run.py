# /// script
# requires-python = ">=3.11"
# dependencies = ["nncli-inference[onnx]", "onnxruntime", "polars", "pandas", "pyarrow", "numpy"]
# [tool.uv.sources]
# nncli-inference = { path = "../.." }
# ///
"""Measure nncli beside its peers, and write the table that the README shows.

    python3 -m uv run tests/benchmarks/run.py            everything, about half an hour
    python3 -m uv run tests/benchmarks/run.py start csv   some parts, printed only
    python3 -m uv run tests/benchmarks/run.py --write     everything, into README.md

Every ratio of times is one of medians of alternated runs on one machine: below 1 nncli is ahead.
"""

import datetime
import os
import platform
import sys
from importlib import metadata
from pathlib import Path

# These slow NumPy's products and nobody else's; where a machine sets them, both must go together.
os.environ.pop("OPENBLAS_CORETYPE", None)
os.environ.pop("OPENBLAS_L2_SIZE", None)
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a normal installation has its bytecode

import csv_files
import formats
import forward
import jobs
import memory
import start

PARTS = {
    "start": start,
    "forward": forward,
    "csv": csv_files,
    "formats": formats,
    "jobs": jobs,
    "memory": memory,
}
README = Path(__file__).parents[2] / "README.md"
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


def table(rows):
    """Return the markdown table of (what, nncli, peer, ratio, goal)."""
    lines = ["| what | nncli | peer | ratio | goal |", "|---|---|---|---|---|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def main():
    """Run the parts that are asked for."""
    asked = [name for name in sys.argv[1:] if name in PARTS] or list(PARTS)
    if "--write" in sys.argv and len(asked) < len(PARTS):
        sys.exit("--write replaces the README's whole table: give no parts")
    rows = []
    for name in asked:
        for row in PARTS[name].measure():
            print(*row, sep=" | ", flush=True)
            rows.append(row)
    text = (
        f"{BEGIN}\n{table(rows)}\n\n{datetime.date.today()}, {machine()}, Python {platform.python_version()},"
        f" {versions()}, OPENBLAS_NUM_THREADS=1. Memory is that of all processes of a run, without mapped"
        f" files.\n{END}"
    )
    print(text)
    if "--write" in sys.argv:
        readme = README.read_text(encoding="utf-8")
        before, _, rest = readme.partition(BEGIN)
        README.write_text(before + text + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
