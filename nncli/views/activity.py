"""What the units of a network do over many rows: their ranges, and which never change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import DataError
from nncli.nn.layers import Dense
from nncli.nn.network import LayerTrace, Network
from nncli.tables.batch import Batch

SATURATED = 0.99
"""How near to its limit an activation counts as saturated, as a share of its whole range."""

LIMITS = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
}
"""The activations with two flat ends, and those ends."""

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
        """Return the ReLU units of a layer that were 0 in every row."""
        if self.n_rows == 0 or self.network.layers[layer].activation != "relu":
            return np.empty(0, np.intp)
        return np.flatnonzero(self.layers[layer].high == 0)

    def saturated(self, layer: int) -> NDArray[np.intp]:
        """Return the units of a layer that stayed at one flat end of their activation in every row."""
        limits = LIMITS.get(self.network.layers[layer].activation)
        if self.n_rows == 0 or limits is None:
            return np.empty(0, np.intp)
        margin = (1 - SATURATED) * (limits[1] - limits[0])
        low, high = self.layers[layer].low, self.layers[layer].high
        at_an_end = (high <= limits[0] + margin) | (low >= limits[1] - margin)
        return np.flatnonzero(at_an_end & (low <= high))


def scan(
    network: Network, batches: Iterable[Batch], *, row: int | None, watched: int | None, name: str
) -> tuple[NDArray[Any] | None, Activity]:
    """Read rows once: pick one out, and watch the units over the first ``watched`` (None: all).

    Rows without features count, but nothing is computed for them. Reading stops as soon as nothing
    more is wanted.

    Returns
    -------
    features, activity
        The features of ``row``, (n_inputs,), or None where no row was asked for; and what the units
        did in the rows that were watched.

    Raises
    ------
    DataError
        The data, called ``name`` in the message, have no such row, or a value of it is missing.
    """
    activity, picked, n_rows = Activity(network), None, 0
    for batch in batches:
        if row is not None and n_rows <= row < n_rows + len(batch):
            if batch.missing is not None and batch.missing[row - n_rows]:
                raise DataError(f"{name}: row {row}: a value is missing")
            picked = batch.features[row - n_rows].copy()
        end = len(batch) if watched is None else max(0, watched - n_rows)
        X = batch.features[:end]
        activity.add(X if batch.missing is None else X[~batch.missing[:end]])
        n_rows += len(batch)
        activity.cut = watched is not None and n_rows >= watched
        if activity.cut and (row is None or n_rows > row):
            break
    if row is not None and picked is None:
        raise DataError(f"{name}: there is no row {row}; the {n_rows} rows are counted from 0")
    return picked, activity


def _traces(network: Network, X: NDArray[Any]) -> Iterator[list[LayerTrace]]:
    step = max(1, CELLS_AT_ONCE // sum(map(_units, network.layers)))
    for start in range(0, len(X), step):
        yield network.trace(X[start : start + step])


def _units(layer: Dense) -> int:
    return layer.n_units
