"""The arithmetic of one row, for the whole network or for one neuron, with the network's own numbers.

What is built here is also what `nncli explain` prints as JSON: the fields are its keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.inspect.formulas import arithmetic, formula
from nncli.inspect.rows import PickedRow
from nncli.jobs.compute import predict
from nncli.nn.activations import ACTIVATIONS
from nncli.nn.network import LayerTrace, Network


@dataclass(frozen=True, slots=True)
class ScaledInput:
    """One input of the network before and after (value - mean) / std."""

    name: str
    value: Any
    mean: Any
    std: Any
    scaled: Any


@dataclass(frozen=True, slots=True)
class Term:
    """What one input adds to a neuron's weighted sum."""

    name: str
    value: Any
    weight: Any
    product: Any


@dataclass(frozen=True, slots=True)
class Exponential:
    """One unit's share of a softmax."""

    unit: int
    name: str
    sum: Any
    shifted: Any
    exponential: Any


@dataclass(frozen=True, slots=True)
class Softmax:
    """The steps of a softmax over a layer: shift by the largest sum, exponentials, their total."""

    largest: Any
    exponentials: list[Exponential]
    total: Any


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of the overview: its weighted sum plus bias, and its activation."""

    unit: int
    name: str
    sum: Any
    activation: Any


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the overview; ``softmax`` is filled in where this layer alone was asked for."""

    layer: int
    name: str | None
    inputs: int
    activation: str
    formula: str
    units: list[Unit]
    softmax: Softmax | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row's way through all layers, or through a single one."""

    spec: str
    row: int
    inputs: dict[str, Any]
    scaling: list[ScaledInput]
    layers: list[Layer]
    prediction: str | None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Neuron:
    """One neuron's arithmetic in one row.

    ``sum`` is the network's own weighted sum plus bias and ``result`` its own activation, to the bit.
    """

    spec: str
    row: int
    layer: int
    layer_name: str | None
    unit: int
    name: str
    scaling: list[ScaledInput]
    inputs: list[Term]
    bias: Any
    sum: Any
    activation: str
    formula: str
    arithmetic: str
    softmax: Softmax | None
    result: Any
    notes: list[str] = field(default_factory=list)


def explain_row(network: Network, picked: PickedRow, *, spec: str, layer: int | None = None) -> Row:
    """Return the overview of one row over all layers or one."""
    features, traces = picked.features, picked.traces
    wanted = range(len(network.layers)) if layer is None else [layer]
    predicted = predict(network, traces[-1].a)
    return Row(
        spec=spec,
        row=picked.number,
        inputs=_by_name(network.inputs, features),
        scaling=_scaling(network, features) if 0 in wanted else [],
        layers=[_layer(network, number, traces[number], alone=layer is not None) for number in wanted],
        prediction=None if predicted is None else predicted.cells()[0],
    )


def explain_neuron(network: Network, picked: PickedRow, layer: int, unit: int, *, spec: str) -> Neuron:
    """Return the arithmetic of one neuron for one row."""
    dense, (z, a) = network.layers[layer], picked.traces[layer]
    steps = softmax_steps(network, layer, z[0]) if ACTIVATIONS[dense.activation].per_row else None
    own = {} if steps is None else _own_steps(steps, unit)
    return Neuron(
        spec=spec,
        row=picked.number,
        layer=layer,
        layer_name=dense.name,
        unit=unit,
        name=unit_name(network, layer, unit),
        scaling=_scaling(network, picked.features) if layer == 0 else [],
        inputs=terms(network, picked, layer, unit),
        bias=dense.biases[unit],
        sum=z[0, unit],
        activation=dense.activation,
        formula=formula(dense, unit),
        arithmetic=arithmetic(dense, unit, z[0, unit], **own),
        softmax=steps,
        result=a[0, unit],
    )


def terms(network: Network, picked: PickedRow, layer: int, unit: int) -> list[Term]:
    """Return what each input adds to a neuron's sum; products are taken in the dtype that is summed in."""
    dense = network.layers[layer]
    x = network.scaled(picked.features[None])[0] if layer == 0 else picked.traces[layer - 1].a[0]
    weights = dense.weights[:, unit]
    dtype = np.dtype(dense.sum_dtype or np.result_type(x, weights))
    with np.errstate(all="ignore"):  # an overflow shows as inf, and the notes speak of it
        products = x.astype(dtype) * weights.astype(dtype)
    return [
        Term(name, *numbers)
        for name, *numbers in zip(input_names(network, layer), x, weights, products, strict=True)
    ]


def softmax_steps(network: Network, layer: int, z: NDArray[Any]) -> Softmax:
    """Return the steps of a softmax over one layer's sums, (n_units,)."""
    with np.errstate(all="ignore"):
        shifted = z - z.max()
        exponentials = np.exp(shifted)
        total = exponentials.sum()
    return Softmax(
        z.max(),
        [
            Exponential(unit, unit_name(network, layer, unit), *numbers)
            for unit, numbers in enumerate(zip(z, shifted, exponentials, strict=True))
        ],
        total,
    )


def input_names(network: Network, layer: int) -> list[str]:
    """Return what a layer's inputs are called: the network's inputs, or ``layer0_a_2`` as in a traced run."""
    if layer == 0:
        return list(network.inputs)
    return [f"layer{layer - 1}_a_{unit}" for unit in range(network.layers[layer].n_inputs)]


def unit_name(network: Network, layer: int, unit: int) -> str:
    """Return a unit's own name, or its number where it has none."""
    last = layer == len(network.layers) - 1
    if last and network.outputs is not None and len(network.outputs) == network.n_outputs:
        return network.outputs[unit]
    return str(unit)


def _layer(network: Network, number: int, trace: LayerTrace, *, alone: bool) -> Layer:
    dense = network.layers[number]
    shared = alone and ACTIVATIONS[dense.activation].per_row
    return Layer(
        layer=number,
        name=dense.name,
        inputs=dense.n_inputs,
        activation=dense.activation,
        formula=formula(dense),
        units=[
            Unit(unit, unit_name(network, number, unit), z, a)
            for unit, (z, a) in enumerate(zip(trace.z[0], trace.a[0], strict=True))
        ],
        softmax=softmax_steps(network, number, trace.z[0]) if shared else None,
    )


def _scaling(network: Network, features: NDArray[Any]) -> list[ScaledInput]:
    if network.mean is None or network.std is None:
        return []
    after = network.scaled(features[None])[0]
    return [
        ScaledInput(*of_input)
        for of_input in zip(network.inputs, features, network.mean, network.std, after, strict=True)
    ]


def _own_steps(steps: Softmax, unit: int) -> dict[str, Any]:
    own = steps.exponentials[unit]
    return {"exponential": own.exponential, "shifted": own.shifted, "total": steps.total}


def _by_name(names: tuple[str, ...], values: NDArray[Any]) -> dict[str, Any]:
    return dict(zip(names, values, strict=True))
