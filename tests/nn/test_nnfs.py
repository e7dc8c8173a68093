from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncli import datasets
from nncli.models.build import build
from nncli.netspec import parse_spec
from nncli.netspec.model import GeneratedData, ValuesData

# The book's classes, run after a real nnfs.init() in a process of their own.
BOOK = """
import json, sys
import numpy as np, nnfs, nnfs.datasets

ACTIVATIONS = {
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(0, z),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
}

def softmax(z):
    exp_values = np.exp(z - np.max(z, axis=1, keepdims=True))
    return exp_values / np.sum(exp_values, axis=1, keepdims=True)

ACTIVATIONS["softmax"] = softmax
results = {}
for number, case in enumerate(json.loads(sys.argv[1])):
    nnfs.init(random_seed=case["seed"])
    if case["data"] == "values":
        x = np.array(case["arguments"])
    else:
        x, _ = getattr(nnfs.datasets, case["data"] + "_data")(*case["arguments"])
    for n_inputs, n_units, activation in zip(case["sizes"], case["sizes"][1:], case["activations"]):
        weights = case["weight_scale"] * np.random.randn(n_inputs, n_units)
        biases = np.zeros((1, n_units))
        x = ACTIVATIONS[activation](np.dot(x, weights) + biases)
    results[str(number)] = x
np.savez(sys.argv[2], **results)
"""

VALUES = [[1, 2, 3, 2.5], [2.0, 5.0, -1.0, 2.0], [-1.5, 2.7, 3.3, -0.8]]


def case(seed: int, data: str, arguments: list[Any], sizes: list[int], *activations: str) -> dict[str, Any]:
    """Return one network and its data in plain words."""
    scale = 0.01 if seed == 3 else 0.1
    return {
        "seed": seed,
        "data": data,
        "arguments": arguments,
        "sizes": sizes,
        "activations": activations,
        "weight_scale": scale,
    }


CASES = [
    case(0, "spiral", [100, 3], [2, 3, 3], "relu", "softmax"),
    case(1, "spiral", [100, 3], [2, 5], "linear"),
    case(2, "spiral", [1, 1], [2, 1], "softmax"),
    case(3, "spiral", [100, 5], [2, 64, 64, 5], "relu", "relu", "softmax"),
    case(4, "vertical", [50, 7], [2, 16, 7], "tanh", "softmax"),
    case(5, "vertical", [20, 9], [2, 12, 9], "relu", "softmax"),
    case(6, "vertical", [11, 40], [2, 33, 40], "relu", "softmax"),
    case(7, "sine", [1000], [1, 64, 64, 1], "relu", "relu", "linear"),
    case(8, "spiral", [700, 2], [2, 8, 1], "relu", "sigmoid"),
    case(9, "values", VALUES, [4, 5, 2], "linear", "linear"),
    case(4294967295, "values", VALUES, [4, 8, 8], "sigmoid", "softmax"),
]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run every case with the real package."""
    target = tmp_path_factory.mktemp("book") / "results.npz"
    subprocess.run([sys.executable, "-c", BOOK, json.dumps(CASES), str(target)], check=True)
    return np.load(target)


@pytest.mark.parametrize("number", range(len(CASES)))
def test_the_results_are_the_book_s_to_the_last_bit(number: int, book: Any) -> None:
    """With `nnfs: true` a network gives what the same code gives after nnfs.init()."""
    its = CASES[number]
    data = {"values": its["arguments"]} if its["data"] == "values" else {its["data"]: {}}
    if its["data"] != "values":
        data[its["data"]] = dict(zip(("samples", "classes"), its["arguments"], strict=False))
    layers = [
        {"units": units, "activation": activation, "weight_scale": its["weight_scale"]}
        for units, activation in zip(its["sizes"][1:], its["activations"], strict=True)
    ]
    text = json.dumps(
        {"nnfs": True, "seed": its["seed"], "inputs": its["sizes"][0], "layers": layers, "data": data}
    )
    spec = parse_spec(text, "net.yaml")
    if isinstance(spec.data, GeneratedData):
        X, _ = datasets.generate(spec.data, spec.seed, nnfs=True)
    else:
        assert isinstance(spec.data, ValuesData)
        X = np.array(spec.data.rows)
    network = build(spec)
    expected = book[str(number)]
    assert network(X).dtype == network.forward(X).dtype == expected.dtype == np.float32
    assert (network(X) == expected).all()
    assert (network.forward(X) == expected).all()


def test_the_process_is_left_alone() -> None:
    """Building and running a network with `nnfs: true` changes nothing in NumPy."""
    functions = np.dot, np.zeros, np.eye, np.random.randn
    before = np.random.get_state(legacy=False)["state"]
    network = build(parse_spec("nnfs: true\ninputs: 2\nlayers: [{units: 2}]\ndata: {spiral: {}}", "net.yaml"))
    network([[1, 2]])
    after = np.random.get_state(legacy=False)["state"]
    assert functions == (np.dot, np.zeros, np.eye, np.random.randn)
    assert before["pos"] == after["pos"]
    assert (before["key"] == after["key"]).all()


def test_a_network_keeps_its_dtype_in_a_process_that_called_init() -> None:
    """A float64 network is float64 even where somebody has replaced NumPy's functions."""
    code = (
        "import nnfs; nnfs.init(); import numpy as np; from nncli.models.build import build;"
        "from nncli.netspec import parse_spec;"
        "n = build(parse_spec('inputs: 2\\nlayers: [{units: 3, activation: relu}]', 'n'));"
        "r = n(np.random.rand(5, 2)); print(r.dtype, n.layers[0].weights.dtype)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )
    assert done.stdout == "float64 float64\n"
