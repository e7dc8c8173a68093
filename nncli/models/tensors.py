"""The currency of weights files: arrays by name, and the checks that all of them pass."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.nn.network import Network
from nncli.text import shown

Tensors = dict[str, NDArray[Any]]
"""Arrays by the names that the file gives them, in the file's order."""


def quoted(*names: str) -> str:
    """Return names for a message: quoted, escaped, and only the first few of many."""
    first = ", ".join(shown(name, 60) for name in names[:5])
    return first + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a sort key that puts 10 after 2, and digits before letters."""
    pieces = re.split(r"([0-9]+)", name)
    # A number is compared by its length and then its digits: int() refuses very long ones.
    return [
        (0, len(digits := piece.lstrip("0")), digits) if at % 2 else (1, 0, piece)
        for at, piece in enumerate(pieces)
    ]


def checked(tensor: NDArray[Any], what: str) -> NDArray[Any]:
    """Return a tensor as native float32 or float64 numbers; float16 is widened.

    Parameters
    ----------
    tensor
        Any array.
    what
        Its place in a message: ``net.npz: tensor 'fc1.weight'``.

    Raises
    ------
    ModelError
        Where the tensor holds no real numbers of a known size, none at all, a NaN or an infinity.
    """
    if tensor.dtype.kind != "f" or tensor.dtype.itemsize > 8:
        raise ModelError(f"{what} holds {tensor.dtype.name}, not floating-point numbers")
    if tensor.size == 0:
        raise ModelError(f"{what} of shape {tensor.shape} is empty")
    widened = np.float64 if tensor.dtype.itemsize == 8 else np.float32
    finite = np.isfinite(tensor)
    if not finite.all():
        at = [int(i) for i in np.unravel_index(int(np.argmin(finite)), tensor.shape)]
        raise ModelError(f"{what}: {at} is {float(tensor[tuple(at)])}, not a finite number")
    return tensor.astype(widened, copy=False)


def from_bfloat16(numbers: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Return bfloat16 numbers, which NumPy does not know, as float32: they are the upper halves of those."""
    return (numbers.astype(np.uint32) << 16).view(np.float32)


def of_network(network: Network) -> Tensors:
    """Return a network's weights under our own names, each matrix (n_units, n_inputs)."""
    tensors: Tensors = {}
    for i, layer in enumerate(network.layers):
        tensors[f"layers.{i}.weights"] = np.ascontiguousarray(layer.weights.T)
        tensors[f"layers.{i}.biases"] = np.ascontiguousarray(layer.biases)
    return tensors
