"""Do the layers fit each other? Follows the sizes from the inputs to the last layer."""

from __future__ import annotations

from typing import Any

from nncli.nn.activations import default_alpha
from nncli.spec.keys import with_alpha
from nncli.spec.kinds import Node, count_of, shown
from nncli.spec.model import LayerSpec

MAX_DRAWN = 2**28
"""How many weights a spec may draw: 2 GiB of float64."""


def check_layers(root: Node, layers: list[dict[str, Any] | None], n_inputs: int | None) -> list[LayerSpec]:
    """Check every layer against what comes before it, and fill in its defaults.

    Parameters
    ----------
    root
        The spec.
    layers
        The values of each layer's keys; None where they are wrong.
    n_inputs
        Number of inputs, or None where nothing tells it.
    """
    from_file = "weights" in root.value
    size = n_inputs
    drawn = 0
    result = []
    for index, keys in enumerate(layers):
        node = root.child("layers").child(index)
        if keys is None:
            size = None
            continue
        units = _units(node, keys, size, from_file)
        _check_keys(node, keys, from_file)
        _check_biases(node, keys, units)
        if "weights" not in keys and not from_file and units is not None and size is not None:
            if drawn <= MAX_DRAWN < drawn + units * size:
                node.wrong(f"the network draws more than {MAX_DRAWN} weights; put them in a weights file")
            drawn += units * size
        result.append(_layer(keys, units))
        size = units
    return result


def _units(node: Node, keys: dict[str, Any], n_inputs: int | None, from_file: bool) -> int | None:
    """Return the layer's number of units, after checking its weights' shape against it."""
    if "weights" not in keys:
        if "units" not in keys and not from_file:
            node.wrong("missing key 'units' (or 'weights', which tell it)")
        units: int | None = keys.get("units")
        return units
    weights, units = keys["weights"], keys.get("units")
    if weights is None:
        return units
    at = node.child("weights")
    n_rows, n_columns = len(weights), len(weights[0])
    transposed = n_inputs == n_rows != n_columns and units in (None, n_columns)
    hint = "; one row for each neuron, so turn the matrix" if transposed else ""
    if units is not None and n_rows != units:
        remedy = hint or "; one row for each neuron"
        at.wrong(f"{count_of(n_rows, 'row')} for {count_of(units, 'unit')}{remedy}")
    if n_inputs is not None and n_columns != n_inputs:
        source = "the network has" if node.path[-1] == 0 else "the layer before it has"
        noun = "input" if node.path[-1] == 0 else "unit"
        at.wrong(f"{count_of(n_columns, 'number')} in a row, but {source} {count_of(n_inputs, noun)}{hint}")
    return n_rows if units is None else units


def _check_keys(node: Node, keys: dict[str, Any], from_file: bool) -> None:
    """Check which keys go together."""
    if from_file:
        for key in ("weights", "biases", "weight_scale"):
            if key in keys:
                node.child(key).wrong("not together with a weights file (the spec's key 'weights')")
    elif "weight_scale" in keys and "weights" in keys:
        node.child("weight_scale").wrong("is for drawn weights; not together with 'weights'")
    activation = keys.get("activation", "linear")
    if "alpha" in keys and activation is not None and default_alpha(activation) is None:
        node.child("alpha").wrong(f"{activation} takes no alpha; {', '.join(with_alpha)} do")


def _check_biases(node: Node, keys: dict[str, Any], units: int | None) -> None:
    biases = keys.get("biases")
    if biases is not None and units is not None and len(biases) != units:
        node.child("biases").wrong(
            f"{count_of(len(biases), 'number')} for {count_of(units, 'unit')}; one number for each neuron"
        )


def _layer(keys: dict[str, Any], units: int | None) -> LayerSpec:
    activation = keys.get("activation") or "linear"
    weights, biases, scale = keys.get("weights"), keys.get("biases"), keys.get("weight_scale")
    if weights is not None and biases is None:
        biases = (0.0,) * len(weights)
    return LayerSpec(
        units=units,
        activation=activation,
        alpha=keys.get("alpha", default_alpha(activation)),
        weights=weights,
        biases=biases,
        weight_scale=0.1 if scale is None else scale,
        name=keys.get("name"),
    )


def check_outputs(root: Node, outputs: tuple[str, ...] | None, layers: list[LayerSpec]) -> None:
    """Check the number of output names against the last layer."""
    if outputs is None or not layers or layers[-1].units is None:
        return
    units, activation = layers[-1].units, layers[-1].activation
    if units == 1 and activation == "sigmoid":
        if len(outputs) != 2:
            root.child("outputs").wrong(
                f"{count_of(len(outputs), 'name')} for a single sigmoid unit; "
                "it needs two: the class of 0 and the class of 1"
            )
    elif len(outputs) != units:
        root.child("outputs").wrong(
            f"{count_of(len(outputs), 'name')} for the last layer's {count_of(units, 'unit')}"
        )


def check_scale(root: Node, scale: dict[str, Any], n_inputs: int | None) -> None:
    """Check the lengths of mean and std against the inputs, and that nothing is divided by 0."""
    node = root.child("scale")
    if not scale:
        node.wrong("'mean' or 'std' is missing")
    for key, found in scale.items():
        if found is None:
            continue
        if n_inputs is not None and len(found) != n_inputs:
            node.child(key).wrong(f"{count_of(len(found), 'number')} for {count_of(n_inputs, 'input')}")
        if key == "std":
            for index, value in enumerate(found):
                if value == 0:
                    item = node.child("std").child(index)
                    item.wrong(f"{shown(item.value)} can't divide; leave a constant input's std at 1")
