"""How well a network does on labelled rows, summed up batch by batch in constant memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Metrics = dict[str, Any]
"""Flat, as ``eval --format json`` writes it: numbers, lists of numbers, None where undefined."""


def class_cross_entropies(logits: NDArray[Any], truth: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return ``-log softmax(logits)[truth]`` of each row, (n_rows, n_classes) -> (n_rows,).

    From the logits in float64, so that a probability that has rounded to 0 has a finite loss.
    """
    z = logits.astype(np.float64)
    with np.errstate(invalid="ignore"):  # infinite logits have no loss: NaN
        z -= z.max(axis=1, keepdims=True)
        losses: NDArray[np.float64] = np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), truth]
    return losses


def binary_cross_entropies(logits: NDArray[Any], truth: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return ``-log sigmoid(z)`` where truth is 1 and ``-log(1 - sigmoid(z))`` where it is 0, (n_rows,)."""
    z = logits.astype(np.float64)
    losses: NDArray[np.float64] = np.logaddexp(0, np.where(truth == 1, -z, z))
    return losses


def ranks(scores: NDArray[Any], truth: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return how many classes come before the true one, (n_rows, n_classes) -> (n_rows,).

    Of equal scores the first class comes first, as in the network's predictions.
    """
    own = scores[np.arange(len(scores)), truth][:, None]
    earlier = np.arange(scores.shape[1]) < truth[:, None]
    before: NDArray[np.intp] = ((scores > own) | ((scores == own) & earlier)).sum(axis=1)
    return before


class ClassificationScore:
    """Counts of true and predicted classes, ranks and losses.

    Parameters
    ----------
    classes
        What the classes are called: names, or their numbers.
    top
        The k of every ``top_<k>_accuracy``.
    """

    def __init__(self, classes: Sequence[str | int], top: Sequence[int]) -> None:
        self.classes = list(classes)
        self.top = list(top)
        self.confusion = np.zeros((len(classes), len(classes)), dtype=np.int64)
        self.support = np.zeros(len(classes), dtype=np.int64)
        self.rank_counts = np.zeros(len(classes), dtype=np.int64)
        self.loss = 0.0

    def add(
        self,
        truth: NDArray[np.intp],
        predicted: NDArray[np.intp],
        scores: NDArray[Any],
        losses: NDArray[np.float64],
    ) -> None:
        """Count some rows.

        Parameters
        ----------
        truth, predicted : (n_rows,)
            Class numbers; a prediction of -1 is none, and counts as wrong.
        scores : (n_rows, n_classes)
            What the classes are ranked by.
        losses : (n_rows,)
            The cross-entropy of each row.
        """
        n_classes = len(self.classes)
        known = predicted >= 0
        np.add.at(self.confusion, (truth[known], predicted[known]), 1)
        self.support += np.bincount(truth, minlength=n_classes)
        self.rank_counts += np.bincount(ranks(scores[known], truth[known]), minlength=n_classes)
        self.loss += float(losses.sum())

    def metrics(self) -> Metrics:
        """Return accuracy, cross-entropy, top-k accuracies, and the figures of each class.

        A precision, recall or F1 that is 0 of 0 is 0, as in scikit-learn.
        """
        rows = int(self.support.sum())
        hits = np.diag(self.confusion)
        predicted = self.confusion.sum(axis=0)
        within = np.cumsum(self.rank_counts)
        return {
            "rows": rows,
            "unpredicted": int(rows - self.confusion.sum()),
            "accuracy": _mean(hits.sum(), rows),
            "cross_entropy": _mean(self.loss, rows),
            **{f"top_{k}_accuracy": _mean(within[k - 1], rows) for k in self.top},
            "classes": self.classes,
            "precision": _share(hits, predicted).tolist(),
            "recall": _share(hits, self.support).tolist(),
            "f1": _share(2 * hits, predicted + self.support).tolist(),
            "support": self.support.tolist(),
            "confusion": self.confusion.tolist(),
        }


class RegressionScore:
    """Sums of errors, and the targets' variance by Chan, Golub and LeVeque's merging of batches."""

    def __init__(self, n_outputs: int) -> None:
        self.rows = 0
        self.absolute = np.zeros(n_outputs)
        self.squared = np.zeros(n_outputs)
        self.mean = np.zeros(n_outputs)
        self.variation = np.zeros(n_outputs)

    def add(self, truth: NDArray[np.float64], outputs: NDArray[Any]) -> None:
        """Count some rows: targets and the network's outputs, both (n_rows, n_outputs)."""
        if not len(truth):
            return
        with np.errstate(over="ignore", invalid="ignore"):  # outputs may be infinite: so is the error
            errors = outputs.astype(np.float64) - truth
            self.absolute += np.abs(errors).sum(axis=0)
            self.squared += np.square(errors).sum(axis=0)
            mean = truth.mean(axis=0)
            rows = self.rows + len(truth)
            step = mean - self.mean
            self.variation += np.square(truth - mean).sum(axis=0)
            self.variation += np.square(step) * (self.rows * len(truth) / rows)
            self.mean += step * (len(truth) / rows)
            self.rows = rows

    def metrics(self) -> Metrics:
        """Return MSE, MAE and R2, each the mean over the outputs.

        R2 is None where a target never changes: there is no variance to explain.
        """
        constant = self.rows == 0 or bool((self.variation == 0).any())
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            r2 = None if constant else float((1 - self.squared / self.variation).mean())
        return {
            "rows": self.rows,
            "mse": _mean(self.squared.mean(), self.rows),
            "mae": _mean(self.absolute.mean(), self.rows),
            "r2": r2 if r2 is not None and np.isfinite(r2) else None,
        }


def _mean(total: Any, rows: int) -> float | None:
    """Return total / rows, or None where that is no number that JSON can hold."""
    return float(total) / rows if rows and np.isfinite(total) else None


def _share(part: Any, whole: Any) -> NDArray[np.float64]:
    """Return part / whole, and 0 where the whole is 0."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    share: NDArray[np.float64] = np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)
    return share
