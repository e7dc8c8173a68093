"""Labelled rows, judged block by block."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli.errors import DataError, UsageError
from nncli.jobs.evaluate import judge_of
from nncli.jobs.labels import LabelColumn
from nncli.nn.layers import Dense
from nncli.nn.network import Network
from nncli.tables.columns import Column, Numbers, Texts
from nncli.tables.rows import Rows

A, B = LabelColumn("a.csv", "y"), LabelColumn("b.csv", "z")
CLASSES = ("red", "green", "blue", "white")


def network(activation, outputs=None, n_outputs=4):
    """Return a network of three inputs with drawn weights."""
    draw = np.random.RandomState(0)
    layers = [
        Dense(weights=draw.randn(n, m).astype("f4"), biases=draw.randn(m).astype("f4"), activation=name)
        for n, m, name in ((3, 5, "tanh"), (5, n_outputs, activation))
    ]
    return Network(layers=tuple(layers), inputs=("a", "b", "c"), outputs=outputs)


JUDGED = {
    "names": (network("softmax", CLASSES), 1),
    "numbers": (network("softmax"), 1),
    "logits": (network("linear"), 1),
    "binary": (network("sigmoid", ("no", "yes"), 1), 1),
    "values": (network("linear", n_outputs=2), 2),
}


def labelled(net, n_labels, n_rows, seed):
    """Return rows with labels, some of them without features."""
    draw = np.random.RandomState(seed)
    names = net.outputs or ("0", "1", "2", "3")
    codes = draw.randint(0, len(names), n_rows)
    kept: list[Column] = [Texts([names[code] for code in codes])] if n_labels == 1 else []
    kept += [Numbers(draw.randn(n_rows)) for _ in range(n_labels - len(kept))]
    missing = draw.rand(n_rows) < 0.1
    features = np.where(missing[:, None], 0, draw.randn(n_rows, 3))
    return Rows(features, kept, missing if missing.any() else None)


@pytest.mark.parametrize("case", JUDGED)
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31 - 1), st.integers(0, 4000), st.lists(st.integers(0, 4), max_size=4), st.randoms())
def test_blocks_in_any_order_have_the_figures_of_the_whole(case, seed, n_rows, edges, random):
    """Scores of blocks, merged in any order, give the same metrics to the bit."""
    net, n_labels = JUDGED[case]
    judge = judge_of(net, [LabelColumn("a.csv", "label")] * n_labels)
    rows = labelled(net, n_labels, n_rows, seed)
    multiple = net.block_rows
    bounds = sorted({0, *(min(edge * multiple, n_rows) for edge in edges), n_rows})
    blocks = [rows[start:stop] for start, stop in pairwise(bounds)]
    scores = [judge.score(block) for block in blocks] or [judge.score(rows)]
    random.shuffle(scores)
    total: Any
    total, *others = scores
    for score in others:
        total.merge(score)
    whole = judge.score(rows).metrics()
    assert repr(total.metrics()) == repr(whole)
    assert whole["rows"] + whole["skipped"] == n_rows


def test_a_wrong_label_is_told_by_its_row():
    """The row is counted from the table's first one, in whichever block it stands."""
    rows = Rows(np.zeros((3, 3)), [Texts(["red", "gren", "blue"])], first=100)
    with pytest.raises(DataError, match=r"^a\.csv: label column 'y': row 101: 'gren' is no class of"):
        judge_of(network("softmax", CLASSES), [A]).score(rows)
    rows = Rows(np.zeros((2, 3)), [Numbers(np.ones(2)), Texts(["1", "x"])], first=7)
    with pytest.raises(DataError, match=r"^b\.csv: label column 'z': row 8: 'x' is not a number$"):
        judge_of(network("linear", n_outputs=2), [A, B]).score(rows)


def test_a_k_beyond_the_classes_is_refused():
    """Top-k needs as many classes."""
    assert (
        "top_4_accuracy"
        in judge_of(network("softmax"), [A], top_k=4).score(labelled(network("softmax"), 1, 5, 0)).metrics()
    )
    with pytest.raises(UsageError, match=r"^top_k=5: the network has only 4 classes$"):
        judge_of(network("softmax"), [A], top_k=5)
