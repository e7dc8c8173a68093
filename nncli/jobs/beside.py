"""A job's results beside those of somebody's own code, with the rows to look for the reason in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.jobs.compare import ATOL, Comparison, Outputs, Tolerance, compare
from nncli.jobs.compute import block_size, predict
from nncli.jobs.inputs import Input
from nncli.jobs.job import Job
from nncli.jobs.labels import texts
from nncli.jobs.theirs import Reading, names_of
from nncli.nn.network import Network, Stage
from nncli.tables.cells import rounded

COMPARED_ROWS = 500
"""In so many rows of a file we look for a mistake, …"""
KEPT_ROWS, KEPT_NUMBERS = 200_000, 4_000_000
"""… and in so many rows of the data where a result depends on rows anywhere; their traces are no larger."""

ROUNDED = range(2, 7)
"""Numbers of so many decimals are taken for rounded ones, where the network's own have more."""


class Beside(NamedTuple):
    """Our results and theirs, compared in one of the ways to read theirs.

    Attributes
    ----------
    X : (n_kept, n_inputs)
        The first rows of the data that have all features, ``row_numbers`` where they stand.
    theirs : {stage: (n_rows, n_units)}
        Their numbers of the first of these rows.
    decimals
        To how many decimals theirs are rounded, where they are.
    has_nan
        Whether theirs hold NaN where ours do not.
    """

    reading: Reading
    comparison: Comparison
    X: NDArray[Any]
    row_numbers: NDArray[np.intp]
    theirs: dict[Stage, NDArray[np.float64]]
    decimals: int | None
    has_nan: bool


class _Kept:
    """The first rows of what passes by."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.n_rows = self.n_nan = 0
        self._parts: list[NDArray[Any]] = []

    def add(self, rows: NDArray[Any]) -> None:
        if self.n_rows < self.most:
            self._parts.append(rows[: self.most - self.n_rows].copy())
        self.n_rows += len(rows)
        self.n_nan += int(np.isnan(rows).sum())

    @property
    def rows(self) -> NDArray[Any]:
        return np.concatenate(self._parts)

    def of(self, results: Iterator[Outputs]) -> Iterator[Outputs]:
        """Yield results, and keep their numbers."""
        for part in results:
            self.add(part.values)
            yield part


def beside(
    job: Job, network: Network, rows: Input, readings: Sequence[Reading], atol: float | None, rtol: float
) -> list[Beside]:
    """Compare the job's results with each reading of a file; the job's rows are read once.

    Parameters
    ----------
    atol
        The difference allowed; None: a millionth, or half of the last decimal where theirs are rounded.

    Raises
    ------
    DataError
        A row of either side that is wrong.
    """
    first = readings[0]
    n_numbers = network.n_inputs + network.n_units
    features = _Kept(max(COMPARED_ROWS, min(KEPT_ROWS, KEPT_NUMBERS // n_numbers)))
    # A file that may lie either way is in memory, and no larger than the network's layers are wide.
    ours, theirs = (_Kept(max(COMPARED_ROWS, first.n_rows or 0)) for _ in range(2))
    here = ours.of(_here(job, network, rows, first, features))
    there = theirs.of(_cut(iter(first.blocks), job.limit))
    start = list(islice(here, 1)), list(islice(there, 1))
    decimals = None if atol is not None else _decimals(*(part.values[:COMPARED_ROWS] for (part,) in start))
    if atol is None:
        atol = ATOL if decimals is None else 0.5000001 * 10.0**-decimals
    names = [name for stage in first.stages for name in names_of(network, stage)]
    empty = Comparison(names, Tolerance(atol, rtol), network.dtype, np.float64)
    comparison = compare(replace(empty), chain(start[0], here), chain(start[1], there))
    found = [_beside(network, first, comparison, features, here=ours, there=theirs, decimals=decimals)]
    for reading in readings[1:]:
        turned = _Kept(ours.most)
        blocks = turned.of(_cut(iter(reading.blocks), job.limit))
        again = compare(replace(empty), iter([Outputs(ours.rows, None)]), blocks)
        again.rows_here = comparison.rows_here
        found.append(_beside(network, reading, again, features, here=ours, there=turned, decimals=decimals))
    return found


def _here(job: Job, network: Network, rows: Input, reading: Reading, features: _Kept) -> Iterator[Outputs]:
    """Yield the network's results of the stages that a file holds, NaN where features are missing."""
    last = len(network.layers) - 1
    only_outputs = list(reading.stages) == [(last, "a")]
    for part in rows.parsed(limit=job.limit, size=block_size(network, trace=not only_outputs)):
        inputs = part.features.astype(network.input_dtype)
        if only_outputs:
            outputs = network(part.features, n_threads=job.n_jobs)
            values = outputs.astype(np.float64)
        else:
            traces = network.trace(part.features, n_threads=job.n_jobs)
            outputs = traces[-1].a
            values = np.hstack([getattr(traces[layer], which) for layer, which in reading.stages]).astype(
                np.float64
            )
        if part.missing is not None:
            values[part.missing] = inputs[part.missing] = np.nan
        features.add(inputs)
        if not reading.spells_infinity:
            values[np.isinf(values)] = np.nan
        prediction = predict(network, outputs, part.missing)
        yield Outputs(values, None if prediction is None else texts(prediction))


def _beside(
    network: Network,
    reading: Reading,
    comparison: Comparison,
    features: _Kept,
    *,
    here: _Kept,
    there: _Kept,
    decimals: int | None,
) -> Beside:
    X, ours, theirs = features.rows, here.rows, there.rows
    present = ~np.isnan(X).any(axis=1)
    n_rows = min(len(ours), len(theirs), len(X), COMPARED_ROWS)
    ours, theirs = ours[:n_rows], theirs[:n_rows]
    has_nan = bool((np.isnan(theirs) & ~np.isnan(ours)).any()) or there.n_nan > here.n_nan
    ends = np.cumsum([network.layers[layer].n_units for layer, _ in reading.stages])[:-1]
    parts = np.split(theirs[present[:n_rows]], ends, axis=1)
    return Beside(
        reading,
        comparison,
        X[present],
        np.flatnonzero(present),
        dict(zip(reading.stages, parts, strict=True)),
        decimals,
        has_nan,
    )


def _cut(results: Iterator[Outputs], limit: int | None) -> Iterator[Outputs]:
    """Yield the first rows."""
    n_rows = 0
    for part in results:
        yield part if limit is None else part.cut(0, max(0, limit - n_rows))
        n_rows += len(part.values)
        if limit is not None and n_rows >= limit:
            return


def _decimals(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> int | None:
    """Return to how many decimals theirs are rounded, or None where they are not."""
    for decimals in range(ROUNDED.stop):
        if _has_decimals(theirs, decimals):
            return decimals if decimals in ROUNDED and not _has_decimals(ours, decimals) else None
    return None


def _has_decimals(values: NDArray[np.float64], decimals: int) -> bool:
    finite = values[np.isfinite(values)]
    return bool(len(finite)) and bool(np.allclose(finite, rounded(finite, decimals), rtol=1e-12, atol=1e-12))
