"""What each operator of the graph means in steps, and the walk from the scores back to the input.

To add an operator: write a function that returns the node's steps in the order in which they are
computed and the name of the tensor they begin with, and put it in `OPERATORS`.
"""

from __future__ import annotations

from collections.abc import Callable

from nncli.models.onnx import activations, affine, shapes
from nncli.models.onnx import steps as s
from nncli.models.onnx.graph import Graph, Node
from nncli.models.onnx.patterns import find_activation
from nncli.models.onnx.steps import Meaning
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
    if pattern := find_activation(graph, node):
        activation, source = pattern
        return [s.Activation(node, activation)], source
    if node.op not in OPERATORS:
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
    "Relu": activations.plain("relu"),
    "Sigmoid": activations.plain("sigmoid"),
    "Tanh": activations.plain("tanh"),
    "Softplus": activations.plain("softplus"),
    "Softsign": activations.plain("softsign"),
    "Gelu": activations.gelu,
    "LeakyRelu": activations.with_alpha("leaky_relu", 0.01),
    "Elu": activations.with_alpha("elu", 1.0),
    "Selu": activations.selu,
    "HardSigmoid": activations.hard_sigmoid,
    "Softmax": activations.along_rows("softmax"),
    "LogSoftmax": activations.along_rows("log_softmax"),
    "Identity": shapes.identity,
    "Dropout": shapes.dropout,
    "Cast": shapes.cast,
    "Flatten": shapes.flatten,
    "Reshape": shapes.reshape,
    "Concat": shapes.concat,
    "ai.onnx.ml.Normalizer": shapes.normalizer,
}
