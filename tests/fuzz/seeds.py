"""Small valid files of every kind, to be damaged."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import pickle
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from tests.fuzz import commands

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "models" / "fixtures"

CSV = (
    "id,x0,x1,label\n"
    'a,0.5,-1,no\n"b, c",1e-3,2.25,yes\n"say ""hi""",-7,0,no\n\nd,12345.678,3,yes\né,-0.0,1e5,no\n'
)
SPEC = """\
inputs: [x0, x1]
layers:
  - {units: 3, activation: relu}
  - {units: 2, activation: softmax}
outputs: [no, yes]
"""
SPECS = {
    "drawn.yaml": SPEC + "seed: 7\ndtype: float32\ndata: {spiral: {samples: 5, classes: 2}}\n",
    "book.yaml": SPEC + "nnfs: true\ndata:\n  vertical: {samples: 5, classes: 2}\n",
    "inline.yaml": """\
# two layers
inputs: &n 2
layers:
  - name: first
    weights: [[0.5, -1.0], [1e-3, 2], [.5, 0]]
    biases: [0.5, -0.5, 1]
    activation: leaky_relu
    alpha: 0.1
  - weights: [[1, 2, 3]]
    activation: sigmoid
outputs: ["no", "yes"]
scale: {mean: [1, 2], std: [0.5, 2]}
data:
  values: [[1, 2], [3, 4], [0.5, -0.5]]
""",
    "file.yaml": SPEC + "data: {file: rows.csv, label: label}\n",
    "sine.yaml": "inputs: 1\nlayers: [{units: 4, activation: gelu}, {units: 1}]\ndata: {sine: {samples: 9}}",
    "npz.yaml": SPEC + "weights: weights.npz\n",
    "safetensors.yaml": SPEC + "weights: weights.safetensors\n",
    "values.yaml": "inputs: 2\nlayers: [{units: 4, activation: elu}, {units: 2}]\ndata: {values: [[1, 2]]}\n",
}


def plant(folder: Path, nncli: Callable[..., object]) -> list[str]:
    """Write one valid file of each kind into a folder; return their names.

    Parameters
    ----------
    nncli
        Runs the command line: some kinds are written by it.
    """
    (folder / "net.yaml").write_text(SPEC)
    for name, text in SPECS.items():
        (folder / name).write_text(text)
    _plant_rows(folder)
    for suffix in ("npz", "safetensors", "onnx", "keras", "py"):
        if suffix != "keras":  # nncli reads it only
            nncli("convert", "net.yaml", f"model.{suffix}")
    shutil.copy(folder / "model.npz", folder / "weights.npz")
    shutil.copy(folder / "model.safetensors", folder / "weights.safetensors")
    for keras in ("sequential", "functional"):
        shutil.copy(FIXTURES / f"{keras}.keras", folder)
    for onnx in ("elu_dynamo", "normalized_script", "hard_sigmoid_script", "flattened_script"):
        shutil.copy(FIXTURES / "onnx" / f"{onnx}.onnx", folder)
    weights = np.random.RandomState(0)
    book = [(weights.randn(2, 3), np.zeros((1, 3))), (weights.randn(3, 2), np.zeros((1, 2)))]
    for protocol in (0, 2, 4):
        (folder / f"book{protocol}.pkl").write_bytes(pickle.dumps(book, protocol))
    arrays = {"W1": book[0][0], "b1": book[0][1][0], "W2": book[1][0], "b2": book[1][1][0], "lr": 0.1}
    (folder / "arrays.pkl").write_bytes(pickle.dumps(arrays))
    lists = [[weights.tolist(), biases.tolist()] for weights, biases in book]
    (folder / "lists.json").write_text(
        json.dumps({"weights": [w for w, _ in lists], "biases": [b for _, b in lists]})
    )
    for name in ("parallel.pt", "norm_after_linear.pt", "checkpoint.ckpt", "lists.pth", "module.pt"):
        shutil.copy(FIXTURES / "torch_saved" / name, folder)
    for suffix in ("csv", "json", "jsonl", "npy", "parquet"):
        nncli("run", "net.yaml", "rows.csv", "--trace", "-o", f"results.{suffix}")
    nncli(*commands.RESUMED[0].split(), "-o", "made/")
    files = (path.name for path in folder.iterdir() if path.is_file() and path.suffix != ".py")
    return sorted([*files, commands.JOURNAL])


def _plant_rows(folder: Path) -> None:
    rows = {
        "rows.csv": CSV,
        "bom.csv": "\ufeff" + CSV.replace("\n", "\r\n"),
        "semicolons.csv": CSV.replace(",", ";"),
        "rows.tsv": CSV.replace(",", "\t"),
        "numbers.csv": "x0,x1\n1,2\n3,4\n5,6\n",
        "gaps.csv": "x0,x1,label\n1,,no\nNA,2,yes\n 3 , 4,no\n",
    }
    for name, text in rows.items():
        (folder / name).write_bytes(text.encode())
    (folder / "rows.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    (folder / "rows.csv.zst").write_bytes(zstandard.ZstdCompressor().compress(CSV.encode()))
    (folder / "rows.csv.bz2").write_bytes(bz2.compress(CSV.encode()))
    (folder / "rows.csv.xz").write_bytes(lzma.compress(CSV.encode()))
    (folder / "rows.json").write_text(json.dumps([{"x0": 1, "x1": None, "id": "a"}, {"x1": 2, "x0": 0.5}]))
    (folder / "rows.jsonl").write_text("".join(json.dumps({"x0": i, "x1": 0.5}) + "\n" for i in range(5)))
    for dtype in ("f8", "f4", "i8", "f2"):
        np.save(folder / f"{dtype}.npy", np.arange(12).reshape(6, 2).astype(dtype))
    np.save(folder / "fortran.npy", np.asfortranarray(np.arange(12.0).reshape(6, 2)))
    table = pa.table(parquet_columns())
    for codec in ("none", "snappy", "gzip", "zstd"):
        pq.write_table(table, folder / f"{codec}.parquet", compression=codec, row_group_size=2)
    for name, new in (("rows.arrow", pa.ipc.new_file), ("rows.feather", pa.ipc.new_stream)):
        with new(folder / name, table.schema) as file:
            file.write_table(table, max_chunksize=2)
    plain = table.select(["x0", "x1", "label"])
    pq.write_table(plain, folder / "plain.parquet", compression="none", use_dictionary=False)


def parquet_columns() -> dict[str, pa.Array]:
    """Return a column of every type, three rows each, nulls among them."""
    return {
        "x0": pa.array([1.5, 2, 3]),
        "x1": pa.array([1, -2, 3], pa.int32()),
        "label": pa.array(["no", "yes", "no"]),
        "big": pa.array([2**53 + 1, None, 1]),
        "flag": pa.array([True, None, False]),
        "money": pa.array([Decimal("1.50"), None, Decimal(3)], pa.decimal128(10, 2)),
        "bytes": pa.array([b"\xff", None, b""]),
        "uuid": pa.ExtensionArray.from_storage(
            pa.uuid(), pa.array([b"ABCDEFGHIJKLMNOP", None, bytes(16)], pa.binary(16))
        ),
        "none": pa.nulls(3),
        "when": pa.array([0, None, 10**15], pa.timestamp("us", "UTC")),
        "day": pa.array([0, None, 20000], pa.date32()),
        "word": pa.array(["a", "b", None]).dictionary_encode(),
        "list": pa.array([[1, None], None, []]),
        "struct": pa.array([{"a": 1, "b": "x"}, None, {"a": None, "b": "y"}]),
        "half": pa.array([0.5, None, 1], pa.float16()),
    }
