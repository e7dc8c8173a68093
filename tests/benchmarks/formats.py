"""Other formats in and out beside CSV to CSV, and beside a script of a peer."""

import gzip
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
from csv_files import PEERS, assert_same_work
from measuring import BIN, compared, process
from networks import FOLDER, onnx, rows, spec

NETWORK, N_ROWS = "2-64-64-3", 10_000_000


def measure():
    """Yield a row for each way in and out."""
    what = f"{NETWORK}, {N_ROWS:,} rows"
    data = rows(N_ROWS, 2)
    plain = _run(data)
    yield compared(f"from a pipe, {what} / from the file", _piped(data), plain, "1.25")
    yield compared(f"from .csv.gz, {what} / from the file", _run(_packed(data)), plain, "1.5")
    yield compared(f"CSV to JSON lines, {what} / CSV to CSV", _run(data, "ours.jsonl"), plain, "1.5")
    table = _parquet(data)
    yield compared(f"Parquet to CSV, {what} / CSV to CSV", _run(table), plain, "1.0")
    ours, theirs = FOLDER / "ours.parquet", FOLDER / "peer.parquet"
    script = process(sys.executable, PEERS / "polars_parquet.py", onnx(NETWORK), table, theirs)
    yield compared(f"Parquet to Parquet, {what} / polars + onnxruntime", _run(table, ours), script, "0.7")
    assert_same_work(ours, theirs)
    sizes = [path.stat().st_size / 1e6 for path in (ours, theirs)]
    ratio = f"{sizes[0] / sizes[1]:.2f}"
    yield f"its file, {what} / polars'", f"{sizes[0]:.0f} MB", f"{sizes[1]:.0f} MB", ratio, "≤ 1.0"
    labelled = _labelled(data)
    judge = process(BIN / "nncli", "eval", spec(NETWORK), labelled, "--label", "label")
    yield compared(f"eval, {what} / run", judge, _run(labelled), "0.8")


def _run(data, output="ours.csv"):
    return process(BIN / "nncli", "run", spec(NETWORK), data, "-o", FOLDER / output)


def _piped(data):
    command = [BIN / "nncli", "run", spec(NETWORK), "-", "-o", FOLDER / "piped.csv"]

    def run():
        with subprocess.Popen(["cat", data], stdout=subprocess.PIPE) as cat:
            subprocess.run(command, check=True, stdin=cat.stdout)

    return run


def _packed(data):
    path = Path(f"{data}.gz")
    if not path.exists():
        with open(data, "rb") as plain, gzip.open(path, "wb", 6) as packed:
            shutil.copyfileobj(plain, packed)
    return path


def _parquet(data):
    path = data.with_suffix(".parquet")
    if not path.exists():
        pl.read_csv(data).write_parquet(path)
    return path


def _labelled(data):
    path = data.with_suffix(".labelled.csv")
    if not path.exists():
        table = pl.read_csv(data)
        table.with_columns((pl.int_range(pl.len()) % 3).alias("label")).write_csv(path)
    return path
