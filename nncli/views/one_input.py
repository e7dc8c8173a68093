"""A network of one input as the curve that it is, with the rows on it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.jobs.compute import class_names, classes_of
from nncli.jobs.labels import ClassLabels, texts
from nncli.nn.network import Network
from nncli.tables.columns import Column
from nncli.views import plot_curves
from nncli.views.groups import as_numbers
from nncli.views.plot import DRAWABLE
from nncli.views.score_charts import probabilities_of

POINTS = 600
"""Places where the network is asked."""
BELOW = -0.05
"""Where rows of classes lie, below the probabilities."""


def one_input(network: Network, X: NDArray[Any], labels: Column | None, title: str) -> Any:
    """Draw the outputs of a network over its one input, around the rows, (n_rows, 1)."""
    x = _around(X[:, 0].astype(np.float64))
    name = network.inputs[0]
    is_classifier = network.kind != "values"
    if is_classifier:
        outputs = probabilities_of(network, x[:, None])
        names = list(class_names(network))
        if len(names) == 2:  # the other one's curve says the same, upside down
            outputs, names = outputs[:, 1:], names[1:]
    else:
        outputs = network(x[:, None]).astype(np.float64).clip(-DRAWABLE, DRAWABLE)
        names = list(network.outputs or (f"output_{i}" for i in range(network.n_outputs)))
    what = "probability" if is_classifier else names[0] if len(names) == 1 else "output"
    what = f"probability of {names[0]}" if is_classifier and len(names) == 1 else what
    rows = None if labels is None else _rows(network, X[:, 0].astype(np.float64), labels)
    return plot_curves.curve(x, outputs, names, (name, what), title, rows=rows, bends=_bends(network))


def _around(values: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = (values.min(), values.max()) if len(values) else (-1.0, 1.0)
    margin = (high - low) * 0.05 or 1.0
    return np.linspace(low - margin, high + margin, POINTS)


def _rows(
    network: Network, x: NDArray[np.float64], labels: Column
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp] | None] | None:
    """Return the rows' places and, of a classifier, their class numbers; None where labels are no numbers."""
    cells = texts(labels)
    if network.kind == "values":
        values = as_numbers(cells)
        return None if values is None else (x, values.clip(-DRAWABLE, DRAWABLE), None)
    codes = np.array(ClassLabels(classes_of(network)).codes_of(cells), dtype=np.intp)
    if -1 not in codes:
        return x, BELOW * (1 + codes / 2), codes
    return x, np.full(len(x), BELOW), np.full(len(x), -1, dtype=np.intp)


def _bends(network: Network) -> list[float]:
    """Return where the units of a first ReLU layer change from off to on."""
    first = network.layers[0]
    if first.activation != "relu":
        return []
    weights, biases = first.weights[0].astype(np.float64), first.biases.astype(np.float64)
    at = -biases[weights != 0] / weights[weights != 0]
    if network.mean is not None and network.std is not None:
        at = at * float(network.std[0]) + float(network.mean[0])
    return [float(place) for place in at]
