"""How well a network does on labelled rows: scores of blocks that merge, in constant memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.jobs.exact_sum import ExactSum, add_squares

Metrics = dict[str, Any]
"""Flat, as ``nncli eval`` writes it in JSON: numbers, lists of numbers, None where undefined."""


def class_cross_entropies(logits: NDArray[Any], truth: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return ``-log softmax(logits)[truth]`` of each row, (n_rows, n_classes) -> (n_rows,).

    From the logits in float64, so that a probability that has rounded to 0 has a finite loss.
    """
    z = np.array(logits.T, dtype=np.float64, order="C")  # NumPy is slow over rows of a few numbers
    with np.errstate(invalid="ignore"):  # infinite logits have no loss: NaN
        z -= z.max(axis=0)
        own = z[truth, np.arange(z.shape[1])]
        losses: NDArray[np.float64] = np.log(np.exp(z, out=z).sum(axis=0)) - own
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
    own = scores[np.arange(len(scores)), truth]
    before = np.zeros(len(scores), dtype=np.intp)
    for number, of_class in enumerate(scores.T):
        before += (of_class > own) | ((of_class == own) & (number < truth))
    return before


class ClassificationScore:
    """Counts of true and predicted classes, ranks and losses; the same whatever order they come in.

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
        self.skipped = 0
        self.confusion = np.zeros((len(classes), len(classes)), dtype=np.int64)
        self.support = np.zeros(len(classes), dtype=np.int64)
        self.rank_counts = np.zeros(len(classes), dtype=np.int64)
        self.loss = ExactSum()

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
        self.support += np.bincount(truth, minlength=n_classes)
        self.loss.add(losses)
        known = predicted >= 0
        if not known.all():
            truth, predicted, scores = truth[known], predicted[known], scores[known]
        pairs = np.bincount(truth * n_classes + predicted, minlength=n_classes**2)
        self.confusion += pairs.reshape(n_classes, n_classes)
        self.rank_counts += np.bincount(ranks(scores, truth), minlength=n_classes)

    def merge(self, other: ClassificationScore) -> None:
        """Count the rows of another one."""
        self.skipped += other.skipped
        self.confusion += other.confusion
        self.support += other.support
        self.rank_counts += other.rank_counts
        self.loss.merge(other.loss)

    def metrics(self) -> Metrics:
        """Return accuracy, cross-entropy, top-k accuracies, and the figures of each class.

        A precision, recall or F1 that is 0 of 0 is 0, as in scikit-learn.
        """
        rows = int(self.support.sum())
        hits = np.diag(self.confusion)
        predicted = self.confusion.sum(axis=0)
        within = np.cumsum(self.rank_counts)
        return {
            "task": "classification",
            "skipped": self.skipped,
            "rows": rows,
            "unpredicted": int(rows - self.confusion.sum()),
            "accuracy": _share_of(hits.sum(), rows),
            "cross_entropy": _mean([self.loss], rows),
            **{f"top_{k}_accuracy": _share_of(within[k - 1], rows) for k in self.top},
            "classes": self.classes,
            "precision": _share(hits, predicted).tolist(),
            "recall": _share(hits, self.support).tolist(),
            "f1": _share(2 * hits, predicted + self.support).tolist(),
            "support": self.support.tolist(),
            "confusion": self.confusion.tolist(),
        }


class RegressionScore:
    """Sums of errors and of the targets' variation; the same whatever order they come in."""

    def __init__(self, n_outputs: int) -> None:
        self.rows = 0
        self.skipped = 0
        self._sums = {
            what: [ExactSum() for _ in range(n_outputs)]
            for what in ("absolute", "squared", "target", "square")
        }

    def add(self, truth: NDArray[np.float64], outputs: NDArray[Any]) -> None:
        """Count some rows: targets and the network's outputs, both (n_rows, n_outputs)."""
        with np.errstate(over="ignore", invalid="ignore"):  # outputs may be infinite: so is the error
            errors = outputs.astype(np.float64) - truth
            for i, (error, target) in enumerate(zip(errors.T, truth.T, strict=True)):
                self._sums["absolute"][i].add(np.abs(error))
                self._sums["squared"][i].add(np.square(error))
                self._sums["target"][i].add(target)
                add_squares(self._sums["square"][i], target)
        self.rows += len(truth)

    def merge(self, other: RegressionScore) -> None:
        """Count the rows of another one."""
        self.rows += other.rows
        self.skipped += other.skipped
        for what, sums in self._sums.items():
            for one, more in zip(sums, other._sums[what], strict=True):
                one.merge(more)

    def metrics(self) -> Metrics:
        """Return MSE, MAE and R2, each the mean over the outputs.

        R2 is None where a target never changes: there is no variance to explain.
        """
        sums = self._sums
        return {
            "task": "regression",
            "skipped": self.skipped,
            "rows": self.rows,
            "mse": _mean(sums["squared"], self.rows),
            "mae": _mean(sums["absolute"], self.rows),
            "r2": self._r2() if self.rows else None,
        }

    def _r2(self) -> float | None:
        """Return the mean of 1 - squared errors / squared deviations from the mean target."""
        sums = self._sums
        shares = []
        for squared, target, square in zip(sums["squared"], sums["target"], sums["square"], strict=True):
            variation = target.squared_deviations(square, self.rows)
            if variation <= 0:
                return None
            shares.append(1 - squared.over(1) / variation)
        r2 = float(np.mean(shares))
        return r2 if np.isfinite(r2) else None


def _mean(sums: Sequence[ExactSum], rows: int) -> float | None:
    """Return the mean of sums over rows, or None where that is no number that JSON can hold."""
    if not rows:
        return None
    mean = float(np.mean([total.over(rows) for total in sums]))
    return mean if np.isfinite(mean) else None


def _share_of(part: Any, rows: int) -> float | None:
    return float(part) / rows if rows else None


def _share(part: Any, whole: Any) -> NDArray[np.float64]:
    """Return part / whole, and 0 where the whole is 0."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    share: NDArray[np.float64] = np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)
    return share
