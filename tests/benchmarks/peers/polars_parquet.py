"""A hand-tuned script of polars and onnxruntime, Parquet to Parquet: 16,384 rows a call."""

import sys

import numpy as np
import onnxruntime
import polars as pl

model, data, output = sys.argv[1:]
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 2
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name

X = np.ascontiguousarray(pl.read_parquet(data).cast(pl.Float32).to_numpy())
P = np.concatenate([session.run(None, {name: X[i : i + 16_384]})[0] for i in range(0, len(X), 16_384)])
columns = {"prediction": P.argmax(axis=1)}
columns |= {f"probability_{i}": P[:, i] for i in range(P.shape[1])}
pl.DataFrame(columns).write_parquet(output)
