"""Activation functions and the table that names them.

To add one: write the function, and put its name in `ACTIVATIONS` under it. Every function takes
weighted sums ``z`` of shape (n_rows, n_units) and returns an array of the same shape and dtype.
A parameter ``alpha`` becomes the spec's key ``alpha``, its default the spec's default.

The formulas are PyTorch's defaults (https://docs.pytorch.org/docs/stable/nn.functional.html),
written so that no finite or infinite ``z`` overflows on the way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.nn.erf import erfc

Array = NDArray[Any]


def linear(z: Array) -> Array:
    """Return z itself."""
    return z


def relu(z: Array) -> Array:
    """Return max(0, z)."""
    return np.maximum(0, z)


def softmax(z: Array) -> Array:
    """Return exp(z) / sum(exp(z)) along each row, shifted by the row's maximum against overflow."""
    exp_values = np.exp(z - np.max(z, axis=1, keepdims=True))
    probabilities: Array = exp_values / np.sum(exp_values, axis=1, keepdims=True)
    return probabilities


def log_softmax(z: Array) -> Array:
    """Return log(softmax(z)) along each row, without taking the logarithm of a rounded 0."""
    shifted = z - np.max(z, axis=1, keepdims=True)
    log_probabilities: Array = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return log_probabilities


def sigmoid(z: Array) -> Array:
    """Return 1 / (1 + exp(-z))."""
    with np.errstate(over="ignore"):  # exp(-z) may well be infinite: 1 / inf is the 0 that is meant
        return 1 / (1 + np.exp(-z))


def tanh(z: Array) -> Array:
    """Return the hyperbolic tangent of z."""
    return np.tanh(z)


def leaky_relu(z: Array, alpha: float = 0.01) -> Array:
    """Return z where it is positive, alpha * z elsewhere."""
    return np.where(z > 0, z, alpha * np.minimum(z, 0))


def elu(z: Array, alpha: float = 1.0) -> Array:
    """Return z where it is positive, alpha * (exp(z) - 1) elsewhere (Clevert et al. 2015)."""
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def selu(z: Array) -> Array:
    """Return scale * elu(z, alpha) with the two constants of Klambauer et al. 2017."""
    scale, alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
    return scale * elu(z, alpha)


def gelu(z: Array) -> Array:
    """Return z * P(N <= z) for a normal N, that is z / 2 * (1 + erf(z / sqrt(2))) (Hendrycks 2016)."""
    probability = 0.5 * erfc(z * -np.sqrt(0.5).item())
    return np.maximum(z, -100) * probability  # 0 below -100: keeps -inf * 0 out


def gelu_tanh(z: Array) -> Array:
    """Return gelu's approximation z / 2 * (1 + tanh(sqrt(2 / pi) * (z + 0.044715 * z**3)))."""
    inner = np.clip(z, -10, 10)  # from 10 on tanh is 1 to the last bit, and z**3 can't overflow
    t = np.tanh(np.sqrt(2 / np.pi).item() * (inner + 0.044715 * inner * inner * inner))
    return 0.5 * np.maximum(z, -10) * (1 + t)


def silu(z: Array) -> Array:
    """Return z * sigmoid(z)."""
    return np.maximum(z, -1000) * sigmoid(z)  # 0 below -1000: keeps -inf * 0 out


def softplus(z: Array) -> Array:
    """Return log(1 + exp(z)), as max(z, 0) + log(1 + exp(-|z|))."""
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def softsign(z: Array) -> Array:
    """Return z / (1 + |z|)."""
    largest = np.finfo(z.dtype).max
    finite = np.clip(z, -largest, largest)  # inf / inf would be NaN
    return finite / (1 + np.abs(finite))


def hard_sigmoid(z: Array, alpha: float = 1 / 6) -> Array:
    """Return clip(alpha * z + 1/2, 0, 1)."""
    return np.clip(alpha * z + 0.5, 0, 1)


ACTIVATIONS: dict[str, Callable[..., Array]] = {
    "linear": linear,
    "relu": relu,
    "softmax": softmax,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "selu": selu,
    "gelu": gelu,
    "gelu_tanh": gelu_tanh,
    "silu": silu,
    "softplus": softplus,
    "softsign": softsign,
    "hard_sigmoid": hard_sigmoid,
    "log_softmax": log_softmax,
}


def default_alpha(name: str) -> float | None:
    """Return the default of the activation's alpha, or None where it takes none."""
    defaults: tuple[float, ...] = getattr(ACTIVATIONS[name], "__defaults__", None) or ()
    return defaults[0] if defaults else None
