"""What most people write: pandas around onnxruntime."""

import sys

import onnxruntime
import pandas as pd

model, data, output = sys.argv[1:]
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 2
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

frame = pd.read_csv(data)
features = [column for column in frame.columns if column != "id"]
P = session.run(None, {session.get_inputs()[0].name: frame[features].to_numpy(dtype="float32")})[0]
result = frame[["id"]].copy() if "id" in frame.columns else pd.DataFrame()
result["prediction"] = P.argmax(axis=1)
for i in range(P.shape[1]):
    result[f"probability_{i}"] = P[:, i]
result.to_csv(output, index=False)
