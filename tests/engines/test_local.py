"""Batches through a network on this machine."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli.engines import local
from nncli.engines.local import output_names, predict, rows_at_once, run
from nncli.nn.layers import Dense
from nncli.nn.network import Network
from nncli.tables.batch import Batch


def network(*sizes, activation="softmax", dtype="float32", outputs=None):
    """Return a network with drawn weights."""
    draw = np.random.RandomState(0)
    layers = [
        Dense(
            weights=draw.randn(n, units).astype(dtype),
            biases=draw.randn(units).astype(dtype),
            activation=activation if i == len(sizes) - 2 else "tanh",
        )
        for i, (n, units) in enumerate(itertools.pairwise(sizes))
    ]
    return Network(layers=tuple(layers), inputs=tuple(f"x{i}" for i in range(sizes[0])), outputs=outputs)


def fixed(probabilities, kind="classes", outputs=None, missing=None):
    """Return a batch whose outputs are given, and the prediction for it."""
    values = np.array(probabilities, dtype="float64")
    net = network(
        1, values.shape[1], activation="sigmoid" if kind == "binary" else "softmax", outputs=outputs
    )
    batch = Batch(np.zeros((len(values), 1)), outputs=values, missing=missing)
    return predict(net, batch)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3000), min_size=1, max_size=6), st.booleans())
def test_the_blocks_of_the_reader_do_not_show(sizes, trace):
    """A float32 row gets the same bits however the rows were cut into batches."""
    net = network(3, 5, 4)
    X = np.random.RandomState(1).randn(sum(sizes), 3)
    ends = np.cumsum(sizes)
    batches = [Batch(X[end - size : end]) for size, end in zip(sizes, ends, strict=True)]
    cut = list(run(net, batches, trace=trace))
    [whole] = run(net, [Batch(X)], trace=trace)
    assert [len(batch) for batch in cut] == sizes
    assert (np.concatenate([batch.outputs for batch in cut]) == whole.outputs).all()
    assert (np.concatenate([batch.prediction.codes for batch in cut]) == whole.prediction.codes).all()
    if trace:
        assert (np.concatenate([batch.trace for batch in cut]) == whole.trace).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("trace", [False, True])
def test_large_batches_are_computed_in_parts(monkeypatch, dtype, trace):
    """However many rows are read at once, not so many results are held; their bits are the same."""
    net = network(3, 50, 4, dtype=dtype)
    X = np.random.RandomState(1).randn(10_000, 3)
    [whole] = run(net, [Batch(X)], trace=False)
    monkeypatch.setattr(local, "_RESULTS_AT_ONCE", 20_000)
    parts = list(run(net, [Batch(X)], trace=trace))
    assert max(map(len, parts)) == rows_at_once(net, trace=trace) < len(X)
    assert np.concatenate([part.outputs for part in parts]).tobytes() == whole.outputs.tobytes()


def test_the_trace_is_every_layers_sums_and_activations():
    """--trace holds z, then a, layer after layer; the last a is the output."""
    net = network(2, 3, 2)
    [batch] = run(net, [Batch(np.ones((4, 2)))], trace=True)
    names = output_names(net, trace=True)
    assert names[:6] == [f"layer0_z_{i}" for i in range(3)] + [f"layer0_a_{i}" for i in range(3)]
    assert batch.trace.shape == (4, 10)
    assert (batch.trace[:, -2:] == batch.outputs).all()
    assert (batch.trace[:, 3:6] == np.tanh(batch.trace[:, :3])).all()


@pytest.mark.parametrize(
    ("net", "names"),
    [
        (network(2, 3), ["prediction", "probability_0", "probability_1", "probability_2"]),
        (network(2, 2, outputs=("a", "b")), ["prediction", "probability_a", "probability_b"]),
        (network(2, 1, activation="sigmoid"), ["prediction", "probability"]),
        (network(2, 2, activation="sigmoid"), ["output_0", "output_1"]),
        (network(2, 1, activation="softmax"), ["output_0"]),
        (network(2, 2, activation="linear", outputs=("price", "size")), ["output_price", "output_size"]),
    ],
)
def test_the_output_columns_say_what_the_network_means(net, names):
    """Classes give a prediction and probabilities, anything else plain outputs."""
    assert output_names(net) == names


def test_the_first_of_equal_probabilities_wins():
    """Ties go to the first class."""
    assert fixed([[0.25, 0.5, 0.5], [1 / 3] * 3, [0, 0.1, 0.9]]).codes.tolist() == [1, 0, 2]
    many = np.full((2, 40), 1 / 40)
    assert fixed(many).codes.tolist() == [0, 0]


def test_a_single_sigmoid_unit_says_one_from_a_half_on():
    """0.5 is class 1; just below it is class 0."""
    prediction = fixed([[0.5], [np.nextafter(0.5, 0)]], kind="binary", outputs=("no", "yes"))
    assert [prediction.texts[code] for code in prediction.codes] == ["yes", "no"]


def test_a_row_without_a_result_has_no_prediction():
    """NaN outputs and missing rows are never class 0."""
    missing = np.array([False, False, True])
    assert fixed([[0.1, 0.9], [np.nan, np.nan], [0.5, 0.5]], missing=missing).codes.tolist() == [1, -1, -1]
    assert fixed([[np.nan], [0.2]], kind="binary").codes.tolist() == [-1, 0]
