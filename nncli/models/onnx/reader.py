"""The way in: from an ONNX file to a network."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nncli.errors import MissingExtraError
from nncli.models.folding import Folded, Origin, fold
from nncli.models.onnx.graph import Graph, open_graph
from nncli.models.onnx.operators import Walk
from nncli.models.onnx.outputs import Scores, find_scores
from nncli.netspec.chain import task_problem
from nncli.nn.activations import ACTIVATIONS
from nncli.nn.network import Network


def read(path: Path, output: str | None = None) -> Network:
    """Read the network that an ONNX file holds.

    Parameters
    ----------
    output
        The output that counts, where the file has several networks in one.

    Raises
    ------
    ModelError
        Where the file is damaged, or computes something that a chain of dense layers does not.
    MissingExtraError
        Where the package onnx is not installed.
    """
    try:
        import onnx  # noqa: F401 - told here, before anything of the file is touched
    except ImportError as error:
        raise MissingExtraError("reading .onnx files", "onnx") from error
    graph = open_graph(path)
    with np.errstate(all="ignore"):  # what overflows on the way is refused for its result
        scores = find_scores(graph, output)
        walk = Walk(graph, scores.name)
        steps = walk.steps()
    n_bytes = graph.size + graph.constants.external_bytes
    folded = fold(steps, Origin(str(path), n_bytes, walk.row))
    graph.check_nodes()
    return _with_own_notes(graph, _with_classes(graph, folded, scores))


def _with_classes(graph: Graph, folded: Folded, scores: Scores) -> Network:
    """Return the network with its task, and the file's names of the classes where they are no numbers."""
    network, both_classes = folded
    last = network.layers[-1]
    if scores.n_columns not in (None, 2 if both_classes else last.n_units):
        raise graph.error(f"puts out {scores.n_columns} of the network's {last.n_units} columns alone")
    if both_classes and last.activation == "linear":
        return network  # the sign of one score tells the class, which no spec can say
    if not scores.labelled:
        return network
    if last.n_units > 1 and last.activation in ("linear", "log_softmax"):
        network = replace(network, task="classification")
    n_classes = 2 if both_classes else network.n_outputs
    if not both_classes and network.kind not in ("classes", "logits"):
        raise graph.error(
            "picks a class from numbers that are no scores: no softmax, no logits, no binary pair"
        )
    if scores.classes is None or scores.classes == tuple(range(n_classes)):
        return network
    if len(scores.classes) != n_classes:
        raise graph.error(f"names {len(scores.classes)} classes, and the network has {n_classes}")
    return replace(network, outputs=tuple(str(name) for name in scores.classes))


def _with_own_notes(graph: Graph, network: Network) -> Network:
    """Return the network with what our own writer noted and ONNX has no words for."""
    try:
        notes: Any = json.loads(graph.metadata.get("nncli", "{}"))
    except (ValueError, RecursionError):
        notes = {}
    if not isinstance(notes, dict):
        return network
    if inputs := _names(notes.get("inputs"), network.n_inputs):
        network = replace(network, inputs=inputs, named_inputs=True)
    task, last = notes.get("task"), network.layers[-1]
    if task in ("classification", "regression") and not task_problem(task, last.activation, last.n_units):
        network = replace(network, task=task)
    elif "task" in notes and task is None:
        network = replace(network, task=None)
    if outputs := _names(notes.get("outputs"), network.n_names):
        network = replace(network, outputs=outputs)
    keys = ("layers", "activations", "alphas")
    noted = [_list(notes.get(key), len(network.layers)) for key in keys]
    layers = list(network.layers)
    for at, (layer, name, activation, alpha) in enumerate(zip(layers, *noted, strict=True)):
        if activation in ACTIVATIONS and _formula(activation) == _formula(layer.activation):
            layer = replace(layer, activation=activation)
        if isinstance(name, str):
            layer = replace(layer, name=name)
        # An attribute has float32's digits only; a note with more of the same number's is believed.
        if (
            isinstance(alpha, float | list)
            and layer.alpha is not None
            and _rounded(alpha) == _rounded(layer.alpha)
        ):
            layer = replace(layer, alpha=tuple(alpha) if isinstance(alpha, list) else alpha)
        layers[at] = layer
    return replace(network, layers=tuple(layers))


def _formula(activation: str) -> str:
    return ACTIVATIONS[activation].formula.text


def _rounded(alpha: Any) -> Any:
    """Return a number, or a list of them, in float32; None where it is something else."""
    try:
        return np.array(alpha, np.float32).tolist()
    except (ValueError, TypeError, OverflowError):
        return None


def _names(value: Any, n: int) -> tuple[str, ...] | None:
    """Return n different names, or None where the note holds something else."""
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        return None
    return tuple(value) if len(value) == len(set(value)) == n else None


def _list(value: Any, n: int) -> list[Any]:
    return value if isinstance(value, list) and len(value) == n else [None] * n
