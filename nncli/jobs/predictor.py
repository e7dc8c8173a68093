"""A network as a function from Arrow rows to Arrow rows, for engines that hold rows so."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from nncli.errors import DataError
from nncli.jobs.columns import match_columns
from nncli.jobs.compute import block_size, compute, output_names
from nncli.jobs.inputs import Input
from nncli.jobs.job import Job
from nncli.nn.network import Network
from nncli.tables import writer_of
from nncli.tables.arrow_memory import ArrowRows
from nncli.tables.columnar import one_batch
from nncli.tables.read_options import ReadOptions


class Predictor:
    """Maps rows to the columns that ``nncli run`` would write of them.

    It holds the network, not a path: its pickle works where the file is not there.

    Parameters
    ----------
    network
        What the rows run through.
    job
        Which columns go in, which are kept, and what becomes of missing values.
    """

    def __init__(self, network: Network, job: Job) -> None:
        self.network = network
        self._job = job

    def __repr__(self) -> str:
        return f"<nncli.predictor of {self._job.spec}: {self.network.n_inputs} -> {self.network.n_outputs}>"

    def __call__(self, rows: Any) -> Any:
        """Run rows through the network, in this thread: an engine has workers for the processors.

        Parameters
        ----------
        rows
            A `pyarrow.RecordBatch` or a `pyarrow.Table`, or what Arrow takes for a table, such as a
            Polars data frame.

        Returns
        -------
        A record batch for a record batch, else a table: the kept columns, then the network's.

        Raises
        ------
        nncli.errors.DataError
            Columns that don't match the network's inputs, or a wrong row: ``batch: row 3: column x0: …``.
        """
        job = self._job
        table = ArrowRows("batch", _table(rows), ReadOptions(missing=job.missing))
        features, labels = match_columns(table, self.network, job.labels, job.features)
        results = output_names(self.network, trace=job.trace)
        matched = Input(table, features, labels, "others")
        kept = matched.kept(job.keep, results)
        writer = writer_of("parquet", [table.columns[i] for i in kept] + results, job.decimals)
        size = block_size(self.network, trace=job.trace)
        parts = matched.parsed(kept, limit=None if table.n_rows else 0, size=size)
        batches = [
            writer.spell(compute(self.network, part, trace=job.trace, n_threads=1)).batch for part in parts
        ]
        return one_batch(batches) if isinstance(rows, pa.RecordBatch) else pa.Table.from_batches(batches)


def _table(rows: Any) -> Any:
    """Return rows as an Arrow table."""
    if isinstance(rows, pa.Table):
        return rows
    if isinstance(rows, pa.RecordBatch):
        return pa.Table.from_batches([rows])
    if not hasattr(rows, "__arrow_c_stream__"):
        kind = f"{type(rows).__module__}.{type(rows).__qualname__}"
        raise DataError(f"batch: a RecordBatch or a Table of pyarrow belongs here, not {kind}")
    return pa.table(rows)
