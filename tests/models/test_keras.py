from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncli
from nncli import models
from nncli.errors import MissingExtraError, ModelError

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.mark.parametrize("name", ["sequential", "functional", "activations"])
def test_a_keras_model_computes_what_keras_does(name: str) -> None:
    """Normalisations, slopes, and a chain in any order come out as Keras computes them."""
    network = models.read_network(FIXTURES / f"{name}.keras")
    with np.load(FIXTURES / "keras_expected.npz") as expected:
        assert network.dtype == np.float32
        np.testing.assert_allclose(network(expected["X"]), expected[name], rtol=1e-5, atol=1e-6)


def test_a_first_normalisation_becomes_input_scaling() -> None:
    """A Normalization before the first weights stays visible as mean and std."""
    network = models.read_network(FIXTURES / "sequential.keras")
    assert network.mean is not None
    assert network.std is not None
    assert network.mean.tolist() == [1, 2, 3, 4]
    assert network.std.tolist() == [1, 2, 3, 4]


def test_an_activation_of_its_own_joins_the_layer_before() -> None:
    """Dense, BatchNormalization and Activation are one layer, as are Dense and LeakyReLU."""
    layers = models.read_network(FIXTURES / "sequential.keras").layers
    assert [(layer.n_units, layer.activation) for layer in layers] == [
        (6, "gelu"),
        (5, "silu"),
        (5, "leaky_relu"),
        (5, "leaky_relu"),
        (5, "leaky_relu"),
        (4, "leaky_relu"),
        (4, "elu"),
        (3, "softmax"),
    ]


def test_a_branching_model_is_refused() -> None:
    """A Functional model with a residual connection is no chain."""
    with pytest.raises(ModelError, match=r"branching\.keras: the layers branch at 'add'"):
        models.read_network(FIXTURES / "branching.keras")


def patched(
    tmp_path: Path, change: Callable[[list[dict[str, Any]]], None], version: str | None = "3.12.0"
) -> Path:
    """Write a copy of the sequential model with a change of its layers' configs, by a version of Keras."""
    target = tmp_path / "model.keras"
    with zipfile.ZipFile(FIXTURES / "sequential.keras") as source, zipfile.ZipFile(target, "w") as archive:
        if version is not None:
            archive.writestr("metadata.json", json.dumps({"keras_version": version}))
        for name in source.namelist():
            if name == "metadata.json":
                continue
            data = source.read(name)
            if name == "config.json":
                model = json.loads(data)
                change(model["config"]["layers"])
                data = json.dumps(model).encode()
            archive.writestr(name, data)
    return target


def layer(class_name: str, **config: Any) -> dict[str, Any]:
    """Return a layer's entry in a config."""
    return {"module": "keras.layers", "class_name": class_name, "config": {"name": "extra", **config}}


DENSE, ACTIVATION, RELU = 2, 4, 13
"""Where some layers of the sequential model are."""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda layers: layers.append(
                layer("Lambda", function={"class_name": "__lambda__", "config": {}})
            ),
            "layer 'extra': a 'Lambda' is not among the layers that are read: ",
        ),
        (lambda layers: layers.append(layer("Conv1D")), "layer 'extra': a 'Conv1D' is not among the layers"),
        (
            lambda layers: layers.append(
                layer("Dropout") | {"module": "evil", "registered_name": "evil>Dropout"}
            ),
            "layer 'extra': 'Dropout' is a class of 'evil', not of Keras",
        ),
        (
            lambda layers: layers[DENSE]["config"].update(activation="exponential"),
            "layer 'hidden': its activation 'exponential' is not among linear, relu, ",
        ),
        (
            lambda layers: layers[DENSE]["config"].update(
                activation={"module": "builtins", "class_name": "function", "config": "my_activation"}
            ),
            "layer 'hidden': its activation 'my_activation' is not among linear, relu, ",
        ),
        (
            lambda layers: layers[DENSE]["config"].update(units=7),
            "layer 'hidden': it has 7 units, its kernel 6",
        ),
        (
            lambda layers: layers[DENSE]["config"].update(use_bias=False),
            "layer 'hidden': it should have 1 variables, the file holds 2",
        ),
        (
            lambda layers: layers[DENSE]["config"].update(name="other"),
            "the weights of layer 'other' are those of 'hidden'",
        ),
        (
            lambda layers: layers[DENSE]["config"].update(dtype="int8"),
            "layer 'hidden': its dtype policy 'int8' is no plain number type",
        ),
        (
            lambda layers: layers[DENSE]["config"].update(quantization_config={"mode": "int8"}),
            "layer 'hidden': quantized or LoRA weights",
        ),
        (
            lambda layers: layers[RELU]["config"].update(max_value=6.0),
            "layer 're_lu': a ReLU with a threshold, or with a max_value that is not 6 alone, has no like",
        ),
        (
            lambda layers: layers[RELU]["config"].update(threshold=1.0),
            "layer 're_lu': a ReLU with a threshold, or with a max_value that is not 6 alone, has no like",
        ),
        (lambda layers: layers[-1]["config"].update(axis=0), "layer 'softmax': axis 0 is not the features'"),
        (lambda layers: layers[1]["config"].update(invert=True), "layer 'normalization': invert has no like"),
        (
            lambda layers: layers[0]["config"].update(batch_shape=[None, 28, 28]),
            "layer 'normalization': works on an input of more than 2 dimensions that nothing has flattened",
        ),
        (
            lambda layers: layers[0]["config"].update(batch_shape=[None]),
            "inputs of shape [None] are no rows of numbers",
        ),
        (lambda layers: layers.clear(), "not a sound Keras model: "),
        (lambda layers: layers[DENSE].pop("config"), "not a sound Keras model: KeyError: 'config'"),
    ],
)
def test_what_a_dense_network_cannot_do_is_refused_by_name(
    change: Callable[[list[dict[str, Any]]], None], message: str, tmp_path: Path
) -> None:
    """A layer, an activation or an option without a like is an error that names the layer and why."""
    model = patched(tmp_path, change)
    with pytest.raises(ModelError) as error:
        models.read_network(model)
    assert str(error.value).startswith(f"{model}: {message}")


