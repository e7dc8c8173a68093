"""ONNX files that no chain of dense layers computes, damaged ones and hostile ones."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from nncli.errors import MissingExtraError, ModelError
from nncli.models.onnx import read, write
from nncli.nn.layers import Dense
from nncli.nn.network import Network

W, V, B = np.ones((3, 4), np.float32), np.ones((4, 2), np.float32), np.arange(1, 5, dtype=np.float32)
CONSTANTS = {"W": W, "V": V, "b": B, "nan": np.where(W == W, np.float32("nan"), W), "one": np.float32(1)}
CONSTANTS |= {"six": np.float32(6), "zero": np.zeros(4, np.float32), "column": np.ones((3, 1), np.float32)}
CONSTANTS |= {"wide": W.astype(np.float64), "yes": np.array(True), "by_four": np.array([-1, 4])}
CONSTANTS |= {"across": np.array([3, -1]), "classes": np.array([0, 1, 2, 3])}
CONSTANTS |= {"three": B[:3], "minus": -B[:3], "counts": W.astype(np.int64), "tiny": np.float32(1e-30)}
CONSTANTS |= {"hundred": W * 100, "first": np.array(0)}
CONSTANTS |= {"bytes8": np.ones(3, onnx.helper.tensor_dtype_to_np_dtype(onnx.TensorProto.FLOAT8E4M3FN))}

Write = Callable[..., Path]

REFUSED = [
    # settings that a spec can't say
    ("y = Selu <alpha = 1.0>(x)", "node 0 (Selu): alpha=1.0 is not supported: a spec's selu has 1.673263"),
    ("y = HardSigmoid <beta = 0.4>(x)", "node 0 (HardSigmoid): beta=0.4 is not supported"),
    ('y = Gelu <approximate = "fast">(x)', "approximate='fast' is not supported: a spec's gelu has 'none'"),
    ("y = Relu <alpha = 0.1>(x)", "node 0 (Relu): attribute 'alpha' is not supported"),
    (
        "s = Shape(x) n = Gather(s, first) u = Unsqueeze <axes = 0>(n) "
        "c = Concat <axis = 0>(u, by_four) y = Reshape(x, c)",
        "node 4 (Reshape): ",
    ),
    ("y = Elu <alpha = 1>(x)", "node 0 (Elu): attribute 'alpha' has the wrong type"),
    ("y = Clip(x, one, six)", "node 0 (Clip): this operator is not supported in a chain of dense layers"),
    ("y = com.example.Relu(x)", "node 0 (com.example.Relu): this operator is not supported"),
    # what mixes rows
    ("y = Softmax <axis = 0>(x)", "node 0 (Softmax): axis=0 mixes rows"),
    ("y = Gemm <transA = 1>(x, W)", "node 0 (Gemm): transA=1 mixes rows"),
    ("y = Flatten <axis = 0>(x)", "node 0 (Flatten): axis=0 mixes rows"),
    ("y = MatMul(W, x)", "node 0 (MatMul): 'W' of shape (3, 4) is not a matrix right of the data"),
    ("y = Add(x, column)", "node 0 (Add): a constant of shape (3, 1) is not one number per feature"),
    ("y = Reshape(x, by_four)", "node 0 (Reshape): a reshape that changes the number of rows"),
    ("y = Reshape(x, across)", "node 0 (Reshape): a reshape that changes the number of rows"),
    ("p = Softmax(x) y = ArgMax(p)", "node 1 (ArgMax): axis=0 mixes rows"),
    ("z = Sin(x, x) y = Relu(x)", "a node is not valid: Node with schema(::Sin:7) has input size 2"),
    # branches
    ("h = Relu(x) y = Add(x, h)", "node 1 (Add): both inputs depend on the data"),
    ("h = Sigmoid(x) r = Relu(x) y = Mul(h, r)", "node 2 (Mul): both inputs depend on the data"),
    ("y = Gemm(W, x)", "node 0 (Gemm): its input 'x' is not constant"),
    ("h = Relu(x) y = Concat <axis = 1>(x, h)", "node 1 (Concat): puts branches together that are more than"),
    ("y = Div(one, x)", "node 0 (Div): division by the data"),
    ("z = Gemm(x, W) y = Div(z, zero)", "node 1 (Div): division by the data or by zero"),
    ("y = Log(x)", "node 0 (Log): this operator is not supported"),
    # what does not fit
    ("y = MatMul(x, V)", "node 0 (MatMul): its matrix takes 4 inputs, and 3 come"),
    ("y = Add(x, b)", "node 0 (Add): has 4 numbers for 3 features"),
    ("y = MatMul(x, wide)", "node 0 (MatMul): its numbers are not float32"),
    ("y = Gemm(x, nan)", "node 0 (Gemm): 'nan' holds NaN or infinity"),
    ("y = Relu(x, x)", "node 0 (Relu): has 2 inputs, and takes 1"),
    ("y, mask = Dropout(x, one, yes)", "node 0 (Dropout): drops units even when it predicts"),
    ("d, y = Dropout(x)", "node 0 (Dropout): its output 'y' is not supported"),
    ("y = Gemm(x, b)", "node 0 (Gemm): 'b' of shape (4,) is not a matrix"),
    ("y = Gemm(x, W, three)", "node 0 (Gemm): 'three' has 3 numbers for 4 units"),
    ("y = Gemm(x, counts)", "node 0 (Gemm): 'counts' holds no floating-point numbers"),
    ("y = BatchNormalization <training_mode = 1>(x, three, three, three, three)", "only its inference form"),
    ("y = BatchNormalization(x, three, three, three, minus)", "holds a variance that is not positive"),
    ("y = ai.onnx.ml.Scaler <offset = [1.0]>(x)", "Scaler): needs finite offset and scale"),
    ("d = Div(x, tiny) z = Gemm(d, W, b) k = Div(z, tiny) y = Div(k, tiny)", "overflow when they are folded"),
    ("y = Gemm <alpha = 1e38>(x, hundred)", "node 0 (Gemm): its numbers overflow with the factor 1e+38"),
    ("y = Reshape(x, W)", "its shape is computed from the data in a way"),
    ("t = Shape(x) y = Reshape(x, t)", "its shape is computed from the data in a way"),
    ("c = Cast <to = 9>(W) y = MatMul(x, c)", "node 0 (Cast): casts a constant to a type"),
    ("c = Transpose <perm = [1, 1]>(W) y = MatMul(x, c)", "(Transpose): its perm is no order"),
    ("c = Constant <value_string = \"a\">() y = Add(x, c)", "(Constant): attribute 'value_string' is not"),
    ("c = Constant <value_int = 1, value_float = 1.0>() y = Add(x, c)", "(Constant): takes one attribute"),
    ("y = Add(x, bytes8)", "tensor 'bytes8': its element type FLOAT8E4M3FN is not supported"),
    ("y = Identity(W)", "'W' does not depend on the input"),
    ("y = Cast <to = 7>(x)", "node 0 (Cast): casts the rows to int64"),
    # tails
    ("r = Relu(x) y = ArgMax <axis = 1>(r)", "picks a class from numbers that are no scores"),
    ("p = Softmax(x) y = ArgMax <axis = 1, select_last_index = 1>(p)", "select_last_index=1 is not"),
    (
        "p = Softmax(x) i = ArgMax <axis = 1>(p) y = ai.onnx.ml.ArrayFeatureExtractor(classes, i)",
        "names 4 classes, and the network has 3",
    ),
    ("y = ai.onnx.ml.ZipMap <classlabels_int64s = [1, 1, 2]>(x)", "ZipMap): names a class twice"),
    (
        "z = Gemm(x, column) s = Sigmoid(z) n = Sub(one, s) p = Concat <axis = 1>(n, s) y = Relu(p)",
        "node 4 (Relu): nothing can follow the two columns of a binary classifier",
    ),
    (
        "s = Sigmoid(x) n = Sub(one, s) y = Concat <axis = 1>(n, s)",
        "node 2 (Concat): is supported behind a single sigmoid unit only",
    ),
    ("y = ai.onnx.ml.Normalizer <norm = \"L1\">(x)", "Normalizer): divides each row by its sum, as prob"),
]  # fmt: skip


@pytest.mark.parametrize(("nodes", "message"), REFUSED)
def test_what_no_spec_can_say_is_refused(onnx_file: Write, nodes: str, message: str) -> None:
    """The error is one line that names the file, the node, its operator and why."""
    path = onnx_file(nodes, CONSTANTS)
    with pytest.raises(ModelError) as error:
        read(path)
    assert message in str(error.value)
    assert str(error.value).startswith(f"{path}: ")
    assert len(error.value.problems) == 1
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("of_node", ["classlabels_ints", "classlabels_strings"])
def test_classes_of_another_kind_than_a_list_are_refused(tmp_path: Path, of_node: str) -> None:
    """A classifier whose list of classes is one number, a text or a tensor has no names of classes."""
    for value in (3, 1.5, "ab", onnx.numpy_helper.from_array(B)):
        node = onnx.helper.make_node(
            "LinearClassifier",
            ["x"],
            ["label", "y"],
            domain="ai.onnx.ml",
            coefficients=[1.0] * 6,
            intercepts=[0.0] * 2,
            **{of_node: value},
        )
        x = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["N", 3])
        y = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["N", 2])
        graph = onnx.helper.make_graph([node], "g", [x], [y])
        opsets = [onnx.helper.make_opsetid("", 15), onnx.helper.make_opsetid("ai.onnx.ml", 3)]
        (tmp_path / "net.onnx").write_bytes(
            onnx.helper.make_model(graph, opset_imports=opsets).SerializeToString()
        )
        with pytest.raises(ModelError, match="needs the names of the classes, as numbers or as text"):
            read(tmp_path / "net.onnx")


def test_an_unknown_opset_is_refused(onnx_file: Write) -> None:
    """Operators of a later version may mean something else."""
    for opset in (6, 99):
        with pytest.raises(ModelError, match=f"opset {opset} of ai.onnx is not supported: 7 to 28 are"):
            read(onnx_file("y = Relu(x)", opset=opset))


@pytest.mark.parametrize("nodes", ["y = MatMul(x, W)", "y = Relu(x)", "y = Add(x, three)", "y = Softmax(x)"])
def test_an_image_that_nothing_flattens_is_refused(onnx_file: Write, nodes: str) -> None:
    """Matrices and activations take rows."""
    with pytest.raises(ModelError, match="input of more than 2 dimensions that nothing has flattened"):
        read(onnx_file(nodes, CONSTANTS, dims=("N", 5, 3)))


def test_an_image_of_unknown_size_is_refused(onnx_file: Write) -> None:
    """Features that can't be counted are no columns of a table."""
    with pytest.raises(ModelError, match="its features can't be counted"):
        read(onnx_file("f = Flatten(x) y = MatMul(f, W)", CONSTANTS, dims=("N", None, 3)))


