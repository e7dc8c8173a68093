"""The way in: from an ONNX file to a network."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nncli.errors import MissingExtraError
from nncli.models.folding import Folded, Source, fold
from nncli.models.onnx.graph import Graph, open_graph
from nncli.models.onnx.operators import steps_to
from nncli.models.onnx.outputs import Scores, find_scores
from nncli.nn.network import Network


def read(path: Path) -> Network:
    """Read the network that an ONNX file holds.

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
        scores = find_scores(graph)
        steps = steps_to(graph, scores.name)
    n_bytes = graph.size + graph.constants.external_bytes
    folded = fold(steps, Source(str(path), n_bytes, graph.input.dtype, graph.input.dims))
    graph.check_nodes()
    return _with_own_notes(graph, _with_classes(graph, folded, scores))


def _with_classes(graph: Graph, folded: Folded, scores: Scores) -> Network:
    """Return the network with the file's names of the classes, where they say more than the numbers do."""
    network, both_classes = folded
    if not scores.labelled:
        return network
    n_classes = 2 if both_classes else network.n_outputs
    if not both_classes and network.kind != "classes":
        raise graph.error("picks a class from numbers that are no probabilities: no softmax, no binary pair")
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
    if outputs := _names(notes.get("outputs"), network.n_names):
        network = replace(network, outputs=outputs)
    names, alphas = (_list(notes.get(key), len(network.layers)) for key in ("layers", "alphas"))
    layers = list(network.layers)
    for at, (layer, name, alpha) in enumerate(zip(layers, names, alphas, strict=True)):
        if isinstance(name, str):
            layer = replace(layer, name=name)
        # An attribute has float32's digits only; a note with more of the same number's is believed.
        if (
            isinstance(alpha, float)
            and layer.alpha is not None
            and np.float32(alpha) == np.float32(layer.alpha)
        ):
            layer = replace(layer, alpha=alpha)
        layers[at] = layer
    return replace(network, layers=tuple(layers))


def _names(value: Any, n: int) -> tuple[str, ...] | None:
    """Return n different names, or None where the note holds something else."""
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        return None
    return tuple(value) if len(value) == len(set(value)) == n else None


def _list(value: Any, n: int) -> list[Any]:
    return value if isinstance(value, list) and len(value) == n else [None] * n
