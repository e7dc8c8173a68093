from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli.errors import ModelError
from nncli.models.names import to_layers
from nncli.models.shapes import Expected
from nncli.models.tensors import natural

W0 = np.arange(6.0).reshape(2, 3)
"""2 inputs, 3 units."""
W1 = np.arange(12.0).reshape(3, 4)
B0, B1 = np.arange(3.0), np.arange(4.0)
NOTHING_TELLS = (
    " and the names follow no convention, so nothing tells whether it is stored (units, inputs) or "
    "(inputs, units): say units_inputs or inputs_units (the spec's key layout; --layout in convert)"
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
            {"a.weight": W1.T, "a.bias": B1, "b.weight": W0.T, "b.bias": B0},
            Expected(),
            "net.npz: 'b.weight' takes 2 inputs, but the units of 'a.weight' are 4 (by their names the "
            "matrices are PyTorch's, stored (units, inputs)); the layers were taken in the order "
            "'a.weight', 'b.weight'",
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
            {"0.weight": W0.T, "0.bias": B0, "2.weight": W1.T},
            Expected(),
            "net.npz: missing biases: '2.weight' has none beside it",
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
            {"W1": W0, "b2": B0},
            Expected(),
            "net.npz: missing tensors: 'W1' and 'b2' are no pair",
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
            {"decoder.weight": W1.T, "encoder.weight": W1},
            Expected(),
            "net.npz: nothing tells the order of 'decoder.weight', 'encoder.weight': the layers fit in the "
            "order 'encoder.weight', 'decoder.weight', too; number their names",
        ),
        ({}, Expected(), "net.npz: holds no tensors"),
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
    with pytest.raises(ModelError, match=r"takes 3 inputs, .* are 2 \(layout: units_inputs\)$"):
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


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 10**30), unique=True))
def test_numbers_in_names_sort_as_numbers(numbers: list[int]) -> None:
    """The natural order of fc2 and fc10 is that of 2 and 10, at any length."""
    names = [f"fc{number}.weight" for number in numbers]
    assert sorted(names, key=natural) == [f"fc{number}.weight" for number in sorted(numbers)]
