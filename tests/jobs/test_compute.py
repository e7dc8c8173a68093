"""Blocks of rows through a network."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli.jobs import compute as module
from nncli.jobs.compute import block_size, compute, output_names, predict
from nncli.nn.layers import Dense
from nncli.nn.network import Network
from nncli.tables import ArrayTable, Rows


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
    """Return the prediction for outputs that are given."""
    values = np.array(probabilities, dtype="float64")
    net = network(
        1, values.shape[1], activation="sigmoid" if kind == "binary" else "softmax", outputs=outputs
    )
    return predict(net, values, missing)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=6), st.integers(0, 200), st.booleans())
def test_the_blocks_of_the_reader_do_not_show(multiples, rest, trace):
    """A float32 row gets the same bits in whichever blocks, all but the last a multiple of rows."""
    net = network(3, 5, 4)
    sizes = [block_size(net).multiple * n for n in multiples] + [rest]
    X = np.random.RandomState(1).randn(sum(sizes), 3)
    ends = np.cumsum(sizes)
    cut = [
        compute(net, Rows(X[end - size : end]), trace=trace) for size, end in zip(sizes, ends, strict=True)
    ]
    whole = compute(net, Rows(X), trace=trace)
    assert [len(part) for part in cut] == sizes
    assert (np.concatenate([part.outputs for part in cut]) == whole.outputs).all()
    assert (np.concatenate([part.prediction.codes for part in cut]) == whole.prediction.codes).all()
    if trace:
        assert (np.concatenate([part.trace for part in cut]) == whole.trace).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("trace", [False, True])
def test_large_inputs_are_computed_in_parts(monkeypatch, dtype, trace):
    """However many rows there are, not so many results are held at once; their bits are the same."""
    net = network(3, 50, 4, dtype=dtype)
    X = np.random.RandomState(1).randn(10_000, 3)
    whole = compute(net, Rows(X))
    monkeypatch.setattr(module, "_RESULTS_AT_ONCE", 20_000)
    size = block_size(net, trace=trace)
    table = ArrayTable("the data", {f"x{i}": X[:, i] for i in range(3)})
    blocks = table.blocks([0, 1, 2], [], size)
    parts = [compute(net, table.parse(block, [0, 1, 2], []), trace=trace) for block in blocks]
    assert max(map(len, parts)) == size.most_rows < len(X)
    numbers = [part.outputs.size if part.trace is None else part.trace.size for part in parts]
    assert max(numbers) <= 20_000
    assert np.concatenate([part.outputs for part in parts]).tobytes() == whole.outputs.tobytes()


def test_the_trace_is_every_layers_sums_and_activations():
    """--trace holds z, then a, layer after layer; the last a is the output."""
    net = network(2, 3, 2)
    results = compute(net, Rows(np.ones((4, 2))), trace=True)
    names = output_names(net, trace=True)
    assert names[:6] == [f"layer0_z_{i}" for i in range(3)] + [f"layer0_a_{i}" for i in range(3)]
    assert results.trace.shape == (4, 10)
    assert (results.trace[:, -2:] == results.outputs).all()
    assert (results.trace[:, 3:6] == np.tanh(results.trace[:, :3])).all()


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