@pytest.mark.parametrize("dims", [(), (3,), ("N", 0)])
def test_an_input_that_is_no_table_is_refused(onnx_file: Write, dims: Any) -> None:
    """Rows need features."""
    with pytest.raises(ModelError, match=r"input 'x' is (no table|empty)"):
        read(onnx_file("y = Relu(x)", dims=dims))


def test_integers_are_not_computed_with(onnx_file: Write) -> None:
    """Whole numbers divide in another way."""
    with pytest.raises(ModelError, match=r"node 0 \(Relu\): computes with int64"):
        read(onnx_file("y = Relu(x)", element=onnx.TensorProto.INT64))


def test_outputs_that_disagree_are_refused(onnx_file: Write) -> None:
    """Two scores, or two lists of classes, are no one network."""
    with pytest.raises(ModelError, match="has 2 outputs: 'y', 'z'; a network has one"):
        read(onnx_file("z = Gemm(x, W, b) y = Relu(z)", CONSTANTS, outputs={"y": 1, "z": 1}))
    nodes = """
    p = Softmax(x)
    y = ai.onnx.ml.ZipMap <classlabels_int64s = [1, 2, 3]>(p)
    i = ArgMax <axis = 1>(p)
    z = ai.onnx.ml.ArrayFeatureExtractor(three, i)
    """
    with pytest.raises(ModelError, match="disagree about the names of the classes"):
        read(onnx_file(nodes, {"three": np.array([3, 2, 1])}, outputs={"y": 0, "z": 7}))


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without onnx the message says what to install."""
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r"nncli-inference\[onnx\]"):
        read(tmp_path / "net.onnx")
    with pytest.raises(MissingExtraError, match=r"nncli-inference\[onnx\]"):
        write(small_network(), tmp_path / "net.onnx")
    assert not list(tmp_path.iterdir())


def cyclic(model: Any) -> None:
    """Let the first node use what the last one makes."""
    model.graph.node[0].input[0] = "y"


def second_input(model: Any) -> None:
    """Add an input of any shape to the columns."""
    model.graph.input.add(name="more").type.tensor_type.elem_type = 1
    model.graph.node.insert(0, onnx.helper.make_node("Concat", ["x", "more"], ["both"], axis=1))
    model.graph.node[1].input[0] = "both"


def bad_name(model: Any) -> None:
    """Name a node in bytes that are no UTF-8."""
    data = model.SerializeToString().replace(b"Relu", b"R\xfflu")
    model.ParseFromString(data)


def own_function(model: Any) -> None:
    """Give Relu a meaning of the file's own."""
    model.functions.add(name="Relu", domain="")


