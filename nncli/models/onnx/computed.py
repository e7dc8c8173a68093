"""What is computed from constants alone is a constant: the package's own reference implementation says which.

Only operators whose cost is known beforehand are run: their result's size is inferred first.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models.onnx.node import Node
from nncli.models.tensors import quoted

OPERATORS = {
    "Abs", "Add", "And", "Cast", "CastLike", "Ceil", "Clip", "Concat", "ConstantOfShape",
    "DequantizeLinear", "Div", "Equal", "Erf", "Exp", "Expand", "Flatten", "Floor", "Gather", "Gemm",
    "Greater", "GreaterOrEqual", "Identity", "Less", "LessOrEqual", "Log", "MatMul", "Max", "Mean",
    "Min", "Mul", "Neg", "Not", "Or", "Pow", "QuantizeLinear", "Range", "Reciprocal", "ReduceL1",
    "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare",
    "Relu", "Reshape", "Round", "Shape", "Sigmoid", "Sign", "Size", "Slice", "Split", "Sqrt", "Squeeze",
    "Sub", "Sum", "Tanh", "Tile", "Transpose", "Unsqueeze", "Where",
}  # fmt: skip
"""Each touches an element a fixed number of times, or, as products do, as often as an axis is long."""

NEWER = {"DequantizeLinear": 21, "QuantizeLinear": 21}
"""Operators that the reference implementation has from this opset on; they meant the same before."""

MOST_WORK = 2**26
"""So many steps of arithmetic a small file may ask for."""

EACH_NODE = 2**14
"""What calling one operator counts for."""

SMALL = 1024
"""Constants up to this size may tell the shape of a result."""


class Evaluator:
    """Computes constants, as long as a budget lasts.

    Parameters
    ----------
    model
        The file's model: its versions of the operators.
    n_bytes
        The length of the file.
    """

    def __init__(self, model: Any, n_bytes: int) -> None:
        self._model = model
        self._work_left = MOST_WORK + 16 * n_bytes

    def run(self, node: Node, proto: Any, inputs: Sequence[NDArray[Any] | None]) -> list[NDArray[Any]]:
        """Return what a node makes of constants.

        Raises
        ------
        ModelError
            Where that would take too long or too much memory, or can't be done.
        """
        if node.op not in OPERATORS:
            raise node.error("this operator is not supported, on constants neither")
        if any(array is not None and array.dtype == object for array in inputs):
            raise node.error("computes with text, which is not supported")
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                return self._run(node, proto, inputs)
        except ModelError:
            raise
        except Exception as error:  # of the package, which checks nothing beforehand
            why = quoted(str(error).strip().partition("\n")[0])[1:-1]
            raise node.error(f"its constants do not fit together: {why}") from error

    def _run(self, node: Node, proto: Any, inputs: Sequence[NDArray[Any] | None]) -> list[NDArray[Any]]:
        from onnx import helper, numpy_helper, shape_inference
        from onnx.reference import ReferenceEvaluator

        given = {name: array for name, array in zip(node.inputs, inputs, strict=True) if array is not None}
        graph = helper.make_graph(
            [proto],
            "constants",
            [
                helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
                for name, array in given.items()
            ],
            [helper.make_empty_tensor_value_info(name) for name in node.outputs if name],
            [numpy_helper.from_array(array, name) for name, array in given.items() if array.size <= SMALL],
        )
        opsets = [
            helper.make_opsetid(each.domain, max(each.version, NEWER.get(node.op, 1)))
            for each in self._model.opset_import
        ]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=self._model.ir_version)
        inferred = shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
        made = sum(_size(node, output) for output in inferred.graph.output)
        inner = given[node.inputs[0]].shape[-1:] if node.op in ("MatMul", "Gemm") else (1,)
        self._spend(node, made * math.prod(inner) + sum(array.size for array in given.values()))
        results = ReferenceEvaluator(model).run(None, given)
        return [_widened(np.asarray(result)) for result in results]

    def _spend(self, node: Node, work: int) -> None:
        self._work_left -= work + EACH_NODE
        if self._work_left < 0:
            raise node.error("what is computed from constants alone is too much for the file's size")


def _size(node: Node, output: Any) -> int:
    tensor = output.type.tensor_type
    dims = tensor.shape.dim
    if not tensor.HasField("shape") or not all(dim.HasField("dim_value") for dim in dims):
        raise node.error("nothing tells how large its result would be")
    return math.prod(dim.dim_value for dim in dims)


def _widened(array: NDArray[Any]) -> NDArray[Any]:
    """Return float16 and bfloat16 as float32."""
    is_float = array.dtype.kind == "f" or array.dtype.name == "bfloat16"
    return array.astype(np.float32) if is_float and array.dtype.itemsize == 2 else array
