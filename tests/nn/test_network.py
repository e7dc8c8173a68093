from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest

from nncli.errors import DataError
from nncli.nn.layers import Dense
from nncli.nn.network import Network

WEIGHTS = np.array([[0.2, 0.8, -0.5, 1.0], [0.5, -0.91, 0.26, -0.5], [-0.26, -0.27, 0.17, 0.87]])
BIASES = np.array([2, 3, 0.5])
BATCH = [[1, 2, 3, 2.5], [2.0, 5.0, -1.0, 2.0], [-1.5, 2.7, 3.3, -0.8]]


def network_of(*layers: Dense, **more: Any) -> Network:
    """Chain layers with the default names."""
    return Network(layers=layers, inputs=tuple(f"x{i}" for i in range(layers[0].n_inputs)), **more)


@pytest.fixture
def notebook() -> Network:
    """Return the notebook's layer of three neurons."""
    return network_of(Dense(weights=WEIGHTS.T, biases=BIASES))


def test_a_batch_gives_the_notebook_s_numbers(notebook: Network) -> None:
    """The biases are added to each row, one per neuron."""
    expected = [[4.8, 1.21, 2.385], [8.9, -1.81, 0.2], [1.41, 1.051, 0.026]]
    np.testing.assert_allclose(notebook(BATCH), expected, atol=1e-12)
    np.testing.assert_allclose(notebook.forward(BATCH), expected, atol=1e-12)


def test_layers_are_chained() -> None:
    """The second layer's inputs are the first one's outputs."""
    second = Dense(
        weights=np.array([[0.1, -0.14, 0.5], [-0.5, 0.12, -0.33], [-0.44, 0.73, -0.13]]).T,
        biases=np.array([-1, 2, -0.5]),
    )
    expected = [[0.5031, -1.04185, -2.03875], [0.2434, -2.7332, -5.7633], [-0.99314, 1.41254, -0.35655]]
    network = network_of(Dense(weights=WEIGHTS.T, biases=BIASES), second)
    np.testing.assert_allclose(network(BATCH), expected, atol=1e-12)


def test_the_trace_holds_every_layer(notebook: Network) -> None:
    """Weighted sums and activations of every layer, the last one's being the result."""
    network = network_of(
        *notebook.layers, Dense(weights=np.eye(3), biases=np.full(3, -2.0), activation="relu")
    )
    first, second = network.trace(BATCH)
    assert (first.z == notebook(BATCH)).all()
    assert (first.a == first.z).all()
    assert (second.z == first.a - 2).all()
    assert (second.a == np.maximum(0, second.z)).all()
    assert (second.a == network(BATCH)).all()


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint64, np.float16, np.float32, ">f8", np.longdouble])
@pytest.mark.parametrize("network_dtype", [np.float32, np.float64])
def test_any_numbers_go_in(dtype: Any, network_dtype: Any) -> None:
    """Numbers of any dtype and byte order are read in the network's own."""
    network = network_of(Dense(weights=np.eye(2, dtype=network_dtype), biases=np.zeros(2, network_dtype)))
    result = network(np.array([[0, 1], [1, 1]]).astype(dtype))
    assert result.dtype == network_dtype
    assert result.tolist() == [[0, 1], [1, 1]]


def test_the_order_in_memory_does_not_matter(notebook: Network) -> None:
    """Columns first, every second row, backwards or read-only: the same numbers."""
    X = np.random.RandomState(0).randn(40, 4)
    expected = notebook(X)
    wide = np.zeros((80, 8))
    wide[::2, 1::2] = X
    locked = X.copy()
    locked.flags.writeable = False
    for same in (np.asfortranarray(X), wide[::2, 1::2], X[::-1].copy()[::-1], locked, X.tolist()):
        assert (notebook(same) == expected).all()


def test_the_input_is_not_written_to() -> None:
    """A linear network computes in its own arrays."""
    network = network_of(Dense(weights=np.eye(3), biases=np.ones(3), activation="relu"))
    X = np.full((5, 3), -7.0)
    network(X)
    network.trace(X)
    assert (X == -7).all()


def test_no_rows_give_no_rows(notebook: Network) -> None:
    """An empty batch is a batch."""
    assert notebook(np.empty((0, 4))).shape == notebook.forward(np.empty((0, 4))).shape == (0, 3)
    assert notebook.trace(np.empty((0, 4)))[0].z.shape == (0, 3)