def made_twice(model: Any) -> None:
    """Add a node that makes what another one made."""
    model.graph.node.append(model.graph.node[-1])


def huge_dims(model: Any) -> None:
    """Claim more numbers than there are."""
    model.graph.initializer[0].dims[0] = 2**40


def negative_dims(model: Any) -> None:
    """Claim a negative dimension, which NumPy would fill in."""
    model.graph.initializer[0].dims[0] = -1


def huge_input(model: Any) -> None:
    """Claim an input whose identity matrix would fill the memory."""
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 2**40
    model.graph.node[0].CopyFrom(onnx.helper.make_node("Tanh", ["x"], ["z"]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (bad_name, "the name 'R\ufffdlu' is not UTF-8"),
        (cyclic, "uses 'y' before it is made; the graph is cyclic"),
        (second_input, "input 'more' does not tell its number of columns"),
        (own_function, "function 'Relu' in the file is not supported"),
        (made_twice, "makes 'y' a second time"),
        (huge_dims, "tensor 'W': has 48 bytes, and its shape needs"),
        (negative_dims, "tensor 'W': has a shape that is not allowed"),
        (huge_input, "the input has too many features for a layer without weights"),
    ],
)
def test_a_graph_that_makes_no_sense_is_refused(onnx_file: Write, change: Any, message: str) -> None:
    """Cycles, shadowed operators and sizes that the file does not hold are errors."""
    with pytest.raises(ModelError) as error:
        read(onnx_file("z = Gemm(x, W, b) y = Relu(z)", {"W": W, "b": B}, change=change))
    assert message in str(error.value)


