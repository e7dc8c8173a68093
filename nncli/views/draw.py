"""What a drawing of a network shows: which units, with which words, before anyone draws a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.inspect.explain import input_names, terms, unit_name
from nncli.inspect.formulas import formula
from nncli.inspect.rows import PickedRow
from nncli.jobs.compute import predict
from nncli.nn.layers import Dense
from nncli.nn.network import Network
from nncli.text import shorten
from nncli.views.chosen import Gap, chosen, ranked
from nncli.views.text import compact

TERMS_WRITTEN = 8
"""Of a longer sum the largest terms are written out, and how many were left out."""

DENSE = 256
"""A layer of more weights is a heat band, not a web of lines."""


@dataclass(frozen=True, slots=True)
class Node:
    """One unit, or one input.

    ``share`` is its value as part of the largest of its column, -1 to 1. A scaled input has its own
    ``value`` and what the first layer gets of it, ``scaled``. ``is_class`` says that it stands for a class.
    """

    unit: int
    name: str
    value: Any
    highlighted: bool = False
    wins: bool = False
    share: float = 0.0
    scaled: Any = None
    is_class: bool = False


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
class Edge:
    """A weight that is not zero, between two shown units."""

    source: Node
    target: Node
    weight: Any


@dataclass(frozen=True, slots=True)
class Drawing:
    """A network, maybe with the values of one row, maybe with one neuron highlighted.

    ``columns[0]`` are the inputs; ``layers[i]`` leads from ``columns[i]`` to ``columns[i + 1]``.
    ``top`` is how many edges of a layer are drawn at most, or None for all.
    """

    name: str
    row: int | None
    columns: Sequence[Column]
    layers: Sequence[Dense]
    highlight: tuple[int, int] | None
    sum_terms: Sequence[str]
    prediction: str | None = None
    top: int | None = None

    def weight(self, layer: int, source: Node, target: Node) -> Any:
        """Return the weight of the edge between two shown units."""
        return self.layers[layer].weights[source.unit, target.unit]

    def is_band(self, layer: int) -> bool:
        """Whether a layer's weights are drawn as a heat band: they are many, and none was asked for."""
        is_asked = self.top is not None or (self.highlight is not None and self.highlight[0] == layer)
        return self.layers[layer].weights.size > DENSE and not is_asked

    def edges(self, layer: int) -> list[Edge]:
        """Return the edges to draw: not those of weight 0; of ``top``, the largest weights."""
        targets = self.columns[layer + 1].nodes
        if self.top is not None and any(node.highlighted for node in targets):
            targets = [node for node in targets if node.highlighted]
        edges = [
            Edge(source, target, weight)
            for source in self.columns[layer].nodes
            for target in targets
            if (weight := self.weight(layer, source, target)) != 0
        ]
        if self.top is None or len(edges) <= self.top:
            return edges
        strongest = ranked([edge.weight for edge in edges])[: self.top]
        return [edges[i] for i in sorted(strongest)]

    @property
    def remarks(self) -> list[str]:
        """What the picture does not show by itself: the prediction, and edges that are left out."""
        lines = []
        if self.prediction is not None:
            lines.append(f"row {self.row}: prediction {shorten(self.prediction, 40)}")
        if self.top is not None:
            counts = (
                f"{len(self.edges(i)):,} of {np.count_nonzero(layer.weights):,}"
                for i, layer in enumerate(self.layers)
            )
            lines.append(f"the strongest weights between the units shown: {', '.join(counts)}")
        return lines


def drawing(
    network: Network,
    *,
    name: str,
    picked: PickedRow | None = None,
    highlight: tuple[int, int] | None = None,
    most: int = 16,
    top: int | None = None,
) -> Drawing:
    """Choose what to show of a network; ``picked`` brings a row's values.

    No column has more than ``most`` slots. Of a wider one those units are shown that have the largest part in
    the highlighted neuron's sum, or the largest values in the row, or the strongest edges; the highlighted
    unit and the predicted one always.
    """
    values: list[NDArray[Any] | None] = [None] * (len(network.layers) + 1)
    prediction = winner = None
    if picked is not None:
        values = [network.scaled(picked.features[None])[0], *(trace.a[0] for trace in picked.traces)]
        if (predicted := predict(network, picked.traces[-1].a)) is not None:
            prediction = predicted.cells()[0] or None
            code = int(predicted.codes[0])
            winner = code if network.kind != "binary" and code >= 0 else None
    columns = []
    for column in range(len(values)):
        marked = highlight[1] if highlight is not None and highlight[0] == column - 1 else None
        wins = winner if column == len(network.layers) else None
        order = _order(network, picked, highlight, column, values[column], top)
        kept = {unit for unit in (marked, wins) if unit is not None}
        slots = chosen(
            network.layers[0].n_inputs if column == 0 else network.layers[column - 1].n_units,
            most,
            kept,
            order,
        )
        make = _node_maker(network, column, values[column], picked, marked=marked, winner=wins)
        columns.append(
            Column(*_heading(network, column), [s if isinstance(s, Gap) else make(s) for s in slots])
        )
    written = [] if highlight is None else _written_sum(network, picked, *highlight)
    row = None if picked is None else picked.number
    return Drawing(name, row, columns, network.layers, highlight, written, prediction, top)


