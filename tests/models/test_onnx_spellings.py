"""Other spellings of dense networks in ONNX: heads, constants that are computed, columns, labels."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from nncli.errors import ModelError
from nncli.models.onnx import read
from nncli.nn.network import Network

CASES = Path(__file__).parent / "fixtures" / "cases"

RANDOM = np.random.default_rng(11)
W = RANDOM.standard_normal((3, 4)).astype(np.float32)
V = RANDOM.standard_normal((4, 2)).astype(np.float32)
U = RANDOM.standard_normal((4, 1)).astype(np.float32)
B = RANDOM.standard_normal(4).astype(np.float32)
MEAN, STD = np.array([[5, -1, 0.5], [2, 0.5, 3]], np.float32)
ROWS = RANDOM.standard_normal((50, 3)).astype(np.float32) * 2

Write = Callable[..., Path]


def f32(*numbers: float) -> np.ndarray:
    """Return a vector, or of one number a constant of no dimension."""
    return np.array(numbers if len(numbers) > 1 else numbers[0], np.float32)


def i64(*numbers: int) -> np.ndarray:
    """Return a vector of whole numbers."""
    return np.array(numbers, np.int64)


CONSTANTS: dict[str, Any] = {
    "W": W, "V": V, "U": U, "b": B, "mean": MEAN, "std": STD, "zero": f32(0), "one": f32(1), "six": f32(6),
    "three": f32(3), "minus": f32(-1), "half": f32(0.5), "slopes": f32(0.1, -0.5, 2, 0), "slope": f32(0.3),
    "a0": i64(0), "a1": i64(1), "am1": i64(-1), "flat": i64(-1), "column": i64(-1, 1), "square": i64(-1, 2, 2),
    "back": i64(-1, 4), "W6": np.reshape(W, (6, 2)), "w_shape": i64(3, 4), "picked": i64(2, 0), "twice": i64(1, 1, 2),
    "first": np.array(0), "i0": i64(0), "i2": i64(2), "far": i64(2**63 - 1), "i4": i64(4), "two_one": i64(2, 1),
    "thin": f32(0.5, -2), "pair": i64(0, 1), "Wq": (W * 20).astype(np.int8), "q": f32(0.05),
    "qz": np.array(3, np.int8), "qs": f32(0.05, 0.1, 0.2, 0.3), "zeros": np.zeros(4, np.int8),
    "V2": V[:2], "W2": W[:2], "x_of": i64(1, 3),
    "a12": i64(1, 2), "a23": i64(2, 3), "mean4": np.reshape(MEAN, (1, 1, 1, 3)), "std4": np.reshape(STD, (1, 3, 1, 1)),
}  # fmt: skip

GRAPHS = {
    # heads that change the shape only
    "squeeze": "h = Gemm(x, W, b) z = MatMul(h, U) y = Squeeze(z, a1)",
    "squeeze from the end": "h = Gemm(x, W, b) z = MatMul(h, U) y = Squeeze(z, am1)",
    "flatten by a reshape": "h = Gemm(x, W, b) z = MatMul(h, U) y = Reshape(z, flat)",
    "sigmoid behind a squeeze": "h = Gemm(x, W, b) z = MatMul(h, U) s = Squeeze(z, a1) y = Sigmoid(s)",
    "there and back": "z = MatMul(x, W) h = MatMul(z, U) s = Squeeze(h, a1) t = Mul(s, half) y = Unsqueeze(t, a1)",
    "a column again": "z = MatMul(x, W) h = MatMul(z, U) s = Reshape(h, flat) y = Reshape(s, column)",
    "an axis in between": "u = Unsqueeze(x, a1) z = MatMul(u, W) t = Add(z, b) s = Squeeze(t, a1) y = Relu(s)",
    "a square in between": "z = MatMul(x, W) r = Reshape(z, square) f = Flatten(r) y = MatMul(f, V)",
    "softmax with an axis more": "u = Unsqueeze(x, a1) z = MatMul(u, W) p = Softmax <axis = 2>(z) y = Squeeze(p, a1)",
    # activations, spelled otherwise
    "relu by max": "z = Gemm(x, W, b) y = Max(zero, z)",
    "relu by clip": 'z = Gemm(x, W, b) y = Clip(z, zero, "")',
    "relu6": "z = Gemm(x, W, b) y = Clip(z, zero, six)",
    "relu6 by min": "z = Gemm(x, W, b) r = Relu(z) y = Min(six, r)",
    "leaky_relu by prelu": "z = Gemm(x, W, b) y = PRelu(z, slope)",
    "prelu": "z = Gemm(x, W, b) y = PRelu(z, slopes)",
    "sigmoid in pieces": "z = Gemm(x, W, b) n = Neg(z) e = Exp(n) s = Add(one, e) y = Div(one, s)",
    "sigmoid by a reciprocal": "z = Gemm(x, W, b) n = Mul(z, minus) e = Exp(n) s = Add(e, one) y = Reciprocal(s)",
    "hard_swish": "z = Gemm(x, W, b) y = HardSwish(z)",
    "hard_swish in pieces": "z = Gemm(x, W, b) a = Add(z, three) c = Clip(a, zero, six) m = Mul(z, c) y = Div(m, six)",
    "hard_swish by its gate": "z = Gemm(x, W, b) g = HardSigmoid <alpha = 0.16666667>(z) y = Mul(z, g)",
    "mish in pieces": "z = Gemm(x, W, b) s = Softplus(z) t = Tanh(s) y = Mul(z, t)",
    "celu": "z = Gemm(x, W, b) y = Celu <alpha = 2.0>(z)",
    "leaky_relu by where": "z = Gemm(x, W, b) g = Greater(z, zero) m = Mul(z, slope) y = Where(g, z, m)",
    "softmax in pieces": "z = Gemm(x, W, b) e = Exp(z) s = ReduceSum(e, am1) y = Div(e, s)",
    "softmax in pieces, shifted": """
        z = Gemm(x, W, b) m = ReduceMax <axes = [1]>(z) d = Sub(z, m) e = Exp(d) s = ReduceSum(e, a1) y = Div(e, s)""",
    "softmax divided by its sum": "z = Gemm(x, W, b) p = Softmax(z) s = ReduceSum(p, a1) y = Div(p, s)",
    "log of a softmax": "z = Gemm(x, W, b) p = Softmax <axis = 1>(z) y = Log(p)",
    # arithmetic, spelled otherwise
    "a vector for a matrix": "h = Gemm(x, W, b) y = MatMul(h, b)",
    "a sum of two": "z = MatMul(x, W) y = Sum(z, b)",
    "a minus": "n = Neg(x) z = MatMul(n, W) t = Neg(z) y = Tanh(t)",
    "a mean with more axes": "u = Unsqueeze(x, a12) d = Sub(u, mean4) f = Flatten(d) y = MatMul(f, W)",
    "a scale for each channel": "u = Unsqueeze(x, a23) d = Div(u, std4) f = Flatten(d) y = MatMul(f, W)",
    # what is computed from constants alone
    "weights behind a reshape": "Wr = Reshape(W6, w_shape) y = MatMul(x, Wr)",
    "weights that are normed": "n = ReduceL2 <axes = [0]>(W) d = Div(W, n) m = Mul(d, b) y = MatMul(x, m)",
    "weights of a product": "S = MatMul(W, V) y = MatMul(x, S)",
    "weights of whole numbers": "y0 = DequantizeLinear(Wq, q, qz) y = MatMul(x, y0)",
    "weights with a scale for each unit": "y0 = DequantizeLinear <axis = 1>(Wq, qs, zeros) y = MatMul(x, y0)",
    "weights put together": "c = Concat <axis = 0>(W2, m2) y = MatMul(x, c)",
    "a shape of constants": "c = Concat <axis = 0>(flat, i4) z = MatMul(x, W) y = Reshape(z, c)",
    "a bias of zeros": "z0 = ConstantOfShape <value = float[1] {0.5}>(i4) y = Gemm(x, W, z0)",
    # columns
    "two columns": "c = Gather <axis = 1>(x, picked) y = MatMul(c, W2)",
    "a column twice": "c = Gather <axis = -1>(x, twice) y = MatMul(c, W)",
    "scikit-learn's columns": "c = ai.onnx.ml.ArrayFeatureExtractor(x, picked) y = MatMul(c, W2)",
    "a slice": "c = Slice(x, a1, far, a1) y = MatMul(c, W2)",
    "a slice backwards": "c = Slice(x, i2, i0, a1, am1) y = MatMul(c, W2)",
    "a part of a split": "c, d = Split <axis = 1>(x, two_one) y = MatMul(c, W2)",
    "scaled, then picked": "s = Sub(x, mean) t = Div(s, std) c = Gather <axis = 1>(t, picked) y = MatMul(c, W2)",
    "picked, then scaled": "c = Gather <axis = 1>(x, picked) s = Mul(c, thin) y = MatMul(s, W2)",
    "units that are picked": "z = Gemm(x, W, b) c = Gather <axis = 1>(z, picked) y = Softmax(c)",
    "units picked behind an activation": "z = Gemm(x, W, b) a = Tanh(z) c = Gather <axis = 1>(a, picked) y = MatMul(c, V2)",
    "one probability": "z = Gemm(x, W, b) p = Softmax(z) y = Gather <axis = 1>(p, first)",
    "columns scaled apart": """
        l = Gather <axis = 1>(x, pair) r = Gather <axis = 1>(x, i2)
        ls = ai.onnx.ml.Scaler <offset = [1.0, 2.0], scale = [0.5, 2.0]>(l)
        rs = ai.onnx.ml.Scaler <offset = [-3.0], scale = [4.0]>(r)
        c = Concat <axis = 1>(rs, ls) y = MatMul(c, W)""",
    "columns scaled in part": """
        l = Gather <axis = 1>(x, pair) r = Gather <axis = 1>(x, i2) m = Mul(l, minus) n = Add(m, one)
        c = Concat <axis = 1>(n, r) y = MatMul(c, W)""",
    "an input beside itself": "y = Concat <axis = 1>(x, x)",
    # scikit-learn's own operators
    "a linear regression": "y = ai.onnx.ml.LinearRegressor <coefficients = [1.0, 2.0, 3.0], intercepts = [0.5]>(x)",
    "an imputer of what is never missing": """
        f = ai.onnx.ml.Imputer <imputed_value_floats = [1.0, 2.0, 3.0], replaced_value_float = nan>(x)
        y = MatMul(f, W)""",
}  # fmt: skip

CONSTANTS["m2"] = W[2:]


def write_graph(onnx_file: Write, nodes: str, **options: Any) -> Path:
    """Write a graph with those of the constants that it names."""
    words = set(nodes.replace("(", " ").replace(")", " ").replace(",", " ").split())
    if "nan" in nodes:  # the text form has no NaN
        nodes = nodes.replace("replaced_value_float = nan", "replaced_value_float = 12345.0")
        options["change"] = with_nan
    return onnx_file(nodes, {name: CONSTANTS[name] for name in CONSTANTS.keys() & words}, **options)


def with_nan(model: Any) -> None:
    """Say that NaN stands for missing numbers."""
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.name == "replaced_value_float":
                attribute.f = float("nan")


@pytest.mark.parametrize("name", GRAPHS)
def test_computes_what_onnxruntime_computes(onnx_file: Write, name: str) -> None:
    """Each spelling gives onnxruntime's numbers, to rounding."""
    opset = 17 if "DequantizeLinear" not in GRAPHS[name] else 13
    path = write_graph(onnx_file, GRAPHS[name], opset=opset)
    exactly = onnxruntime.SessionOptions()  # its fast form of whole-number weights rounds the rows, too
    exactly.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    (expected,) = onnxruntime.InferenceSession(path, exactly).run(None, {"x": ROWS})
    actual = read(path)(ROWS)
    np.testing.assert_allclose(actual, expected.reshape(len(ROWS), -1), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize(
    ("name", "activations"),
    [
        ("relu by clip", [("relu", None)]),
        ("leaky_relu by prelu", [("leaky_relu", 0.3)]),
        ("prelu", [("prelu", (0.1, -0.5, 2.0, 0.0))]),
        ("celu", [("celu", 2.0)]),
        ("hard_swish in pieces", [("hard_swish", None)]),
        ("log of a softmax", [("log_softmax", None)]),
        ("sigmoid behind a squeeze", [("linear", None), ("sigmoid", None)]),
    ],
)
def test_the_activation_is_recognised(onnx_file: Write, name: str, activations: Any) -> None:
    """A spelled-out activation becomes the one that a spec has a name for."""
    network = read(write_graph(onnx_file, GRAPHS[name]))
    assert [(layer.activation, layer.alpha) for layer in network.layers] == activations


@pytest.mark.parametrize(
    ("nodes", "opset"),
    [
        ("z = Gemm(x, W, b) y = Clip <min = 0.0>(z)", 9),
        ("z = Gemm(x, W, b) y = Clip <min = 0.0, max = 6.0>(z)", 9),
        ("c = Slice <starts = [1], ends = [3], axes = [1]>(x) y = MatMul(c, W2)", 9),
        ("h = MatMul(x, W) z = MatMul(h, U) y = Squeeze <axes = [1]>(z)", 11),
        ("c, d = Split <axis = 1, split = [2, 1]>(x) y = MatMul(c, W2)", 11),
        ("z = Gemm(x, W, b) y = Mish(z)", 18),
        ('z = Gemm(x, W, b) y = Gelu <approximate = "tanh">(z)', 20),
    ],
)
def test_other_opsets_have_other_ways(onnx_file: Write, nodes: str, opset: int) -> None:
    """What is a setting in one version of the operators is an input in another."""
    path = write_graph(onnx_file, nodes, opset=opset)
    (expected,) = onnxruntime.InferenceSession(path).run(None, {"x": ROWS})
    np.testing.assert_allclose(read(path)(ROWS), expected.reshape(len(ROWS), -1), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("batch", [0, 1, -1, 7])
def test_the_batch_is_open_whatever_the_file_says(onnx_file: Write, batch: int) -> None:
    """A fixed number of rows does no harm, also where a reshape names it."""
    nodes = "z = Gemm(x, W, b) y = Reshape(z, s)"
    path = onnx_file(nodes, {"W": W, "b": B, "s": i64(batch or -1, 4)}, dims=(batch, 3))
    np.testing.assert_allclose(read(path)(ROWS), ROWS @ W + B, rtol=1e-5, atol=1e-5)


REFUSED = [
    ("h = Gemm(x, W, b) s = Squeeze(h, a1) y = Relu(s)", "takes an axis away that is not of length 1"),
    ("h = Gemm(x, W, b) y = Reshape(h, flat)", "a reshape that changes the number of rows"),
    ("h = Gemm(x, W, b) y = Squeeze(h, a0)", "takes the axis of the rows away"),
    ("h = Gemm(x, W, b) y = Unsqueeze(h, a0)", "puts an axis before that of the rows"),
    ("h = MatMul(x, W) z = MatMul(h, U) s = Squeeze(z, a1) y = Softmax(s)", "each of them is a single number"),
    ("u = Unsqueeze(x, a1) z = MatMul(u, W) y = Softmax <axis = 1>(z)", "axis=1 mixes rows"),
    ("y = Gather(x, picked)", "axis=0 mixes rows"),
    ("z = Gemm(x, W, b) p = Sigmoid(z) s = ReduceSum(p, a1) y = Div(p, s)", "one class against the rest"),
    ("u = Unsqueeze(x, a1) e = Exp(u) s = ReduceSum(e, a1) y = Div(e, s)", "axis=1 mixes rows"),
    ("y = Gather <axis = 1>(x, i4)", "picks columns that are not among the 3 that come"),
    ("y = Gather <axis = 1>(x, b)", "'b' holds no constant whole numbers"),
    ("c = Slice(x, a1, far, a0) y = Relu(c)", "axis=0 mixes rows"),
    ("h = Gemm(x, W, b) r = Relu(h) y = Add(h, r)", "such as a residual connection)"),
    ("n = Relu(x) y = Concat <axis = 1>(x, n)", "puts branches together that are more than columns"),
    ("y = Concat <axis = 0>(x, x)", "axis=0 mixes rows"),
    ("y = Concat <axis = 1>(x, U)", "constants and columns of the input are put together"),
    ("c = Conv(W, V) y = MatMul(x, c)", "(Conv): this operator is not supported, on constants neither"),
    ("r = RandomNormal <shape = [3, 4]>() y = MatMul(x, r)", "(RandomNormal): this operator is not supported"),
    ("c = MatMul(W, W) y = MatMul(x, c)", "its constants do not fit together"),
    ("y = ai.onnx.ml.Imputer <imputed_value_floats = [1.0], replaced_value_float = -1.0>(x)",
     "puts other numbers in the place of -1"),
    ("y = ai.onnx.ml.LinearRegressor <coefficients = [1.0, 2.0], targets = 3>(x)", "do not fit together"),
    ("y = ai.onnx.ml.LinearRegressor <coefficients = [1.0], post_transform = \"PROBIT\">(x)", "PROBIT"),
    ("z = Gemm(x, W, b) y = Celu <alpha = 0.0>(z)", "(Celu): "),
    ("z = Gemm(x, W, b) y = Swish <alpha = 2.0>(z)", "alpha=2.0 is not supported: a spec's silu has 1.0"),
    ("z = Gemm(x, W, b) y = LayerNormalization(z, b)", "(LayerNormalization): this operator is not supported"),
]  # fmt: skip


@pytest.mark.parametrize(("nodes", "message"), REFUSED)
def test_refused_for_the_true_reason(onnx_file: Write, nodes: str, message: str) -> None:
    """What is near a spelling but means something else is refused, with what is wrong."""
    opset = 24 if "Swish" in nodes else 17
    with pytest.raises(ModelError) as error:
        read(write_graph(onnx_file, nodes, opset=opset))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "nodes",
    [
        "c = ConstantOfShape(huge) y = MatMul(x, c)",
        "e = Expand(one, huge) y = MatMul(x, e)",
        "e = Tile(W, huge) y = MatMul(x, e)",
        "r = Range(zero, large, one) y = Add(x, r)",
        "o = MatMul(tall, flat_row) y = MatMul(x, o)",
        " ".join(f"W{i + 1} = Neg(W{i})" for i in range(9000)).replace("Neg(W0)", "Neg(W)")
        + " y = MatMul(x, W9000)",
    ],
)
def test_a_small_file_asks_for_little_work(onnx_file: Write, nodes: str) -> None:
    """Constants that would fill the memory, or take forever, are refused before they are computed."""
    constants = {"huge": i64(2**20, 2**20), "one": f32(1), "zero": f32(0), "large": f32(1e12), "W": W}
    constants |= {
        "tall": np.ones((3000, 1), np.float32),
        "flat_row": np.ones((1, 3000000), np.float32)[:, :30000],
    }
    started = time.process_time()
    with pytest.raises(ModelError, match=r"too much for the file's size|nothing tells how large|do not fit"):
        read(onnx_file(nodes, constants))
    assert time.process_time() - started < 60  # seconds; unbounded it would be hours


# ---- several inputs


def write_inputs(path: Path, nodes: str, inputs: dict[str, Any], **constants: Any) -> Path:
    """Write a graph with several inputs: an element type and dimensions each."""
    graph = onnx.parser.parse_graph(f"many (x) => (y) {{ {nodes} }}")
    graph.ClearField("input")
    graph.ClearField("output")
    graph.input.extend(helper.make_tensor_value_info(name, *kind) for name, kind in inputs.items())
    graph.output.append(helper.make_tensor_value_info("y", TensorProto.FLOAT, None))
    graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in constants.items())
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    path.write_bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())
    return path


