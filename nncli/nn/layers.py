"""Layers: plain fields and a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import DTypeLike, NDArray

from nncli.nn.activations import ACTIVATIONS, Alpha


@dataclass(frozen=True, slots=True, eq=False, repr=False, kw_only=True)
class Dense:
    """A fully connected layer: activation(x @ weights + biases).

    Parameters
    ----------
    weights : (n_inputs, n_units)
        A column per neuron, as the book's ``Layer_Dense`` holds them.
    biases : (n_units,)
    activation
        A name in `ACTIVATIONS`.
    alpha
        The activation's parameter; None takes its default. For prelu maybe one for each unit.
    sum_dtype
        The dtype in which the products are summed, where it is not that of the weights.
    name
        What pictures and tables call the layer.
    """

    weights: NDArray[Any]
    biases: NDArray[Any]
    activation: str = "linear"
    alpha: Alpha | None = None
    sum_dtype: DTypeLike | None = None
    name: str | None = None

    @property
    def n_inputs(self) -> int:
        """Number of inputs."""
        return int(self.weights.shape[0])

    @property
    def n_units(self) -> int:
        """Number of neurons."""
        return int(self.weights.shape[1])

    @property
    def n_parameters(self) -> int:
        """Number of weights and biases."""
        return self.weights.size + self.biases.size

    @property
    def flops_per_row(self) -> int:
        """A multiplication and an addition for each weight; activations are not counted."""
        return 2 * self.weights.size

    def weighted_sums(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return z = x @ W + b, (n_rows, n_units)."""
        if self.sum_dtype is None:
            return x @ self.weights + self.biases
        z = x.astype(self.sum_dtype) @ self.weights.astype(self.sum_dtype)
        return z.astype(self.weights.dtype) + self.biases

    def activate(self, z: NDArray[Any]) -> NDArray[Any]:
        """Return the activation of weighted sums, (n_rows, n_units)."""
        return ACTIVATIONS[self.activation](z, self.alpha)

    def __call__(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return the layer's outputs for inputs x, (n_rows, n_inputs) -> (n_rows, n_units)."""
        return self.activate(self.weighted_sums(x))
