"""Hand-made ONNX files that hold a network, with onnxruntime as the judge."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from nncli.models.onnx import read

RANDOM = np.random.default_rng(5)
W = RANDOM.standard_normal((3, 4)).astype(np.float32)
V = RANDOM.standard_normal((4, 2)).astype(np.float32)
B, C = (RANDOM.standard_normal(n).astype(np.float32) for n in (4, 2))
MEAN, STD = np.array([[5, -1, 0.5], [2, 0.5, 3]], np.float32)
WEIGHTS = {"W": W, "V": V, "b": B, "c": C, "mean": MEAN, "std": STD}
ROWS = RANDOM.standard_normal((100, 3)).astype(np.float32) * 2

Write = Callable[..., Path]


def number(value: float) -> np.ndarray:
    """Return a constant of no dimension."""
    return np.array(value, np.float32)


def judge(path: Path, X: np.ndarray = ROWS) -> np.ndarray:
    """Return what onnxruntime computes."""
    session = onnxruntime.InferenceSession(path)
    return session.run(None, {"x": X})[0]


GRAPHS: dict[str, tuple[str, dict[str, Any]]] = {
    "gemm with factors": ("y = Gemm <alpha = 0.5, beta = -2.0>(x, W, b)", {}),
    "gemm transposed": ("y = Gemm <transB = 1>(x, Wt, b)", {"Wt": np.ascontiguousarray(W.T)}),
    "gemm without bias": ("y = Gemm(x, W)", {}),
    "gemm with one bias for all": ("y = Gemm(x, W, one)", {"one": number(0.5)}),
    "biases as a row": ("z = MatMul(x, W) y = Add(z, row)", {"row": B[None]}),
    "bias first": ("z = MatMul(x, W) y = Add(b, z)", {}),
    "weights transposed by a node": (
        "Wn = Transpose <perm = [1, 0]>(Wt) y = MatMul(x, Wn)",
        {"Wt": np.ascontiguousarray(W.T)},
    ),
    "weights behind identities": ("W2 = Identity(W) y = MatMul(x, W2)", {}),
    "two matrices in a row": ("z = MatMul(x, W) h = Add(z, b) y = MatMul(h, V)", {}),
    "scaling in": ("s = Sub(x, mean) t = Div(s, std) y = Gemm(t, W, b)", {}),
    "scaling by a factor": ("s = Mul(x, k) y = Gemm(s, W, b)", {"k": number(1 / 255)}),
    "scaling, the other way round": ("s = Mul(x, std) t = Add(s, mean) y = Gemm(t, W, b)", {}),
    "scaling by a negative factor": ("s = Mul(x, mean) y = Gemm(s, W, b)", {}),
    "scaling out": ("z = Gemm(x, W, b) s = Mul(z, b) t = Add(b, s) y = Tanh(t)", {}),
    "scaling behind an activation": (
        "z = Gemm(x, W, b) a = Tanh(z) s = Div(a, b) t = Sub(s, b) y = Gemm(t, V, c)",
        {},
    ),
    "scaling at the end": ("z = Gemm(x, W, b) a = Tanh(z) s = Mul(a, b) y = Sub(one, s)", {"one": number(1)}),
    "two activations": ("z = Gemm(x, W, b) a = Tanh(z) y = Relu(a)", {}),
    "an activation alone": ("y = Tanh(x)", {}),
    "nothing": ("y = Identity(x)", {}),
    "scikit-learn's scaler": (
        "s = ai.onnx.ml.Scaler <offset = [1.0, 2.0, 3.0], scale = [0.5, 2.0, 1.0]>(x) y = Gemm(s, W, b)",
        {},
    ),
    "a scaler with one number": (
        "s = ai.onnx.ml.Scaler <offset = [1.0], scale = [0.5]>(x) y = Gemm(s, W, b)",
        {},
    ),
    "batch normalization": (
        "n = BatchNormalization <epsilon = 0.01>(x, std, mean, mean, std) y = Gemm(n, W, b)",
        {},
    ),
    "dropout": (
        "z = Gemm(x, W, b) d = Dropout(z, ratio, off) y = Relu(d)",
        {"ratio": number(0.5), "off": np.array(False)},
    ),
    "reshape to the same table": ("s = Reshape(x, shape) y = Gemm(s, W, b)", {"shape": np.array([-1, 3])}),
    "reshape with a copied batch": ("s = Reshape(x, shape) y = Gemm(s, W, b)", {"shape": np.array([0, -1])}),
    "casts": (
        "s = Cast <to = 11>(x) Wd = Cast <to = 11>(W) z = MatMul(s, Wd) y = Cast <to = 1>(z)",
        {},
    ),
    "softmax": ("z = Gemm(x, W, b) y = Softmax <axis = 1>(z)", {}),
    "hard sigmoid": ("z = Gemm(x, W, b) y = HardSigmoid(z)", {}),
    "hard sigmoid in pieces": (
        "z = Gemm(x, W, b) a = Add(z, three) k = Clip(a, zero, six) y = Div(k, six)",
        {"three": number(3), "zero": number(0), "six": number(6)},
    ),
    "softplus in pieces": (
        "z = Gemm(x, W, b) e = Exp(z) f = Add(one, e) y = Log(f)",
        {"one": number(1)},
    ),
    "gelu as Keras writes it": (
        "z = Gemm(x, W, b) d = Mul(z, r) e = Erf(d) f = Add(e, one) h = Mul(half, z) y = Mul(h, f)",
        {"r": number(0.70710678), "one": number(1), "half": number(0.5)},
    ),
    "constants as nodes": (
        """k = Constant <value_float = 0.5>() m = Constant <value_floats = [1.0, 2.0, 3.0]>()
        shape = Constant <value_ints = [-1, 3]>() s = Mul(x, k) t = Add(s, m) r = Reshape(t, shape)
        y = Gemm(r, W, b)""",
        {},
    ),
    "a constant in float16": (
        "H = Cast <to = 10>(W) xh = Cast <to = 10>(x) z = MatMul(xh, H) y = Cast <to = 1>(z)",
        {"W": np.round(W, 1)},
    ),
    "softplus with a factor": (
        "z = Gemm(x, W, b) s = Mul(z, k) p = Softplus(s) y = Div(p, k)",
        {"k": number(2)},
    ),
    "silu of a scaled sum": (
        "z = Gemm(x, W, b) s = Mul(z, b) g = Sigmoid(s) y = Mul(g, s)",
        {},
    ),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_computes_what_onnxruntime_computes(onnx_file: Write, name: str) -> None:
    """What stands around matrices and activations is folded in the right place."""
    nodes, constants = GRAPHS[name]
    path = onnx_file(nodes, WEIGHTS | constants)
    expected = judge(path)
    network = read(path)
    assert network.dtype == expected.dtype
    tolerance = 1e-2 if name == "a constant in float16" else 2e-6
    np.testing.assert_allclose(network(ROWS.astype(network.dtype)), expected, rtol=1e-5, atol=tolerance)


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ("s = Sub(x, mean) t = Div(s, std) y = Gemm(t, W, b)", (MEAN, STD)),
        ("s = Sub(x, mean) y = Gemm(s, W, b)", (MEAN, np.ones(3))),
        ("s = Div(x, std) y = Gemm(s, W, b)", (np.zeros(3), STD)),
    ],
)
def test_scaling_in_front_becomes_the_networks(onnx_file: Write, nodes: Any, expected: Any) -> None:
    """A shift and a scaling before the first layer are its `scale`, and leave the weights alone."""
    network = read(onnx_file(nodes, WEIGHTS))
    np.testing.assert_array_equal(network.mean, expected[0])
    np.testing.assert_array_equal(network.std, expected[1])
    np.testing.assert_array_equal(network.layers[0].weights, W)


@pytest.mark.parametrize("opset", [9, 11, 13, 17, 21])
def test_keras_as_tf2onnx_writes_it(onnx_file: Write, opset: int) -> None:
    """MatMul and BiasAdd with TensorFlow's names, the input's batch unknown, are dense layers."""
    nodes = """
    "dense/MatMul:0" = MatMul(x, "dense/MatMul/ReadVariableOp:0")
    "dense/BiasAdd:0" = Add("dense/MatMul:0", "dense/BiasAdd/ReadVariableOp:0")
    "leaky_re_lu/LeakyRelu:0" = LeakyRelu <alpha = 0.3>("dense/BiasAdd:0")
    "dense_1/MatMul:0" = MatMul("leaky_re_lu/LeakyRelu:0", "dense_1/MatMul/ReadVariableOp:0")
    "dense_1/BiasAdd:0" = Add("dense_1/MatMul:0", "dense_1/BiasAdd/ReadVariableOp:0")
    y = Softmax("dense_1/BiasAdd:0")
    """
    constants = {
        "dense/MatMul/ReadVariableOp:0": W,
        "dense/BiasAdd/ReadVariableOp:0": B,
        "dense_1/MatMul/ReadVariableOp:0": V,
        "dense_1/BiasAdd/ReadVariableOp:0": C,
    }
    path = onnx_file(nodes, constants, dims=("unk__12", 3), opset=opset)
    network = read(path)
    assert [(layer.activation, layer.alpha) for layer in network.layers] == [
        ("leaky_relu", 0.3),
        ("softmax", None),
    ]
    np.testing.assert_allclose(network(ROWS), judge(path), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dims", [None, (None, None), (1, 3), (7, 3), ("N", 3)])
def test_the_input_may_say_little(onnx_file: Write, dims: Any) -> None:
    """Where the input's shape is not told, the first matrix tells it; a fixed batch does no harm."""
    network = read(onnx_file("y = Gemm(x, W, b)", WEIGHTS, dims=dims))
    assert (network.inputs, network.named_inputs) == (("x0", "x1", "x2"), False)


