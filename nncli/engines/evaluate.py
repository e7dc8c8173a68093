"""Labelled rows through a network, into metrics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nncli.engines.labels import ClassLabels, read_targets
from nncli.engines.local import class_names, predict, run
from nncli.engines.metrics import (
    ClassificationScore,
    Metrics,
    RegressionScore,
    binary_cross_entropies,
    class_cross_entropies,
)
from nncli.errors import DataError, UsageError
from nncli.nn.network import Network
from nncli.tables.batch import Batch

TOP = (2, 3, 5)
"""The k of the top-k accuracies that are told unasked, where there are more classes than k."""


def task_of(network: Network, n_labels: int) -> Literal["classification", "regression"]:
    """Return how a network is judged by so many label columns.

    A network that names classes is a classifier, and so is one whose last layer gives the
    logits of several classes (linear or log_softmax) to a single label column. Plain outputs
    with a label column each are a regression.

    Raises
    ------
    DataError
        The network's outputs and the labels don't fit.
    """
    if network.kind != "values":
        if n_labels == 1:
            return "classification"
        raise DataError(f"a classifier is judged by one label column, not {n_labels}")
    if n_labels == network.n_outputs:
        return "regression"
    last = network.layers[-1].activation
    if n_labels == 1 and last in ("linear", "log_softmax"):
        return "classification"
    raise DataError(
        f"the network has {network.n_outputs} outputs ({last}): give as many label columns"
        " (--label a,b), or a network that ends in softmax, log_softmax or linear to judge classes"
    )


def evaluate_classes(
    network: Network, batches: Iterable[Batch], place: str, top: Sequence[int] | None = None
) -> Metrics:
    """Return a classifier's metrics over batches whose one kept column is the label.

    Parameters
    ----------
    place
        What the label column is called in messages: ``points.csv: label column 'species'``.
    top
        The k of the top-k accuracies; by default `TOP`.

    Raises
    ------
    DataError
        A label that is missing or no class.
    UsageError
        A k beyond the number of classes.
    """
    names = class_names(network)
    classes = names if network.outputs is not None else range(len(names))
    if top is None:
        top = [k for k in TOP if k < len(classes)]
    elif max(top) > len(classes):
        raise UsageError(f"--top-k {max(top)}: the network has only {len(classes)} classes")
    labels = ClassLabels(classes, place)
    score = ClassificationScore(classes, top)
    last = network.layers[-1]
    # The loss is taken from the logits, so the last activation is left to this function.
    logit_layer = replace(last, activation="linear", alpha=None)
    counter = _RowCounter()
    for batch in run(replace(network, layers=(*network.layers[:-1], logit_layer)), batches):
        truth = labels.read(batch.kept[0], counter.n_rows)
        present = counter.count(batch)
        logits = _outputs(batch)[present]
        with np.errstate(over="ignore", invalid="ignore"):  # NaN has no prediction, and that is counted
            shown = Batch(features=batch.features[present], outputs=last.activate(logits))
        predicted = _predicted_codes(network, shown)
        if network.kind == "binary":
            losses = binary_cross_entropies(logits[:, 0], truth[present])
            scores = predicted[:, None] == np.arange(2)
        else:
            losses = class_cross_entropies(logits, truth[present])
            scores = _outputs(shown)
        score.add(truth[present], predicted, scores, losses)
    return {"task": "classification", "skipped": counter.n_missing, **score.metrics()}


def evaluate_values(network: Network, batches: Iterable[Batch], places: Sequence[str]) -> Metrics:
    """Return a regression's metrics over batches whose kept columns are the outputs' targets.

    Raises
    ------
    DataError
        A target that is missing or not a number.
    """
    score = RegressionScore(network.n_outputs)
    counter = _RowCounter()
    for batch in run(network, batches):
        targets = read_targets(batch.kept, places, counter.n_rows)
        present = counter.count(batch)
        score.add(targets[present], _outputs(batch)[present])
    return {"task": "regression", "skipped": counter.n_missing, **score.metrics()}


class _RowCounter:
    """Counts the rows, and those without features, which nothing can be said about."""

    def __init__(self) -> None:
        self.n_rows = 0
        self.n_missing = 0

    def count(self, batch: Batch) -> NDArray[np.bool_]:
        """Return which of the batch's rows have features, (n_rows,)."""
        self.n_rows += len(batch)
        if batch.missing is None:
            return np.ones(len(batch), dtype=bool)
        self.n_missing += int(batch.missing.sum())
        return ~batch.missing


def _outputs(batch: Batch) -> NDArray[np.floating]:
    assert batch.outputs is not None
    return batch.outputs


def _predicted_codes(network: Network, batch: Batch) -> NDArray[np.intp]:
    if (prediction := predict(network, batch)) is not None:
        return prediction.codes
    outputs = _outputs(batch)
    codes: NDArray[np.intp] = outputs.argmax(axis=1)
    codes[np.isnan(outputs).any(axis=1)] = -1
    return codes
