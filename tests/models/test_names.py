from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli.errors import ModelError, UsageError
from nncli.models.names import to_layers
from nncli.models.shapes import Expected
from nncli.models.tensors import natural

W0 = np.arange(6.0).reshape(2, 3)
"""2 inputs, 3 units."""
W1 = np.arange(12.0).reshape(3, 4)
B0, B1 = np.arange(3.0), np.arange(4.0)
NOTHING_TELLS = (
    " and the names follow no convention, so nothing tells whether it is stored (units, inputs) or "
    "(inputs, units): say units_inputs or inputs_units (the spec's key layout, or nncli convert)"
)
S = np.array([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    "tensors",
    [
        {"layers.0.weights": W0.T, "layers.0.biases": B0, "layers.1.weights": W1.T, "layers.1.biases": B1},
        {"layers.1.weights": W1.T, "layers.0.biases": B0, "layers.0.weights": W0.T, "layers.1.biases": B1},
        {"0.weight": W0.T, "0.bias": B0, "2.weight": W1.T, "2.bias": B1},
        {"fc1.weight": W0.T, "fc1.bias": B0, "out.weight": W1.T, "out.bias": B1},
        {"net.10.weight": W1.T, "net.10.bias": B1, "net.2.weight": W0.T, "net.2.bias": B0},
        {"coefs_0": W0, "coefs_1": W1, "intercepts_0": B0, "intercepts_1": B1},
        {"dense/kernel:0": W0, "dense/bias:0": B0, "dense_1/kernel:0": W1, "dense_1/bias:0": B1},
        {"Dense_0.kernel": W0, "Dense_0.bias": B0, "Dense_1.kernel": W1, "Dense_1.bias": B1},
        {"dense_9/kernel": W0, "dense_9/bias": B0, "dense_10/kernel": W1, "dense_10/bias": B1},
        {"W1": W0, "b1": B0, "W2": W1, "b2": B1},
        {"W1": W0.T, "b1": B0, "W2": W1.T, "b2": B1},
        {"w_hidden": W0, "b_hidden": B0[None], "w_out": W1, "b_out": B1[None]},
        {"arr_0": W0, "arr_1": B0, "arr_2": W1, "arr_3": B1},
    ],
    ids=lambda tensors: ", ".join(tensors),
)
def test_names_tell_layers_and_orientation(tensors: dict[str, Any]) -> None:
    """Every convention gives the same layers: weights (n_inputs, n_units) and biases, in order."""
    (weights0, biases0), (weights1, biases1) = to_layers(tensors, "net.npz")
    assert biases0 is not None
    assert biases1 is not None
    np.testing.assert_array_equal(weights0, W0)
    np.testing.assert_array_equal(weights1, W1)
    np.testing.assert_array_equal(biases0, B0)
    np.testing.assert_array_equal(biases1, B1)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("weight", "bias"), S.T),
        (("layers.0.weights", "layers.0.biases"), S.T),
        (("coefs_0", "intercepts_0"), S),
        (("kernel", "bias"), S),
    ],
)
def test_a_square_matrix_follows_its_convention(names: tuple[str, str], expected: Any) -> None:
    """Where the shape can't tell, the name of a known convention does."""
    [(weights, _)] = to_layers(dict(zip(names, (S, np.zeros(2)), strict=True)), "net.npz")
    np.testing.assert_array_equal(weights, expected)


@pytest.mark.parametrize(("layout", "expected"), [("units_inputs", S.T), ("inputs_units", S)])
def test_layout_decides_for_a_square_matrix(layout: Any, expected: Any) -> None:
    """A square matrix without a convention is stored as the user's layout says."""
    [(weights, _)] = to_layers({"W": S, "b": np.zeros(2)}, "net.npz", layout=layout)
    np.testing.assert_array_equal(weights, expected)