COLUMN = (TensorProto.FLOAT, ("N", 1))
AS_COLUMNS = {
    "features put together": "c = Concat <axis = 1>(age, income, height) y = Gemm(c, W, b)",
    "in another order": "c = Concat <axis = 1>(height, age, income) y = Gemm(c, W, b)",
    "scikit-learn's vectors": """
        c = ai.onnx.ml.FeatureVectorizer <inputdimensions = [1, 1, 1]>(age, income, height) y = Gemm(c, W, b)""",
    "each scaled": """
        a = ai.onnx.ml.Scaler <offset = [40.0], scale = [0.1]>(age) i = Div(income, k)
        c = Concat <axis = 1>(a, i, height) y = Gemm(c, W, b)""",
    "put together twice": """
        l = Concat <axis = 1>(age, income) s = ai.onnx.ml.Scaler <offset = [1.0, 2.0], scale = [3.0, 4.0]>(l)
        c = Concat <axis = 1>(s, height) y = Gemm(c, W, b)""",
}


@pytest.mark.parametrize("name", AS_COLUMNS)
def test_an_input_for_each_column(tmp_path: Path, name: str) -> None:
    """The inputs' names are the features', in the order of the inputs."""
    inputs = dict.fromkeys(("age", "income", "height"), COLUMN)
    path = write_inputs(tmp_path / "net.onnx", AS_COLUMNS[name], inputs, W=W, b=B, k=f32(1000))
    network = read(path)
    assert (network.inputs, network.named_inputs) == (("age", "income", "height"), True)
    given = {each: ROWS[:, [at]] for at, each in enumerate(inputs)}
    (expected,) = onnxruntime.InferenceSession(path).run(None, given)
    np.testing.assert_allclose(network(ROWS), expected, rtol=2e-5, atol=2e-5)


