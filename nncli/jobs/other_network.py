"""Two networks over the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import lcm

import numpy as np
from numpy.typing import NDArray

from nncli.errors import DataError
from nncli.jobs.columns import Names
from nncli.jobs.compare import Comparison, Outputs, Tolerance
from nncli.jobs.compute import block_size, class_names, number_names, predict
from nncli.jobs.inputs import Input
from nncli.jobs.job import Job
from nncli.jobs.labels import texts
from nncli.models import Model
from nncli.netspec.chain import task_problem
from nncli.nn.network import Network, input_names
from nncli.tables.columns import Labels
from nncli.tables.rows import Rows
from nncli.tables.table import Size
from nncli.text import listed


def with_network(job: Job, model: Model, other: Model, rows: Input, tolerance: Tolerance) -> Comparison:
    """Compare two networks' outputs and predictions, each with its own columns of the same rows.

    Raises
    ------
    DataError
        Where the other one takes other columns, or gives another number of outputs.
    """
    here, there = _judged_alike(model.network, other.network)
    if here.n_outputs != there.n_outputs:
        sizes = f"{model.spec.name} has {here.n_outputs} outputs, {other.spec.name} {there.n_outputs}"
        raise DataError(f"{sizes}: there is nothing to compare")
    theirs = _columns_of(other, rows, here)
    both = Input(rows.table, list(dict.fromkeys([*rows.features, *theirs])), rows.labels, rows.default_keep)
    ours_at, theirs_at = ([both.features.index(i) for i in columns] for columns in (rows.features, theirs))
    order = _order_of(here.outputs, there.outputs)

    def work(part: Rows, n_threads: int) -> tuple[_Side, _Side]:
        return (
            _computed(here, part, ours_at, None, n_threads),
            _computed(there, part, theirs_at, order, n_threads),
        )

    classes = here.outputs or class_names(there)
    names = number_names(here)
    comparison = Comparison(names, tolerance, here.dtype, there.dtype)
    for ours, others in both.in_order(work, here, _block_size(here, there), [], job):
        comparison.add(_results(ours, classes), _results(others, classes))
    return comparison


_Side = tuple[NDArray[np.float64], NDArray[np.intp] | None]
"""Outputs, and the numbers of the classes that they mean, where the networks name classes."""


def _judged_alike(*networks: Network) -> Sequence[Network]:
    """Return the networks; beside one that names classes plain logits name them, too."""
    if all(network.kind == "values" for network in networks):
        return networks
    return [
        replace(network, task="classification")
        if network.kind == "values"
        and not task_problem("classification", network.layers[-1].activation, network.n_outputs)
        else network
        for network in networks
    ]


def _columns_of(other: Model, rows: Input, here: Network) -> list[int]:
    """Return the columns that the other network takes: by its names, else those that the first one takes."""
    table, network = rows.table, other.network
    names = Names(table)
    absent = [name for name in network.inputs if name not in names]
    if not absent:
        return [names.place(name) for name in network.inputs]
    taken = tuple(table.columns[i] for i in rows.features)
    nameless = not table.has_header or taken == input_names(len(taken))
    if network.n_inputs == here.n_inputs and (nameless or not network.named_inputs):
        return rows.features
    raise DataError(
        f"{table.name}: {other.spec.name} takes {listed(network.inputs)}; not there: {listed(absent)}"
    )


def _order_of(ours: Sequence[str] | None, theirs: Sequence[str] | None) -> list[int] | None:
    """Return where the other network has our outputs, where both name the same ones in another order."""
    if ours is None or theirs is None or ours == theirs or set(ours) != set(theirs):
        return None
    return [theirs.index(name) for name in ours]


def _computed(
    network: Network, part: Rows, columns: list[int], order: list[int] | None, n_threads: int
) -> _Side:
    outputs = network(np.ascontiguousarray(part.features[:, columns]), n_threads=n_threads)
    prediction = predict(network, outputs, part.missing)
    codes = None if prediction is None else prediction.codes
    values = outputs.astype(np.float64)
    if part.missing is not None:
        values[part.missing] = np.nan
    if order is None:
        return values, codes
    if values.shape[1] == len(order):  # a single sigmoid unit has two names
        values = values[:, order]
    return values, None if codes is None else np.append(np.argsort(order), -1)[codes]


def _results(side: _Side, classes: Sequence[str]) -> Outputs:
    values, codes = side
    return Outputs(values, None if codes is None else texts(Labels(codes, classes, quoted=True)))


def _block_size(*networks: Network) -> Size:
    """Return the blocks that suit both networks."""
    sizes = [block_size(network) for network in networks]
    multiple = lcm(*(size.multiple for size in sizes))
    return Size(multiple, max(1, min(size.most_rows for size in sizes) // multiple) * multiple)
