"""Weights files in a spec, and networks that nobody here made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file
from sklearn import datasets
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

import nncli
from nncli import models
from nncli.errors import ModelError, SpecError
from nncli.netspec.model import LayerSpec

FIXTURES = Path(__file__).parent / "fixtures"
MLP = ("relu", "gelu", "softmax")


@pytest.mark.parametrize(
    ("name", "activations", "dtype"),
    [
        ("named", MLP, "float32"),
        ("no_bias", MLP, "float32"),
        ("half", MLP, "float32"),
        ("bfloat", MLP, "float32"),
        ("double", MLP, "float64"),
        ("deep", ("tanh",) * 12, "float32"),
    ],
)
def test_a_state_dict_of_pytorch_computes_what_pytorch_does(
    name: str, activations: tuple[str, ...], dtype: str
) -> None:
    """Names, orientation, order, missing biases and 16-bit numbers come out as PyTorch means them."""
    network = models.read_network(
        FIXTURES / f"torch_{name}.safetensors", activations=[LayerSpec(None, a) for a in activations]
    )
    with np.load(FIXTURES / "torch_expected.npz") as expected:
        assert network.dtype == dtype
        np.testing.assert_allclose(network(expected["X"]), expected[name], rtol=1e-5, atol=1e-6)


LAST = {"softmax": "predict_proba", "logistic": "predict_proba", "identity": "predict"}
OURS = {"identity": "linear", "logistic": "sigmoid"}


def trained(X: Any, y: Any, kind: Any, **options: Any) -> Any:
    """Return a model that has seen the data a few times; more would change no statement here."""
    return kind(max_iter=8, random_state=0, **options).fit(X, y)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize(
    ("load", "kind", "options"),
    [
        (datasets.load_iris, MLPClassifier, {"hidden_layer_sizes": (5,)}),
        (datasets.load_digits, MLPClassifier, {"hidden_layer_sizes": (32, 16), "activation": "tanh"}),
        (datasets.load_wine, MLPClassifier, {"hidden_layer_sizes": (13,), "activation": "logistic"}),
        (datasets.load_breast_cancer, MLPClassifier, {"hidden_layer_sizes": (8, 8)}),
        (datasets.load_diabetes, MLPRegressor, {"hidden_layer_sizes": (10,), "activation": "identity"}),
    ],
    ids=["iris", "digits", "wine", "breast_cancer", "diabetes"],
)
def test_scikit_learns_models_give_scikit_learns_outputs(
    load: Callable[..., Any], kind: Any, options: dict[str, Any], suffix: str, tmp_path: Path
) -> None:
    """A spec with the exported coefs and intercepts computes what the trained model predicts."""
    X, y = load(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    model = trained(X, y, kind, **options)
    tensors = {f"coefs_{i}": w for i, w in enumerate(model.coefs_)}
    tensors |= {f"intercepts_{i}": b for i, b in enumerate(model.intercepts_)}
    file = tmp_path / f"model{suffix}"
    if suffix == ".npz":
        np.savez_compressed(file, **tensors)
    else:
        save_file(tensors, file)
    hidden = OURS.get(model.activation, model.activation)
    activations = [hidden] * (len(model.coefs_) - 1) + [OURS.get(model.out_activation_, "softmax")]
    spec = tmp_path / "net.yaml"
    layers = "\n".join(f"  - activation: {activation}" for activation in activations)
    spec.write_text(f"weights: {file.name}\nlayers:\n{layers}\n")

    outputs = nncli.load(spec)(X)

    expected = getattr(model, LAST[model.out_activation_])(X)
    if outputs.shape[1] == 1 and expected.ndim == 2:
        expected = expected[:, 1]
    np.testing.assert_allclose(outputs, expected.reshape(outputs.shape), rtol=0, atol=1e-6)


def spec_for(tmp_path: Path, text: str, **tensors: Any) -> Path:
    """Write a weights file and a spec that names it."""
    np.savez(tmp_path / "w.npz", **tensors)
    spec = tmp_path / "net.yaml"
    spec.write_text(text)
    return spec


def test_the_file_tells_inputs_units_and_dtype(tmp_path: Path) -> None:
    """What the spec leaves out comes from the weights file."""
    W = np.arange(6, dtype=np.float32).reshape(3, 2)
    spec = spec_for(tmp_path, "weights: w.npz\nlayers: [{activation: relu}]", **{"0.weight": W})
    network = nncli.load(spec)
    assert (network.n_inputs, network.n_outputs, network.dtype) == (2, 3, np.dtype("float32"))


def test_the_specs_layout_reads_what_the_names_leave_open(tmp_path: Path) -> None:
    """`layout` in the spec says how a square matrix without a convention is stored."""
    W = np.array([[1.0, 2.0], [3.0, 4.0]])
    text = "weights: w.npz\nlayout: inputs_units\ninputs: 2\nlayers: [{units: 2}]"
    network = nncli.load(spec_for(tmp_path, text, W=W))
    np.testing.assert_array_equal(network.layers[0].weights, W)


def test_weights_that_do_not_fit_the_spec_are_an_error(tmp_path: Path) -> None:
    """The file's shapes are checked against the spec's units and inputs."""
    spec = spec_for(
        tmp_path, "weights: w.npz\ninputs: 2\nlayers: [{units: 4}]", **{"0.weight": np.zeros((3, 2))}
    )
    with pytest.raises(
        ModelError, match=r"w\.npz: '0\.weight' has 3 units, but the spec's layers\[0\] has 4"
    ):
        nncli.load(spec)


def test_a_spec_names_weights_files_only(tmp_path: Path) -> None:
    """A whole model as `weights` is an error that names `convert`."""
    spec = tmp_path / "net.yaml"
    spec.write_text("weights: model.keras\nlayers: [{units: 3}]\ninputs: 2")
    (tmp_path / "model.keras").touch()
    with pytest.raises(
        SpecError, match=r"net\.yaml:1:10: weights: '.*model\.keras' is no weights file .*convert"
    ):
        nncli.load(spec)


def test_a_list_of_arrays_in_one_is_told_how_to_be_saved(tmp_path: Path) -> None:
    """np.savez(weights=[...]) pickles; what the message says instead is read."""
    arrays = [np.ones((2, 3)), np.zeros(3)]
    packed = np.empty(2, object)
    packed[:] = arrays
    np.savez(tmp_path / "w.npz", weights=packed)
    with pytest.raises(ModelError, match=r"saved with np\.savez\('net\.npz', \*arrays\)"):
        nncli.load(tmp_path / "w.npz", activations=["linear"])
    np.savez(tmp_path / "net.npz", *arrays)
    np.testing.assert_array_equal(
        nncli.load(tmp_path / "net.npz", activations=["linear"])([[1, 1]]), [[2, 2, 2]]
    )
