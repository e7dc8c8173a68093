"""The figures are scikit-learn's."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as judge

from nncli.jobs.metrics import (
    ClassificationScore,
    RegressionScore,
    binary_cross_entropies,
    class_cross_entropies,
    ranks,
)

LAWS = settings(max_examples=60, deadline=None)


def cuts(n, parts):
    """Return slices that cut n rows into a few blocks, some of them empty."""
    edges = sorted([0, n, *(part % (n + 1) for part in parts)])
    return [slice(a, b) for a, b in pairwise(edges)]


def merged(scores):
    """Return all scores in one."""
    total, *others = scores
    for score in others:
        total.merge(score)
    return total


def class_score(truth, logits):
    """Return the score of a block; a row with NaN has no prediction."""
    k = logits.shape[1]
    score = ClassificationScore(range(k), top=range(2, k))
    predicted = np.where(np.isnan(logits).any(axis=1), -1, logits.argmax(axis=1))
    score.add(truth, predicted, logits, class_cross_entropies(logits, truth))
    return score


def value_score(truth, guess):
    """Return the score of a block."""
    score = RegressionScore(truth.shape[1])
    score.add(truth, guess)
    return score


def classified(seed, n, k, parts):
    """Return random labels and logits with the metrics of their blocks."""
    random = np.random.default_rng(seed)
    truth, logits = random.integers(0, k, n), random.normal(size=(n, k)) * 3
    score = merged([class_score(truth[cut], logits[cut]) for cut in cuts(n, parts)])
    return truth, logits, score.metrics()


@given(
    st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(2, 6), st.lists(st.integers(0, 99), max_size=4)
)
@LAWS
def test_classification_agrees_with_scikit_learn(seed, n, k, parts):
    """Whatever the labels and however they are cut, every figure is scikit-learn's."""
    truth, logits, ours = classified(seed, n, k, parts)
    predicted, classes = logits.argmax(axis=1), list(range(k))
    theirs = judge.precision_recall_fscore_support(truth, predicted, labels=classes, zero_division=0)
    for name, values in zip(("precision", "recall", "f1", "support"), theirs, strict=True):
        assert ours[name] == pytest.approx(list(values), abs=1e-15)
    assert ours["confusion"] == judge.confusion_matrix(truth, predicted, labels=classes).tolist()
    assert ours["accuracy"] == pytest.approx(judge.accuracy_score(truth, predicted))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert ours["cross_entropy"] == pytest.approx(judge.log_loss(truth, probabilities, labels=classes))
    for top in range(2, k):
        expected = judge.top_k_accuracy_score(truth, logits, k=top, labels=classes)
        assert ours[f"top_{top}_accuracy"] == pytest.approx(expected)


@given(
    st.integers(0, 2**32 - 1), st.integers(2, 60), st.integers(1, 3), st.lists(st.integers(0, 99), max_size=4)
)
@LAWS
def test_regression_agrees_with_scikit_learn(seed, n, outputs, parts):
    """MSE, MAE and R2 are scikit-learn's, also for targets far from zero."""
    random = np.random.default_rng(seed)
    truth = random.normal(size=(n, outputs)) + 1e6
    guess = truth + random.normal(size=truth.shape) * 0.3
    ours = merged([value_score(truth[cut], guess[cut]) for cut in cuts(n, parts)]).metrics()
    assert ours["rows"] == n
    assert ours["mse"] == pytest.approx(judge.mean_squared_error(truth, guess))
    assert ours["mae"] == pytest.approx(judge.mean_absolute_error(truth, guess))
    assert ours["r2"] == pytest.approx(judge.r2_score(truth, guess), rel=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.lists(st.integers(0, 99), max_size=5), st.randoms())
@LAWS
def test_scores_of_blocks_merge_in_any_order(seed, n, parts, random):
    """However the rows are cut and whichever block comes first, all figures are the same to the bit."""
    draw = np.random.default_rng(seed)
    truth, logits = draw.integers(0, 4, n), draw.normal(size=(n, 4)) * 10 ** draw.uniform(-8, 2, (n, 1))
    logits[draw.random(n) < draw.choice([0, 0.1])] = np.nan
    targets = draw.normal(size=(n, 2)) * 10 ** draw.uniform(-6, 6, (n, 1))
    guess = targets + draw.normal(size=(n, 2)) * 10 ** draw.uniform(-9, 6, (n, 1))
    guess[draw.random(n) < draw.choice([0, 0.1])] = np.inf
    blocks = cuts(n, parts)
    random.shuffle(blocks)
    for score, true, found in ((class_score, truth, logits), (value_score, targets, guess)):
        part = merged([score(true[cut], found[cut]) for cut in blocks])
        assert repr(part.metrics()) == repr(score(true, found).metrics())


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
@LAWS
def test_binary_cross_entropy_agrees_with_scikit_learn(seed, n):
    """The loss of one sigmoid unit is the log loss of its probability."""
    random = np.random.default_rng(seed)
    truth, z = random.integers(0, 2, n), random.normal(size=n) * 4
    expected = judge.log_loss(truth, 1 / (1 + np.exp(-z)), labels=[0, 1])
    assert binary_cross_entropies(z, truth).mean() == pytest.approx(expected)


def test_losses_of_certain_mistakes_are_finite():
    """A probability that has rounded to 0 costs its logit, not infinity."""
    assert class_cross_entropies(np.array([[1000.0, 0.0]], dtype=np.float32), np.array([1])) == [1000.0]
    assert binary_cross_entropies(np.array([-2000.0, 2000.0]), np.array([1, 0])).tolist() == [2000.0, 2000.0]


def test_ties_go_to_the_first_class():
    """Among equal scores the first class ranks first."""
    assert ranks(np.array([[1.0, 2.0, 2.0, 0.5]] * 4), np.arange(4)).tolist() == [2, 0, 1, 3]


def test_a_row_without_prediction_counts_as_wrong():
    """A prediction of -1 is in the support and against the accuracy, and in no column of the confusion."""
    score = ClassificationScore(["no", "yes"], top=[])
    score.add(
        np.array([0, 1]), np.array([0, -1]), np.array([[1.0, 0.0], [np.nan, np.nan]]), np.array([0.1, np.nan])
    )
    ours = score.metrics()
    assert (ours["accuracy"], ours["unpredicted"], ours["support"]) == (0.5, 1, [1, 1])
    assert ours["confusion"] == [[1, 0], [0, 0]]
    assert ours["cross_entropy"] is None


def test_a_constant_target_has_no_r2():
    """Without variance to explain, R2 is None."""
    score = RegressionScore(1)
    score.add(np.full((3, 1), 2.0), np.full((3, 1), 2.5))
    assert score.metrics() == {
        **{"task": "regression", "skipped": 0, "rows": 3},
        **{"mse": 0.25, "mae": 0.5, "r2": None},
    }


def test_infinite_outputs_give_no_figures():
    """Errors beyond any number are None, without a warning."""
    score = RegressionScore(1)
    score.add(np.array([[1.0], [2.0]]), np.array([[np.inf], [2.0]]))
    assert score.metrics() == {
        **{"task": "regression", "skipped": 0, "rows": 2},
        **{"mse": None, "mae": None, "r2": None},
    }