def test_inputs_of_several_types_are_cast(tmp_path: Path) -> None:
    """Whole numbers beside floats, and a vector for a column, are columns all the same."""
    inputs = {
        "age": (TensorProto.INT64, ("N", 1)),
        "rest": (TensorProto.FLOAT, ("N", 1)),
        "v": (TensorProto.FLOAT, ("N",)),
    }
    nodes = "a = Cast <to = 1>(age) u = Unsqueeze(v, a1) c = Concat <axis = 1>(a, rest, u) y = Gemm(c, W, b)"
    path = write_inputs(tmp_path / "net.onnx", nodes, inputs, W=W, b=B, a1=i64(1))
    X = np.round(ROWS)
    given = {"age": X[:, [0]].astype(np.int64), "rest": X[:, [1]], "v": X[:, 2]}
    (expected,) = onnxruntime.InferenceSession(path).run(None, given)
    network = read(path)
    assert network.inputs == ("age", "rest", "v")
    np.testing.assert_allclose(network(X), expected, rtol=2e-5, atol=2e-5)


def test_wide_inputs_are_columns_without_names(tmp_path: Path) -> None:
    """Where an input holds several columns, nobody knows their names."""
    inputs = {"left": (TensorProto.FLOAT, ("N", 2)), "right": COLUMN}
    path = write_inputs(
        tmp_path / "net.onnx", "c = Concat <axis = 1>(left, right) y = MatMul(c, W)", inputs, W=W
    )
    network = read(path)
    assert (network.inputs, network.named_inputs) == (("x0", "x1", "x2"), False)
    np.testing.assert_allclose(network(ROWS), ROWS @ W, rtol=1e-5, atol=1e-5)


