from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import nncli
from nncli.errors import DataError
from nncli.inspect.activity import Activity
from nncli.inspect.rows import pick, scan
from nncli.inspect.summary import add_row, summarize
from nncli.nn.layers import Dense
from nncli.nn.network import Network
from nncli.tables.rows import Rows


def one_layer(weights: list[list[float]], activation: str) -> Network:
    """Return a network of one layer without biases; weights have a row per input."""
    matrix = np.array(weights)
    layer = Dense(weights=matrix, biases=np.zeros(matrix.shape[1]), activation=activation)
    return Network(layers=(layer,), inputs=tuple(f"x{i}" for i in range(len(matrix))))


def test_costs(configs: Path) -> None:
    """A layer's parameters, its FLOPs (two a weight) and its bytes are counted, and their totals."""
    summary = summarize(nncli.load(configs / "spiral.yaml"))
    layer = {"layer": 0, "name": None, "inputs": 2, "units": 3, "activation": "relu"}
    assert summary["layers"][0] == layer | {"parameters": 9, "flops_per_row": 12, "bytes": 36}
    assert summary["total"] == {"parameters": 21, "flops_per_row": 30, "bytes": 84}
    assert summary["dtype"] == "float32"


def test_values_of_a_row() -> None:
    """A row's range of activations is that of each layer, with the share of zeros."""
    network = one_layer([[1.0, -1.0, 3.0, 0.0]], "relu")
    summary = summarize(network)
    add_row(summary, pick(network, np.array([[2.0]]), number=5))
    assert summary["row"] == 5
    assert summary["layers"][0]["values"] == {"min": 0.0, "mean": 2.0, "max": 6.0, "zeros": 0.5}


def test_dead_units() -> None:
    """A ReLU unit that is 0 in every row is dead; one that is above 0 once is not."""
    activity = Activity(one_layer([[1.0, -1.0, 0.0]], "relu"))
    activity.add(np.array([[0.0], [0.5], [2.0]]))
    assert activity.dead(0).tolist() == [1, 2]
    assert activity.saturated(0).tolist() == []
    activity.add(np.array([[-1.0]]))
    assert activity.dead(0).tolist() == [2]


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "hard_sigmoid", "softsign"])
def test_saturated_units(activation: str) -> None:
    """A unit is saturated that stays within a hundredth of one end in every row."""
    activity = Activity(one_layer([[1e6, -1e6, 0.1]], activation))
    activity.add(np.array([[1.0], [2.0]]))
    assert activity.saturated(0).tolist() == [0, 1]
    assert activity.dead(0).tolist() == []
    activity.add(np.array([[-1.0]]))
    assert activity.saturated(0).tolist() == []


def test_no_rows_no_verdict() -> None:
    """Without rows, and with rows of NaN alone, no unit is called dead or saturated."""
    for activation in ("relu", "sigmoid"):
        activity = Activity(one_layer([[1.0]], activation))
        assert activity.dead(0).size == activity.saturated(0).size == 0
        activity.add(np.array([[np.nan]]))
        assert activity.dead(0).size == activity.saturated(0).size == 0


def test_scan_picks_a_row_across_batches() -> None:
    """A row is found in whatever batch it is, and the watched rows stop where they should."""
    network = one_layer([[1.0]], "relu")
    rows = np.arange(10.0)[:, None]
    batches = [Rows(rows[:4]), Rows(rows[4:8]), Rows(rows[8:])]
    picked, activity = scan(network, batches, row=5, watched=6, name="rows.csv")
    assert picked is not None
    assert (picked.number, picked.features.tolist()) == (5, [5.0])
    assert picked.traces[0].a.tolist() == [[5.0]]
    assert (activity.n_rows, activity.cut) == (6, True)
    assert activity.layers[0].high.tolist() == [5.0]


def test_scan_reads_no_further() -> None:
    """Reading stops as soon as the row is found and enough rows are watched."""

    def endless() -> Iterator[Rows]:
        yield Rows(np.zeros((4, 1)))
        yield Rows(np.ones((4, 1)))
        raise AssertionError("read too far")

    picked, activity = scan(one_layer([[1.0]], "relu"), endless(), row=4, watched=2, name="rows.csv")
    assert picked is not None
    assert (picked.features.tolist(), activity.n_rows) == ([1.0], 2)


def test_scan_knows_missing_rows() -> None:
    """Rows without features count, are not watched, and can't be picked."""
    network = one_layer([[1.0]], "relu")
    batch = Rows(np.array([[1.0], [0.0], [3.0]]), missing=np.array([False, True, False]))
    picked, activity = scan(network, [batch], row=2, watched=None, name="rows.csv")
    assert picked is not None
    assert (picked.features.tolist(), activity.n_rows, activity.cut) == ([3.0], 2, False)
    picked, _ = scan(network, [Rows(np.zeros((1, 1))), batch], row=0, watched=None, name="rows.csv")
    assert picked is not None
    with pytest.raises(DataError, match=r"^rows\.csv: row 1: a value is missing$"):
        scan(network, [batch], row=1, watched=None, name="rows.csv")
    with pytest.raises(DataError, match=r"^rows\.csv: there is no row 3; the 3 rows are counted from 0$"):
        scan(network, [batch], row=3, watched=0, name="rows.csv")
