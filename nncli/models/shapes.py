"""Which way round matrices are stored, and whether they make a chain of layers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models.tensors import quoted
from nncli.spec.model import Spec

Layout = Literal["units_inputs", "inputs_units"]
MOST_WORDS = 6
"""Layers named with more different words than that are taken in their natural order unasked."""

LAYOUTS: tuple[Layout, Layout] = ("units_inputs", "inputs_units")


@dataclass(frozen=True, slots=True)
class Expected:
    """What the spec says about the network's shape; None where it leaves that to the file."""

    inputs: int | None = None
    units: Sequence[int | None] | None = None
    """One entry per layer."""

    @classmethod
    def of(cls, spec: Spec) -> Expected:
        """Return what a spec says."""
        n_inputs = len(spec.inputs) if isinstance(spec.inputs, tuple) else spec.inputs
        return cls(n_inputs, [layer.units for layer in spec.layers])


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """The tensors of one layer, as the file names and stores them."""

    name: str
    weights: NDArray[Any]
    bias_name: str | None = None
    biases: NDArray[Any] | None = None

    def transposed(self) -> Pair:
        """Return the pair with its matrix the other way round."""
        return replace(self, weights=self.weights.T)


def oriented(pairs: list[Pair], tool: str, layout: Layout, expected: Expected, file: str) -> list[Pair]:
    """Return pairs with weights (n_inputs, n_units), as the tool that named them stores them."""
    turned = [pair.transposed() for pair in pairs]
    ours, other = (turned, pairs) if layout == "units_inputs" else (pairs, turned)
    problem = _misfit(ours, expected)
    if problem is None:
        return ours
    hint = ""
    if _misfit(other, expected) is None:
        opposite = LAYOUTS[1 - LAYOUTS.index(layout)]
        hint = f"; it fits only the other way round: if that is meant, say layout: {opposite}"
    elif len(pairs) > 1:
        hint = f"; the layers were taken in the order {_names(pairs)}"
    raise ModelError(
        f"{file}: {problem} (by their names the matrices are {tool}'s, "
        f"stored ({layout.replace('_', ', ')})){hint}"
    )


def oriented_by_shape(pairs: list[Pair], layout: Layout | None, expected: Expected, file: str) -> list[Pair]:
    """Return pairs with weights (n_inputs, n_units), as the layout says or else the shapes."""
    ways = {"units_inputs": [pair.transposed() for pair in pairs], "inputs_units": pairs}
    problems = {name: _misfit(way, expected) for name, way in ways.items()}
    if layout is not None:
        if problem := problems[layout]:
            raise ModelError(f"{file}: {problem} (layout: {layout})")
        return ways[layout]
    fitting = [name for name in ways if problems[name] is None]
    square = [pair.name for pair in pairs if pair.weights.shape[0] == pair.weights.shape[1] > 1]
    if not fitting:
        raise ModelError(f"{file}: {problems['units_inputs']} (nor do the matrices fit the other way round)")
    if square or len(fitting) > 1:
        what = f"{quoted(*square)} is square" if square else "the shapes fit both ways"
        raise ModelError(
            f"{file}: {what} and the names follow no convention, so nothing tells whether it is stored "
            "(units, inputs) or (inputs, units): say units_inputs or inputs_units "
            "(the spec's key layout; --layout in convert)"
        )
    return ways[fitting[0]]


def refuse_open_order(pairs: list[Pair], expected: Expected, file: str) -> None:
    """Refuse names whose order only the alphabet tells, where the layers fit in another one, too.

    Numbers tell an order (fc2 before fc10), words don't: the alphabet puts an autoencoder's
    decoder before its encoder, and the shapes of that fit both ways round.
    """
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(re.sub("[^A-Za-z]+", "", pair.name), []).append(pair)
    if not 1 < len(groups) <= MOST_WORDS:
        return
    for order in itertools.permutations(groups.values()):
        other = [pair for group in order for pair in group]
        if other != pairs and _misfit(other, expected) is None:
            raise ModelError(
                f"{file}: nothing tells the order of {_names(pairs)}: the layers fit in the order "
                f"{_names(other)}, too; number their names"
            )


def _names(pairs: Sequence[Pair]) -> str:
    return quoted(*(pair.name for pair in pairs))


def _misfit(pairs: list[Pair], expected: Expected) -> str | None:
    """Return what does not fit in a chain of layers with weights (n_inputs, n_units), if anything."""
    n_inputs = expected.inputs
    before = "the spec's inputs"
    for i, pair in enumerate(pairs):
        inputs, units = pair.weights.shape
        if n_inputs is not None and inputs != n_inputs:
            return f"{quoted(pair.name)} takes {inputs} inputs, but {before} are {n_inputs}"
        wanted = expected.units[i] if expected.units is not None else None
        if wanted is not None and units != wanted:
            return f"{quoted(pair.name)} has {units} units, but the spec's layers[{i}] has {wanted}"
        if pair.biases is not None and len(pair.biases) != units:
            return (
                f"{quoted(pair.bias_name or '')} has {len(pair.biases)} biases, "
                f"but {quoted(pair.name)} has {units} units"
            )
        n_inputs, before = units, f"the units of {quoted(pair.name)}"
    return None