def test_an_input_that_nothing_uses_is_none(tmp_path: Path) -> None:
    """Only what the scores are made of goes in."""
    inputs = {"x": (TensorProto.FLOAT, ("N", 3)), "unused": (TensorProto.STRING, ("N", 1))}
    network = read(write_inputs(tmp_path / "net.onnx", "y = MatMul(x, W)", inputs, W=W))
    assert network.inputs == ("x0", "x1", "x2")


def test_a_text_among_the_inputs_is_refused(tmp_path: Path) -> None:
    """Categories are named, and what they would need."""
    inputs = {"age": COLUMN, "colour": (TensorProto.STRING, ("N", 1))}
    path = write_inputs(tmp_path / "net.onnx", "y = Concat <axis = 1>(age, colour)", inputs)
    with pytest.raises(
        ModelError, match="input 'colour' is no tensor of numbers; text and categories are not"
    ):
        read(path)


def test_columns_nested_without_end_are_refused(onnx_file: Write) -> None:
    """A file that doubles its columns again and again is no network."""
    nodes = " ".join(f"c{i + 1} = Concat <axis = 1>(c{i}, c{i})" for i in range(40)).replace(
        "(c0, c0)", "(x, x)"
    )
    with pytest.raises(ModelError, match=r"nodes in a row|too often"):
        read(onnx_file(f"{nodes} y = Relu(c40)"))