def test_an_option_of_the_layer_is_read(tmp_path: Path) -> None:
    """The slope is the layer's own where it says one, and Keras's 0.3 where it does not."""
    network = models.read_network(FIXTURES / "sequential.keras")
    slopes = [layer.alpha for layer in network.layers if layer.activation == "leaky_relu"]
    assert slopes == [0.3, 0.2, 0.4, 0.1]


def test_without_h5py_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where h5py is not installed, the message says what to install."""
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'nncli-inference\[keras\]'"):
        models.read_network(FIXTURES / "sequential.keras")


@pytest.mark.parametrize(("version", "alpha"), [("2.15.0", 0.2), ("3.0.0", None), ("3.12.0", None)])
def test_hard_sigmoid_is_that_of_the_version(version: str, alpha: float | None, tmp_path: Path) -> None:
    """Keras 2 computes clip(0.2 x + 1/2), Keras 3 clip(x/6 + 1/2); in a Dense and as a layer."""

    def change(layers: list[dict[str, Any]]) -> None:
        layers[DENSE]["config"]["activation"] = "hard_sigmoid"
        layers[ACTIVATION]["config"]["activation"] = "hard_sigmoid"

    network = models.read_network(patched(tmp_path, change, version))
    found = [layer.alpha for layer in network.layers if layer.activation == "hard_sigmoid"]
    assert found == [alpha, alpha]


def test_hard_sigmoid_without_a_version(tmp_path: Path) -> None:
    """Which function is meant, the layout tells; where it does not, the file is refused."""

    def change(layers: list[dict[str, Any]]) -> None:
        layers[DENSE]["config"]["activation"] = "hard_sigmoid"

    def says_nothing(layers: list[dict[str, Any]]) -> None:
        change(layers)
        del layers[0]["config"]["batch_shape"]

    assert models.read_network(patched(tmp_path, change, None)).layers[0].alpha is None
    with pytest.raises(ModelError, match="layer 'hidden': 'hard_sigmoid' was another function in Keras 2"):
        models.read_network(patched(tmp_path, says_nothing, None))


@pytest.mark.parametrize(
    ("mean", "variance"), [(3.0, 2.0), ([3.0], [2.0]), (3.0, [2.0, 2.0, 2.0, 2.0]), ([3.0] * 4, 2.0)]
)
def test_one_number_normalises_every_column(mean: Any, variance: Any, tmp_path: Path) -> None:
    """A Normalization by scalars becomes a number per input, which a spec and any other format can say."""

    def change(layers: list[dict[str, Any]]) -> None:
        layers[1]["config"] |= {"mean": mean, "variance": variance}

    network = models.read_network(patched(tmp_path, change))
    assert network.mean is not None
    assert network.std is not None
    assert network.mean.tolist() == [3] * 4
    np.testing.assert_allclose(network.std, [2**0.5] * 4)
    for suffix in (".yaml", ".safetensors", ".onnx"):
        models.write_network(network, tmp_path / f"net{suffix}")
        path = tmp_path / f"net{suffix}"
        back = nncli.load(path) if suffix == ".yaml" else models.read_network(path)
        X = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
        np.testing.assert_array_equal(back(X), network(X))


def test_a_normalisation_of_other_columns_is_refused(tmp_path: Path) -> None:
    """A number for three of four columns is no input scaling."""

    def change(layers: list[dict[str, Any]]) -> None:
        layers[1]["config"] |= {"mean": [1.0] * 3, "variance": [1.0] * 3}

    with pytest.raises(ModelError, match="layer 'normalization': has 3 numbers for 4 features"):
        models.read_network(patched(tmp_path, change))
