"""Networks that PyTorch exported: see fixtures/onnx/make.py, which made the files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nncli.models.onnx import read

FOLDER = Path(__file__).parent / "fixtures" / "onnx"
FILES = sorted(path.name for path in FOLDER.glob("*.onnx"))


def test_both_exporters_are_there() -> None:
    """Every network comes from the TorchScript exporter and from the newer one."""
    assert sum(name.endswith("_dynamo.onnx") for name in FILES) == 17
    assert sum(name.endswith("_script.onnx") for name in FILES) == 22


@pytest.mark.parametrize("name", FILES)
def test_gives_what_pytorch_gives(name: str) -> None:
    """Each export computes PyTorch's own results."""
    expected = np.load(FOLDER / "expected.npz")
    network_name = name.rsplit("_", 1)[0]
    x, y = expected[f"{network_name}.x"], expected[f"{network_name}.y"]
    actual = read(FOLDER / name)(x.reshape(len(x), -1))
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, y, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize(
    ("name", "activation", "alpha"),
    [
        ("leaky_relu", "leaky_relu", 0.2),
        ("elu", "elu", 0.7),
        ("silu", "silu", None),
        ("gelu", "gelu", None),
        ("gelu_17", "gelu", None),
        ("gelu_9", "gelu", None),
        ("gelu_tanh", "gelu_tanh", None),
        ("gelu_tanh_17", "gelu_tanh", None),
        ("softsign", "softsign", None),
        ("softplus", "softplus", None),
        ("hard_sigmoid", "hard_sigmoid", 1 / 6),
    ],
)
def test_activations_are_recognised(name: str, activation: str, alpha: float | None) -> None:
    """The nodes that PyTorch writes for an activation become that activation of one layer."""
    for path in FOLDER.glob(f"{name}_[sd]*.onnx"):
        (layer,) = read(path).layers
        assert (layer.activation, layer.alpha) == (activation, alpha)


def test_batch_normalization_is_folded() -> None:
    """The one in front of everything becomes input scaling, the others move into the weights."""
    for exporter in ("script", "dynamo"):
        network = read(FOLDER / f"normalized_{exporter}.onnx")
        assert network.mean is not None
        assert [layer.activation for layer in network.layers] == ["relu", "softmax"]