@pytest.mark.parametrize(
    ("tensors", "expected", "message"),
    [
        (
            {"W": S, "b": np.zeros(2)},
            Expected(2, [2]),
            "net.npz: 'W' is square" + NOTHING_TELLS,
        ),
        (
            {"W": W0},
            Expected(),
            "net.npz: the shapes fit both ways" + NOTHING_TELLS,
        ),
        (
            {"fc.weight": W0, "fc.bias": B0},
            Expected(2, [3]),
            "net.npz: 'fc.weight' takes 3 inputs, but the spec's inputs are 2 (by their names the "
            "matrices are PyTorch's, stored (units, inputs)); it fits only the other way round: "
            "if that is meant, say layout: inputs_units",
        ),
        (
            {"coefs_0": W0, "intercepts_0": B0},
            Expected(2, [4]),
            "net.npz: 'coefs_0' has 3 units, but the spec's layers[0] has 4 (by their names the matrices are "
            "scikit-learn's, stored (inputs, units))",
        ),
        (
            {"fc1.weight": W1.T, "fc1.bias": B1, "fc2.weight": W0.T, "fc2.bias": B0},
            Expected(),
            "net.npz: 'fc2.weight' takes 2 inputs, but the units of 'fc1.weight' are 4 (by their names the "
            "matrices are PyTorch's, stored (units, inputs)); the layers were taken in the order "
            "'fc1.weight', 'fc2.weight'",
        ),
        (
            {"0.weight": W0.T, "0.bias": B0, "2.weight": W1.T, "2.bias": B1},
            Expected(2, [3]),
            "net.npz: unused tensors '2.weight', '2.bias': the spec has 1 layer, the file 2",
        ),
        (
            {"0.weight": W0.T, "0.bias": B0},
            Expected(2, [3, 4]),
            "net.npz: missing tensors for layers[1]: the spec has 2 layers, the file 1 ('0.weight')",
        ),
        (
            {"0.weight": W0.T, "0.bias": B0, "2.bias": B1},
            Expected(),
            "net.npz: missing weights: '2.bias' has no weights beside it",
        ),
        (
            {"coefs_0": W0, "intercepts_0": B0, "coefs_1": W1},
            Expected(),
            "net.npz: missing biases: 'coefs_1' has none beside it",
        ),
        (
            {"layers.0.weights": W0.T, "layers.2.weights": W1.T},
            Expected(),
            "net.npz: missing tensors: no weights of layer 1 before 'layers.2.weights'",
        ),
        (
            {"0.weight": W0.T, "0.bias": B0, "embedding": W1},
            Expected(),
            "net.npz: unused tensors 'embedding': no layer's beside PyTorch's names",
        ),
        (
            {"0.weight": W0.T, "coefs_1": W1},
            Expected(),
            "net.npz: unused tensors 'coefs_1': no layer's beside PyTorch's names",
        ),
        (
            {"W1": W0, "W2": W1, "b1": B0},
            Expected(),
            "net.npz: unused or missing tensors: 2 matrices ('W1', 'W2') and 1 vectors ('b1') make no layers",
        ),
        (
            {"W1": W0, "W2": W1, "b2": B0, "b3": B1},
            Expected(),
            "net.npz: missing tensors: nothing tells which of the vectors 'b2', 'b3' belongs to which of the "
            "matrices 'W1', 'W2'; names like W1 and b1 do",
        ),
        (
            {"fc.weight": np.zeros((2, 3, 3, 3))},
            Expected(),
            "net.npz: tensor 'fc.weight' has 4 dimensions; weights have 2",
        ),
        (
            {"0.weight": W0.T, "0.bias": B1},
            Expected(),
            "net.npz: '0.bias' has 4 biases, but '0.weight' has 3 units (by their names the matrices are "
            "PyTorch's, stored (units, inputs))",
        ),
        (
            {"0.weight": W0.T.astype(int), "0.bias": B0},
            Expected(),
            "net.npz: tensor '0.weight' holds int64, not floating-point numbers",
        ),
        (
            {"0.weight": np.array([[1.0, np.nan]]), "0.bias": np.zeros(1)},
            Expected(),
            "net.npz: tensor '0.weight': [0, 1] is nan, not a finite number",
        ),
        (
            {"0.weight": W0.T, "0.bias": np.array([0, 0, -np.inf])},
            Expected(),
            "net.npz: tensor '0.bias': [2] is -inf, not a finite number",
        ),
        ({"0.weight": np.zeros((0, 2))}, Expected(), "net.npz: tensor '0.weight' of shape (0, 2) is empty"),
        (
            {"there.weight": W1.T, "here.weight": W1},
            Expected(),
            "net.npz: nothing tells the order of the layers: 4 -> 3 -> 4 (here.weight, there.weight) or "
            "3 -> 4 -> 3 (there.weight, here.weight) would fit; say in nncli convert which of "
            "them is meant, or number their names: np.savez('net.npz', W1=…, W2=…)",
        ),
        ({}, Expected(), "net.npz: holds no tensors"),
        (
            {"0.weight": W0.T, "0.bias": B0, "1.weight": B0, "1.bias": B0},
            Expected(),
            "net.npz: tensors '1.weight', '1.bias' are vectors of one length, as a layer normalisation has "
            "them, which is no dense layer",
        ),
        (
            {"1.running_mean": B0, "1.weight": B0},
            Expected(),
            "net.npz: tensors '1.running_mean' belong to a batch normalisation, which a weights file can't "
            "say in full; export the model to ONNX and convert that",
        ),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, dict) else "",
)
def test_what_does_not_fit_is_named(tensors: dict[str, Any], expected: Expected, message: str) -> None:
    """A tensor that is left over, missing, no numbers or the wrong way round is an error that names it."""
    with pytest.raises(ModelError) as error:
        to_layers(tensors, "net.npz", expected=expected)
    assert str(error.value) == message


