"""What a drawing of a network shows: which units, with which words, before anyone draws a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.inspect.explain import input_names, terms, unit_name
from nncli.inspect.formulas import formula
from nncli.inspect.rows import PickedRow
from nncli.nn.layers import Dense
from nncli.nn.network import Network
from nncli.text import shorten
from nncli.views.text import compact

TERMS_WRITTEN = 8
"""Of a longer sum the largest terms are written out, and how many were left out."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Units that are left out of a wide column."""

    count: int

    @property
    def text(self) -> str:
        """What stands in their place."""
        return f"+{self.count:,} more"


@dataclass(frozen=True, slots=True)
class Node:
    """One unit, or one input."""

    unit: int
    name: str
    value: Any
    highlighted: bool


@dataclass(frozen=True, slots=True)
class Column:
    """The inputs, or one layer: two lines of heading, and what stands under them."""

    title: str
    subtitle: str
    slots: Sequence[Node | Gap]

    @property
    def nodes(self) -> list[Node]:
        """The units that are shown."""
        return [slot for slot in self.slots if isinstance(slot, Node)]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A network, maybe with the values of one row, maybe with one neuron highlighted.

    ``columns[0]`` are the inputs; ``layers[i]`` leads from ``columns[i]`` to ``columns[i + 1]``.
    """

    name: str
    row: int | None
    columns: Sequence[Column]
    layers: Sequence[Dense]
    highlight: tuple[int, int] | None
    sum_terms: Sequence[str]

    def weight(self, layer: int, source: Node, target: Node) -> Any:
        """Return the weight of the edge between two shown units."""
        return self.layers[layer].weights[source.unit, target.unit]


def drawing(
    network: Network,
    *,
    name: str,
    picked: PickedRow | None = None,
    highlight: tuple[int, int] | None = None,
    most: int = 12,
) -> Drawing:
    """Choose what to show of a network; ``picked`` brings a row's values.

    No column has more than ``most`` slots; what is left out of its middle is a gap, and the
    highlighted unit is never left out.
    """
    values: list[NDArray[Any] | None] = [None] * (len(network.layers) + 1)
    if picked is not None:
        values = [network.scaled(picked.features[None])[0], *(trace.a[0] for trace in picked.traces)]
    columns = [_inputs(network, values[0], most)]
    for number in range(len(network.layers)):
        marked = highlight[1] if highlight is not None and highlight[0] == number else None
        columns.append(_layer(network, number, values[number + 1], marked, most))
    written = [] if highlight is None else _written_sum(network, picked, *highlight)
    return Drawing(
        name, None if picked is None else picked.number, columns, network.layers, highlight, written
    )


def chosen(count: int, most: int, marked: int | None = None) -> list[int | Gap]:
    """Return the units of a column: all, or the first and the last around gaps, and the marked one."""
    if count <= most:
        return list(range(count))
    shown = {*range(most // 2), *range(count - (most - 1 - most // 2), count)}
    if marked is not None and marked not in shown:
        shown = {*range(most // 2 - 1), marked, *range(count - (most - 2 - most // 2), count)}
    slots: list[int | Gap] = []
    before = -1
    for unit in sorted(shown):
        if (skipped := unit - before - 1) > 0:
            slots.append(Gap(skipped))
        slots.append(unit)
        before = unit
    return slots


def _inputs(network: Network, values: NDArray[Any] | None, most: int) -> Column:
    slots = [
        slot if isinstance(slot, Gap) else Node(slot, network.inputs[slot], _value(values, slot), False)
        for slot in chosen(network.n_inputs, most)
    ]
    is_scaled = ", scaled" if network.mean is not None else ""
    return Column("inputs", f"{network.n_inputs}{is_scaled}", slots)


def _layer(
    network: Network, number: int, values: NDArray[Any] | None, marked: int | None, most: int
) -> Column:
    dense = network.layers[number]
    slots = [
        slot
        if isinstance(slot, Gap)
        else Node(slot, unit_name(network, number, slot), _value(values, slot), slot == marked)
        for slot in chosen(dense.n_units, most, marked)
    ]
    title = f"layers[{number}]" + (f" {dense.name}" if dense.name else "")
    return Column(title, f"{dense.n_units} {dense.activation}", slots)


def _value(values: NDArray[Any] | None, unit: int) -> Any:
    return None if values is None else values[unit]


def _written_sum(network: Network, picked: PickedRow | None, layer: int, unit: int) -> list[str]:
    """Return the highlighted neuron's sum as pieces that may be wrapped between any two."""
    dense = network.layers[layer]
    weights = dense.weights[:, unit]
    if picked is None:
        names = [shorten(name, 16) for name in input_names(network, layer)]
        sizes, pieces = np.abs(weights), [f"{_factor(w)} × {n}" for n, w in zip(names, weights, strict=True)]
        results = [f"→ a = {formula(dense)}"]
    else:
        trace = picked.traces[layer]
        products = terms(network, picked, layer, unit)
        sizes = np.abs([term.product for term in products])
        pieces = [f"{_factor(term.value)} × {_factor(term.weight)}" for term in products]
        z, a = compact(trace.z[0, unit]), compact(trace.a[0, unit])
        results = [f"= {z} → {dense.activation} → {a}"]
    if left := max(0, len(pieces) - TERMS_WRITTEN):
        large = np.sort(np.argsort(-np.nan_to_num(sizes), kind="stable")[:TERMS_WRITTEN])
        pieces = [pieces[i] for i in large] + [f"… {left:,} more"]
    pieces.append(_factor(dense.biases[unit]))
    start = f"layers[{layer}] unit {unit}: z ="
    return [f"{start} {pieces[0]}", *(f"+ {piece}" for piece in pieces[1:]), *results]


def _factor(value: Any) -> str:
    text = compact(value)
    return f"({text})" if text.startswith("-") else text


def wrapped(pieces: Sequence[str], fits: Any) -> list[str]:
    """Return pieces joined into lines as long as ``fits(line)`` allows."""
    lines: list[str] = []
    for piece in pieces:
        if lines and fits(f"{lines[-1]} {piece}"):
            lines[-1] += f" {piece}"
        else:
            lines.append(piece)
    return lines
