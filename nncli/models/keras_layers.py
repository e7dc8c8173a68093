"""What Keras's layers do, as far as a dense network can do it: config and variables -> steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.models.assemble import Activation
from nncli.models.folding import Affine, Multiply, Standardize, Step

Config = dict[str, Any]
Arrays = list[NDArray[Any]]


class Unreadable(Exception):  # noqa: N818 - a reason, which the reader puts into its message
    """Why a layer can't be read; the reader adds the file and the layer."""


_ACTIVATIONS = {
    name: Activation(name)
    for name in (
        "linear", "relu", "softmax", "sigmoid", "tanh", "elu", "selu", "gelu", "silu", "softplus",
        "softsign", "hard_sigmoid", "log_softmax",
    )
} | {
    "swish": Activation("silu"),
    "leaky_relu": Activation("leaky_relu", 0.2),  # the function's slope; the layer's is 0.3
}  # fmt: skip
"""Keras's functions by name, with Keras's own defaults."""
_OF_KERAS_2 = {"hard_sigmoid": Activation("hard_sigmoid", 0.2)}
"""Those that were others in Keras 2: clip(0.2 x + 1/2) there, clip(x/6 + 1/2) since."""

_EPSILON = 1e-7
"""keras.backend.epsilon(): the least standard deviation that Normalization divides by."""


def activation(said: Any, major: int | None) -> Activation:
    """Return the activation that a config of a Keras version names, or describes as a layer of its own."""
    if said is None:
        return Activation("linear")
    if isinstance(said, dict):
        check_class(said)
        if said["class_name"] in _ACTIVATION_LAYERS:
            return _ACTIVATION_LAYERS[said["class_name"]](said["config"], major)
        raise Unreadable(f"its activation is a {said['class_name']!r}")
    if said not in _ACTIVATIONS:
        raise Unreadable(f"its activation {said!r} is not among {', '.join(_ACTIVATIONS)}")
    if said in _OF_KERAS_2 and major is None:
        raise Unreadable(f"{said!r} was another function in Keras 2, and the file says no version of Keras")
    return _OF_KERAS_2[said] if said in _OF_KERAS_2 and major == 2 else _ACTIVATIONS[said]


def check_class(layer: Config) -> None:
    """Refuse a class that is not Keras's own, whatever its name."""
    module = layer.get("module")
    own = module is None or str(module).split(".")[0] == "keras"
    if not own or layer.get("registered_name") not in (None, layer["class_name"]):
        raise Unreadable(f"{layer['class_name']!r} is a class of {module!r}, not of Keras")


def _relu(config: Config, _: int | None) -> Activation:
    if config.get("max_value") is not None or config.get("threshold"):
        raise Unreadable("a ReLU with max_value or threshold has no like here")
    slope = float(config.get("negative_slope") or 0)
    return Activation("leaky_relu", slope) if slope else Activation("relu")


def _leaky_relu(config: Config, _: int | None) -> Activation:
    return Activation(
        "leaky_relu",
        float(config["negative_slope"] if "negative_slope" in config else config.get("alpha", 0.3)),
    )


def _elu(config: Config, _: int | None) -> Activation:
    return Activation("elu", float(config.get("alpha", 1.0)))


def _softmax(config: Config, _: int | None) -> Activation:
    _check_axis(config)
    return Activation("softmax")


_ACTIVATION_LAYERS: dict[str, Callable[[Config, int | None], Activation]] = {
    "Activation": lambda config, major: activation(config["activation"], major),
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "ELU": _elu,
    "Softmax": _softmax,
}


def _check_axis(config: Config) -> None:
    if config.get("axis", -1) not in (-1, 1, [-1], [1]):
        raise Unreadable(f"axis {config['axis']!r} is not the features'")


def _dense(config: Config, variables: Arrays) -> Iterator[Step]:
    if config.get("quantization_config") or config.get("lora_rank"):
        raise Unreadable("quantized or LoRA weights")
    weights, *biases = _expect(variables, 2 if config.get("use_bias", True) else 1)
    if weights.ndim != 2 or any(b.shape != weights.shape[1:] for b in biases):
        raise Unreadable(f"its kernel has shape {weights.shape}, which does not fit")
    if weights.shape[1] != config["units"]:
        raise Unreadable(f"it has {config['units']} units, its kernel {weights.shape[1]}")
    yield Multiply(weights, biases[0] if biases else None)


def _batch_normalization(config: Config, variables: Arrays) -> Iterator[Step]:
    _check_axis(config)
    if config.get("renorm"):
        raise Unreadable("renorm has no like here")
    scale, center = config.get("scale", True), config.get("center", True)
    found = iter(_same_length(_expect(variables, 2 + bool(scale) + bool(center))))
    gamma = next(found) if scale else np.float64(1)
    beta = next(found) if center else np.float64(0)
    mean, variance = found
    factor = gamma / np.sqrt(variance.astype(np.float64) + float(config.get("epsilon", 1e-3)))
    yield Affine(factor, beta - mean * factor)


def _normalization(config: Config, variables: Arrays) -> Iterator[Step]:
    _check_axis(config)
    if config.get("invert"):
        raise Unreadable("invert has no like here")
    if variables:  # adapted to data: mean, variance and a count
        mean, variance, *_ = _expect(variables, 3)
    else:
        mean, variance = (np.array(config[key], np.float64) for key in ("mean", "variance"))
    mean, variance = np.broadcast_arrays(mean.reshape(-1), variance.reshape(-1))
    yield Standardize(mean, np.maximum(np.sqrt(variance.astype(np.float64)), _EPSILON))


def _expect(variables: Arrays, n: int) -> Arrays:
    if len(variables) != n:
        raise Unreadable(f"it should have {n} variables, the file holds {len(variables)}")
    return variables


def _same_length(vectors: Arrays) -> Arrays:
    if any(vector.ndim != 1 or vector.shape != vectors[0].shape for vector in vectors):
        raise Unreadable("its variables are no vectors of one length")
    return vectors


def _nothing(config: Config, variables: Arrays) -> Iterator[Step]:
    _expect(variables, 0)
    return iter(())


_STEPS: dict[str, Callable[[Config, Arrays], Iterator[Step]]] = {
    "InputLayer": _nothing,
    "Dense": _dense,
    "BatchNormalization": _batch_normalization,
    "Normalization": _normalization,
    # What only training needs:
    "Dropout": _nothing,
    "AlphaDropout": _nothing,
    "GaussianDropout": _nothing,
    "GaussianNoise": _nothing,
    "ActivityRegularization": _nothing,
    "Identity": _nothing,
}


def steps(layer: Config, variables: Arrays, major: int | None) -> list[Step]:
    """Return what a layer does, in a version of Keras: 2, 3 or None where the file does not say.

    Raises
    ------
    Unreadable
        Where a dense network can't do it.
    """
    name, config = layer["class_name"], layer["config"]
    check_class(layer)
    policy = config.get("dtype") or "float32"
    policy = policy["config"]["name"] if isinstance(policy, dict) else policy
    if policy not in ("float32", "float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16"):
        raise Unreadable(f"its dtype policy {policy!r} is no plain number type")
    if name in _STEPS:
        after = [activation(config.get("activation"), major)] if name == "Dense" else []
        return [*_STEPS[name](config, variables), *after]
    if name in _ACTIVATION_LAYERS:
        return [_ACTIVATION_LAYERS[name](config, major)]
    known = ", ".join((*_STEPS, *_ACTIVATION_LAYERS))
    raise Unreadable(f"a {name!r} is not among the layers that are read: {known}")