def test_a_layout_that_does_not_fit_is_refused() -> None:
    """The user's layout is checked against the spec's shapes, too."""
    with pytest.raises(ModelError, match=r"takes 3 inputs, .* are 2 \(layout: units_inputs\)"):
        to_layers({"W": W0}, "net.npz", layout="units_inputs", expected=Expected(2, [3]))


@pytest.mark.parametrize(
    ("first", "second", "dtype"),
    [("f2", "f2", "f4"), ("f4", "f4", "f4"), (">f4", "f4", "f4"), ("f4", "f8", "f8"), (">f8", "f8", "f8")],
)
def test_numbers_are_widened_to_one_dtype(first: str, second: str, dtype: str) -> None:
    """Half precision becomes float32, and one float64 tensor makes all of them float64."""
    [(weights, biases)] = to_layers({"0.weight": W0.T.astype(first), "0.bias": B0.astype(second)}, "net.npz")
    assert biases is not None
    assert (weights.dtype, biases.dtype) == (np.dtype(dtype), np.dtype(dtype))
    np.testing.assert_array_equal(weights, W0)


SIZES = (4, 5, 6, 2)


def matrices(*names: str, columns: bool, biases: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a network's matrices under these names, first layer first; `columns`: stored (inputs, units)."""
    rng = np.random.default_rng(0)
    sizes = (*SIZES[: len(names)], SIZES[-1])
    found = {
        name: rng.normal(size=(a, b) if columns else (b, a))
        for name, a, b in zip(names, sizes, sizes[1:], strict=False)
    }
    return found | {name: rng.normal(size=b) for name, b in zip(biases, sizes[1:], strict=False)}


WORDS = [
    ("wih", "who"),
    ("W_ih", "W_ho"),
    ("weights_input_hidden", "weights_hidden_output"),
    ("inputHiddenWeights", "hiddenOutputWeights"),
    ("Wxh", "Why"),
    ("W_hx", "W_yh"),
    ("enc", "dec"),
    ("Wh", "Wo"),
    ("Win", "Wout"),
    ("w_hidden", "w_out"),
    ("hidden_weights", "output_weights"),
    ("w_i_h", "w_h_h", "w_h_o"),
    ("w_i_h1", "w_h1_h2", "w_h2_o"),
    ("W1", "W2", "Wout"),
    ("input.weight", "hidden.weight", "output.weight"),
    ("input_layer.weight", "hidden.weight", "output_layer.weight"),
    ("fc_in.weight", "fc_out.weight"),
    ("fc1.weight", "fc2.weight", "classifier.weight"),
    ("feature_extractor.0.weight", "feature_extractor.2.weight", "head.weight"),
    ("encoder.fc_in.weight", "encoder.fc_out.weight", "decoder.fc_in.weight"),
    ("model.encoder.weight", "model.decoder.weight"),
    ("hidden/kernel:0", "output/kernel:0"),
    ("dense/kernel:0", "dense_1/kernel:0", "predictions/kernel:0"),
]


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (names, columns)
        for names in WORDS
        for columns in (False, True)
        if not names[0].endswith("weight" if columns else "kernel:0")  # there the names tell
    ],
    ids=str,
)
@pytest.mark.parametrize("as_written", [False, True])
def test_words_tell_the_order_without_biases(names: tuple[str, ...], columns: bool, as_written: bool) -> None:
    """Words for input, hidden and output decide the order, however the file lists them."""
    tensors = matrices(*names, columns=columns)
    for listed in (tensors, dict(reversed(tensors.items()))):
        layers = to_layers(listed, "net.npz", as_written=as_written)
        for (weights, biases), name in zip(layers, names, strict=True):
            np.testing.assert_array_equal(weights, tensors[name] if columns else tensors[name].T)
            assert biases is None


