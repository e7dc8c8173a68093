"""Peak memory of a whole run: it must not grow with the rows."""

import subprocess

from measuring import BIN, peak_memory
from networks import FOLDER, rows, spec

IN = ("csv", "csv.gz", "csv.zst", "tsv", "npy", "parquet", "pipe")
OUT = ("csv", "csv.gz", "csv.zst", "tsv", "json", "jsonl", "npy", "parquet")


def measure():
    """Yield a row for every format in and out: peak at 1M rows, at 10M, and their ratio."""
    nncli, net = BIN / "nncli", spec("2-3-3")
    for suffix in IN:
        peaks = [_peak_in(nncli, net, n_rows, suffix) for n_rows in (1_000_000, 10_000_000)]
        yield _row(f"memory, {suffix} to CSV", peaks)
    for suffix in OUT:
        peaks = [
            peak_memory([nncli, "run", net, rows(n_rows, 2), "-o", FOLDER / f"out.{suffix}"])
            for n_rows in (1_000_000, 10_000_000)
        ]
        yield _row(f"memory, CSV to {suffix}", peaks)


def _peak_in(nncli, net, n_rows, suffix):
    source = rows(n_rows, 2)
    out = ["-o", FOLDER / "out.csv"]
    if suffix == "csv":
        return peak_memory([nncli, "run", net, source, *out])
    if suffix == "pipe":
        with subprocess.Popen(["cat", source], stdout=subprocess.PIPE) as cat:
            return peak_memory([nncli, "run", net, "-", *out], stdin=cat.stdout)
    data = FOLDER / f"{n_rows}.{suffix}"
    if not data.exists():
        _convert(nncli, source, data)
    return peak_memory([nncli, "run", net, data, *out])


def _convert(nncli, source, data):
    """Write the rows in another format: they are what an identity network puts out."""
    copy = FOLDER / "copy.yaml"
    copy.write_text("inputs: 2\nlayers:\n  - weights: [[1, 0], [0, 1]]\n")
    subprocess.run([nncli, "run", copy, source, "--keep", "none", "-o", data], check=True)


def _row(what, peaks):
    small, large = (f"{peak / 2**20:.0f} MiB" for peak in peaks)
    return f"{what}: 10M rows / 1M", large, small, f"{peaks[1] / peaks[0]:.2f}", "≤ 1.1, ≤ 200 MiB"
