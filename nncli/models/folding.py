"""From the steps of another tool's model to dense layers: normalisations fold into their neighbours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models.assemble import Activation, chain
from nncli.nn.network import Network

Array = NDArray[Any]

WIDEST_DIAGONAL = 2048
"""An activation without weights of its own costs a diagonal matrix; wider ones are refused."""


@dataclass(frozen=True, slots=True)
class Multiply:
    """x @ weights + biases: (n_inputs, n_units), (n_units,) or None."""

    weights: Array
    biases: Array | None


@dataclass(frozen=True, slots=True)
class Affine:
    """x * factor + shift, a number each per column."""

    factor: Array
    shift: Array


@dataclass(frozen=True, slots=True)
class Standardize:
    """(x - mean) / std, a number for all or each column: the network's input scaling where it comes first."""

    mean: Array
    std: Array


Step = Multiply | Affine | Standardize | Activation


@dataclass(slots=True)
class _Layer:
    weights: Array
    biases: Array
    activation: Activation | None = None


class _Chain:
    """Dense layers as they grow, in float64."""

    def __init__(self, n_inputs: int, file: str) -> None:
        self.width, self.file = n_inputs, file
        self.layers: list[_Layer] = []
        self.scaling: Standardize | None = None
        self.pending: Affine | None = None  # waits for the next layer's weights

    def add(self, step: Step) -> None:
        match step:
            case Multiply(weights, biases):
                self._multiply(weights.astype(np.float64), biases)
            case Standardize(mean, std):
                self._standardize(self._per_column(mean), self._per_column(std))
            case Affine(factor, shift):
                self._affine(factor, shift)
            case Activation("linear"):
                pass
            case Activation():
                self._open_layer().activation = step

    def _standardize(self, mean: Array, std: Array) -> None:
        if not self.layers and self.pending is None and self.scaling is None:
            self.scaling = Standardize(mean, std)
        else:
            self._affine(1 / std, -mean / std)

    def _per_column(self, numbers: Array) -> Array:
        """Return a number per column: one alone is meant for all of them."""
        if numbers.size not in (1, self.width):
            raise ModelError(
                f"{self.file}: a normalisation of {numbers.size} columns follows {self.width} units"
            )
        return np.broadcast_to(numbers, (self.width,))

    def _multiply(self, weights: Array, biases: Array | None) -> None:
        if weights.shape[0] != self.width:
            raise ModelError(
                f"{self.file}: weights for {weights.shape[0]} inputs follow a layer of {self.width} units"
            )
        sums = np.zeros(weights.shape[1]) if biases is None else biases.astype(np.float64)
        if self.pending is not None:
            sums = sums + self.pending.shift @ weights
            weights = self.pending.factor[:, None] * weights
            self.pending = None
        self.layers.append(_Layer(weights, sums))
        self.width = weights.shape[1]

    def _affine(self, factor: Array, shift: Array) -> None:
        factor, shift = (
            self._per_column(factor.astype(np.float64)),
            self._per_column(shift.astype(np.float64)),
        )
        last = self.layers[-1] if self.layers else None
        if last is not None and last.activation is None and self.pending is None:
            last.weights = last.weights * factor
            last.biases = last.biases * factor + shift
        elif self.pending is not None:
            self.pending = Affine(self.pending.factor * factor, self.pending.shift * factor + shift)
        else:
            self.pending = Affine(factor, shift)

    def _open_layer(self) -> _Layer:
        """Return the last layer where it still has no activation, else a new one that changes nothing."""
        if not self.layers or self.layers[-1].activation is not None or self.pending is not None:
            if self.width > WIDEST_DIAGONAL:
                raise ModelError(
                    f"{self.file}: an activation of {self.width} units follows no layer of weights; "
                    f"up to {WIDEST_DIAGONAL} are read"
                )
            self._multiply(np.eye(self.width), None)
        return self.layers[-1]


def fold(steps: Iterable[Step], n_inputs: int, file: str, dtype: np.dtype[Any]) -> Network:
    """Return the network of a model's steps; float64 on the way, ``dtype`` at the end.

    Raises
    ------
    ModelError
        Where the steps don't fit together, or folding overflows.
    """
    grown = _Chain(n_inputs, file)
    with np.errstate(all="ignore"):
        for step in steps:
            grown.add(step)
        if grown.pending is not None:
            grown._open_layer()
        if not grown.layers:
            raise ModelError(f"{file}: has no layer of weights")
        layers = [(layer.weights.astype(dtype), layer.biases.astype(dtype)) for layer in grown.layers]
        network = chain(layers, [layer.activation or Activation("linear") for layer in grown.layers])
        if grown.scaling is not None:
            mean, std = grown.scaling.mean.astype(dtype), grown.scaling.std.astype(dtype)
            network = replace(network, mean=mean, std=std)
    numbers = [array for pair in layers for array in pair]
    numbers += [] if network.mean is None or network.std is None else [network.mean, network.std]
    if not all(np.isfinite(array).all() for array in numbers):
        raise ModelError(f"{file}: a normalisation makes weights that are not finite")
    return network
