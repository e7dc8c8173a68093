"""Two streams of results beside each other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli.jobs.compare import Comparison, Outputs, Tolerance, compare


def stream(values, sizes, predictions=None):
    """Yield rows in blocks of these sizes, over and over."""
    values = np.asarray(values, dtype=float)
    start = 0
    while start < len(values):
        for size in sizes:
            end = start + size
            yield Outputs(values[start:end], predictions and predictions[start:end])
            start = end


SIZES = st.lists(st.integers(1, 7), min_size=1, max_size=3)


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), SIZES, SIZES)
@settings(max_examples=60, deadline=None)
def test_blocks_do_not_matter(seed, n, left, right):
    """However the rows are cut, the largest difference is where it is."""
    random = np.random.default_rng(seed)
    here = random.normal(size=(n, 3))
    there = here + random.normal(size=(n, 3)) * 1e-4
    result = compare(
        Comparison(["a", "b", "c"], Tolerance(1e-4, 0)), stream(here, left), stream(there, right)
    )
    row, column = np.unravel_index(np.abs(here - there).argmax(), here.shape)
    assert (result.rows_here, result.rows_there) == (n, n)
    assert result.largest == np.abs(here - there).max()
    assert result.largest_at == (row, "abc"[column], here[row, column], there[row, column])
    assert result.n_beyond == (np.abs(here - there) > 1e-4).sum()
    assert result.agrees == (result.n_beyond == 0)


@pytest.mark.parametrize(
    ("here", "there", "agrees"),
    [
        (1.0, 1.0 + 1e-6, True),
        (1.0, 1.1, False),
        (100.0, 100.09, True),
        (np.nan, np.nan, True),
        (np.inf, np.inf, True),
        (-np.inf, np.inf, False),
        (np.inf, 1.0, False),
        (1.0, np.inf, False),
        (np.nan, 1.0, False),
        (1.0, np.nan, False),
    ],
)
def test_what_agrees(here, there, agrees):
    """Values agree within atol + rtol * |there|; NaN agrees with NaN, and an infinity with itself."""
    result = compare(Comparison(["x"], Tolerance(1e-5, 1e-3)), stream([[here]], [1]), stream([[there]], [1]))
    assert result.agrees == agrees


def test_the_worst_is_among_those_beyond():
    """A small absolute difference can be beyond the tolerance where a larger one is not."""
    here, there = [[1000.0, 0.001]], [[1000.5, 0.002]]
    result = compare(Comparison(["a", "b"], Tolerance(0, 1e-3)), stream(here, [1]), stream(there, [1]))
    assert (result.largest_at.column, result.worst_at.column, result.n_beyond) == ("a", "b", 1)


def test_rows_are_counted_to_both_ends():
    """Where one side has more rows, both counts are known."""
    result = compare(Comparison(["a"], Tolerance(0, 0)), stream([[1.0]] * 3, [2]), stream([[1.0]] * 8, [3]))
    assert (result.rows_here, result.rows_there, result.agrees) == (3, 8, False)


def test_predictions_are_compared_as_text():
    """The first prediction that differs is told."""
    here, there = ["a", "b", "c"], ["a", "x", "y"]
    zeros = [[0.0]] * 3
    result = compare(Comparison(["p"], Tolerance(0, 0)), stream(zeros, [1], here), stream(zeros, [3], there))
    assert (result.n_predictions, result.prediction_at) == (2, (1, "prediction", "b", "x"))