@pytest.mark.parametrize(
    ("names", "biases"),
    [
        (("trunk.weight", "neck.weight", "head.weight"), ("trunk.bias", "neck.bias", "head.bias")),
        (("zeta.weight", "mu.weight", "alpha.weight"), ("zeta.bias", "mu.bias", "alpha.bias")),
        (("wih", "who"), ("bh", "bo")),
        (("Wxh", "Why"), ("bh", "by")),
        (("weights_input_hidden", "weights_hidden_output"), ("bias_hidden", "bias_output")),
        (("w_hidden", "w_output"), ("b_hidden", "b_output")),
        (("Theta1", "Theta2"), ("bias1", "bias2")),
    ],
    ids=lambda names: names[0],
)
def test_words_with_biases_and_one_possible_order_are_read(
    names: tuple[str, ...], biases: tuple[str, ...]
) -> None:
    """Names that say nothing are read where the shapes leave one order; biases belong to their matrix."""
    tensors = matrices(*names, columns=False, biases=biases)
    layers = to_layers(dict(sorted(tensors.items())), "net.npz")
    for (weights, found), name, bias in zip(layers, names, biases, strict=True):
        np.testing.assert_array_equal(weights, tensors[name].T)
        np.testing.assert_array_equal(found, tensors[bias])


def test_the_order_of_writing_decides_between_names_that_say_nothing() -> None:
    """An `.npz` lists its arrays as they were written; numbers in the names come first."""
    tensors = matrices("p", "a", columns=False)
    assert [w.shape for w, _ in to_layers(tensors, "net.npz", as_written=True)] == [(4, 5), (5, 2)]
    with pytest.raises(ModelError, match=r"4 -> 5 -> 2 \(p, a\)"):
        to_layers(tensors, "net.npz")
    numbered = matrices("p1", "a2", columns=False)
    numbered = dict(reversed(numbered.items()))
    assert [w.shape for w, _ in to_layers(numbered, "net.npz", as_written=True)] == [(4, 5), (5, 2)]


def test_order_decides_what_names_leave_open() -> None:
    """`order` names the layers or their matrices, and must name each of them once."""
    tensors = matrices("here.weight", "there.weight", columns=False)
    square = {"here.weight": S, "there.weight": S + 1}
    for order in (["there", "here"], ["there.weight", "here.weight"]):
        (first, _), (second, _) = to_layers(square, "net.npz", order=order)
        np.testing.assert_array_equal(first, (S + 1).T)
        np.testing.assert_array_equal(second, S.T)
    for wrong in (["here"], ["here", "here"], ["here", "there", "fc"], ["fc", "here"]):
        with pytest.raises(
            UsageError, match=r"^order: must name every matrix of net.npz once: 'here.weight'"
        ):
            to_layers(tensors, "net.npz", order=wrong)


