"""The network: layers in a row."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nncli.errors import DataError
from nncli.nn.layers import Dense
from nncli.nn.tiles import Tiles


def input_names(n: int) -> tuple[str, ...]:
    """Return the names of inputs that nobody named."""
    return tuple(f"x{i}" for i in range(n))


class LayerTrace(NamedTuple):
    """What one layer computed: weighted sums and activations, each (n_rows, n_units)."""

    z: NDArray[Any]
    a: NDArray[Any]


Stage = tuple[int, Literal["z", "a"]]
"""A layer's weighted sums, or its activations."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Network:
    """A chain of dense layers with the names of what goes in and comes out.

    Parameters
    ----------
    layers
        At least one; each layer's n_inputs is the previous one's n_units.
    inputs
        A name per input.
    named_inputs
        Whether the user chose those names; if not, columns may be taken by position.
    outputs
        Names of the last layer's units, or the two classes of a single sigmoid unit, or None.
    mean, std : (n_inputs,), optional
        Input scaling before the first layer: (x - mean) / std.
    task
        What the outputs mean where somebody says so; by default the last layer tells.
    """

    layers: tuple[Dense, ...]
    inputs: tuple[str, ...]
    named_inputs: bool = False
    outputs: tuple[str, ...] | None = None
    mean: NDArray[Any] | None = None
    std: NDArray[Any] | None = None
    task: Literal["classification", "regression"] | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the weights and the results."""
        return self.layers[0].weights.dtype

    @property
    def n_inputs(self) -> int:
        """Number of inputs."""
        return self.layers[0].n_inputs

    @property
    def n_outputs(self) -> int:
        """Number of units of the last layer."""
        return self.layers[-1].n_units

    @property
    def n_units(self) -> int:
        """Number of units of all layers."""
        return sum(layer.n_units for layer in self.layers)

    @property
    def n_parameters(self) -> int:
        """Number of weights and biases."""
        return sum(layer.n_parameters for layer in self.layers)

    @property
    def flops_per_row(self) -> int:
        """Operations of a row's forward pass; see `Dense.flops_per_row`."""
        return sum(layer.flops_per_row for layer in self.layers)

    @property
    def kind(self) -> Literal["classes", "binary", "logits", "values"]:
        """What comes out: class probabilities, one probability, a number for each class, or plain values."""
        last = self.layers[-1]
        if last.activation == "softmax" and last.n_units >= 2:
            return "classes"
        if last.activation == "sigmoid" and last.n_units == 1 and self.task != "regression":
            return "binary"
        return "logits" if self.task == "classification" else "values"

    @property
    def n_names(self) -> int:
        """How many names `outputs` holds: a single sigmoid unit stands for two classes."""
        return 2 if self.kind == "binary" else self.n_outputs

    @property
    def input_dtype(self) -> np.dtype[Any]:
        """The dtype that inputs are read in: float64 where products are summed in it."""
        return np.dtype(self.layers[0].sum_dtype or self.dtype)

    @cached_property
    def _tiles(self) -> Tiles:
        return Tiles(self.layers, self.scaled, self.input_dtype)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the buffers out of copies and pickles."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def block_rows(self) -> int:
        """How many rows belong together: blocks of rows hold a multiple of it.

        1 in a float64 network, where a row's results never depend on other rows. In a float32 one
        they depend on its place among the rows that are multiplied together.
        """
        return 1 if self._tiles.exact else max(self._tiles.blocks)

    def __call__(self, X: ArrayLike, *, n_threads: int | None = None) -> NDArray[Any]:
        """Run the forward pass: (n_rows, n_inputs) -> (n_rows, n_outputs).

        Parameters
        ----------
        X : (n_rows, n_inputs)
        n_threads
            How many threads share the work; by default as many as there are processors.

        Raises
        ------
        DataError
            Where X is no matrix of numbers with a column per input.
        """
        x = self.checked(X)
        out = np.empty((len(x), self.n_outputs), self.dtype)
        self._tiles.run(x, [None] * len(self.layers), out, n_threads)
        return out

    def trace(self, X: ArrayLike, *, n_threads: int | None = None) -> list[LayerTrace]:
        """Run the forward pass and return what every layer computed; the same bits as `__call__`."""
        x = self.checked(X)
        shapes = [(len(x), layer.n_units) for layer in self.layers]
        traces = [LayerTrace(np.empty(shape, self.dtype), np.empty(shape, self.dtype)) for shape in shapes]
        self._tiles.run(x, traces, traces[-1].a, n_threads)
        return traces

    def last_layer(self, X: ArrayLike, *, n_threads: int | None = None) -> LayerTrace:
        """Return the last layer's weighted sums and activations; the same bits as `trace`, less memory."""
        x = self.checked(X)
        shape = (len(x), self.n_outputs)
        last = LayerTrace(np.empty(shape, self.dtype), np.empty(shape, self.dtype))
        self._tiles.run(x, [None] * (len(self.layers) - 1) + [last], last.a, n_threads)
        return last

    def forward(self, X: ArrayLike) -> NDArray[Any]:
        """Run the forward pass the plain way, as the book writes it: the reference for `__call__`."""
        with np.errstate(all="ignore"):
            x = self.scaled(self.checked(X))
            for layer in self.layers:
                x = layer(x)
        return x

    def scaled(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return the inputs as the first layer wants them: scaled, in `input_dtype`."""
        x = x.astype(self.input_dtype, copy=False)
        if self.mean is None or self.std is None:
            return x
        return (x - self.mean) / self.std

    def checked(self, X: ArrayLike) -> NDArray[Any]:
        """Return X as an array, or raise `DataError` where it is no matrix of numbers of the right width."""
        try:
            x = np.asarray(X)
        except ValueError as error:  # of nested lists
            raise DataError("X is no matrix: its rows differ in length") from error
        if x.dtype.kind not in "biuf":
            raise DataError(f"X holds values of type {x.dtype}, not numbers")
        if type(X) is not np.ndarray and np.ma.is_masked(X):  # asked of every array, it would import numpy.ma
            raise DataError("X has masked values; X.filled(number) puts a number in their place")
        if x.ndim == 2 and x.shape[1] == self.n_inputs:
            return x
        message = f"X has the shape {x.shape}, the network needs (n_rows, {self.n_inputs})"
        if x.shape == (self.n_inputs,):
            message += "; one row is X[None, :]"
        raise DataError(message)
