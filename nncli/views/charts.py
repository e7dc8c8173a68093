"""What each chart of ``nncli plot`` shows: rows and results, gathered for `nncli.views.plot`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import DataError
from nncli.jobs.compute import class_names, classes_of, predict
from nncli.jobs.evaluate import evaluate
from nncli.jobs.inputs import Input
from nncli.jobs.job import Job
from nncli.jobs.labels import ClassLabels, texts
from nncli.nn.activations import softmax
from nncli.nn.network import Network
from nncli.tables.columns import Column, Numbers, Texts
from nncli.views import plot_images, plot_network, plot_points, score_charts
from nncli.views.groups import groups_of
from nncli.views.one_input import one_input
from nncli.views.plot import DRAWABLE, no_labels

MOST_POINTS = 2000
MOST_ROWS = 10_000


def data(job: Job, network: Network, rows: Input) -> Any:
    """Draw the rows as points."""
    X, labels, count = drawable_rows(rows, job.limit)
    if (side := plot_images.side_of(network)) is not None:
        shown = X[: plot_images.MOST_IMAGES]
        title = f"the first {len(shown)} rows" if len(X) > len(shown) else count
        return plot_images.images(shown, side, captions(network, shown, labels), title)
    title = count
    if network.n_inputs > 2:
        title += f", {min(plot_points.MOST_FEATURES, network.n_inputs)} of {network.n_inputs} inputs"
    return plot_points.data(X, network.inputs, groups_of(network, rows, X, labels), title)


def regions(job: Job, network: Network, rows: Input) -> Any:
    """Draw the network's decisions with the rows on them."""
    X, labels, count = drawable_rows(rows, job.limit)
    if network.n_inputs == 1:
        return one_input(network, X, labels, f"outputs, {count}")
    groups = groups_of(network, rows, X, labels)
    if labels is not None and groups.names == class_names(network):
        prediction = predict(network, network(X))
        groups = replace(groups, wrong=None if prediction is None else prediction.codes != groups.codes)
    title = f"decisions, {count}"
    return plot_points.regions(network, classifier(network), X, network.inputs, title, groups=groups)


def bare_regions(network: Network) -> Any:
    """Draw the network's decisions around zero, without any rows."""
    X = np.empty((0, network.n_inputs))
    if network.n_inputs == 1:
        return one_input(network, X, None, "outputs")
    return plot_points.regions(network, classifier(network), X, network.inputs, "decisions")


def activations(job: Job, network: Network, rows: Input) -> Any:
    """Draw histograms of the layers' activations over the rows."""
    X, _, count = first_rows(rows, job.limit or MOST_ROWS)
    named = [
        (f"{name}: {layer.activation}", trace.a)
        for name, layer, trace in zip(layer_names(network), network.layers, network.trace(X), strict=True)
    ]
    return plot_network.activations(named, f"activations, {count}")


def weights(network: Network) -> Any:
    """Draw heat maps of the layers' weights."""
    named = [
        (f"{name}: {layer.n_inputs} → {layer.n_units}", layer.weights)
        for name, layer in zip(layer_names(network), network.layers, strict=True)
    ]
    return plot_network.weights(named, "weights", plot_images.side_of(network))


def confusion(job: Job, network: Network, rows: Input) -> Any:
    """Draw true against predicted classes, over all rows."""
    if not rows.labels:
        raise no_labels(rows)
    metrics = evaluate(job, network, rows).metrics
    if metrics["accuracy"] is None:
        raise DataError(f"{rows.table.name}: no row has all the features")
    title = f"{metrics['rows']:,} rows, accuracy {metrics['accuracy']:.4f}"
    names = [str(name) for name in metrics["classes"]]
    return plot_network.confusion(np.array(metrics["confusion"]), names, title)


OF_ROWS: dict[str, Callable[[Job, Network, Input], Any]] = {
    "data": data,
    "regions": regions,
    "activations": activations,
    "confusion": confusion,
    "roc": score_charts.roc,
    "pr": score_charts.precision_recall,
    "calibration": score_charts.calibration,
}


def captions(network: Network, X: NDArray[Any], labels: Column | None) -> list[str]:
    """Return what stands over each row's picture: its label, and the prediction where that differs."""
    cells = None if labels is None else texts(labels[: len(X)])
    prediction = predict(network, network(X))
    predicted = [cell or "" for cell in prediction.cells()] if prediction is not None else [""] * len(X)
    if cells is None:
        return predicted
    names = list(class_names(network))
    codes = ClassLabels(classes_of(network)).codes_of(cells)
    truth = [names[code] if code >= 0 else cell for code, cell in zip(codes, cells, strict=True)]
    return [
        true if guess in ("", true) else f"{true}, not {guess}"
        for true, guess in zip(truth, predicted, strict=True)
    ]


def first_rows(rows: Input, limit: int) -> tuple[NDArray[Any], Column | None, str]:
    """Return the first rows that have features, (n_rows, n_inputs), their labels, and how many they are."""
    features: list[NDArray[Any]] = []
    labels: list[str] = []
    numeric: list[NDArray[Any]] = []
    for part in rows.parsed(rows.labels[:1], limit + 1):  # one more tells whether there are more
        features.append(part.features[part.present])
        for label in part.kept:
            if isinstance(label, Numbers) and label.values.dtype.kind != "b":
                numeric.append(label.values[part.present])
            else:
                labels += [cell for cell, here in zip(texts(label), part.present, strict=True) if here]
    X = np.concatenate(features)
    if not len(X):
        raise DataError(f"{rows.table.name}: no row has all the features")
    column: Column | None
    column = Numbers(np.concatenate(numeric)) if numeric else Texts(labels) if rows.labels else None
    if len(X) > limit:
        return X[:limit], None if column is None else column[:limit], f"the first {limit:,} rows"
    return X, column, "1 row" if len(X) == 1 else f"{len(X):,} rows"


def drawable_rows(rows: Input, limit: int | None) -> tuple[NDArray[Any], Column | None, str]:
    """Return `first_rows` for a chart of points.

    Raises
    ------
    DataError
        A number that no axis can hold.
    """
    X, labels, count = first_rows(rows, limit or MOST_POINTS)
    if (np.abs(X.astype(np.float64)) > DRAWABLE).any():
        raise DataError(f"{rows.table.name}: a number beyond {DRAWABLE:g} can't be drawn")
    return X, labels, count


def classifier(network: Network) -> Callable[[NDArray[Any]], tuple[NDArray[np.intp], NDArray[Any]]] | None:
    """Return what says of outputs which class they mean and how surely, 0 to 1."""
    if network.kind == "values" and network.n_outputs == 1:
        return None

    def classify(outputs: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[Any]]:
        prediction = predict(network, outputs)
        if prediction is None:  # plain outputs: the largest
            return outputs.argmax(axis=1), np.full(len(outputs), 0.5)
        if network.kind == "binary":
            return prediction.codes, np.abs(2 * outputs[:, 0] - 1)
        if network.kind == "logits":  # what a softmax behind them would say
            with np.errstate(all="ignore"):
                outputs = softmax(outputs)
        chance = 1 / network.n_outputs
        return prediction.codes, np.clip((outputs.max(axis=1) - chance) / (1 - chance), 0, 1)

    return classify


def layer_names(network: Network) -> list[str]:
    """Return ``layers[0]`` and so on, with the name that the spec gives."""
    return [
        f"layers[{i}]" + (f" {layer.name}" if layer.name else "") for i, layer in enumerate(network.layers)
    ]