@pytest.mark.parametrize(
    ("X", "problem"),
    [
        ([1, 2, 3, 4], "X has the shape (4,), the network needs (n_rows, 4); one row is X[None, :]"),
        ([1, 2, 3], "X has the shape (3,), the network needs (n_rows, 4)"),
        ([[1, 2, 3]], "X has the shape (1, 3), the network needs (n_rows, 4)"),
        (5, "X has the shape (), the network needs (n_rows, 4)"),
        (np.zeros((2, 4, 1)), "X has the shape (2, 4, 1), the network needs (n_rows, 4)"),
        ([["a", "b", "c", "d"]], "X holds values of type <U1, not numbers"),
        ([[1j, 0, 0, 0]], "X holds values of type complex128, not numbers"),
        ([[None, 1, 2, 3]], "X holds values of type object, not numbers"),
        ([[1, 2, 3, 4], [1]], "X is no matrix: its rows differ in length"),
    ],
)
def test_what_is_no_matrix_of_the_right_width_is_refused(notebook: Network, X: Any, problem: str) -> None:
    """The error says what came and what would be right."""
    for run in (notebook, notebook.trace, notebook.forward):
        with pytest.raises(DataError) as caught:
            run(X)
        assert caught.value.problems == (problem,)


def test_overflow_gives_infinities_in_silence() -> None:
    """Numbers beyond the dtype become infinities, and no warning leaks from any thread."""
    network = network_of(
        Dense(weights=np.full((2, 2), 1e30, np.float32), biases=np.zeros(2, np.float32)),
        Dense(
            weights=np.full((2, 2), 1e30, np.float32), biases=np.zeros(2, np.float32), activation="softmax"
        ),
    )
    X = np.full((40_000, 2), 1e300)
    X[1:, :] = 1
    assert np.isnan(network(X)).all()
    assert np.isinf(network.trace(X)[0].z[0]).all()
    assert np.isnan(network.forward(X)).all()


def test_a_row_of_nan_stays_alone(notebook: Network) -> None:
    """NaN in one row is that row's affair."""
    X = np.ones((5, 4))
    X[2, 1] = np.nan
    assert np.isnan(notebook(X)).all(axis=1).tolist() == [False, False, True, False, False]


@pytest.mark.parametrize(
    ("activation", "n_units", "kind"),
    [
        ("softmax", 3, "classes"),
        ("softmax", 1, "values"),
        ("sigmoid", 1, "binary"),
        ("sigmoid", 2, "values"),
        ("linear", 1, "values"),
        ("log_softmax", 3, "values"),
    ],
)
def test_the_last_layer_says_what_the_numbers_mean(activation: str, n_units: int, kind: str) -> None:
    """Softmax over several units names classes, one sigmoid unit is a probability, else plain values."""
    network = network_of(
        Dense(weights=np.ones((2, n_units)), biases=np.zeros(n_units), activation=activation)
    )
    assert network.kind == kind


def test_a_layer_s_alpha_reaches_its_activation() -> None:
    """Alpha is passed on where it is set, and left at its default where not."""
    layers = [
        Dense(weights=np.eye(1), biases=np.zeros(1), activation="leaky_relu", alpha=alpha)
        for alpha in (None, 0.5)
    ]
    assert [network_of(layer)([[-1]]).item() for layer in layers] == [-0.01, -0.5]


def test_a_network_never_changes() -> None:
    """Its buffers fit its layers for good; another network is made of it with `replace`."""
    network = network_of(Dense(weights=np.eye(2), biases=np.zeros(2)))
    X = np.ones((1, 2))
    assert (network(X) == 1).all()
    with pytest.raises(FrozenInstanceError):
        network.layers = ()  # type: ignore[misc] # that it can't be done is the test
    other = replace(network, layers=(Dense(weights=2 * np.eye(2), biases=np.zeros(2)),))
    assert (other(X) == 2).all()


def test_layers_and_networks_are_told_apart_as_objects() -> None:
    """Equal arrays do not make two layers one, and nobody has to compare arrays to find a layer."""
    layers = [Dense(weights=np.eye(2), biases=np.zeros(2)) for _ in range(2)]
    network = network_of(*layers)
    assert layers[0] != layers[1]
    assert network.layers.index(layers[1]) == 1
    assert len({network, network_of(*layers), *layers}) == 4
