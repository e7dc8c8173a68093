"""How well scores tell a class from the others, at every threshold, and whether probabilities hold.

One class against the rest: ``is_own`` says which rows are of the class, ``scores`` what the network gave it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS = 10
"""Bins of equal width for probabilities."""


class Curve(NamedTuple):
    """Points from left to right, and what one number says of them; NaN where it has no meaning."""

    x: Floats
    y: Floats
    score: float


class Calibration(NamedTuple):
    """The bins that are not empty: mean probability, share of hits and rows, (n_bins,) each; the ECE."""

    probability: Floats
    share: Floats
    rows: NDArray[np.intp]
    error: float


def roc(scores: Floats, is_own: NDArray[np.bool_]) -> Curve:
    """Return the share of own rows found over the share of others taken for them, and the area below it.

    The area is the AUC: how likely an own row has a higher score than another, ties counting half.
    """
    hits, false_alarms = _counts(scores, is_own)
    if not hits[-1] or not false_alarms[-1]:
        return Curve(np.array([0.0, 1.0]), np.full(2, np.nan), np.nan)
    x, y = false_alarms / false_alarms[-1], hits / hits[-1]
    return Curve(x, y, float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2)))


def precision_recall(scores: Floats, is_own: NDArray[np.bool_]) -> Curve:
    """Return precision over recall, and the average precision: each threshold's, weighted by its recall.

    No straight lines between points, as they would promise too much: the curve is read as steps.
    """
    hits, false_alarms = _counts(scores, is_own)
    if not hits[-1]:
        return Curve(np.array([0.0, 1.0]), np.full(2, np.nan), np.nan)
    recall = hits / hits[-1]
    precision = np.ones_like(recall)
    precision[1:] = hits[1:] / (hits[1:] + false_alarms[1:])
    return Curve(recall, precision, float(np.sum(np.diff(recall) * precision[1:])))


def calibration(probabilities: Floats, is_hit: NDArray[np.bool_], n_bins: int = BINS) -> Calibration:
    """Return how often what had a probability was so, and the expected calibration error.

    The error is the mean distance of a bin's share of hits from its mean probability, weighted by its rows.
    A value at the edge of two bins belongs to the lower one, as in scikit-learn.
    """
    edges = np.linspace(0, 1, n_bins + 1)
    bins = np.searchsorted(edges[1:-1], probabilities)
    count = np.bincount(bins, minlength=n_bins)
    there = count > 0
    count = count[there]
    probability = np.bincount(bins, probabilities, n_bins)[there] / count
    share = np.bincount(bins, is_hit, n_bins)[there] / count
    error = float(np.sum(np.abs(share - probability) * count) / max(1, len(probabilities)))
    return Calibration(probability, share, count, error if len(probabilities) else np.nan)


def _counts(scores: Floats, is_own: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return how many own rows and how many others have at least each score, from none to all."""
    order = np.argsort(-scores, kind="stable")
    own = is_own[order]
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)  # equal scores come together
    hits = np.cumsum(own, dtype=np.float64)[last]
    return np.append(0.0, hits), np.append(0.0, last + 1 - hits)
