from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nncli.inspect.activity import Activity
from nncli.inspect.explain import explain_neuron
from nncli.inspect.notes import listed_names, neuron_notes, row_notes
from nncli.inspect.rows import pick
from nncli.nn.layers import Dense
from nncli.nn.network import Network


def network_of(activation: str, weights: list[list[float]], **more: Any) -> Network:
    """Return a network of one layer without biases; weights have a row per input."""
    matrix = np.array(weights, more.pop("dtype", "float64"))
    layer = Dense(
        weights=matrix,
        biases=np.zeros(matrix.shape[1], matrix.dtype),
        activation=activation,
        sum_dtype=more.pop("sum_dtype", None),
    )
    return Network(layers=(layer,), inputs=tuple(f"x{i}" for i in range(len(matrix))), **more)


def notes_on(network: Network, row: list[float], *others: list[float], unit: int | None = None) -> list[str]:
    """Return the notes on a row, or on one unit, where the data are that row and the others."""
    activity = Activity(network)
    activity.add(np.array([row, *others]))
    features = np.array(row)
    if unit is None:
        return row_notes(network, pick(network, features[None]), activity)
    neuron = explain_neuron(network, pick(network, features[None]), 0, unit, spec="net.yaml")
    return neuron_notes(network, pick(network, features[None]), neuron, activity)


def test_relu_off() -> None:
    """Units that ReLU switches off in this row are named, and the one that is explained says so."""
    network = network_of("relu", [[1.0, -1.0, -2.0]])
    assert notes_on(network, [3.0], [-1.0]) == [
        "layers[0]: 2 of 3 ReLU units are off in this row (units 1, 2): their sums are not above 0,"
        " so they pass on 0"
    ]
    assert notes_on(network, [3.0], [-1.0], unit=0) == []
    assert notes_on(network, [3.0], [-1.0], unit=1) == [
        "this ReLU is off: its sum is not above 0, so it passes on 0"
    ]


def test_dead_and_saturated() -> None:
    """Units that never change over the data are called dead or saturated, with the number of rows."""
    assert notes_on(network_of("relu", [[-1.0, 1.0]]), [3.0], [1.0])[1] == (
        "layers[0]: ReLU units 0 are off in every one of the 2 rows: such dead units add nothing"
    )
    assert notes_on(network_of("relu", [[-1.0, 1.0]]), [3.0], [1.0], unit=0)[1] == (
        "this unit is off in every one of the 2 rows: it is dead and adds nothing"
    )
    assert notes_on(network_of("tanh", [[9.0, 0.1]]), [3.0]) == [
        "layers[0]: units 0 stay at one end of tanh in every one of the 1 row: they are saturated"
    ]
    assert notes_on(network_of("tanh", [[9.0, 0.1]]), [3.0], unit=0) == [
        "this unit stays at one end of tanh in every one of the 1 row: it is saturated"
    ]


def test_first_rows_only() -> None:
    """Where only the first rows were watched, the note says so."""
    network = network_of("relu", [[-1.0]])
    activity = Activity(network)
    activity.add(np.ones((7, 1)))
    activity.cut = True
    assert (
        "in every one of the first 7 rows" in row_notes(network, pick(network, np.ones(1)[None]), activity)[1]
    )


def test_saturated_softmax() -> None:
    """A softmax that is sure of one class says which."""
    network = network_of("softmax", [[10.0, 0.0, 0.0]], outputs=("cat", "dog", "cow"))
    assert notes_on(network, [1.0]) == [
        "the softmax is saturated: cat has 0.999909, so the others have next to nothing"
    ]


def test_untrained_softmax() -> None:
    """Probabilities that are all near 1/K say why."""
    notes = notes_on(network_of("softmax", [[0.01, 0.002, -0.005]]), [1.0])
    assert notes == [
        "all probabilities are near 1/3: the last sums differ by no more than 0.015, as in a network that"
        " is not trained and whose weights are small (here at most 0.01)"
    ]


def test_ties() -> None:
    """Classes with the same probability are named, and that the first is taken."""
    network = network_of("softmax", [[1.0, 1.0, -3.0]], outputs=("cat", "dog", "cow"))
    assert notes_on(network, [1.0]) == ["cat and dog have the same probability: the first of them is taken"]


def test_binary_near_one_half() -> None:
    """A single sigmoid near one half is told."""
    assert notes_on(network_of("sigmoid", [[0.001]]), [1.0]) == [
        "the probability 0.5002 is near 1/2: the network hardly tells the two classes apart"
    ]


def test_row_of_zeros() -> None:
    """A row of zeros shows the biases alone."""
    assert notes_on(network_of("linear", [[1.0]]), [0.0], unit=0) == [
        "every input of this row is 0: the first layer's sums are its biases alone"
    ]


def test_overflow() -> None:
    """Numbers that overflow are said to do so."""
    assert notes_on(network_of("linear", [[1e300]]), [1e300]) == [
        "layers[0]: the numbers overflow in units 0: inputs or weights are too large"
    ]


def test_sum_dtype() -> None:
    """Sums in float64 that are rounded to float32 are told."""
    network = network_of("linear", [[0.5]], dtype="float32", sum_dtype=np.float64)
    assert notes_on(network, [1.0]) == [
        "products are summed in float64, and each sum is rounded to float32 before the bias is added"
        " (nnfs: true)"
    ]


def test_rounding_makes_a_difference() -> None:
    """Where adding by hand gives other digits than the network has, the note shows both."""
    weights = [[1.0], [1e8], [-1e8]]
    network = network_of("linear", weights, dtype="float32")
    own = explain_neuron(network, pick(network, np.ones(3)[None]), 0, 0, spec="net.yaml")
    notes = neuron_notes(network, pick(network, np.ones(3)[None]), own, Activity(network))
    in_order = np.cumsum(np.array(weights, np.float32))[-1]
    assert len(notes) == int(in_order != own.sum)


@pytest.mark.parametrize(
    ("names", "text"),
    [(["a"], "a"), (["a", "b", "c"], "a, b and c"), (list("abcdefgh"), "a, b, c, d and 4 more")],
)
def test_listed_names(names: list[str], text: str) -> None:
    """Names are joined as a sentence wants them, many are cut short."""
    assert listed_names(names) == text


def test_one_row_makes_no_unit_dead() -> None:
    """A ReLU that is off in the only row that was looked at is off, and no more is said."""
    assert len(notes_on(network_of("relu", [[-1.0, 1.0]]), [3.0])) == 1
