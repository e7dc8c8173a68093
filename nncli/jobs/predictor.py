"""A network as a function from Arrow rows to Arrow rows, for engines that hold rows so."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from numbers import Integral, Real
from typing import Any

import pyarrow as pa

from nncli.errors import DataError, UsageError
from nncli.jobs.columns import match_columns
from nncli.jobs.compute import block_size, compute, output_names
from nncli.jobs.inputs import Input
from nncli.jobs.job import Job
from nncli.nn.network import Network
from nncli.tables import writer_of
from nncli.tables.arrow_memory import ArrowRows
from nncli.tables.columnar import one_batch
from nncli.tables.missing import MissingRule
from nncli.tables.read_options import ReadOptions
from nncli.text import MOST_DECIMALS


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


def names_in(names: str | Sequence[str]) -> Sequence[str]:
    """Return names; a text is one of them, and no list of letters."""
    return (names,) if isinstance(names, str) else names


def missing_rule(missing: object) -> MissingRule:
    """Return what becomes of missing values; a word that is none must not let them pass as numbers.

    Raises
    ------
    UsageError
        It is neither ``error``, ``null`` nor a finite number.
    """
    if missing == "error" or missing == "null":
        return missing
    if isinstance(missing, Real) and not isinstance(missing, bool) and isfinite(missing):
        return float(missing)
    raise UsageError(f"missing={missing!r}: give 'error', 'null' or a number")


def checked_decimals(decimals: object) -> int | None:
    """Return how many decimals results are rounded to, or None: they are not.

    Raises
    ------
    UsageError
        It is no whole number, or one that makes no sense.
    """
    if decimals is None:
        return None
    if isinstance(decimals, Integral) and not isinstance(decimals, bool):
        number = int(decimals)
        if 0 <= number <= MOST_DECIMALS:
            return number
    raise UsageError(f"decimals={decimals!r}: give a whole number from 0 to {MOST_DECIMALS}")