def test_images_are_flattened(onnx_file: Write) -> None:
    """An input of more dimensions becomes rows where a node flattens it; one number scales all before."""
    X = RANDOM.standard_normal((10, 1, 3, 1)).astype(np.float32)
    path = onnx_file(
        "s = Div(x, k) f = Flatten(s) y = Gemm(f, W, b)",
        WEIGHTS | {"k": number(255)},
        dims=("N", 1, 3, 1),
    )
    np.testing.assert_allclose(read(path)(X.reshape(10, 3)), judge(path, X), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", [onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16])
def test_half_precision_is_widened(onnx_file: Write, kind: int) -> None:
    """float16 and bfloat16 weights are held in float32."""
    half = onnx.helper.tensor_dtype_to_np_dtype(kind)
    path = onnx_file("y = MatMul(x, W)", {"W": W.astype(half)}, element=kind)
    network = read(path)
    assert network.dtype == np.float32
    np.testing.assert_array_equal(network.layers[0].weights, W.astype(half).astype(np.float32))


def test_whole_numbers_are_cast_first(onnx_file: Write) -> None:
    """An input of integers is as good as one of floats where the graph casts it."""
    nodes = "f = Cast <to = 1>(x) y = Gemm(f, W, b)"
    network = read(onnx_file(nodes, WEIGHTS, element=onnx.TensorProto.INT64))
    np.testing.assert_array_equal(network.layers[0].weights, W)


def test_products_summed_in_float64_between_casts(onnx_file: Write) -> None:
    """Casts around a product keep the network in float32, unless its weights are no float32 numbers."""
    nodes = "d = Cast <to = 11>(x) s = MatMul(d, W) f = Cast <to = 1>(s) y = Add(f, b)"
    exact = read(onnx_file(nodes, {"W": W.astype(np.float64), "b": B}))
    assert (exact.dtype, exact.layers[0].sum_dtype) == (np.float32, np.float64)
    finer = read(onnx_file(nodes, {"W": W.astype(np.float64) / 3, "b": B}))
    assert (finer.dtype, finer.layers[0].sum_dtype) == (np.float64, None)


def test_scaling_in_float64_keeps_the_network_there(onnx_file: Write) -> None:
    """What is subtracted in float64 is not rounded to float32."""
    nodes = "s = Sub(x, mean) f = Cast <to = 1>(s) y = Gemm(f, W, b)"
    mean = np.array([1e9, 0.1, 2])
    network = read(onnx_file(nodes, WEIGHTS | {"mean": mean}, element=onnx.TensorProto.DOUBLE))
    assert network.dtype == np.float64
    np.testing.assert_array_equal(network.mean, mean)


def test_nodes_that_lead_nowhere_do_no_harm(onnx_file: Write) -> None:
    """Only what the output is made of counts."""
    nodes = "y = Gemm(x, W, b) unused = Sin(x)"
    network = read(onnx_file(nodes, WEIGHTS, outputs={"y": 1}))
    assert len(network.layers) == 1


def test_a_class_alone_is_enough_behind_a_softmax(onnx_file: Write) -> None:
    """A file that puts out only the class is read with its probabilities."""
    nodes = "z = Gemm(x, W, b) p = Softmax(z) y = ArgMax <axis = 1>(p)"
    network = read(onnx_file(nodes, WEIGHTS, outputs={"y": onnx.TensorProto.INT64}))
    assert network.kind == "classes"


def test_external_data_beside_the_model(onnx_file: Write, tmp_path: Path) -> None:
    """Weights may be in a second file of the same folder, from an offset on."""

    def move_out(model: Any) -> None:
        tensor = model.graph.initializer[0]
        (tmp_path / "weights.bin").write_bytes(b"12345678" + tensor.raw_data)
        onnx.external_data_helper.set_external_data(
            tensor, "weights.bin", offset=8, length=len(tensor.raw_data)
        )
        tensor.ClearField("raw_data")

    path = onnx_file("y = Gemm(x, W, b)", WEIGHTS, change=move_out)
    np.testing.assert_array_equal(read(path).layers[0].weights, W)
