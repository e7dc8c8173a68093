"""onnx's own tests of its operators, on all that a dense network can say."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from nncli.errors import ModelError
from nncli.models.onnx import read

ROWWISE = {
    *("Relu", "LeakyRelu", "Elu", "Selu", "Gelu", "Sigmoid", "HardSigmoid", "Tanh", "Softplus", "Softsign"),
    *("Identity", "Dropout", "Cast", "Add", "Sub", "Mul", "Div", "Softmax", "LogSoftmax"),
}
"""Operators that treat each number or each row of the last axis alone."""

OPERATORS = ROWWISE | {
    *("Gemm", "MatMul", "Flatten", "Reshape", "BatchNormalization"),
    *("Scaler", "ArgMax", "ArrayFeatureExtractor", "ZipMap", "Concat"),
    # What activations are spelt out with.
    *("Abs", "Exp", "Log", "Erf", "Pow", "Clip", "Where", "Greater", "Constant"),
}

REFUSED = {
    "rows are mixed": r"mixes rows|right of the data|not one number per feature|changes the number of rows",
    "a class without probabilities": r"picks a class|select_last_index",
    "several inputs or outputs": r"has \d+ (in|out)puts|branches are not|the branch to|put together",
    "a type that rows can't have": r"no tensor of numbers|casts the rows to|element type|floating-point",
    "values that a spec can't say": r"=.* is not supported|division by|drops units",
    "an operator of a formula on its own": r"\((Abs|Exp|Log|Erf|Pow|Clip|Where|Greater)\)",
    "another version of the operators": r"opset",
    "an activation of very many numbers without a matrix": r"too many features",
}
"""Why a case of the listed operators may be refused, by the message."""


def cases() -> Iterator[Any]:
    """Yield onnx's node tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they overflow and divide by zero on purpose
        from onnx.backend.test.loader import load_model_tests

        yield from load_model_tests(kind="node")


def as_array(value: Any) -> np.ndarray | None:
    """Return a case's input or output as an array, or None where it is a sequence or a map."""
    if isinstance(value, onnx.TensorProto):
        value = numpy_helper.to_array(value)
    return value if isinstance(value, np.ndarray) and value.dtype.kind != "O" else None


def as_table(array: np.ndarray) -> np.ndarray:
    """Return the same numbers as rows of the last axis."""
    return array.reshape(-1, array.shape[-1])


def is_rowwise(case: Any, inputs: list[np.ndarray]) -> bool:
    """Whether a case means the same when its data are given as rows of the last axis."""
    nodes = case.model.graph.node
    axes = {attribute.i for node in nodes for attribute in node.attribute if attribute.name == "axis"}
    alike = all(node.op_type in ROWWISE for node in nodes) and axes <= {-1}
    return alike and all(each.ndim < 2 for each in inputs[1:]) and inputs[0].ndim > 0 and inputs[0].size > 0


def why_not(case: Any, operators: set[str], inputs: list[np.ndarray | None]) -> str | None:
    """Return why a case is out of a dense network's reach, by its looks alone."""
    if not operators <= OPERATORS:
        return "an operator that is not in the list"
    if not inputs or any(each is None for each in inputs):
        return "no input, or one that is no tensor"
    if inputs[0].dtype.kind != "f" and inputs[0].dtype.name != "bfloat16":
        return "input is no float tensor"
    if inputs[0].ndim != 2 and not is_rowwise(case, inputs):
        return "input is no table"
    if not np.isfinite(inputs[0].astype(np.float64)).all():
        return "NaN or infinity in the input, which rows can't have"
    return None


def written(case: Any, inputs: list[np.ndarray], path: Path) -> None:
    """Write a case's model: its first input is the data, the others are constants."""
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    names = [each.name for each in model.graph.input]
    for name, array in list(zip(names, inputs, strict=True))[1:]:
        model.graph.initializer.append(numpy_helper.from_array(array, name))
    del model.graph.input[1:]
    shape = model.graph.input[0].type.tensor_type.shape
    shape.ClearField("dim")
    for size in as_table(inputs[0]).shape:
        shape.dim.add().dim_value = size
    path.write_bytes(model.SerializeToString())


def reason(error: ModelError) -> str:
    """Return which of the known reasons an error gives."""
    found = [name for name, pattern in REFUSED.items() if re.search(pattern, str(error))]
    assert found, f"no known reason: {error}"
    return found[0]


def test_onnx_node_tests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each case of onnx's node tests gives the expected numbers, or there is a known reason why not."""
    ran: list[str] = []
    others: Counter[str] = Counter()
    for case in cases():
        operators = {node.op_type for node in case.model.graph.node}
        inputs = [as_array(each) for each in case.data_sets[0][0]]
        expected = as_array(case.data_sets[0][1][0])
        if why := why_not(case, operators, inputs):
            others[why] += 1
            continue
        written(case, inputs, tmp_path / "case.onnx")
        try:
            network = read(tmp_path / "case.onnx")
        except ModelError as error:
            others[reason(error)] += 1
            continue
        if expected.dtype.kind == "i":
            actual = np.argmax(network(inputs[0]), axis=1)
            np.testing.assert_array_equal(actual, expected.reshape(-1), err_msg=case.name)
            ran.append(case.name)
            continue
        X, y = (as_table(each) for each in (inputs[0], expected))
        actual = network(X.astype(network.dtype) if X.dtype.name == "bfloat16" else X)
        wanted = y.astype(network.dtype)
        np.testing.assert_allclose(actual, wanted, rtol=case.rtol, atol=case.atol, err_msg=case.name)
        ran.append(case.name)
    with capsys.disabled():
        print(f"\nonnx node tests: {len(ran)} ran as expected, {others.total()} did not:")
        for why, count in others.most_common():
            print(f"  {count:5}  {why}")
    assert len(ran) >= 45
    assert {"test_gemm_alpha", "test_softmax_large_number", "test_elu_example", "test_matmul_2d"} <= set(ran)