def test_one_missing_bias_is_zero_where_the_convention_says_so() -> None:
    """PyTorch's and Keras's layers may have no biases."""
    (_, first), (_, second) = to_layers({"0.weight": W0.T, "0.bias": B0, "2.weight": W1.T}, "net.npz")
    assert first is not None
    assert second is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fc1.lora_A.weight", "tensors 'fc1.lora_A.weight' are LoRA adapters, no network"),
        ("fc1.weight_g", "tensors 'fc1.weight_g' are a weight normalisation"),
        ("fc1.parametrizations.weight.original0", "tensors 'fc1.parametrizations.weight.original0' are what"),
        ("fc1.weight_orig", "tensors 'fc1.weight_orig' are what weights are computed from"),
        ("rnn.weight_u", "tensors 'rnn.weight_u' are what weights are computed from"),
        ("rnn.weight_hh_l0", "tensors 'rnn.weight_hh_l0' belong to a recurrent network"),
        ("embedding.weight", "tensor 'embedding.weight' is an embedding, which is no dense layer"),
        ("token_embed.weight", "tensor 'token_embed.weight' is an embedding, which is no dense layer"),
    ],
)
def test_tensors_of_other_things_are_refused_by_name(name: str, message: str) -> None:
    """What is known to be no dense layer is refused with what it is, whatever its shape."""
    with pytest.raises(ModelError) as error:
        to_layers({name: W0, "fc.weight": W1.T, "fc.bias": B1}, "net.npz")
    assert str(error.value).startswith(f"net.npz: {message}")


def test_many_layers_without_an_order_are_refused_at_once() -> None:
    """A search without an end is none."""
    for n in (12, 300):
        tensors = {f"{chr(97 + i % 26)}{'z' * (i // 26)}.weight": np.eye(3) + i for i in range(n)}
        with pytest.raises(ModelError, match="nncli convert"):
            to_layers(tensors, "net.npz")
    different = {f"{chr(97 + i)}.weight": np.zeros((3, 3 + (i == 11))) for i in range(12)}
    with pytest.raises(ModelError, match=r"may be in too many orders: say it in nncli convert"):
        to_layers(different | {"zz.weight": np.zeros((9, 9))}, "net.npz")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_network_is_never_read_as_another_one(data: Any) -> None:
    """Whatever the names, the listing and the layout: the network that was saved, or none."""
    n = data.draw(st.integers(1, 4))
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=n + 1, max_size=n + 1))
    family = data.draw(st.sampled_from([["ih", "hh", "ho"], ["p", "q", "r", "s"], ["in", "x1", "x2", "out"]]))
    names = family[:n] if n > 1 else family[:1]
    sizes = sizes[: len(names) + 1]
    columns = data.draw(st.booleans())
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    layers = [rng.normal(size=(a, b)) for a, b in pairwise(sizes)]
    tensors: dict[str, Any] = {name: W if columns else W.T for name, W in zip(names, layers, strict=True)}
    if data.draw(st.booleans()):
        tensors |= {f"b_{name}": rng.normal(size=W.shape[1]) for name, W in zip(names, layers, strict=True)}
    listed = dict(data.draw(st.permutations(list(tensors.items()))))
    try:
        found = to_layers(listed, "net.npz")
    except ModelError:
        return
    for (weights, _), W in zip(found, layers, strict=True):
        np.testing.assert_array_equal(weights, W)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 10**30), unique=True))
def test_numbers_in_names_sort_as_numbers(numbers: list[int]) -> None:
    """The natural order of fc2 and fc10 is that of 2 and 10, at any length."""
    names = [f"fc{number}.weight" for number in numbers]
    assert sorted(names, key=natural) == [f"fc{number}.weight" for number in sorted(numbers)]
