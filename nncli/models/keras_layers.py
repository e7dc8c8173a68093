"""Keras's layers as steps: those that a dense network can compute."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models.steps import Activate, Divide, Flatten, Matrix, Multiply, Reshape, Shift, Step
from nncli.nn.activations import ACTIVATIONS

Config = dict[str, Any]
Arrays = list[NDArray[Any]]

_ALPHA_OF_KERAS_2 = {"hard_sigmoid": 0.2}
"""Functions that were others in Keras 2: clip(0.2 x + 1/2) there, clip(x/6 + 1/2) since."""

_EPSILON = 1e-7
"""keras.backend.epsilon(): the least standard deviation that Normalization divides by."""

_POLICIES = ("float32", "float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16")


class Layer(NamedTuple):
    """One layer of the file.

    Parameters
    ----------
    at
        Begins its messages.
    said
        What the config says of it: ``class_name``, ``config`` and where the class is from.
    variables
        Its arrays.
    major
        The version of Keras: 2, 3 or None where the file does not say.
    """

    at: str
    said: Config
    variables: Arrays
    major: int | None

    @property
    def config(self) -> Config:
        """Return its settings."""
        config: Config = self.said["config"]
        return config

    def error(self, why: str) -> ModelError:
        """Return an error that names the layer."""
        return ModelError(f"{self.at}: {why}")


def steps(layer: Layer) -> list[Step]:
    """Return what a layer does.

    Raises
    ------
    ModelError
        Where a dense network can't do it.
    """
    name = layer.said["class_name"]
    _check_class(layer)
    policy = layer.config.get("dtype") or "float32"
    policy = policy["config"]["name"] if isinstance(policy, dict) else policy
    if policy not in _POLICIES:
        raise layer.error(f"its dtype policy {policy!r} is no plain number type")
    if name in _LAYERS:
        return list(_LAYERS[name](layer))
    known = ", ".join(_LAYERS)
    raise layer.error(f"a {name!r} is not among the layers that are read: {known}")


def _check_class(layer: Layer) -> None:
    """Refuse a class that is not Keras's own, whatever its name."""
    name, module = layer.said["class_name"], layer.said.get("module")
    own = module is None or str(module).split(".")[0] in ("keras", "tf_keras", "tensorflow")
    if not own or layer.said.get("registered_name") not in (None, name):
        raise layer.error(f"{name!r} is a class of {module!r}, not of Keras")


# ---- activations


def _activation(layer: Layer, said: Any) -> Iterator[Step]:
    """Read the activation that a config names, or describes as a layer of its own."""
    if isinstance(said, dict) and said.get("class_name") == "function" and said.get("module") == "builtins":
        said = said["config"]  # a function by its name, as some versions write it
    if isinstance(said, dict):
        inner = layer._replace(said=said, variables=[])
        _check_class(inner)
        if said["class_name"] not in _ACTIVATION_LAYERS:
            raise layer.error(f"its activation is a {said['class_name']!r}")
        return _ACTIVATION_LAYERS[said["class_name"]](inner)
    return iter([_function(layer, "linear" if said is None else said)])


def _function(layer: Layer, said: Any) -> Step:
    known = {word: (name, alpha) for name, a in ACTIVATIONS.items() for word, alpha in a.keras.items()}
    if said not in known:
        raise layer.error(f"its activation {said!r} is not among {', '.join(known)}")
    name, alpha = known[said]
    if said in _ALPHA_OF_KERAS_2 and layer.major is None:
        raise layer.error(f"{said!r} was another function in Keras 2, and the file says no version of Keras")
    if said in _ALPHA_OF_KERAS_2 and layer.major == 2:
        alpha = _ALPHA_OF_KERAS_2[said]
    return Activate(layer.at, name, alpha)


def _relu(layer: Layer) -> Iterator[Step]:
    slope, most = float(layer.config.get("negative_slope") or 0), layer.config.get("max_value")
    if most is not None and float(most) == 6 and not slope and not layer.config.get("threshold"):
        yield Activate(layer.at, "relu6")
        return
    if most is not None or layer.config.get("threshold"):
        raise layer.error(
            "a ReLU with a threshold, or with a max_value that is not 6 alone, has no like here"
        )
    yield Activate(layer.at, "leaky_relu", slope) if slope else Activate(layer.at, "relu")


def _leaky_relu(layer: Layer) -> Iterator[Step]:
    slope = float(layer.config.get("negative_slope", layer.config.get("alpha", 0.3)))  # type: ignore[arg-type] # a default
    yield Activate(layer.at, "leaky_relu", slope)


def _prelu(layer: Layer) -> Iterator[Step]:
    (slopes,) = _same_length(layer, _expect(layer, 1))
    alphas = tuple(float(str(slope)) for slope in slopes)
    if len(alphas) == 1:
        yield Activate(layer.at, "leaky_relu", alphas[0])
    else:
        yield Activate(layer.at, "prelu", alphas)


