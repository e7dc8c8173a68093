"""The layers of a network, what they cost, and what their units do."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncli.inspect.activity import Activity
from nncli.inspect.rows import PickedRow
from nncli.nn.network import Network

Summary = dict[str, Any]
"""What `nncli summary` prints as JSON; its keys are listed in `summarize`."""


def summarize(network: Network) -> Summary:
    """Count what a network consists of.

    Returns
    -------
    dict
        ``inputs`` and ``outputs`` (names), ``task`` where one is said, ``dtype``, ``layers`` and ``total``.
        A layer has ``layer``, ``name``, ``inputs``, ``units``, ``activation``, ``parameters``,
        ``flops_per_row`` and ``bytes``; the total has the last three.
    """
    layers = [
        {
            "layer": number,
            "name": layer.name,
            "inputs": layer.n_inputs,
            "units": layer.n_units,
            "activation": layer.activation,
            "parameters": layer.n_parameters,
            "flops_per_row": layer.flops_per_row,
            "bytes": int(layer.weights.nbytes + layer.biases.nbytes),
        }
        for number, layer in enumerate(network.layers)
    ]
    costs = ("parameters", "flops_per_row", "bytes")
    return {
        "inputs": list(network.inputs),
        "outputs": None if network.outputs is None else list(network.outputs),
        **({} if network.task is None else {"task": network.task}),
        "dtype": network.dtype.name,
        "layers": layers,
        "total": {cost: sum(layer[cost] for layer in layers) for cost in costs},
    }


def add_row(summary: Summary, picked: PickedRow) -> None:
    """Add to each layer the range of its activations in one row.

    The row's number goes to ``row``; each layer's ``values`` are ``min``, ``mean``, ``max`` and
    ``zeros``, the share of units that are exactly 0.
    """
    summary["row"] = picked.number
    for layer, (_, a) in zip(summary["layers"], picked.traces, strict=True):
        with np.errstate(all="ignore"):  # a network may overflow; its mean then is no number either
            layer["values"] = {
                "min": a.min(),
                "mean": float(a.mean(dtype=np.float64)),
                "max": a.max(),
                "zeros": float(np.mean(a == 0)),
            }


def add_activity(summary: Summary, activity: Activity) -> None:
    """Add to each layer the units that never change over the rows.

    The number of rows goes to ``rows``; each layer's ``dead`` are the ReLU units that are 0 in every
    row, its ``saturated`` those that stay within a hundredth of one end of a sigmoid-like activation.
    """
    summary["rows"] = activity.n_rows
    for number, layer in enumerate(summary["layers"]):
        layer["dead"] = activity.dead(number).tolist()
        layer["saturated"] = activity.saturated(number).tolist()
