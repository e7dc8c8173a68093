"""A job's results beside others: another runtime's, or those of a file."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nncli.errors import DataError
from nncli.jobs.compare import Comparison, Outputs, Tolerance, compare
from nncli.jobs.compute import block_size, compute, number_names
from nncli.jobs.inputs import Input
from nncli.jobs.job import Job
from nncli.jobs.labels import texts
from nncli.jobs.onnxruntime import load
from nncli.jobs.recorded import open_recorded
from nncli.nn.network import Network
from nncli.tables.columns import Labels
from nncli.tables.rows import Rows


def with_onnxruntime(job: Job, network: Network, rows: Input, tolerance: Tolerance) -> Comparison:
    """Compare block by block with the outputs of onnxruntime, which must be there."""
    peer = load(network, job.n_jobs)
    names = number_names(network)
    comparison = Comparison(names, tolerance, network.dtype)
    for part in rows.parsed(limit=job.limit, size=block_size(network)):
        outputs = compute(network, part, n_threads=job.n_jobs).outputs
        here = outputs[part.present].astype(np.float64)
        there = peer(part.features[part.present]).astype(np.float64)
        comparison.add(Outputs(here, None), Outputs(there, None))
    return comparison


def with_file(job: Job, network: Network, rows: Input, path: str, tolerance: Tolerance) -> Comparison:
    """Compare with results that were saved: the network's columns, those of every layer where it has them."""
    with open_recorded(path, network) as recorded:
        needed = number_names(network)
        if absent := [name for name in needed if name not in recorded.columns]:
            raise DataError(f"{path}: no column {absent[0]!r}: these are no results of this network")
        every = number_names(network, trace=True)
        names = [name for name in every if name in recorded.columns]
        here = results_here(
            job, network, rows, [every.index(name) for name in names], recorded.spells_infinity
        )
        there = recorded.results(names, network.dtype, job.limit)
        return compare(Comparison(names, tolerance, network.dtype), here, there)


def results_here(
    job: Job, network: Network, rows: Input, columns: list[int], spells_infinity: bool
) -> Iterator[Outputs]:
    """Yield the network's own results in some of the columns of a traced run, without the prediction's."""
    trace = len(columns) > network.n_outputs
    n_trace = 2 * network.n_units
    if not trace:
        columns = [column - n_trace for column in columns]

    def work(part: Rows, n_threads: int) -> tuple[NDArray[np.float64], Labels | None]:
        results = compute(network, part, trace=trace, n_threads=n_threads)
        matrix = results.outputs if results.trace is None else np.hstack([results.trace, results.outputs])
        values = matrix[:, columns].astype(np.float64)
        if results.missing is not None:
            values[results.missing] = np.nan
        if not spells_infinity:
            values[np.isinf(values)] = np.nan
        return values, results.prediction

    size = block_size(network, trace=trace)
    for values, prediction in rows.in_order(work, network, size, [], job):
        yield Outputs(values.copy(), None if prediction is None else texts(prediction))
