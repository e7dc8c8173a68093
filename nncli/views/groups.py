"""What the points of a chart are coloured by: their labels, else the network's predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.jobs.compute import class_names, predict
from nncli.jobs.inputs import Input
from nncli.jobs.labels import ClassLabels, texts
from nncli.nn.network import Network
from nncli.tables.columns import Column
from nncli.views.plot import DRAWABLE
from nncli.views.plot_points import Groups

MANY_VALUES = 20
"""A label of so many different numbers is a quantity, not a class."""


def groups_of(network: Network, rows: Input, X: NDArray[Any], labels: Column | None) -> Groups:
    """Return what the points are coloured by: their labels, else the network's predictions."""
    if labels is None:
        outputs = network(X)
        prediction = predict(network, outputs)
        if prediction is not None:
            return Groups("prediction", prediction.codes, prediction.texts)
        return Groups("output", values=outputs[:, 0].astype(np.float64).clip(-DRAWABLE, DRAWABLE))
    title = rows.table.columns[rows.labels[0]]
    cells = texts(labels)
    classes = class_names(network)
    codes = ClassLabels(classes).codes_of(cells)
    if -1 not in codes:  # labels that are all classes of the network
        return Groups(title, np.array(codes, dtype=np.intp), classes)
    values = as_numbers(cells)
    if values is not None and (len(set(cells)) > MANY_VALUES or (values != np.round(values)).any()):
        return Groups(title, values=values.clip(-DRAWABLE, DRAWABLE))
    # The network's classes come first, so that a class has the same colour as its region.
    names = list(classes)
    names += sorted(set(cells) - set(names), key=lambda cell: (len(cell), cell))
    code_of = {name: code for code, name in enumerate(names)}
    return Groups(title, np.array([code_of[cell] for cell in cells], dtype=np.intp), names)


def as_numbers(cells: list[str]) -> NDArray[np.float64] | None:
    """Return cells as finite numbers, or None where one is none."""
    try:
        values = np.array([float(cell) for cell in cells])
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None
