"""Operators that multiply and add constants."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.models import steps as s
from nncli.models.onnx.graph import Graph
from nncli.models.onnx.node import Meaning, Node
from nncli.models.tensors import quoted


def _weights(graph: Graph, node: Node, name: str) -> NDArray[Any]:
    """Return a node's constant input: finite numbers."""
    array = graph.constant(name)
    if array is None:
        raise node.error(f"its input {quoted(name)} is not constant: branches are not supported")
    if array.dtype.kind != "f":
        raise node.error(f"{quoted(name)} holds no floating-point numbers")
    if not np.isfinite(array).all():
        raise node.error(f"{quoted(name)} holds NaN or infinity")
    return array


def _vector(graph: Graph, node: Node, name: str) -> NDArray[Any]:
    """Return a constant that is the same for all rows: a number per feature, or one for all."""
    array = _weights(graph, node, name)
    if array.ndim > 2 or (array.ndim == 2 and array.shape[0] != 1) or not array.size:
        raise node.error(f"{quoted(name)} of shape {array.shape} is not one number per feature")
    return array.reshape(-1)


def _numbers(graph: Graph, node: Node, name: str) -> NDArray[Any]:
    """Return what is added to the rows, or multiplies them, with its axes: they must fit the rows'."""
    array = _weights(graph, node, name)
    if not array.size:
        raise node.error(f"{quoted(name)} of shape {array.shape} holds no numbers")
    return array


def _data_and_constant(graph: Graph, node: Node) -> tuple[str, str, bool]:
    """Return a two-input node's data input, its constant input, and whether the data come first."""
    node.settings()
    node.expect_inputs(2, 2)
    left, right = node.inputs
    if graph.constant(right) is not None:
        return left, right, True
    if graph.constant(left) is not None:
        return right, left, False
    kind = " (a side branch, such as a residual connection)" if node.op in ("Add", "Sum") else ""
    raise node.error(
        f"both inputs depend on the data{kind}: the branch to {quoted(left, right)} is not supported"
    )


def gemm(graph: Graph, node: Node) -> Meaning:
    """Read alpha * x @ B + beta * C."""
    is_set = node.settings(alpha=1.0, beta=1.0, transA=0, transB=0)
    node.expect_inputs(2, 3)
    if is_set["transA"]:
        raise node.error("transA=1 mixes rows, and is not supported")
    weights = _weights(graph, node, node.inputs[1])
    if weights.ndim != 2:
        raise node.error(f"{quoted(node.inputs[1])} of shape {weights.shape} is not a matrix")
    weights = weights.T if is_set["transB"] else weights
    weights = _times(node, weights, is_set["alpha"])
    biases = None
    if len(node.inputs) == 3 and node.inputs[2]:
        biases = _vector(graph, node, node.inputs[2])
        if biases.size not in (1, weights.shape[1]):
            raise node.error(
                f"{quoted(node.inputs[2])} has {biases.size} numbers for {weights.shape[1]} units"
            )
        biases = np.broadcast_to(biases, (weights.shape[1],))
        biases = _times(node, biases, is_set["beta"])
    return [s.Matrix(node.place, weights, biases)], node.inputs[0]


def _times(node: Node, array: NDArray[Any], factor: float) -> NDArray[Any]:
    if factor == 1.0:
        return array
    product = (array.astype(np.float64) * factor).astype(array.dtype)
    if not np.isfinite(product).all():
        raise node.error(f"its numbers overflow with the factor {factor:g}")
    return product


def matmul(graph: Graph, node: Node) -> Meaning:
    """Read x @ B."""
    source, name, data_first = _data_and_constant(graph, node)
    weights = _weights(graph, node, name)
    if data_first and weights.ndim == 1 and weights.size:  # a number for each row comes out
        return [s.Matrix(node.place, weights[:, None]), s.Squeeze(node.place, (-1,))], source
    if not data_first or weights.ndim != 2:
        raise node.error(f"{quoted(name)} of shape {weights.shape} is not a matrix right of the data")
    return [s.Matrix(node.place, weights)], source


def neg(graph: Graph, node: Node) -> Meaning:
    """Read -x."""
    node.settings()
    node.expect_inputs(1, 1)
    return [s.Multiply(node.place, np.array([-1]))], node.inputs[0]


def add(graph: Graph, node: Node) -> Meaning:
    """Read x + c."""
    source, name, _ = _data_and_constant(graph, node)
    return [s.Shift(node.place, _numbers(graph, node, name))], source


def sub(graph: Graph, node: Node) -> Meaning:
    """Read x - c or c - x."""
    source, name, data_first = _data_and_constant(graph, node)
    by = _numbers(graph, node, name)
    if data_first:
        return [s.Shift(node.place, -by)], source
    return [s.Multiply(node.place, np.array([-1], by.dtype)), s.Shift(node.place, by)], source


def mul(graph: Graph, node: Node) -> Meaning:
    """Read x * c."""
    source, name, _ = _data_and_constant(graph, node)
    return [s.Multiply(node.place, _numbers(graph, node, name))], source


def div(graph: Graph, node: Node) -> Meaning:
    """Read x / c."""
    source, name, data_first = _data_and_constant(graph, node)
    by = _numbers(graph, node, name)
    if not data_first or not by.all():
        raise node.error("division by the data or by zero is not supported")
    return [s.Divide(node.place, by)], source


def batch_normalization(graph: Graph, node: Node) -> Meaning:
    """Read (x - mean) / sqrt(variance + epsilon) * gamma + beta."""
    is_set = node.settings(epsilon=1e-5, momentum=0.9, training_mode=0, spatial=1)
    node.expect_inputs(5, 5)
    if is_set["training_mode"] or is_set["spatial"] != 1:
        raise node.error("only its inference form is supported (training_mode=0, spatial=1)")
    gamma, beta, mean, variance = (_vector(graph, node, name) for name in node.inputs[1:])
    squared = variance.astype(np.float64) + is_set["epsilon"]
    if not (squared > 0).all():
        raise node.error(f"{quoted(node.inputs[4])} holds a variance that is not positive")
    spread = np.sqrt(squared).astype(variance.dtype)
    found: list[s.Step] = [s.Shift(node.place, -mean), s.Divide(node.place, spread)]
    return [*found, s.Multiply(node.place, gamma), s.Shift(node.place, beta)], node.inputs[0]


def scaler(graph: Graph, node: Node) -> Meaning:
    """Read scikit-learn's (x - offset) * scale."""
    is_set = node.settings(offset=(), scale=())
    node.expect_inputs(1, 1)
    offset, scale = (np.array(is_set[name], np.float32) for name in ("offset", "scale"))
    if not (offset.size and scale.size and np.isfinite(offset).all() and np.isfinite(scale).all()):
        raise node.error("needs finite offset and scale")
    at = node.place  # it puts out float32, whatever comes in
    return [s.Cast(at, "float32"), s.Shift(at, -offset), s.Multiply(at, scale)], node.inputs[0]