# ---- several outputs


def test_logits_beside_probabilities_are_one_network(onnx_file: Write) -> None:
    """Two views of one last layer: the network is the one with probabilities."""
    nodes = (
        "z = Gemm(x, W, b) p = Softmax <axis = 1>(z) l = ArgMax <axis = 1>(p) c = ReduceMax <axes = [1]>(p)"
    )
    network = read(onnx_file(nodes, {"W": W, "b": B}, outputs={"z": 1, "p": 1, "l": 7, "c": 1}))
    assert network.kind == "classes"


def test_an_output_can_be_chosen(onnx_file: Write, cli: Any, tmp_path: Path) -> None:
    """A hidden layer beside the probabilities is refused, and `--output` chooses."""
    nodes = "z = Gemm(x, W, b) h = Relu(z) k = Gemm(h, V) p = Softmax <axis = 1>(k)"
    path = onnx_file(nodes, {"W": W, "b": B, "V": V}, outputs={"h": 1, "p": 1})
    done = cli("convert", path, tmp_path / "net.yaml")
    assert done.exit_code == 1
    assert "has 2 outputs: 'h', 'p'; a network has one" in done.stderr
    assert "--output" in done.stderr
    done = cli("convert", path, tmp_path / "net.yaml", "--output", "p")
    assert done.exit_code == 0
    assert [layer.activation for layer in read(path, "p").layers] == ["relu", "softmax"]
    assert [layer.activation for layer in read(path, "h").layers] == ["relu"]
    done = cli("convert", path, tmp_path / "net.yaml", "--output", "q")
    assert "has no output 'q'; its outputs are 'h', 'p'" in done.stderr
    np.savez(tmp_path / "net.npz", w=np.eye(2))
    done = cli("convert", tmp_path / "net.npz", tmp_path / "out.yaml", "--output", "p")
    assert (done.exit_code, "--output: " in done.stderr) == (2, True)


