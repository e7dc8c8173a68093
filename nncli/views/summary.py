"""The layers of a network, what they cost, and what their units do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nncli.nn.network import Network
from nncli.text import printable, shorten
from nncli.views.activity import Activity
from nncli.views.rows import PickedRow
from nncli.views.text import rounded, table

Summary = dict[str, Any]
"""What `nncli summary` prints as JSON; its keys are listed in `summarize`."""

MOST_UNITS_NAMED = 8


def summarize(network: Network) -> Summary:
    """Count what a network consists of.

    Returns
    -------
    dict
        ``inputs`` and ``outputs`` (names), ``dtype``, ``layers`` and ``total``. A layer has ``layer``,
        ``name``, ``inputs``, ``units``, ``activation``, ``parameters``, ``flops_per_row`` and ``bytes``;
        the total has the last three. A weight costs two operations, a multiplication and an addition
        (the bias is the last one added); activations are not counted.
    """
    layers = []
    for number, layer in enumerate(network.layers):
        parameters = layer.weights.size + layer.biases.size
        layers.append(
            {
                "layer": number,
                "name": layer.name,
                "inputs": layer.n_inputs,
                "units": layer.n_units,
                "activation": layer.activation,
                "parameters": int(parameters),
                "flops_per_row": 2 * int(layer.weights.size),
                "bytes": int(layer.weights.nbytes + layer.biases.nbytes),
            }
        )
    costs = ("parameters", "flops_per_row", "bytes")
    return {
        "inputs": list(network.inputs),
        "outputs": None if network.outputs is None else list(network.outputs),
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


def summary_text(name: str, summary: Mapping[str, Any]) -> str:
    """Return a summary as tables for people."""
    inputs = f"{len(summary['inputs'])} inputs ({_names(summary['inputs'])})"
    outputs = f", outputs {_names(summary['outputs'])}" if summary["outputs"] else ""
    lines = [f"{printable(name)}: {inputs}{outputs}, {summary['dtype']}", "", *_costs(summary)]
    if "row" in summary:
        lines += ["", f"activations of row {summary['row']}", *_values(summary)]
    if "rows" in summary:
        lines += ["", f"units over {summary['rows']} rows", *_units(summary)]
    return "\n".join(lines) + "\n"


def _costs(summary: Mapping[str, Any]) -> list[str]:
    named = any(layer["name"] for layer in summary["layers"])
    header = ["layer", *(["name"] if named else []), "shape", "activation"]
    rows = []
    for layer in summary["layers"]:
        shape = f"{layer['inputs']} → {layer['units']}"
        name = [shorten(layer["name"] or "", 24)] if named else []
        rows.append([f"layers[{layer['layer']}]", *name, shape, layer["activation"], *_cost_cells(layer)])
    total = ["total", *[""] * (len(header) - 1), *_cost_cells(summary["total"])]
    header += ["parameters", "FLOPs per row", "bytes"]
    return table(header, [*rows, total], "<" * (len(header) - 3) + ">>>")


def _cost_cells(costs: Mapping[str, Any]) -> list[str]:
    return [f"{costs[cost]:,}" for cost in ("parameters", "flops_per_row", "bytes")]


def _values(summary: Mapping[str, Any]) -> list[str]:
    rows = [
        [
            f"layers[{layer['layer']}]",
            *(rounded(layer["values"][key]) for key in ("min", "mean", "max")),
            f"{layer['values']['zeros']:.0%}",
        ]
        for layer in summary["layers"]
    ]
    return table(["layer", "min", "mean", "max", "zeros"], rows, "<...>")


def _units(summary: Mapping[str, Any]) -> list[str]:
    rows = [
        [f"layers[{layer['layer']}]", listed(layer["dead"]), listed(layer["saturated"])]
        for layer in summary["layers"]
    ]
    return table(["layer", "dead (always 0)", "saturated"], rows, "<<<")


def listed(units: Sequence[int]) -> str:
    """Return unit numbers as text, the first few of many: ``0, 4, 7 and 12 more``."""
    if not len(units):
        return "none"
    shown, left = units[:MOST_UNITS_NAMED], len(units) - MOST_UNITS_NAMED
    return ", ".join(map(str, shown)) + (f" and {left} more" if left > 0 else "")


def _names(names: Sequence[str]) -> str:
    return shorten(", ".join(names), 60)
