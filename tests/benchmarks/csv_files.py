"""CSV to CSV, whole processes, against hand-written scripts of the peers."""

import sys
from pathlib import Path

import numpy as np
import polars as pl
from measuring import BIN, paired, process, row
from networks import FOLDER, onnx, rows, spec

PEERS = Path(__file__).parent / "peers"

CASES = [
    ("2-64-64-3", 1_000_000, True, {"polars": "0.7", "pandas": "0.2"}, 9),
    ("2-64-64-3", 1_000_000, False, {"polars": "0.62", "pandas": "0.16"}, 9),
    ("784-128-64-10", 100_000, False, {"polars": "0.8"}, 5),
    ("2-64-64-3", 10_000_000, False, {"polars": "0.65"}, 7),
]


def measure():
    """Yield a row for each file and peer."""
    for name, n_rows, ids, goals, runs in CASES:
        data = rows(n_rows, int(name.partition("-")[0]), ids)
        ours = process(BIN / "nncli", "run", spec(name), data, "-o", FOLDER / "ours.csv")
        for peer, goal in goals.items():
            script = process(
                sys.executable, PEERS / f"{peer}_onnxruntime.py", onnx(name), data, FOLDER / "peer.csv"
            )
            what = f"CSV to CSV, {name}, {n_rows:,} rows{' with an id' * ids} / {peer} + onnxruntime"
            one, other = paired(ours, script, runs)
            yield row(what, one, other, goal)
            assert_same_work(FOLDER / "ours.csv", FOLDER / "peer.csv")


def assert_same_work(ours, theirs):
    """Check that both have written the same table, but for the last digits of the probabilities."""
    read = pl.read_parquet if ours.suffix == ".parquet" else pl.read_csv
    here, there = read(ours), read(theirs)
    assert here.columns == there.columns, (here.columns, there.columns)
    assert len(here) == len(there)
    for name in here.columns:
        if name.startswith("probability"):
            np.testing.assert_allclose(here[name], there[name], rtol=1e-3, atol=1e-5)
        else:  # two probabilities may be all but equal
            assert (here[name] != there[name]).sum() <= len(here) * 1e-4, name
