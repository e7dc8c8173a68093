"""One row out of many, with what every layer computed of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import DataError
from nncli.inspect.activity import Activity
from nncli.nn.network import LayerTrace, Network
from nncli.tables.rows import Rows


@dataclass(frozen=True, slots=True, eq=False)
class PickedRow:
    """A row's number, its features (n_inputs,), and a trace of it per layer, (1, n_units) each."""

    number: int
    features: NDArray[Any]
    traces: list[LayerTrace]


def pick(network: Network, X: NDArray[Any], row: int = 0, number: int | None = None) -> PickedRow:
    """Return one row of X, (n_rows, n_inputs), as the network computes it among the others."""
    traces = [LayerTrace(z[row : row + 1], a[row : row + 1]) for z, a in network.trace(X)]
    return PickedRow(row if number is None else number, X[row].copy(), traces)


def scan(
    network: Network, parts: Iterable[Rows], *, row: int | None, watched: int | None, name: str
) -> tuple[PickedRow | None, Activity]:
    """Read rows once: pick one out, and watch the units over the first ``watched`` (None: all).

    Rows without features count, but nothing is computed for them. Reading stops as soon as nothing
    more is wanted. A float32 network's last bits depend on a row's place in its block, so the
    row is computed in the block that `run` computes it in.

    Returns
    -------
    picked, activity
        The row, or None where none was asked for; and what the units did in the watched rows.

    Raises
    ------
    DataError
        The data, called ``name`` in the message, have no such row, or a value of it is missing.
    """
    activity = Activity(network)
    start = -1 if row is None else row - row % network.block_rows
    block: list[NDArray[Any]] = []
    n_rows = 0
    for part in parts:
        if row is not None:
            at = row - n_rows
            if part.missing is not None and 0 <= at < len(part) and part.missing[at]:
                raise DataError(f"{name}: row {row}: a value is missing")
            first, last = (min(max(0, at - n_rows), len(part)) for at in (start, start + network.block_rows))
            block.append(part.features[first:last].copy())
        n_watched = len(part) if watched is None else min(len(part), max(0, watched - n_rows))
        X = part.features[:n_watched]
        activity.add(X if part.missing is None else X[~part.missing[:n_watched]])
        n_rows += len(part)
        activity.cut = watched is not None and n_rows >= watched
        if activity.cut and (row is None or n_rows >= start + network.block_rows):
            break
    if row is None:
        return None, activity
    if n_rows <= row:
        rows = "the only one is row 0" if n_rows == 1 else f"the {n_rows} rows are counted from 0"
        raise DataError(f"{name}: there is no row {row}; {rows}")
    return pick(network, np.concatenate(block), row - start, row), activity
