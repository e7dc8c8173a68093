"""What a learner should notice in one row's numbers, a sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.inspect.activity import Activity
from nncli.inspect.explain import Neuron, unit_name
from nncli.inspect.numbers import exact, listed_units, rounded
from nncli.inspect.rows import PickedRow
from nncli.nn.layers import Dense
from nncli.nn.network import LayerTrace, Network
from nncli.text import shorten

CERTAIN = 0.999
"""From here on a softmax is called saturated."""

UNDECIDED = 0.01
"""So near to 1/K all probabilities are when nothing has been learned."""

MOST_NAMED = 4
"""Of more names the first ones are listed."""

WORDS = {
    "no_inputs": "every input of this row is 0: the first layer's sums are its biases alone",
    "overflow": "layers[{layer}]: the numbers overflow in units {units}: inputs or weights are too large",
    "off": "this ReLU is off: its sum is not above 0, so it passes on 0",
    "dead": "this unit is off in every one of {rows}: it is dead and adds nothing",
    "flat": "this unit stays at one end of {activation} in every one of {rows}: it is saturated",
    "half": "the probability {probability} is near 1/2: the network hardly tells the two classes apart",
    "certain": "the softmax is saturated: {name} has {probability}, so the others have next to nothing",
    "tied": "{names} have the same probability: the first of them is taken",
    "undecided": "all probabilities are near 1/{classes}: the last sums differ by no more than {spread}, as"
    " in a network that is not trained and whose weights are small (here at most {largest})",
    "summed": "products are summed in {sum_dtype}, and each sum is rounded to {dtype} before the bias is"
    " added (nnfs: true)",
}
"""What is said of one neuron; the report's page says it in the same words."""


def row_notes(network: Network, picked: PickedRow, activity: Activity) -> list[str]:
    """Return the notes on a row's way through the whole network."""
    traces = picked.traces
    notes = _inputs_notes(network, picked.features)
    for number, (layer, trace) in enumerate(zip(network.layers, traces, strict=True)):
        notes += _overflow(number, trace)
        if layer.activation == "relu":
            off = np.flatnonzero(trace.a[0] == 0)
            if len(off):
                notes.append(
                    f"layers[{number}]: {len(off)} of {layer.n_units} ReLU units are off in this row"
                    f" (unit{'s' * (len(off) > 1)} {listed_units(off.tolist())}):"
                    " their sums are not above 0, so they pass on 0"
                )
        notes += _idle_units(number, activity)
    notes += _probabilities(network, traces)
    return notes + _arithmetic_notes(network)


def neuron_notes(network: Network, picked: PickedRow, neuron: Neuron, activity: Activity) -> list[str]:
    """Return the notes on one neuron's arithmetic."""
    traces = picked.traces
    layer = network.layers[neuron.layer]
    notes = _inputs_notes(network, picked.features) if neuron.layer == 0 else []
    notes += _overflow(neuron.layer, traces[neuron.layer])
    notes += _one_unit(layer, neuron, activity)
    notes += _rounding(neuron)
    if neuron.layer == len(network.layers) - 1:
        notes += _probabilities(network, traces)
    return notes + _arithmetic_notes(network)


def _inputs_notes(network: Network, features: NDArray[Any]) -> list[str]:
    if network.mean is None and not features.any():
        return [WORDS["no_inputs"]]
    return []


def _overflow(number: int, trace: LayerTrace) -> list[str]:
    bad = np.flatnonzero(~np.isfinite(trace.z[0]) | ~np.isfinite(trace.a[0]))
    if not len(bad):
        return []
    return [WORDS["overflow"].format(layer=number, units=listed_units(bad.tolist()))]


def _idle_units(number: int, activity: Activity) -> list[str]:
    notes = []
    if len(dead := activity.dead(number)):
        notes.append(
            f"layers[{number}]: ReLU units {listed_units(dead.tolist())} are off in every one of"
            f" {_seen(activity)}: such dead units add nothing"
        )
    if len(flat := activity.saturated(number)):
        notes.append(
            f"layers[{number}]: units {listed_units(flat.tolist())} stay at one end of"
            f" {activity.network.layers[number].activation} in every one of {_seen(activity)}:"
            " they are saturated"
        )
    return notes


def _one_unit(layer: Dense, neuron: Neuron, activity: Activity) -> list[str]:
    notes = []
    if layer.activation == "relu" and neuron.result == 0:
        notes.append(WORDS["off"])
    if neuron.unit in activity.dead(neuron.layer):
        notes.append(WORDS["dead"].format(rows=_seen(activity)))
    if neuron.unit in activity.saturated(neuron.layer):
        notes.append(WORDS["flat"].format(activation=layer.activation, rows=_seen(activity)))
    return notes


def _rounding(neuron: Neuron) -> list[str]:
    """Say so where adding the shown numbers in order does not give the network's own sum."""
    products = np.array([term.product for term in neuron.inputs])
    with np.errstate(all="ignore"):
        in_order = type(neuron.sum)(np.cumsum(products)[-1]) + neuron.bias
    if rounded(in_order) == rounded(neuron.sum):
        return []
    return [
        f"added one after another these products and the bias give {exact(in_order)}; the network adds them"
        f" in another order, and {exact(neuron.sum)} is its own sum: rounding makes the difference"
    ]


def _probabilities(network: Network, traces: Sequence[LayerTrace]) -> list[str]:
    p = traces[-1].a[0]
    if network.kind == "binary" and abs(p[0] - 0.5) < UNDECIDED:
        return [WORDS["half"].format(probability=rounded(p[0], 4))]
    if network.kind != "classes" or np.isnan(p).any():
        return []
    last = len(network.layers) - 1
    best = np.flatnonzero(p == p.max())
    names = [shorten(unit_name(network, last, int(unit)), 24) for unit in best]
    notes = []
    if p.max() >= CERTAIN:
        notes.append(WORDS["certain"].format(name=names[0], probability=rounded(p.max(), 6)))
    if len(best) > 1:
        notes.append(WORDS["tied"].format(names=listed_names(names)))
    if np.abs(p - 1 / len(p)).max() < UNDECIDED:
        spread = rounded(np.ptp(traces[-1].z[0]), 2)
        largest = rounded(max(np.abs(layer.weights).max() for layer in network.layers), 2)
        notes.append(WORDS["undecided"].format(classes=len(p), spread=spread, largest=largest))
    return notes


def _arithmetic_notes(network: Network) -> list[str]:
    sum_dtype = network.layers[0].sum_dtype
    if sum_dtype is None or np.dtype(sum_dtype) == network.dtype:
        return []
    return [WORDS["summed"].format(sum_dtype=np.dtype(sum_dtype).name, dtype=network.dtype.name)]


def listed_names(names: Sequence[str]) -> str:
    """Return names as a phrase: ``a, b and c``, or ``a, b, c, d and 6 more``."""
    left = len(names) - MOST_NAMED
    shown = [*names[:MOST_NAMED], f"{left} more"] if left > 0 else names
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def _seen(activity: Activity) -> str:
    more = "the first " if activity.cut else "the "
    return f"{more}{activity.n_rows} row{'s' * (activity.n_rows != 1)}"