def test_an_output_for_each_class_is_one_network(onnx_file: Write) -> None:
    """Columns that are put out one by one are the scores again, where none is left out."""
    nodes = "z = Gemm(x, W, b) p = Softmax(z) " + " ".join(
        f"c{i} = Slice(p, i{i}, e{i}, one) y{i} = Reshape(c{i}, flat)" for i in range(4)
    )
    constants = {"W": W, "b": B, "one": i64(1), "flat": i64(-1)}
    constants |= {f"i{i}": i64(i) for i in range(4)} | {f"e{i}": i64(i + 1) for i in range(4)}
    network = read(onnx_file(nodes, constants, outputs={f"y{i}": 1 for i in range(4)}))
    assert (network.kind, network.n_outputs) == ("classes", 4)
    with pytest.raises(ModelError, match="puts out 3 of the network's 4 columns alone"):
        read(onnx_file(nodes, constants, outputs={f"y{i}": 1 for i in range(3)}))
    with pytest.raises(ModelError, match="has 2 outputs: 'y1', 'y0'"):
        read(onnx_file(nodes, constants, outputs={"y1": 1, "y0": 1}))


def test_a_class_of_logits_makes_the_task(onnx_file: Write) -> None:
    """A label made of plain scores says what they are: a prediction, and the scores."""
    nodes = "z = Gemm(x, W, b) y = ArgMax <axis = 1>(z)"
    network = read(onnx_file(nodes, {"W": W, "b": B}, outputs={"y": TensorProto.INT64}))
    assert (network.task, network.kind) == ("classification", "logits")


