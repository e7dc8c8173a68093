"""The forward pass in Python against onnxruntime with two threads."""

import tracemalloc

import numpy as np
from measuring import paired, row
from networks import network, onnx

CASES = [
    ("2-3-3", 1_000_000, "0.65", 9),
    ("2-64-64-3", 1_000_000, "0.65", 7),
    ("784-128-64-10", 100_000, "1.0", 9),
    ("1024-4096-4096-1000", 6_000, "0.9", 9),
]


def measure():
    """Yield a row for each network, and one for the memory of each."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    for name, n_rows, goal, runs in CASES:
        net = network(name)
        X = np.random.RandomState(0).randn(n_rows, net.n_inputs).astype("float32")
        session = onnxruntime.InferenceSession(onnx(name), options, providers=["CPUExecutionProvider"])
        feed = {session.get_inputs()[0].name: X}
        few = {name: rows[:1000] for name, rows in feed.items()}
        np.testing.assert_allclose(net(X[:1000]), session.run(None, few)[0], rtol=1e-4, atol=1e-5)
        ours, theirs = paired(
            lambda net=net, X=X: net(X), lambda s=session, f=feed: s.run(None, f), runs, settled=True
        )
        yield row(f"forward pass, {name}, {n_rows:,} rows / onnxruntime, 2 threads", ours, theirs, goal)
        net = network(name)  # without the buffers that the calls before have left
        tracemalloc.start()
        result = net(X)
        extra = tracemalloc.get_traced_memory()[1] - result.nbytes
        tracemalloc.stop()
        yield f"its memory besides the result, {name}", f"{extra / 2**20:.0f} MiB", "", "", "≤ 64 MiB"
