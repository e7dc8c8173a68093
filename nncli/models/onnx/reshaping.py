"""Operators that leave the numbers alone, and the tails of classifiers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.models import steps as s
from nncli.models.onnx.graph import FLOATS, TYPES, Graph
from nncli.models.onnx.node import Meaning, Node


def identity(graph: Graph, node: Node) -> Meaning:
    """Read what passes everything on."""
    node.settings()
    node.expect_inputs(1, 1)
    return [], node.inputs[0]


def dropout(graph: Graph, node: Node) -> Meaning:
    """Read what drops units in training only."""
    node.settings(ratio=0.5, seed=0)
    node.expect_inputs(1, 3)
    if len(node.inputs) == 3 and node.inputs[2]:
        training = graph.constant(node.inputs[2])
        if training is None or training.size != 1 or training.item():
            raise node.error("drops units even when it predicts (training_mode)")
    return [], node.inputs[0]


def cast(graph: Graph, node: Node) -> Meaning:
    """Read a change to another float type."""
    to = node.settings(to=0, saturate=1, round_mode=b"up")["to"]  # the last two are for float8 alone
    node.expect_inputs(1, 1)
    if to not in FLOATS:
        raise node.error(f"casts the rows to {TYPES.get(to, f'type {to}')}; only float types are supported")
    return [s.Cast(node.place, FLOATS[to])], node.inputs[0]


def flatten(graph: Graph, node: Node) -> Meaning:
    """Read what makes a row of everything behind the batch axis."""
    axis = node.settings(axis=1)["axis"]
    node.expect_inputs(1, 1)
    return [s.Flatten(node.place, axis)], node.inputs[0]


def reshape(graph: Graph, node: Node) -> Meaning:
    """Read a reshape that keeps the rows."""
    allowzero = node.settings(allowzero=0)["allowzero"]
    node.expect_inputs(2, 2)
    shape = _shape(graph, node)
    if not shape or min(shape) < -1 or shape.count(-1) > 1 or (allowzero and 0 in shape):
        raise node.error(f"a reshape to {shape} is not supported: only to a table of the same rows")
    return [s.Reshape(node.place, shape)], node.inputs[0]


def squeeze(graph: Graph, node: Node) -> Meaning:
    """Read what takes axes of length 1 away."""
    axes = _axes(graph, node)
    return [s.Squeeze(node.place, axes or None)], node.inputs[0]


def unsqueeze(graph: Graph, node: Node) -> Meaning:
    """Read what adds axes of length 1."""
    return [s.Unsqueeze(node.place, _axes(graph, node))], node.inputs[0]


def _axes(graph: Graph, node: Node) -> tuple[int, ...]:
    """Return the axes of a node: an input, or before opset 13 an attribute."""
    node.expect_inputs(1, 2)
    if len(node.inputs) == 1:
        return tuple(node.settings(axes=())["axes"])
    axes = graph.constant(node.inputs[1])
    if axes is None or axes.dtype.kind != "i":
        raise node.error("its axes are not constant")
    return tuple(int(axis) for axis in axes.reshape(-1))


def _shape(graph: Graph, node: Node) -> tuple[int, ...]:
    """Return the shape that a Reshape asks for; 0 is the batch's size, also where it is looked up."""
    name = node.inputs[1]
    shape = graph.constant(name)
    if shape is None and (concat := graph.producer(name)) is not None and concat.op == "Concat":
        concat.settings(axis=0)
        parts = [_shape_part(graph, node, part) for part in concat.inputs]
        shape = None if any(part is None for part in parts) else np.concatenate(parts)  # type: ignore[arg-type] # told above
    if shape is None or shape.ndim != 1 or shape.dtype.kind != "i":
        raise node.error("its shape is computed from the data in a way that is not supported")
    return tuple(int(size) for size in shape)


def _shape_part(graph: Graph, node: Node, name: str) -> NDArray[Any] | None:
    """Return a piece of a shape: constant numbers, or 0 for the size of the batch that comes in."""
    constant = graph.constant(name)
    if constant is not None:
        return constant if constant.ndim == 1 else None
    producer = graph.producer(name)
    if producer is None:
        return None
    unsqueezed = _batch_size_looked_up(graph, producer)
    return np.zeros(1, np.int64) if unsqueezed == node.inputs[0] else None


def _batch_size_looked_up(graph: Graph, node: Node) -> str | None:
    """Return the tensor whose first dimension a node looks up in the two ways of PyTorch, or None."""
    if not node.inputs:
        return None
    if node.op == "Shape" and dict(node.attributes) == {"start": 0, "end": 1}:
        return node.inputs[0]
    if node.op != "Unsqueeze" or _second_input(graph, node, "axes") != [0]:
        return None
    gather = graph.producer(node.inputs[0])
    if gather is None or gather.op != "Gather" or not gather.inputs or gather.settings(axis=0)["axis"] != 0:
        return None
    shape = graph.producer(gather.inputs[0])
    if shape is None or shape.op != "Shape" or shape.attributes or not shape.inputs:
        return None
    return shape.inputs[0] if _second_input(graph, gather) == 0 else None


def _second_input(graph: Graph, node: Node, attribute: str = "") -> Any:
    """Return a constant second input as numbers, or the attribute that older opsets have in its place."""
    if len(node.inputs) == 1:
        said = node.attributes.get(attribute, ())
        return list(said) if isinstance(said, tuple) else None
    constant = graph.constant(node.inputs[1]) if len(node.inputs) == 2 else None
    return None if constant is None else constant.tolist()


def normalizer(graph: Graph, node: Node) -> Meaning:
    """Read a division of each row by its sum."""
    norm = node.settings(norm=b"MAX")["norm"]
    node.expect_inputs(1, 1)
    if norm != b"L1":
        raise node.error("only norm=L1 is supported, where it leaves probabilities as they are")
    return [s.NormalizeSum(node.place)], node.inputs[0]
