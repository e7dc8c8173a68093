"""Operators that are activations, as far as a spec can say their settings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nncli.models.onnx import steps as s
from nncli.models.onnx.graph import Graph, Node
from nncli.models.onnx.steps import Meaning
from nncli.models.tensors import quoted


def plain(name: str) -> Callable[[Graph, Node], Meaning]:
    """Return the reader of an activation without settings."""

    def read(graph: Graph, node: Node) -> Meaning:
        node.settings()
        node.expect_inputs(1, 1)
        return [s.Activation(node, name)], node.inputs[0]

    return read


def with_alpha(name: str, default: float) -> Callable[[Graph, Node], Meaning]:
    """Return the reader of an activation whose alpha a spec can say."""

    def read(graph: Graph, node: Node) -> Meaning:
        alpha = node.settings(alpha=default)["alpha"]
        node.expect_inputs(1, 1)
        return [s.Activation(node, name, _decimal(node, alpha))], node.inputs[0]

    return read


def _decimal(node: Node, number: float) -> float:
    """Return the shortest decimal behind an attribute's float32: 0.2, not 0.20000000298."""
    if not np.isfinite(number):
        raise node.error(f"alpha is {number}, which is no finite number")
    return float(str(np.float32(number)))


def hard_sigmoid(graph: Graph, node: Node) -> Meaning:
    """Read clip(alpha * x + beta, 0, 1); its beta must be 1/2."""
    is_set = node.settings(alpha=0.2, beta=0.5)
    node.expect_inputs(1, 1)
    if is_set["beta"] != 0.5:
        raise node.error(f"beta={_decimal(node, is_set['beta'])} is not supported: a spec can say 0.5 only")
    alpha = _decimal(node, is_set["alpha"])
    alpha = 1 / 6 if np.float32(alpha) == np.float32(1 / 6) else alpha
    return [s.Activation(node, "hard_sigmoid", alpha)], node.inputs[0]


def selu(graph: Graph, node: Node) -> Meaning:
    """Read Selu; its two constants must be the usual ones."""
    constants = {"alpha": 1.6732631921768188, "gamma": 1.0507010221481323}
    is_set = node.settings(**constants)
    node.expect_inputs(1, 1)
    for name, value in constants.items():
        if abs(is_set[name] - value) > 2e-7 * value:
            raise node.error(f"{name}={is_set[name]} is not supported: a spec's selu has {value:.7g}")
    return [s.Activation(node, "selu")], node.inputs[0]


def gelu(graph: Graph, node: Node) -> Meaning:
    """Read Gelu, with erf or with tanh."""
    approximate = node.settings(approximate=b"none")["approximate"]
    node.expect_inputs(1, 1)
    names = {b"none": "gelu", b"tanh": "gelu_tanh"}
    if approximate not in names:
        raise node.error(f"approximate={quoted(approximate.decode(errors='replace'))} is not known")
    return [s.Activation(node, names[approximate])], node.inputs[0]


def along_rows(name: str) -> Callable[[Graph, Node], Meaning]:
    """Return the reader of softmax and its like, over the features of each row."""

    def read(graph: Graph, node: Node) -> Meaning:
        axis = node.settings(axis=1)["axis"]  # the default, 1 and later -1, is the same for a table
        node.expect_inputs(1, 1)
        if axis not in (1, -1):
            raise node.error(f"axis={axis} mixes rows: only the features' axis, 1 or -1, is supported")
        return [s.Activation(node, name)], node.inputs[0]

    return read