def _order(
    network: Network,
    picked: PickedRow | None,
    highlight: tuple[int, int] | None,
    column: int,
    values: NDArray[Any] | None,
    top: int | None,
) -> NDArray[np.intp] | None:
    """Return the units of a column from the one that says most to the one that says least, or None."""
    if highlight is not None and highlight[0] == column:
        return ranked(_parts(network, picked, *highlight))
    if top is None:
        return None if values is None else ranked(values)
    sides = []
    for layer, axis in ((column - 1, 0), (column, 1)):
        if 0 <= layer < len(network.layers):
            sizes = np.nan_to_num(np.fmax.reduce(np.abs(network.layers[layer].weights), axis=axis))
            sides.append(sizes / (sizes.max() or 1))
    return ranked(np.max(sides, axis=0))


def _parts(network: Network, picked: PickedRow | None, layer: int, unit: int) -> Any:
    """Return what each input adds to a neuron's sum, or its weight where there is no row."""
    if picked is None:
        return network.layers[layer].weights[:, unit]
    return [term.product for term in terms(network, picked, layer, unit)]


def _heading(network: Network, column: int) -> tuple[str, str]:
    if column == 0:
        return "inputs", f"{network.n_inputs}" + (", → scaled" if network.mean is not None else "")
    dense = network.layers[column - 1]
    title = f"layers[{column - 1}]" + (f" {dense.name}" if dense.name else "")
    return title, f"{dense.n_units} {dense.activation}"


def _node_maker(
    network: Network,
    column: int,
    values: NDArray[Any] | None,
    picked: PickedRow | None,
    *,
    marked: int | None,
    winner: int | None,
) -> Callable[[int], Node]:
    """Return what makes a column's nodes of unit numbers."""
    finite = np.abs(values[np.isfinite(values)]).max(initial=0) if values is not None else 0

    def node(unit: int) -> Node:
        value = None if values is None else values[unit]
        share = float(np.clip(np.nan_to_num(value / finite), -1, 1)) if value is not None and finite else 0.0
        scaled = None
        if column == 0 and network.mean is not None and picked is not None:
            value, scaled = picked.features[unit], value
        name = _name(network, column, unit)
        is_class = column == len(network.layers) and network.kind in ("classes", "logits")
        return Node(unit, name, value, unit == marked, unit == winner, share, scaled, is_class)

    return node


def _name(network: Network, column: int, unit: int) -> str:
    if column == 0:
        return network.inputs[unit]
    if column == len(network.layers) and network.kind == "binary":
        return f"P({network.outputs[1]})" if network.outputs else "P(1)"
    return unit_name(network, column - 1, unit)


def _written_sum(network: Network, picked: PickedRow | None, layer: int, unit: int) -> list[str]:
    """Return the highlighted neuron's sum as pieces that may be wrapped between any two."""
    dense = network.layers[layer]
    names = [shorten(name, 16) for name in input_names(network, layer)]
    parts = _parts(network, picked, layer, unit)
    if picked is None:
        pieces = [f"{_factor(w)} × {name}" for name, w in zip(names, parts, strict=True)]
        results = [f"→ a = {formula(dense)}"]
    else:
        trace = picked.traces[layer]
        products = terms(network, picked, layer, unit)
        pieces = [f"{_factor(term.value)} × {_factor(term.weight)}" for term in products]
        if len(pieces) > TERMS_WRITTEN:  # which inputs these are is seen no more
            pieces = [f"{piece} [{name}]" for piece, name in zip(pieces, names, strict=True)]
        z, a = compact(trace.z[0, unit]), compact(trace.a[0, unit])
        results = [f"= {z} → {dense.activation} → {a}"]
    if left := max(0, len(pieces) - TERMS_WRITTEN):
        pieces = [pieces[i] for i in sorted(ranked(parts)[:TERMS_WRITTEN])] + [f"… {left:,} more"]
    pieces.append(_factor(dense.biases[unit]))
    start = f"layers[{layer}] unit {unit}: z ="
    return [f"{start} {pieces[0]}", *(f"+ {piece}" for piece in pieces[1:]), *results]


def _factor(value: Any) -> str:
    text = compact(value)
    return f"({text})" if text.startswith("-") else text


def wrapped(pieces: Sequence[str], fits: Callable[[str], bool]) -> list[str]:
    """Return pieces joined into lines as long as ``fits(line)`` allows."""
    lines: list[str] = []
    for piece in pieces:
        if lines and fits(f"{lines[-1]} {piece}"):
            lines[-1] += f" {piece}"
        else:
            lines.append(piece)
    return lines