def case(name: str) -> Network:
    """Read one of the files that people had trouble with."""
    return read(CASES / f"{name}.onnx")


TWO_ROWS = np.array([[1, 2, 3, 4], [0.5, -1, 0, 2]], np.float32)
PEOPLE = np.array(
    [
        [0.125730217, -0.132104859, 0.640422642, 0.104900114],
        [-0.535669386, 0.361595064, 1.30400002, 0.94708097],
    ],
    np.float32,
)
FOUND: dict[str, tuple[Any, Any]] = {
    "squeeze-head": (TWO_ROWS, [[0.01002645492553711], [1.428117275238037]]),
    "reshape-minus-one-head": (TWO_ROWS, [[0.01002645492553711], [1.428117275238037]]),
    "dim-value-0": (TWO_ROWS, [[0.01002645492553711], [1.428117275238037]]),
    "prelu-one-slope": (TWO_ROWS, [[0.7002285718917847], [2.803246021270752]]),
    "weight-norm-unfolded": (TWO_ROWS, [[-0.23704218864440918], [1.1629396677017212]]),
    "weight-behind-reshape": (TWO_ROWS, [[-5.829475402832031], [-2.41304874420166]]),
    "weights-dequantized": (TWO_ROWS, [[-0.0577237606048584], [1.0703548192977905]]),
    "two-inputs-concat": (TWO_ROWS, [[0.01002645492553711], [1.428117275238037]]),
    "sum-for-add": (TWO_ROWS, [[1.096950888633728], [2.2407448291778564]]),
    "clip-min-only-is-relu": (TWO_ROWS, [[0.01002645492553711], [1.428117275238037]]),
    "swish-opset24": (TWO_ROWS, [[0.4210367202758789], [1.7090107202529907]]),
    "neg-op": (TWO_ROWS, [[1.46484375], [-2.6929540634155273]]),
    "log-softmax-two-nodes": (
        TWO_ROWS,
        [
            [-15.919882774353027, -3.3216335773468018, -0.036761511117219925],
            [-5.363488674163818, -0.4639437794685364, -1.0037115812301636],
        ],
    ),
    "logits-and-probs": (
        TWO_ROWS,
        [
            [1.2192215592676803e-07, 0.036093819886446, 0.9639059901237488],
            [0.004684535786509514, 0.6287989020347595, 0.3665165603160858],
        ],
    ),
    "dataframe-inputs": (
        PEOPLE,
        [
            [0.15020319819450378, 0.1449432522058487, 0.7048535943031311],
            [0.0606008879840374, 0.1504114270210266, 0.7889876365661621],
        ],
    ),
    "selectkbest": (
        PEOPLE,
        [
            [0.11969015747308731, 0.5117253065109253, 0.3685844838619232],
            [0.10360336303710938, 0.518012523651123, 0.3783840835094452],
        ],
    ),
    "logistic-regression": (
        PEOPLE,
        [
            [0.2810627222061157, 0.3742330074310303, 0.3447043299674988],
            [0.3543969392776489, 0.42844024300575256, 0.2171628326177597],
        ],
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_files_that_people_had_trouble_with(name: str) -> None:
    """Each gives the numbers of the tool that made it."""
    X, expected = FOUND[name]
    np.testing.assert_allclose(case(name)(X), expected, rtol=1e-5, atol=1e-6)


def test_the_class_of_a_file_that_only_has_that() -> None:
    """An ArgMax of logits gives the class as the prediction."""
    network = case("argmax-of-logits")
    assert network.kind == "logits"
    assert network(TWO_ROWS).argmax(axis=1).tolist() == [2, 1]


def test_the_columns_of_a_data_frame_are_named() -> None:
    """The names of the inputs are the features'."""
    assert case("dataframe-inputs").inputs == ("age", "income", "height", "weight")
