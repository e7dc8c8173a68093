"""How somebody's code computes a network: the spec's way, or with a mistake in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.nn.activations import ACTIVATIONS, Alpha
from nncli.nn.layers import Dense
from nncli.nn.network import LayerTrace, Network, Stage

Array = NDArray[Any]

STORED_NUMBERS = 1 << 23
"""How many numbers of earlier recipes are kept, since the next one often begins like them."""


class Function(NamedTuple):
    """An activation, or what stands in its place; ``of_all_rows`` where a row's result depends on others."""

    call: Callable[..., Array]
    alpha: Alpha | None = None
    of_all_rows: bool = False

    def __call__(self, z: Array) -> Array:
        """Return the activations of weighted sums, (n_rows, n_units)."""
        return self.call(z) if self.alpha is None else self.call(z, self.alpha)


def function(name: str, alpha: Alpha | None = None) -> Function:
    """Return an activation by its name."""
    return Function(ACTIVATIONS[name].function, alpha)


class Step(NamedTuple):
    """How one layer is computed: ``factor * (x @ matrix) + biases``, then activations one after the other.

    Attributes
    ----------
    layer
        The spec's own.
    source
        What goes in; of layer -1 that is the raw (z) or the scaled (a) inputs.
    matrix
        The weights as they should be; the square matrix turned over; or reshaped where it should be
        transposed, from a row per neuron or to it.
    biases
        One for each unit; one for each row, by a mistake; or none.
    """

    layer: Dense
    source: Stage
    matrix: Literal["right", "turned", "reshaped", "reshaped back"] = "right"
    factor: float = 1.0
    biases: Literal["units", "rows", "none"] = "units"
    activations: tuple[Function, ...] = ()

    @property
    def weights(self) -> Array:
        """The matrix that x is multiplied by, (n_inputs, n_units)."""
        W = self.layer.weights
        if self.matrix == "turned":
            return W.T
        if self.matrix == "reshaped":
            return W.T.reshape(W.shape)
        return W if self.matrix == "right" else W.reshape(W.shape[::-1]).T

    def trace(self, x: Array, row_numbers: NDArray[np.intp]) -> LayerTrace:
        """Return what the layer computes of its inputs, (n_rows, n_inputs)."""
        z = x @ self.weights
        if self.factor != 1:
            z = z * self.factor
        if self.biases == "units":
            z = z + self.layer.biases
        elif self.biases == "rows":
            z = z + self.layer.biases[row_numbers, None]
        a = z
        for activation in self.activations:
            a = activation(a)
        return LayerTrace(z, a)


class Recipe(NamedTuple):
    """How a network is computed.

    Attributes
    ----------
    columns
        Which input stands at each place; None: the spec's order.
    columns_then
        Whether they change places before they are scaled, or behind that.
    n_scalings
        How often inputs are scaled.
    shuffled
        Whether the rows of the result come in any order.
    """

    steps: tuple[Step, ...]
    columns: tuple[int, ...] | None = None
    columns_then: Literal["before", "behind"] = "before"
    n_scalings: int = 1
    shuffled: bool = False

    @property
    def needs_all_rows(self) -> bool:
        """Whether a row's result depends on rows anywhere in the table."""
        return self.shuffled or any(f.of_all_rows for step in self.steps for f in step.activations)

    def edited(self, number: int, edit: Callable[[Step], Step]) -> Recipe:
        """Return the recipe with another way to compute one layer."""
        steps = self.steps
        return self._replace(steps=(*steps[:number], edit(steps[number]), *steps[number + 1 :]))


def recipe_of(network: Network) -> Recipe:
    """Return the right way."""
    steps = []
    for number, layer in enumerate(network.layers):
        own = () if layer.activation == "linear" else (function(layer.activation, layer.alpha),)
        steps.append(Step(layer, (number - 1, "a"), activations=own))
    return Recipe(tuple(steps))


class Calculator:
    """Computes some rows of a network by one recipe after the other.

    Parameters
    ----------
    network
        It has the scaling of the inputs.
    X : (n_rows, n_inputs)
    row_numbers : (n_rows,)
        Where these rows stand in their table.
    """

    def __init__(self, network: Network, X: Array, row_numbers: NDArray[np.intp]) -> None:
        self.network = network
        self.row_numbers = row_numbers
        self._X = X.astype(network.input_dtype, copy=False)
        self._numbers_of: dict[Any, int] = {}
        self._known: dict[int, LayerTrace] = {}
        self._n_stored = 0

    def traces(self, recipe: Recipe) -> Iterator[LayerTrace]:
        """Yield what each layer computes, as late as possible."""
        going_in = (recipe.columns, recipe.columns_then, recipe.n_scalings)
        found = [(self._number(going_in), self._inputs(recipe))]
        for step in recipe.steps:
            layer, which = step.source
            number, source = found[layer + 1]
            own = self._number((step, number, which))
            trace = self._known.get(own)
            if trace is None:
                trace = step.trace(source.z if which == "z" else source.a, self.row_numbers)
                self._keep(own, trace)
            found.append((own, trace))
            yield trace

    def _inputs(self, recipe: Recipe) -> LayerTrace:
        raw = self._X
        order = None if recipe.columns is None else list(recipe.columns)
        if order is not None and recipe.columns_then == "before":
            raw = raw[:, order]
        scaled = raw
        mean, std = self.network.mean, self.network.std
        if mean is not None and std is not None:
            for _ in range(recipe.n_scalings):
                scaled = (scaled - mean) / std
        if order is not None and recipe.columns_then == "behind":
            raw, scaled = raw[:, order], scaled[:, order]
        return LayerTrace(raw, scaled)

    def _number(self, key: Any) -> int:
        return self._numbers_of.setdefault(key, len(self._numbers_of))

    def _keep(self, number: int, trace: LayerTrace) -> None:
        self._n_stored += 2 * trace.z.size
        if self._n_stored > STORED_NUMBERS:
            self._known.clear()
            self._n_stored = 0
        self._known[number] = trace
