"""What each operator of the graph means in steps, and the walk from the scores back to the input.

To add an operator: write a function that returns the node's steps in the order in which they are
computed and the name of the tensor they begin with, and put it in `OPERATORS`. An activation's forms
stand in `nncli.nn.activations`.
"""

from __future__ import annotations

from collections.abc import Callable

from nncli.models import steps as s
from nncli.models.onnx import affine, reshaping
from nncli.models.onnx.graph import Graph
from nncli.models.onnx.node import Meaning, Node
from nncli.models.onnx.patterns import find_activation, refuse_settings
from nncli.models.tensors import quoted

MAX_NODES = 10_000
"""Nodes on the way from the input to the scores; real networks have a few hundred."""


def steps_to(graph: Graph, name: str) -> list[s.Step]:
    """Return all steps from the graph's input to a tensor.

    Raises
    ------
    ModelError
        At the first node that no chain of dense layers can say.
    """
    backwards: list[s.Step] = []
    for _ in range(MAX_NODES):
        if name == graph.input.name:
            return backwards[::-1]
        node = graph.producer(name)
        if node is None:
            raise graph.error(f"{quoted(name)} does not depend on the input")
        if name != node.outputs[0]:
            raise node.error(f"its output {quoted(name)} is not supported")
        found, name = _read_node(graph, node)
        backwards.extend(reversed(found))
    raise graph.error(f"has more than {MAX_NODES} nodes in a row")


def _read_node(graph: Graph, node: Node) -> Meaning:
    if found := find_activation(graph, node):
        name, alpha, source = found
        return [s.Activate(node.place, name, alpha)], source
    if node.op not in OPERATORS:
        refuse_settings(graph, node)
        raise node.error("this operator is not supported in a chain of dense layers")
    return OPERATORS[node.op](graph, node)


OPERATORS: dict[str, Callable[[Graph, Node], Meaning]] = {
    "Gemm": affine.gemm,
    "MatMul": affine.matmul,
    "Add": affine.add,
    "Sub": affine.sub,
    "Mul": affine.mul,
    "Div": affine.div,
    "BatchNormalization": affine.batch_normalization,
    "ai.onnx.ml.Scaler": affine.scaler,
    "Identity": reshaping.identity,
    "Dropout": reshaping.dropout,
    "Cast": reshaping.cast,
    "Flatten": reshaping.flatten,
    "Reshape": reshaping.reshape,
    "Concat": reshaping.concat,
    "ai.onnx.ml.Normalizer": reshaping.normalizer,
}
