"""The charts of how well a classifier's probabilities do on labelled rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.errors import DataError
from nncli.inspect import curves
from nncli.jobs.compute import class_names, classes_of
from nncli.jobs.evaluate import task_of
from nncli.jobs.inputs import Input
from nncli.jobs.job import Job
from nncli.jobs.labels import ClassLabels
from nncli.nn.activations import softmax
from nncli.nn.network import Network
from nncli.views import plot_curves
from nncli.views.plot import no_labels

MOST_NUMBERS = 5_000_000
"""So many probabilities are held at most; of more rows the first are taken, and the title says so."""


class Scored(NamedTuple):
    """Probabilities, (n_rows, n_classes), the true classes, (n_rows,), and what rows these are."""

    probabilities: NDArray[np.float64]
    truth: NDArray[np.intp]
    names: list[str]
    title: str


def roc(job: Job, network: Network, rows: Input) -> Any:
    """Draw true against false alarms of each class, at every threshold."""
    return _one_against_rest(job, network, rows, curves.roc, plot_curves.roc)


def precision_recall(job: Job, network: Network, rows: Input) -> Any:
    """Draw precision against recall of each class, at every threshold."""
    return _one_against_rest(job, network, rows, curves.precision_recall, plot_curves.precision_recall)


def calibration(job: Job, network: Network, rows: Input) -> Any:
    """Draw how often each class was true against the probability that it had."""
    scored = read_scored(job, network, rows)
    found = {
        name: curves.calibration(scored.probabilities[:, code], scored.truth == code)
        for code, name in _shown(scored).items()
    }
    best = scored.probabilities.argmax(axis=1)
    predicted = curves.calibration(scored.probabilities.max(axis=1), best == scored.truth)
    return plot_curves.calibration(found, predicted, scored.title)


def _one_against_rest(
    job: Job,
    network: Network,
    rows: Input,
    curve: Callable[[Any, Any], curves.Curve],
    draw: Callable[[dict[str, curves.Curve], dict[str, float], str], Any],
) -> Any:
    scored = read_scored(job, network, rows)
    shown = _shown(scored).items()
    found = {name: curve(scored.probabilities[:, code], scored.truth == code) for code, name in shown}
    shares = {name: float(np.mean(scored.truth == code)) for code, name in shown}
    return draw(found, shares, scored.title)


def _shown(scored: Scored) -> dict[int, str]:
    """Return the classes that have a curve: of two the second, whose curve says all of the first."""
    names = dict(enumerate(scored.names))
    return {1: names[1]} if len(names) == 2 else names


def read_scored(job: Job, network: Network, rows: Input) -> Scored:
    """Read labelled rows and compute their probabilities.

    Raises
    ------
    DataError
        No label column, a wrong label, no row, or a network whose outputs are no probabilities of classes.
    """
    if not rows.labels:
        raise no_labels(rows)
    if task_of(network, 1) != "classification":
        raise DataError(f"{rows.table.name}: the network gives a plain value, and no classes to judge")
    names = list(class_names(network))
    labels, (label, *_) = ClassLabels(classes_of(network)), rows.label_columns
    most = job.limit or MOST_NUMBERS // len(names)
    probabilities, truth = [], []
    for part in rows.parsed(rows.labels[:1], most + 1):  # one more tells whether there are more
        codes = labels.read(part.kept[0], label.wrong_rows(part, set_aside=False))
        probabilities.append(probabilities_of(network, part.features[part.present]))
        truth.append(codes[part.present])
    p, codes = np.concatenate(probabilities), np.concatenate(truth)
    count = f"the first {most:,} rows" if len(p) > most else f"{len(p):,} row{'s' * (len(p) != 1)}"
    p, codes = p[:most], codes[:most]
    known = np.isfinite(p).all(axis=1)
    if not known.any():
        raise DataError(
            f"{rows.table.name}: no row has all the features"
            if not len(p)
            else f"{rows.table.name}: no row has a probability: the network's numbers overflow"
        )
    if left := int((~known).sum()):
        count += f", {left:,} without probabilities left out"
    return Scored(p[known], codes[known], names, count)


def probabilities_of(network: Network, X: NDArray[Any]) -> NDArray[np.float64]:
    """Return each class's probability, (n_rows, n_inputs) -> (n_rows, n_classes); of logits by softmax."""
    outputs = network(X).astype(np.float64)
    if network.kind == "binary":
        return np.hstack([1 - outputs, outputs])
    if network.kind == "classes":
        return outputs
    with np.errstate(all="ignore"):  # an overflow is NaN, and left out
        result: NDArray[np.float64] = softmax(outputs)
    return result
