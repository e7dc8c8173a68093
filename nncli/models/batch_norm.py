"""Batch normalisations in a PyTorch state_dict, folded into the weights beside them.

A state_dict holds no order and no activations, but the modules of an `nn.Sequential` are numbered:
what stands at the next number is applied next. So a normalisation directly after a linear layer
scales what that gives, and one directly before it what that takes.
"""

from __future__ import annotations

import re
import warnings

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError, NncliWarning
from nncli.models.tensors import Tensors, checked, quoted

EPSILON = 1e-5
"""PyTorch's default; a state_dict does not hold it."""
Array = NDArray[np.float64]
_VARIANCE = re.compile(r"(.*\.)?running_var", re.DOTALL)
_PARTS = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def folded(tensors: Tensors, file: str) -> Tensors:
    """Return the tensors with every batch normalisation folded into a linear layer.

    Raises
    ------
    ModelError
        Where the names do not tell what lies between a normalisation and the layers.
    """
    norms = [name.removesuffix("running_var") for name in tensors if _VARIANCE.fullmatch(name)]
    if not norms:
        return tensors
    rest = {
        name: tensor
        for name, tensor in tensors.items()
        if not any(name == norm + part for norm in norms for part in _PARTS)
    }
    for norm in norms:
        _fold(norm, *_affine(norm, tensors, file), rest, file)
    warnings.warn(
        f"{file}: batch normalisations are read with an epsilon of {EPSILON}, PyTorch's default: "
        "the file does not hold it",
        NncliWarning,
        stacklevel=2,
    )
    return rest


def _affine(norm: str, tensors: Tensors, file: str) -> tuple[Array, Array]:
    """Return what a normalisation multiplies by and then adds, a number each per column."""

    def numbers(part: str, default: float | None = None) -> Array:
        name = norm + part
        if name not in tensors and default is not None:
            return np.full(1, default)
        if name not in tensors or tensors[name].ndim != 1:
            raise ModelError(f"{file}: the batch normalisation {_said(norm)} has no vector {quoted(name)}")
        return checked(tensors[name], f"{file}: tensor {quoted(name)}").astype(np.float64)

    with np.errstate(all="ignore"):  # what is not finite is refused with its layer
        factor = numbers("weight", 1) / np.sqrt(numbers("running_var") + EPSILON)
        return factor, numbers("bias", 0) - numbers("running_mean") * factor


def _fold(norm: str, factor: Array, shift: Array, rest: Tensors, file: str) -> None:
    """Fold a normalisation into the layer at the number before its own, else the one after it."""
    before, after = _neighbour(norm, -1), _neighbour(norm, 1)
    layer = before if before and f"{before}weight" in rest else after
    if layer is None or f"{layer}weight" not in rest:
        raise ModelError(
            f"{file}: the batch normalisation {_said(norm)} has no linear layer at the number before "
            "or after its own, so what lies between is unknown; export the model with torch.onnx.export and "
            "convert that"
        )
    weights = checked(rest[f"{layer}weight"], f"{file}: tensor {quoted(f'{layer}weight')}")
    if weights.ndim != 2 or len(factor) != len(shift) or weights.shape[layer is after] != len(factor):
        raise ModelError(
            f"{file}: the batch normalisation {_said(norm)} of {len(factor)} numbers does not fit "
            f"{quoted(f'{layer}weight')} of shape {weights.shape}"
        )
    dtype, weights = weights.dtype, weights.astype(np.float64)
    biases = rest.get(f"{layer}bias", np.zeros(len(weights))).astype(np.float64)
    with np.errstate(all="ignore"):
        if layer is before:
            weights, biases = weights * factor[:, None], biases * factor + shift
        else:
            weights, biases = weights * factor, biases + weights @ shift
        rest[f"{layer}weight"], rest[f"{layer}bias"] = weights.astype(dtype), biases.astype(dtype)


def _neighbour(norm: str, step: int) -> str | None:
    """Return the name of the module `step` numbers later; None if the name has no number."""
    match = re.fullmatch(r"((?:.*\.)?)([0-9]{1,9})\.", norm, re.DOTALL)
    return None if match is None else f"{match[1]}{int(match[2]) + step}."


def _said(norm: str) -> str:
    return quoted(norm.removesuffix("."))
