"""Labelled rows through a network, into metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from nncli.errors import DataError, Remedy, UsageError
from nncli.jobs.compute import block_size, class_names, classes_of, first_largest, predict
from nncli.jobs.inputs import Input
from nncli.jobs.job import Job
from nncli.jobs.labels import ClassLabels, LabelColumn, read_targets, texts
from nncli.jobs.metrics import (
    ClassificationScore,
    Metrics,
    RegressionScore,
    binary_cross_entropies,
    class_cross_entropies,
)
from nncli.jobs.rejects import Rejects
from nncli.nn.network import Network
from nncli.tables.columns import Texts
from nncli.tables.rows import Rows

TOP = (2, 3, 5)
"""The k of the top-k accuracies that are told unasked, where there are more classes than k."""

_LABEL_FOR_EACH = Remedy(
    "label_for_each",
    "{problem}: give as many label columns,"
    " or a network that ends in softmax, log_softmax or linear to judge classes",
)

Score = ClassificationScore | RegressionScore


class Judge(Protocol):
    """Scores blocks of rows whose first kept columns are the labels."""

    def score(self, rows: Rows, n_threads: int | None = None) -> Score:
        """Return the score of a block.

        Raises
        ------
        DataError
            A label that is missing, or none that the network can be judged by.
        """
        ...


def task_of(network: Network, n_labels: int) -> Literal["classification", "regression"]:
    """Return how a network is judged by so many label columns.

    A network that names classes is a classifier, and so is, unless it says that it is none, one whose
    last layer gives the logits of several classes (linear or log_softmax) to a single label column.
    Plain outputs with a label column each are a regression.

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
    if n_labels == 1 and last in ("linear", "log_softmax") and network.task is None:
        return "classification"
    raise DataError(f"the network has {network.n_outputs} outputs ({last})", remedies=[_LABEL_FOR_EACH])


def judge_of(
    network: Network, labels: Sequence[LabelColumn], top_k: int | None = None, *, set_aside: bool = False
) -> Judge:
    """Return what scores a network by label columns.

    Parameters
    ----------
    labels
        The columns with the true answers.
    top_k
        The k of the top-k accuracy; by default those of `TOP`.
    set_aside
        Whether rows with a wrong label are set aside; else the first one is an error.

    Raises
    ------
    DataError
        The network's outputs and the labels don't fit.
    UsageError
        A k beyond the number of classes.
    """
    if task_of(network, len(labels)) == "regression":
        return ValueJudge(network, labels, set_aside=set_aside)
    n_classes = len(class_names(network))
    if top_k is not None and top_k > n_classes:
        remedy = Remedy("top_k", "top_k={k}: {problem}", {"k": top_k})
        raise UsageError(f"the network has only {n_classes} classes", remedies=[remedy])
    top = [k for k in TOP if k < n_classes] if top_k is None else [top_k]
    return ClassJudge(network, labels[0], top, set_aside=set_aside)


class ClassJudge:
    """Scores a classifier by its one label column."""

    def __init__(
        self, network: Network, label: LabelColumn, top: Sequence[int], *, set_aside: bool = False
    ) -> None:
        self.network = network
        self.label = label
        self.set_aside = set_aside
        self.classes = classes_of(network)
        self.labels = ClassLabels(self.classes)
        self.top = top

    def score(self, rows: Rows, n_threads: int | None = None) -> ClassificationScore:
        """Return the score of a block; see `Judge.score`."""
        score = ClassificationScore(self.classes, self.top)
        wrong = self.label.wrong_rows(rows, set_aside=self.set_aside)
        truth = self.labels.read(rows.kept[0], wrong, self.label.name)
        rows.set_aside(wrong.rejects)
        logits, outputs = self.network.last_layer(rows.features, n_threads=n_threads)
        if rows.missing is not None:
            truth, logits, outputs = (values[rows.present] for values in (truth, logits, outputs))
        score.skipped = len(rows) - len(logits) - len(rows.rejects)
        predicted = self._predicted(outputs)
        if self.network.kind == "binary":
            losses = binary_cross_entropies(logits[:, 0], truth)
            score.add(truth, predicted, predicted[:, None] == np.arange(2), losses)
        else:
            score.add(truth, predicted, outputs, class_cross_entropies(logits, truth))
        return score

    def _predicted(self, outputs: NDArray[np.floating]) -> NDArray[np.intp]:
        if (prediction := predict(self.network, outputs)) is not None:
            return prediction.codes
        codes = first_largest(outputs)
        codes[np.isnan(outputs).any(axis=1)] = -1
        return codes


class ValueJudge:
    """Scores plain outputs by a target column each."""

    def __init__(self, network: Network, labels: Sequence[LabelColumn], *, set_aside: bool = False) -> None:
        self.network = network
        self.labels = labels
        self.set_aside = set_aside

    def score(self, rows: Rows, n_threads: int | None = None) -> RegressionScore:
        """Return the score of a block; see `Judge.score`."""
        score = RegressionScore(self.network.n_outputs)
        columns = []
        for column, label in zip(rows.kept, self.labels, strict=False):  # the others are kept for others
            wrong = label.wrong_rows(rows, set_aside=self.set_aside)
            columns.append(read_targets(column, wrong, label.name))
            rows.set_aside(wrong.rejects)
        targets = np.column_stack(columns)
        outputs = self.network(rows.features, n_threads=n_threads)
        score.skipped = len(rows) - int(rows.present.sum()) - len(rows.rejects)
        score.add(targets[rows.present], outputs[rows.present])
        return score


@dataclass(slots=True)
class Evaluation:
    """What labelled rows say of a network, and the first rows themselves where they are wanted."""

    score: Score
    features: list[NDArray[np.floating]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    n_rows: int = 0

    @property
    def metrics(self) -> Metrics:
        """The figures, as ``nncli eval`` writes them in JSON."""
        return self.score.metrics()


def evaluate(
    job: Job,
    network: Network,
    rows: Input,
    *,
    top_k: int | None = None,
    n_first: int = 0,
    show: Callable[[int], None] = lambda n_rows: None,
    rejects: Rejects | None = None,
) -> Evaluation:
    """Score the network by the rows' labels; blocks' scores merge.

    Parameters
    ----------
    n_first
        So many of the first rows are returned, too.
    show
        Is told from time to time how many rows are done.
    rejects
        Takes the wrong rows, where the job sets them aside.

    Raises
    ------
    DataError
        A row or a label that is wrong, or labels that the network can't be judged by.
    """

    def prepare(file: Input) -> tuple[list[int], Callable[[Rows, int], tuple[int, Score, Rows]]]:
        judge = judge_of(network, file.label_columns, top_k, set_aside=rejects is not None)

        def work(part: Rows, n_threads: int) -> tuple[int, Score, Rows]:
            return len(part), judge.score(part, n_threads), part[: max(0, n_first - part.first)]

        return file.labels, work

    total: Evaluation | None = None
    for n_rows, score, first in rows.all_in_order(prepare, network, block_size(network), job, rejects):
        if total is None:
            total = Evaluation(score)
        else:
            total.score.merge(score)  # type: ignore[arg-type] # of one judge, so of one kind
        if len(first):
            total.features.append(first.features.copy())
            total.labels += texts(first.kept[0])
        total.n_rows += n_rows
        show(total.n_rows)
    if total is None:  # a limit of 0
        judge = judge_of(network, rows.label_columns, top_k)
        total = Evaluation(judge.score(Rows(np.zeros((0, network.n_inputs)), [Texts([])] * len(rows.labels))))
    return total
