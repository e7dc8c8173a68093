"""Exports, judged by onnx's checker and by onnxruntime."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from nncli.models.onnx import read, write
from nncli.nn.activations import ACTIVATIONS, default_alpha
from nncli.nn.layers import Dense
from nncli.nn.network import Network

LACKING_IN_DOUBLE = ("elu", "selu", "gelu", "softplus", "softsign", "hard_sigmoid", "celu", "mish")
"""Activations whose operators onnxruntime does not have in float64."""

WITH_ALPHAS = [
    (activation, alpha)
    for activation in ACTIVATIONS
    for alpha in ([None] if default_alpha(activation) is None else [None, 0.3, 1 / 3])
]


def network_of(activation: str, alpha: float | None = None, dtype: str = "float32", **fields: Any) -> Network:
    """Return a small network 4 -> 6 -> 3, both layers with the activation."""
    random = np.random.default_rng(7)

    def layer(n_inputs: int, n_units: int) -> Dense:
        return Dense(
            weights=(random.standard_normal((n_inputs, n_units)) / 2).astype(dtype),
            biases=(random.standard_normal(n_units) / 2).astype(dtype),
            activation=activation,
            alpha=alpha,
        )

    return Network(**{"layers": (layer(4, 6), layer(6, 3)), "inputs": ("x0", "x1", "x2", "x3")} | fields)


def rows(dtype: str = "float32") -> np.ndarray:
    """Return 1,000 rows for such a network."""
    return np.random.default_rng(8).standard_normal((1000, 4)).astype(dtype)


def judged(path: Path, X: np.ndarray) -> np.ndarray:
    """Return what onnxruntime makes of an exported file."""
    session = onnxruntime.InferenceSession(path)
    return session.run(None, {session.get_inputs()[0].name: X})[0]


def assert_close(actual: np.ndarray, expected: np.ndarray) -> None:
    """Compare within 1e-6 plus 1e-5 relative."""
    assert actual.dtype == expected.dtype
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


def wide(network: Network) -> Network:
    """Return the network with its products summed in float64, as `nnfs: true` does."""
    return replace(
        network, layers=tuple(replace(layer, sum_dtype=np.dtype("float64")) for layer in network.layers)
    )


def assert_same(actual: Network, expected: Network) -> None:
    """Compare two networks: names, settings, and every bit of what they compute."""
    for name in ("inputs", "named_inputs", "outputs", "dtype", "kind"):
        assert getattr(actual, name) == getattr(expected, name)
    for ours, theirs in zip(actual.layers, expected.layers, strict=True):
        assert (ours.activation, ours.name, ours.sum_dtype) == (
            theirs.activation,
            theirs.name,
            theirs.sum_dtype,
        )
        default = default_alpha(theirs.activation)
        assert (ours.alpha or default) == (theirs.alpha or default)
        np.testing.assert_array_equal(ours.weights, theirs.weights)
        np.testing.assert_array_equal(ours.biases, theirs.biases)
    X = rows(str(expected.dtype))
    np.testing.assert_array_equal(actual(X), expected(X))


@pytest.mark.parametrize(("activation", "alpha"), WITH_ALPHAS)
def test_onnxruntime_computes_what_we_compute(tmp_path: Path, activation: str, alpha: float | None) -> None:
    """Every activation, exported in float32, gives the same numbers in onnxruntime."""
    network = network_of(activation, alpha)
    write(network, tmp_path / "net.onnx")
    onnx.checker.check_model(str(tmp_path / "net.onnx"), full_check=True)
    assert_close(judged(tmp_path / "net.onnx", rows()), network(rows()))


@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name not in LACKING_IN_DOUBLE])
def test_onnxruntime_computes_float64(tmp_path: Path, activation: str) -> None:
    """A float64 network is exported in double."""
    network = network_of(activation, dtype="float64")
    write(network, tmp_path / "net.onnx")
    actual, expected = judged(tmp_path / "net.onnx", rows("float64")), network(rows("float64"))
    # leaky_relu's slope is an attribute, and attributes have float32's digits.
    np.testing.assert_allclose(actual, expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("activation", ["relu", "softmax", "gelu"])
def test_sums_in_float64_are_exported_as_such(tmp_path: Path, activation: str) -> None:
    """A network that sums in float64 computes so in onnxruntime too."""
    network = wide(network_of(activation))
    write(network, tmp_path / "net.onnx")
    onnx.checker.check_model(str(tmp_path / "net.onnx"), full_check=True)
    assert_close(judged(tmp_path / "net.onnx", rows()), network(rows()))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("activation", "alpha"), WITH_ALPHAS)
def test_an_export_reads_back_equal(tmp_path: Path, activation: str, alpha: float | None, dtype: str) -> None:
    """Reading our own export gives the same network, to the last bit of its outputs."""
    network = network_of(activation, alpha, dtype)
    write(network, tmp_path / "net.onnx")
    assert_same(read(tmp_path / "net.onnx"), network)


def test_sums_in_float64_read_back_equal(tmp_path: Path) -> None:
    """The casts around the products are understood as sums in float64."""
    network = wide(network_of("relu"))
    write(network, tmp_path / "net.onnx")
    assert_same(read(tmp_path / "net.onnx"), network)


def test_scaling_reads_back_equal(tmp_path: Path) -> None:
    """Input scaling is exported as Sub and Div, and comes back as mean and std."""
    mean, std = np.array([[1, 2, -3, 0], [0.3, 2, 7, 1]], np.float32)
    network = network_of("tanh", mean=mean, std=std)
    write(network, tmp_path / "net.onnx")
    assert_close(judged(tmp_path / "net.onnx", rows()), network(rows()))
    back = read(tmp_path / "net.onnx")
    assert_same(back, network)
    np.testing.assert_array_equal(back.mean, mean)
    np.testing.assert_array_equal(back.std, std)


def test_names_read_back(tmp_path: Path) -> None:
    """Names of inputs, outputs and layers survive, also those that are not ASCII."""
    network = network_of(
        "softmax", inputs=("a", "b", "größe", "d"), named_inputs=True, outputs=("p", "q", "r")
    )
    network = replace(network, layers=(replace(network.layers[0], name="hidden"), network.layers[1]))
    write(network, tmp_path / "net.onnx")
    assert_same(read(tmp_path / "net.onnx"), network)


def test_two_names_of_a_single_sigmoid_read_back(tmp_path: Path) -> None:
    """A single sigmoid unit keeps the names of both its classes."""
    network = network_of("sigmoid")
    half = np.array([0.5], np.float32)
    last = replace(network.layers[1], weights=network.layers[1].weights[:, :1], biases=half)
    network = replace(network, layers=(network.layers[0], last), outputs=("no", "yes"))
    write(network, tmp_path / "net.onnx")
    assert_same(read(tmp_path / "net.onnx"), network)


def test_the_same_network_gives_the_same_bytes(tmp_path: Path) -> None:
    """An export has no date, no path and no order of chance."""
    for name in ("a.onnx", "b.onnx"):
        write(network_of("gelu_tanh"), tmp_path / name)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_any_number_of_rows_goes_in(tmp_path: Path) -> None:
    """The batch dimension has a name, not a size; opset and IR version are old enough for most tools."""
    write(network_of("relu"), tmp_path / "net.onnx")
    model = onnx.load(tmp_path / "net.onnx")
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "rows"
    assert (model.opset_import[0].version, model.ir_version) == (17, 8)
    assert judged(tmp_path / "net.onnx", rows()[:1]).shape == (1, 3)


def test_notes_of_other_tools_are_left_alone(tmp_path: Path) -> None:
    """A note under our key that does not fit the network is not believed."""
    network = network_of("leaky_relu", 0.3)
    write(network, tmp_path / "net.onnx")
    model = onnx.load(tmp_path / "net.onnx")
    for text in (
        '{"inputs": ["a"], "outputs": 3, "alphas": [5.0, 0.1], "layers": [1, 2]}',
        "[]",
        "{",
        "[" * 9999,
    ):
        onnx.helper.set_model_props(model, {"nncli": text})
        onnx.save(model, tmp_path / "net.onnx")
        assert_same(read(tmp_path / "net.onnx"), network)
