"""The networks and files that are measured."""

import tempfile
from functools import cache
from pathlib import Path

import numpy as np

FOLDER = Path(tempfile.gettempdir()) / "nncli-benchmarks"

SHAPES = {
    "2-3-3": (2, 3, 3),
    "2-64-64-3": (2, 64, 64, 3),
    "784-128-64-10": (784, 128, 64, 10),
    "1024-4096-4096-1000": (1024, 4096, 4096, 1000),
    "2-2048-2048-3": (2, 2048, 2048, 3),
}


def network(name, dtype="float32"):
    """Return a drawn network of ours."""
    import nncli

    return nncli.load(spec(name), [f"dtype={dtype}"])


@cache
def spec(name):
    """Return the path of a spec whose weights are drawn."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.yaml"
    n_inputs, *units = SHAPES[name]
    layers = ""
    for i, n in enumerate(units):
        activation = "softmax" if i == len(units) - 1 else "relu"
        scale = round((n_inputs, *units)[i] ** -0.5, 4)  # sums neither vanish nor saturate the softmax
        layers += f"  - {{units: {n}, activation: {activation}, weight_scale: {scale}}}\n"
    path.write_text(f"inputs: {n_inputs}\ndtype: float32\nlayers:\n{layers}")
    return path


@cache
def onnx(name):
    """Return the path of the same network as ONNX."""
    from nncli import models

    path = FOLDER / f"{name}.onnx"
    models.write_network(network(name), path)
    return path


@cache
def rows(n_rows, n_features, ids=False):
    """Return the path of a CSV file of drawn numbers, made once."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{n_rows}x{n_features}{'-id' * ids}.csv"
    if path.exists():
        return path
    draw = np.random.RandomState(0)
    with open(path.with_suffix(".part"), "w") as file:
        file.write(",".join(["id"] * ids + [f"x{i}" for i in range(n_features)]) + "\n")
        for start in range(0, n_rows, 10_000):
            X = draw.randn(min(10_000, n_rows - start), n_features).round(6).tolist()
            for i, values in enumerate(X, start):
                file.write(f"row-{i}," * ids + ",".join(map(repr, values)) + "\n")
    path.with_suffix(".part").rename(path)
    return path
