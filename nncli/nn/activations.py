"""Activation functions and the table that names them.

To add one: write the function, and put its name in `ACTIVATIONS` under it. Every function takes
weighted sums ``z`` of shape (n_rows, n_units) and returns an array of the same shape and dtype.
A parameter ``alpha`` becomes the spec's key ``alpha``, its default the spec's default.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

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


ACTIVATIONS: dict[str, Callable[..., Array]] = {
    "linear": linear,
    "relu": relu,
    "softmax": softmax,
}


def default_alpha(name: str) -> float | None:
    """Return the default of the activation's alpha, or None where it takes none."""
    defaults: tuple[float, ...] = ACTIVATIONS[name].__defaults__ or ()  # type: ignore[attr-defined]
    return defaults[0] if defaults else None
