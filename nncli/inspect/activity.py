"""What the units of a network do over many rows: their ranges, and which never change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.nn.activations import ACTIVATIONS
from nncli.nn.network import LayerTrace, Network

SATURATED = 0.99
"""How near to its limit an activation counts as saturated, as a share of its whole range."""

WATCHED_ROWS = 10_000
WATCHED_FLOPS = 20_000_000_000
"""How many rows, and how much work, we spend to find units that never change."""

CELLS_AT_ONCE = 1 << 20
"""How many numbers of a trace may be in memory together."""


@dataclass(slots=True)
class UnitRanges:
    """The smallest and largest activation of each unit of one layer, (n_units,) each."""

    low: NDArray[Any]
    high: NDArray[Any]


class Activity:
    """The ranges of all units over the rows seen so far; memory does not grow with the rows."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.n_rows = 0
        self.cut = False  # whether there may be more rows than were watched
        self.layers = [
            UnitRanges(np.full(layer.n_units, np.inf), np.full(layer.n_units, -np.inf))
            for layer in network.layers
        ]

    def add(self, X: NDArray[Any]) -> None:
        """Take rows into account, (n_rows, n_inputs)."""
        for traces in _traces(self.network, X):
            for ranges, (_, a) in zip(self.layers, traces, strict=True):
                np.fmin(ranges.low, np.fmin.reduce(a, axis=0), out=ranges.low)
                np.fmax(ranges.high, np.fmax.reduce(a, axis=0), out=ranges.high)
        self.n_rows += len(X)

    def dead(self, layer: int) -> NDArray[np.intp]:
        """Return the ReLU units of a layer that were 0 in every row; a single row tells nothing."""
        if self.n_rows < 2 or self.network.layers[layer].activation != "relu":
            return np.empty(0, np.intp)
        return np.flatnonzero(self.layers[layer].high == 0)

    def saturated(self, layer: int) -> NDArray[np.intp]:
        """Return the units of a layer that stayed at one flat end of their activation in every row."""
        limits = ACTIVATIONS[self.network.layers[layer].activation].limits
        if self.n_rows == 0 or limits is None:
            return np.empty(0, np.intp)
        margin = (1 - SATURATED) * (limits[1] - limits[0])
        low, high = self.layers[layer].low, self.layers[layer].high
        at_an_end = (high <= limits[0] + margin) | (low >= limits[1] - margin)
        return np.flatnonzero(at_an_end & (low <= high))


def rows_to_watch(network: Network) -> int:
    """Return over how many rows we look for units that never change: fewer where a row costs much."""
    return min(WATCHED_ROWS, 1 + WATCHED_FLOPS // network.flops_per_row)


def _traces(network: Network, X: NDArray[Any]) -> Iterator[list[LayerTrace]]:
    step = max(1, CELLS_AT_ONCE // network.n_units)
    for start in range(0, len(X), step):
        yield network.trace(X[start : start + step])