def _elu(layer: Layer) -> Iterator[Step]:
    yield Activate(layer.at, "elu", float(layer.config.get("alpha", 1.0)))


def _softmax(layer: Layer) -> Iterator[Step]:
    _check_axis(layer)
    yield Activate(layer.at, "softmax")


def _activation_layer(layer: Layer) -> Iterator[Step]:
    return _activation(layer, layer.config["activation"])


_ACTIVATION_LAYERS: dict[str, Callable[[Layer], Iterator[Step]]] = {
    "Activation": _activation_layer,
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "ELU": _elu,
    "Softmax": _softmax,
}


# ---- layers with variables


def _check_axis(layer: Layer, *more: Any) -> None:
    if layer.config.get("axis", -1) not in (-1, 1, [-1], [1], *more):
        raise layer.error(f"axis {layer.config['axis']!r} is not the features'")


def _dense(layer: Layer) -> Iterator[Step]:
    config = layer.config
    if config.get("quantization_config") or config.get("lora_rank"):
        raise layer.error("quantized or LoRA weights")
    weights, *biases = _expect(layer, 2 if config.get("use_bias", True) else 1)
    if weights.ndim != 2 or any(b.shape != weights.shape[1:] for b in biases):
        raise layer.error(f"its kernel has shape {weights.shape}, which does not fit")
    if weights.shape[1] != config["units"]:
        raise layer.error(f"it has {config['units']} units, its kernel {weights.shape[1]}")
    yield Matrix(layer.at, weights, biases[0] if biases else None)
    yield from _activation(layer, config.get("activation"))


def _batch_normalization(layer: Layer) -> Iterator[Step]:
    _check_axis(layer)
    config = layer.config
    if config.get("renorm"):
        raise layer.error("renorm has no like here")
    scale, center = config.get("scale", True), config.get("center", True)
    found = iter(_same_length(layer, _expect(layer, 2 + bool(scale) + bool(center))))
    gamma = next(found) if scale else np.float64(1)
    beta = next(found) if center else np.float64(0)
    mean, variance = found
    factor = gamma / np.sqrt(variance.astype(np.float64) + float(config.get("epsilon", 1e-3)))
    yield Multiply(layer.at, factor)
    yield Shift(layer.at, beta - mean * factor)


def _normalization(layer: Layer) -> Iterator[Step]:
    _check_axis(layer, None, [])  # one mean for all
    if layer.config.get("invert"):
        raise layer.error("invert has no like here")
    if layer.variables:  # adapted to data: mean, variance and a count
        mean, variance, *_ = _expect(layer, 3)
    elif layer.config.get("mean") is None:
        raise layer.error("holds no mean and variance: it was never adapted to data")
    else:
        mean, variance = (np.array(layer.config[key], np.float64) for key in ("mean", "variance"))
    mean, variance = np.broadcast_arrays(mean.reshape(-1), variance.reshape(-1))
    yield Shift(layer.at, -mean)
    yield Divide(layer.at, np.maximum(np.sqrt(variance.astype(np.float64)), _EPSILON))


def _rescaling(layer: Layer) -> Iterator[Step]:
    scale, offset = (
        np.array(layer.config.get(key, 0), np.float64).reshape(-1) for key in ("scale", "offset")
    )
    yield Multiply(layer.at, scale)
    if offset.any():
        yield Shift(layer.at, offset)


def _flatten(layer: Layer) -> Iterator[Step]:
    if layer.config.get("data_format") == "channels_first":
        raise layer.error("data_format 'channels_first' puts the numbers in another order")
    yield Flatten(layer.at)


def _reshape(layer: Layer) -> Iterator[Step]:
    shape = tuple(layer.config["target_shape"])
    if not all(type(size) is int and (size > 0 or size == -1) for size in shape) or shape.count(-1) > 1:
        raise layer.error(f"a target_shape of {list(shape)!r} is no shape")
    yield Reshape(layer.at, (0, *shape))


def _expect(layer: Layer, n: int) -> Arrays:
    if len(layer.variables) != n:
        raise layer.error(f"it should have {n} variables, the file holds {len(layer.variables)}")
    return layer.variables


def _same_length(layer: Layer, vectors: Arrays) -> Arrays:
    if any(vector.ndim != 1 or vector.shape != vectors[0].shape for vector in vectors):
        raise layer.error("its variables are no vectors of one length")
    return vectors


def _nothing(layer: Layer) -> Iterator[Step]:
    _expect(layer, 0)
    return iter(())


_LAYERS: dict[str, Callable[[Layer], Iterator[Step]]] = {
    "InputLayer": _nothing,
    "Dense": _dense,
    "BatchNormalization": _batch_normalization,
    "Normalization": _normalization,
    "Rescaling": _rescaling,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "PReLU": _prelu,
    # What only training needs:
    "Dropout": _nothing,
    "AlphaDropout": _nothing,
    "GaussianDropout": _nothing,
    "GaussianNoise": _nothing,
    "ActivityRegularization": _nothing,
    "Identity": _nothing,
    **_ACTIVATION_LAYERS,
}
