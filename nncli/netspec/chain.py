"""Do the layers fit each other? Follows the sizes from the inputs to the last layer."""

from __future__ import annotations

from typing import Any

from nncli.netspec.keys import LAYER, OF_A_FILE, OF_DRAWN_WEIGHTS
from nncli.netspec.model import LayerSpec, Task
from nncli.netspec.part import Part, count_of, is_overridden, shown
from nncli.nn.activations import ACTIVATIONS, default_alpha

MAX_DRAWN = 2**28
"""How many weights a spec may draw: 2 GiB of float64."""


def check_layers(
    part: Part, layers: list[dict[str, Any] | None], n_inputs: int | None, *, from_file: bool
) -> list[LayerSpec]:
    """Check every layer against what comes before it, and fill in its defaults.

    Parameters
    ----------
    part
        The spec's layers.
    layers
        The values of each layer's keys; None where they are wrong.
    n_inputs
        Number of inputs, or None where nothing tells it.
    from_file
        Whether a weights file tells the weights.
    """
    size = n_inputs
    drawn = 0
    result = []
    for index, keys in enumerate(layers):
        if keys is None:
            size = None
            continue
        layer = part.child(index)
        units = _units(layer, keys, size, from_file)
        _check_keys(layer, keys, units, from_file)
        _check_biases(layer, keys, units)
        if "weights" not in keys and not from_file and units is not None and size is not None:
            if drawn <= MAX_DRAWN < drawn + units * size:
                layer.wrong(f"the network draws more than {MAX_DRAWN} weights; put them in a weights file")
            drawn += units * size
        result.append(_layer(keys, units))
        size = units
    return result


def _units(part: Part, keys: dict[str, Any], n_inputs: int | None, from_file: bool) -> int | None:
    """Return the layer's number of units, after checking its weights' shape against it."""
    units: int | None = keys.get("units")
    if keys.get("weights") is not None:
        n_weights = len(keys["weights"])
        if units not in (None, n_weights) and is_overridden(part, "units"):
            part.child("units").wrong(f"{units}, but the layer has weights for {count_of(n_weights, 'unit')}")
            return n_weights
        _check_shape(part, keys["weights"], units, n_inputs)
        return n_weights if "units" not in keys else units
    if not from_file and "units" not in keys and "weights" not in keys:
        part.wrong("missing key 'units' (or 'weights', which tell it)")
    return units


def _check_shape(
    part: Part, weights: tuple[tuple[float, ...], ...], units: int | None, n_inputs: int | None
) -> None:
    """Check a matrix of one row for each neuron and one number for each input."""
    at = part.child("weights")
    n_rows, n_columns = len(weights), len(weights[0])
    first = part.path[-1] == 0
    if n_inputs == n_rows != n_columns and units in (None, n_columns):
        before = count_of(n_inputs, "input") if first else f"{count_of(n_inputs, 'unit')} before it"
        at.wrong(
            f"the matrix is {n_rows} x {n_columns}, but the layer has {before}; "
            "turn it: one row for each neuron, one number for each input"
        )
        return
    if units is not None and n_rows != units:
        at.wrong(f"{count_of(n_rows, 'row')} for {count_of(units, 'unit')}; one row for each neuron")
    if n_inputs is not None and n_columns != n_inputs:
        source = "the network has" if first else "the layer before it has"
        noun = "input" if first else "unit"
        at.wrong(f"{count_of(n_columns, 'number')} in a row, but {source} {count_of(n_inputs, noun)}")


def _check_keys(part: Part, keys: dict[str, Any], units: int | None, from_file: bool) -> None:
    """Check which keys go together."""
    for key in OF_A_FILE if from_file else ():
        if keys.get(key) is not None:
            part.child(key).wrong("not together with a weights file (the spec's key 'weights')")
    for key in OF_DRAWN_WEIGHTS if "weights" in keys and not from_file else ():
        if keys.get(key) is not None:
            part.child(key).wrong("is for drawn weights; not together with 'weights'")
    activation = keys.get("activation", LAYER["activation"].default)
    if activation is not None and (problem := ACTIVATIONS[activation].problem(keys.get("alpha"), units)):
        part.child("alpha").wrong(f"{activation} {problem}")


def _check_biases(part: Part, keys: dict[str, Any], units: int | None) -> None:
    biases = keys.get("biases")
    if biases is not None and units is not None and len(biases) != units:
        part.child("biases").wrong(
            f"{count_of(len(biases), 'number')} for {count_of(units, 'unit')}; one number for each neuron"
        )


def _layer(keys: dict[str, Any], units: int | None) -> LayerSpec:
    """Return the layer; what is left out, or wrong, has its default."""
    given = {key: value for key, value in keys.items() if value is not None}
    layer = LayerSpec(**{**given, "units": units})
    if layer.weights is not None and layer.biases is None:
        layer = layer._replace(biases=(float(LAYER["biases"].default),) * len(layer.weights))
    return layer if "alpha" in keys else layer._replace(alpha=default_alpha(layer.activation))


def task_problem(task: Task, activation: str, units: int) -> str | None:
    """Return why a last layer is none for a task, or None where it is one."""
    if task == "regression":
        softmax = activation == "softmax" and units > 1
        return "a softmax gives probabilities of classes; leave 'task' out" if softmax else None
    if activation == "sigmoid" and units == 1:
        return None
    if activation in ("softmax", "linear", "log_softmax"):
        return None if units > 1 else f"the last layer is one {activation} unit; classes need at least two"
    return (
        f"the last layer is {count_of(units, activation + ' unit')}; classes need a softmax, a single"
        " sigmoid unit, or at least two linear or log_softmax units (logits)"
    )


def check_task(root: Part, task: Task | None, last: LayerSpec) -> None:
    """Check what the outputs shall mean against the last layer."""
    if task is None or last.units is None:
        return
    if problem := task_problem(task, last.activation, last.units):
        root.child("task").wrong(problem)


def check_outputs(root: Part, outputs: tuple[str, ...] | None, last: LayerSpec, task: Task | None) -> None:
    """Check the number of output names against the last layer."""
    units = last.units
    if outputs is None or units is None:
        return
    if units == 1 and last.activation == "sigmoid" and task != "regression":
        if len(outputs) != 2:
            root.child("outputs").wrong(
                f"{count_of(len(outputs), 'name')} for a single sigmoid unit; "
                "it needs two: the class of 0 and the class of 1"
            )
    elif len(outputs) != units:
        root.child("outputs").wrong(
            f"{count_of(len(outputs), 'name')} for the last layer's {count_of(units, 'unit')}"
        )


def check_scale(root: Part, scale: dict[str, Any], n_inputs: int | None) -> None:
    """Check the lengths of mean and std against the inputs, and that nothing is divided by 0."""
    part = root.child("scale")
    if not scale:
        part.wrong("missing key 'mean' or 'std'")
    for key, found in scale.items():
        if found is None:
            continue
        if n_inputs is not None and len(found) != n_inputs:
            part.child(key).wrong(f"{count_of(len(found), 'number')} for {count_of(n_inputs, 'input')}")
        if key == "std":
            for index, value in enumerate(found):
                if value == 0:
                    item = part.child("std").child(index)
                    item.wrong(f"{shown(item.value)} can't divide; leave a constant input's std at 1")