def test_one_tensor_in_ten_thousand_nodes_is_refused(onnx_file: Write) -> None:
    """A small file does not become a large network."""
    square = np.eye(400, dtype=np.float32)
    nodes = " ".join(f"h{i + 1} = MatMul(h{i}, W)" for i in range(2000))
    nodes = nodes.replace("(h0,", "(x,") + " y = Relu(h2000)"
    with pytest.raises(ModelError, match="would be many times larger than its file"):
        read(onnx_file(nodes, {"W": square}, dims=("N", 400)))


def test_a_mean_of_a_huge_image_is_refused(onnx_file: Write) -> None:
    """One number for each channel does not become one for each of billions of pixels."""
    nodes = "d = Sub(x, mean) f = Flatten(d) y = MatMul(f, W)"
    mean = np.ones((1, 1, 2), np.float32)
    with pytest.raises(ModelError, match="would be many times larger than its file"):
        read(onnx_file(nodes, {"W": W, "mean": mean}, dims=("N", 50_000, 50_000, 2)))


@pytest.mark.parametrize(
    "location", ["../secret", "/etc/passwd", "a/b", "..", ".", "", "c:\\x", "link", "none", "fifo", "short"]
)
def test_external_data_stays_in_the_folder(onnx_file: Write, tmp_path: Path, location: str) -> None:
    """Only a plain file beside the model is read, as many bytes as the shape needs."""
    secret = tmp_path.parent / "secret"
    secret.write_bytes(bytes(48))
    (tmp_path / "link").symlink_to(secret)
    (tmp_path / "short").write_bytes(bytes(47))
    os.mkfifo(tmp_path / "fifo")

    def move_out(model: Any) -> None:
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=location)

    with pytest.raises(ModelError, match=f"tensor 'W': .*{re.escape(repr(location))}"):
        read(onnx_file("y = Gemm(x, W, b)", {"W": W, "b": B}, change=move_out))


@pytest.mark.parametrize("data", [b"", b"\0", b"not a model", b"\x08\x08", b"\xff" * 100])
def test_what_is_no_onnx_file_is_refused(tmp_path: Path, data: bytes) -> None:
    """Other bytes are an error that says so."""
    (tmp_path / "net.onnx").write_bytes(data)
    with pytest.raises(ModelError, match="is not an ONNX file"):
        read(tmp_path / "net.onnx")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A path without a file, or of a folder, is an error."""
    for path in (tmp_path / "no.onnx", tmp_path):
        with pytest.raises(ModelError, match=re.escape(str(path))):
            read(path)


def small_network() -> Network:
    """Return a network with a scaling, names and two activations."""
    layers = (
        Dense(weights=W, biases=B, activation="gelu"),
        Dense(weights=V, biases=V[0], activation="softmax"),
    )
    return Network(
        layers=layers,
        inputs=("a", "b", "c"),
        named_inputs=True,
        outputs=("p", "q"),
        mean=W[:, 0],
        std=W[:, 0],
    )


def test_the_command_says_it_in_one_line(onnx_file: Write, tmp_path: Path, cli: Any) -> None:
    """`convert` ends with exit code 1 and one line, and writes nothing."""
    done = cli("convert", onnx_file("y = Sin(x)"), tmp_path / "net.yaml")
    assert (done.exit_code, done.stdout) == (1, "")
    path = tmp_path / "net.onnx"
    assert done.stderr == f"{path}: node 0 (Sin): this operator is not supported in a chain of dense layers\n"
    assert not (tmp_path / "net.yaml").exists()
