"""The rows that a page shows, and what all rows say of the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import DataError
from nncli.jobs.compute import class_names
from nncli.jobs.evaluate import evaluate, task_of
from nncli.jobs.inputs import Input, default_label
from nncli.jobs.job import Job
from nncli.jobs.labels import ClassLabels, texts
from nncli.jobs.metrics import Metrics
from nncli.netspec.model import GeneratedData, Spec
from nncli.nn.network import Network


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The first rows of a table.

    Attributes
    ----------
    features : (n_rows, n_inputs)
    labels
        A text per row, or None.
    complete
        Whether these are all rows there are.
    """

    features: NDArray[Any]
    labels: list[str] | None = None
    complete: bool = True


def fitting_label(spec: Spec, data: Sequence[str], network: Network) -> str | None:
    """Return the label column of the spec's own data; of generated data only one that fits the network."""
    if data:
        return None
    if isinstance(spec.data, GeneratedData):
        plain, n_classes = network.kind == "values", spec.data.classes
        values_fit = n_classes is None and plain and network.n_outputs == 1
        classes_fit = n_classes is not None and not plain and n_classes <= len(class_names(network))
        if not (values_fit or classes_fit) or "label" in network.inputs:
            return None
    return default_label(spec, data)


def read_sample(
    job: Job, network: Network, rows: Input, most: int, *, judged: bool
) -> tuple[Sample, Metrics | None]:
    """Read the first rows; with a label column also all others, for the metrics.

    Where ``judged`` is false, labels that the network can't be judged by are shown all the same.

    Raises
    ------
    DataError
        A row or label that is wrong, or labels that don't fit the network.
    """
    try:
        task = task_of(network, 1) if rows.labels else None
    except DataError:
        if judged:
            raise
        task = None
    if task is None:
        return _first_rows(rows, most), None
    found = evaluate(job, network, rows, n_first=most)
    labels, metrics = found.labels, found.metrics
    if task == "classification":
        names = [str(name) for name in metrics["classes"]]
        codes = ClassLabels(metrics["classes"]).codes_of(labels)
        labels = [names[code] for code in codes]
    return Sample(np.concatenate(found.features), labels, found.n_rows <= most), metrics


def _first_rows(rows: Input, most: int) -> Sample:
    parts = list(rows.parsed(rows.labels[:1], most + 1))  # one more tells whether there are more
    features = np.concatenate([part.features for part in parts])
    labels = [label for part in parts for column in part.kept for label in texts(column)]
    return Sample(features[:most], labels[:most] if rows.labels else None, len(features) <= most)
