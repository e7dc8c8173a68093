"""ROC, precision and recall, and calibration, against scikit-learn and by hand."""

import math

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from nncli.inspect.curves import calibration, precision_recall, roc


@pytest.fixture(params=["distinct", "ties", "constant"])
def scored(request):
    """Return scores and truth of rows: all scores distinct, many equal, or all of them."""
    draw = np.random.RandomState(4)
    truth = draw.rand(500) < 0.3
    scores = np.clip(draw.rand(500) * 0.7 + 0.3 * truth, 0, 1)
    rounded = {"distinct": scores, "ties": scores.round(1), "constant": np.full(500, 0.4)}
    return rounded[request.param], truth


def test_the_area_under_roc_is_scikit_learns(scored):
    """The AUC and the curve's points are those of scikit-learn."""
    curve = roc(*scored)
    assert curve.score == pytest.approx(metrics.roc_auc_score(scored[1], scored[0]), abs=1e-12)
    x, y, _ = metrics.roc_curve(scored[1], scored[0], drop_intermediate=False)
    np.testing.assert_allclose([curve.x, curve.y], [x, y])


def test_the_average_precision_is_scikit_learns(scored):
    """The AP and the curve's points are those of scikit-learn, which lists them from the right."""
    curve = precision_recall(*scored)
    assert curve.score == pytest.approx(metrics.average_precision_score(scored[1], scored[0]), abs=1e-12)
    precision, recall, _ = metrics.precision_recall_curve(scored[1], scored[0])
    np.testing.assert_allclose([curve.x, curve.y], [recall[::-1], precision[::-1]])


def test_the_bins_are_scikit_learns(scored):
    """The bins' shares and mean probabilities are those of scikit-learn's calibration curve."""
    found = calibration(*scored)
    shares, probabilities = calibration_curve(scored[1], scored[0], n_bins=10)
    np.testing.assert_allclose([found.probability, found.share], [probabilities, shares])
    assert found.rows.sum() == 500


def test_the_calibration_error_by_hand():
    """The error is each bin's distance, weighted by its rows; an edge belongs to the lower bin."""
    found = calibration(np.array([0.1, 0.1, 0.95, 0.95]), np.array([False, True, True, True]))
    assert found.rows.tolist() == [2, 2]
    assert found.error == pytest.approx(0.5 * 0.4 + 0.5 * 0.05)


@pytest.mark.parametrize("is_own", [True, False])
def test_rows_of_one_kind_have_no_score(is_own):
    """Where all rows are of the class, or none is, there is no AUC, and without any of it no AP."""
    scores, truth = np.array([0.1, 0.9]), np.full(2, is_own)
    assert math.isnan(roc(scores, truth).score)
    assert math.isnan(precision_recall(scores, truth).score) != is_own
