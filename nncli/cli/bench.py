"""``nncli bench``: how fast a network runs here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from nncli.cli import options
from nncli.cli.job_options import with_job

if TYPE_CHECKING:
    from nncli.jobs.job import Job

Against = Annotated[
    Literal["onnxruntime"] | None,
    typer.Option(help="Measure this runtime too, in turn with nncli."),
]
Seconds = Annotated[
    float,
    typer.Option(
        min=0,
        max=3600,
        callback=options.finite,
        metavar="NUMBER",
        help="About how long the measurements take together.",
    ),
]
BatchRows = Annotated[
    int, typer.Option("--batch", min=1, max=1_000_000, metavar="N", help="Rows of the batch to time.")
]

BenchData = Annotated[
    str | None,
    typer.Argument(
        metavar="[DATA]",
        help="A file of rows, or - for standard input, which is read too where the spec has no data;"
        " without either, random numbers.",
    ),
]
RowCount = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=10_000_000,
        metavar="N",
        help="Rows to run; by default 200,000, or fewer of a large network.",
    ),
]


@with_job("output", "limit", "jobs", data=BenchData, limit=RowCount)
def bench(
    job: Job,
    against: Against = None,
    seconds: Seconds = 2.0,
    batch: BatchRows = 1024,
    format: options.ReportFormat = None,
    quiet: options.Quiet = False,
) -> None:
    """Measure rows per second, latency, the share of the machine's peak, and memory.

    \b
    nncli bench net.yaml
    nncli bench net.yaml points.csv --against onnxruntime -f json

    The rows are DATA's first ones, or random numbers; the forward pass alone is measured, not reading
    and writing. A latency is that of one call from Python. The machine's peak is that of plain matrix
    products of the same number type on all processors, measured too.
    """
    import numpy as np

    from nncli.cli.inputs import opened
    from nncli.cli.reports import report_format, write_report
    from nncli.cli.standard_input import rows_given, warn_of_unread
    from nncli.jobs import bench as engine
    from nncli.models import open_model
    from nncli.views import bench as view

    chosen = report_format(job.output, format)
    model = open_model(job.spec, job.overrides, job.activations)
    network = model.network
    load_peer, extra = None, {}
    if against is not None:
        from nncli.jobs import onnxruntime

        onnxruntime.require(f"--against {against}")
        load_peer = partial(onnxruntime.load, network, job.n_jobs)
        extra = {"against": against}
    data = rows_given(model.spec, job.data, needed=False)
    n_rows = job.limit or engine.rows_to_measure(network)
    if not data:
        X = np.random.default_rng(0).standard_normal((n_rows, network.n_inputs), network.dtype)
    else:
        with opened(job._replace(data=data), model) as rows:
            X = np.concatenate([part.features for part in rows.parsed(limit=n_rows)])
    report = engine.bench(network, X, seconds, batch, load_peer, n_threads=job.n_jobs)
    write_report(job.output, chosen, report | extra, view.text, quiet=quiet)
    warn_of_unread(model.spec, data)
