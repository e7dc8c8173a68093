"""What each operator of the graph means in steps, and the walk from the scores back to the input.

To add an operator: write a function that returns the node's steps in the order in which they are
computed and the name of the tensor they begin with, and put it in `OPERATORS`. An activation's forms
stand in `nncli.nn.activations`.
"""

from __future__ import annotations

from collections.abc import Callable

from nncli.models import steps as s
from nncli.models.columns import together
from nncli.models.onnx import affine, columns, linear, reshaping
from nncli.models.onnx.graph import Graph
from nncli.models.onnx.node import Meaning, Node
from nncli.models.onnx.patterns import find_activation, match, normalized_sum, refuse_settings
from nncli.models.tensors import quoted
from nncli.nn.activations import Z

MAX_NODES = 10_000
"""Nodes on the way from the inputs to the scores; real networks have a few hundred."""

MAX_NESTED = 50
"""So many times columns may be put together of what was put together."""

_ROW = ""
"""Where every walk ends: the row of all features."""


class Walk:
    """The way from a tensor back to the inputs.

    Attributes
    ----------
    row
        What goes in.
    """

    def __init__(self, graph: Graph, name: str) -> None:
        self._graph = graph
        self._name = name
        self._nodes_left = MAX_NODES
        self._nested = 0
        self._inputs = columns.Inputs(graph, graph.inputs_of(name))
        self.row = self._inputs.row

    def steps(self) -> list[s.Step]:
        """Return all steps from the inputs to the tensor.

        Raises
        ------
        ModelError
            At the first node that no chain of dense layers can say.
        """
        return self._steps_to(self._name)

    def _steps_to(self, name: str) -> list[s.Step]:
        backwards: list[s.Step] = []
        while name != _ROW:
            if name in self._graph.inputs:
                found, name = self._inputs.steps_of(name), _ROW
            else:
                found, name = self._read(name)
            backwards.extend(reversed(found))
        return backwards[::-1]

    def _read(self, name: str) -> Meaning:
        node = self._graph.producer(name)
        if node is None or self._graph.constant(name) is not None:
            raise self._graph.error(f"{quoted(name)} does not depend on the input")
        self._nodes_left -= 1
        if self._nodes_left < 0:
            raise self._graph.error(f"has more than {MAX_NODES} nodes in a row")
        if node.op in OF_OUTPUTS:
            return OF_OUTPUTS[node.op](self._graph, node, name)
        if name != node.outputs[0]:
            said = f"its output {quoted(name)}" if node.op in OPERATORS else "this operator"
            raise node.error(f"{said} is not supported in a chain of dense layers")
        if found := find_activation(self._graph, node):
            return found
        if normalized := normalized_sum(self._graph, node):
            return [s.NormalizeSum(node.place)], normalized
        if node.op == "Concat":
            return self._concat(node)
        if node.op == "ai.onnx.ml.FeatureVectorizer":
            node.settings(inputdimensions=())
            return [*self._together(node), s.Cast(node.place, "float32")], _ROW
        if node.op not in OPERATORS:
            refuse_settings(self._graph, node)
            raise node.error("this operator is not supported in a chain of dense layers")
        return OPERATORS[node.op](self._graph, node)

    def _concat(self, node: Node) -> Meaning:
        """Read scikit-learn's pairs of columns, 1 - p and p or -z and z; or columns of the inputs."""
        axis = node.settings(axis=0)["axis"]
        if axis not in (1, -1):
            raise node.error(f"axis={axis} mixes rows: only the features' axis, 1 or -1, is supported")
        if len(node.inputs) == 2 and (first := self._graph.producer(node.inputs[0])) is not None:
            for behind, form in _OPPOSITES:
                if match(self._graph, first, form) == node.inputs[1]:
                    return [s.BothClasses(node.place, behind)], node.inputs[1]
        return self._together(node), _ROW

    def _together(self, node: Node) -> list[s.Step]:
        if self._nested == MAX_NESTED:
            raise node.error("puts columns together that were put together too often")
        self._nested += 1
        if any(self._graph.constant(name) is not None for name in node.inputs):
            raise node.error("constants and columns of the input are put together, which is not supported")
        branches = [self._steps_to(name) for name in node.inputs]
        self._nested -= 1
        return together(node.place, self.row, branches)


_OPPOSITES = (
    ("sigmoid", ("Sub", 1.0, Z)),
    ("linear", ("Neg", Z)),
    ("linear", ("Mul", Z, -1.0)),
)

OF_OUTPUTS: dict[str, Callable[[Graph, Node, str], Meaning]] = {
    "Split": columns.split,
    linear.CLASSIFIER: linear.classifier,
}
"""Operators with several outputs that are read."""

OPERATORS: dict[str, Callable[[Graph, Node], Meaning]] = {
    "Gemm": affine.gemm,
    "MatMul": affine.matmul,
    "Add": affine.add,
    "Sum": affine.add,
    "Sub": affine.sub,
    "Mul": affine.mul,
    "Div": affine.div,
    "Neg": affine.neg,
    "BatchNormalization": affine.batch_normalization,
    "ai.onnx.ml.Scaler": affine.scaler,
    "ai.onnx.ml.LinearRegressor": linear.regressor,
    "ai.onnx.ml.Imputer": linear.imputer,
    "Gather": columns.gather,
    "Slice": columns.slice_,
    "ai.onnx.ml.ArrayFeatureExtractor": columns.array_feature_extractor,
    "Identity": reshaping.identity,
    "Dropout": reshaping.dropout,
    "Cast": reshaping.cast,
    "Flatten": reshaping.flatten,
    "Reshape": reshaping.reshape,
    "Squeeze": reshaping.squeeze,
    "Unsqueeze": reshaping.unsqueeze,
    "ai.onnx.ml.Normalizer": reshaping.normalizer,
}
