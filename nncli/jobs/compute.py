"""Rows through the network: what is computed of them, and what it is called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.nn.network import Network
from nncli.tables.columns import Labels
from nncli.tables.rows import Results, Rows
from nncli.tables.table import Size

_RESULTS_AT_ONCE = 1 << 18
"""How many numbers are computed before they are used; what they take must not depend on how rows are read."""


def block_size(network: Network, *, trace: bool = False) -> Size:
    """Return how large the blocks may be that `compute` runs.

    They hold whole multiples of the network's ``block_rows``: float32 products differ in their last bits
    with a row's place in its block, and how rows are read must not show in the output.
    """
    n_results = 2 * network.n_units if trace else network.n_outputs
    multiple = network.block_rows
    return Size(multiple, max(1, _RESULTS_AT_ONCE // n_results // multiple) * multiple)


def compute(
    network: Network,
    rows: Rows,
    *,
    trace: bool = False,
    n_threads: int | None = None,
    counts: Sequence[int] = (),
) -> Results:
    """Return what the network gives for a block of rows.

    Parameters
    ----------
    counts
        The rows are those of tables that have so many: each has the bits that it has alone.
    """
    features, places = rows.features, None
    if counts and network.block_rows > 1:
        features, places = _apart(features, counts, network.block_rows)
    traced: NDArray[Any] | None = None
    if trace:
        layers = network.trace(features, n_threads=n_threads)
        traced = np.hstack([matrix for layer in layers for matrix in layer])
        outputs = layers[-1].a
    else:
        outputs = network(features, n_threads=n_threads)
    if places is not None:
        outputs, traced = outputs[places], None if traced is None else traced[places]
    prediction = predict(network, outputs, rows.missing)
    return Results(rows.kept, outputs, rows.missing, prediction=prediction, trace=traced, first=rows.first)


def _apart(
    features: NDArray[Any], counts: Sequence[int], multiple: int
) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return the rows with rows of zeros between tables, so that each begins a block, and where they are."""
    filled = -(-np.array(counts) // multiple) * multiple
    shifts = np.cumsum(filled - counts) - (filled - counts)
    places = np.arange(len(features)) + np.repeat(shifts, counts)
    apart = np.zeros((int(filled.sum()), features.shape[1]), features.dtype)
    apart[places] = features
    return apart, places


def output_names(network: Network, *, trace: bool = False) -> list[str]:
    """Return the names of the columns that `compute` gives, in their order."""
    names = []
    if trace:
        for number, layer in enumerate(network.layers):
            names += [f"layer{number}_{step}_{unit}" for step in "za" for unit in range(layer.n_units)]
    if network.kind == "binary":
        return [*names, "prediction", "probability"]
    units = network.outputs or range(network.n_outputs)
    predicted = [] if network.kind == "values" else ["prediction"]
    what = "probability" if network.kind == "classes" else "output"
    return [*names, *predicted, *(f"{what}_{unit}" for unit in units)]


def number_names(network: Network, *, trace: bool = False) -> list[str]:
    """Return the names of the columns of numbers among those: all but the prediction."""
    return [name for name in output_names(network, trace=trace) if name != "prediction"]


def class_names(network: Network) -> Sequence[str]:
    """Return the text of each class: its name, else its number."""
    return network.outputs or [str(i) for i in range(max(2, network.n_outputs))]


def classes_of(network: Network) -> Sequence[str | int]:
    """Return what labels call the classes: their names, or their numbers where they have none."""
    names = class_names(network)
    return names if network.outputs is not None else range(len(names))


def predict(
    network: Network, outputs: NDArray[Any], missing: NDArray[np.bool_] | None = None
) -> Labels | None:
    """Return each row's class, or None where the network names no classes.

    The first of equal probabilities wins, a single sigmoid unit says 1 from 0.5 on, and a row
    without features or with NaN has no prediction.
    """
    if network.kind == "values":
        return None
    binary = network.kind == "binary"
    codes = (outputs[:, 0] >= 0.5).astype(np.intp) if binary else first_largest(outputs)
    not_numbers = np.isnan(outputs)
    if not_numbers.any():
        codes[not_numbers.any(axis=1)] = -1
    if missing is not None:
        codes[missing] = -1
    return Labels(codes, class_names(network), quoted=network.outputs is not None)


def first_largest(outputs: NDArray[Any]) -> NDArray[np.intp]:
    """Return ``outputs.argmax(axis=1)``; few columns are faster compared one after the other."""
    if outputs.shape[1] > 16:
        return np.argmax(outputs, axis=1)
    largest = outputs[:, 0].copy()
    codes = np.zeros(len(outputs), dtype=np.uint8)
    for unit in range(1, outputs.shape[1]):
        larger = outputs[:, unit] > largest
        np.maximum(codes, larger * np.uint8(unit), out=codes)
        np.maximum(largest, outputs[:, unit], out=largest)
    return codes.astype(np.intp)
