"""``nncli summary``: layers, shapes, parameters, and what the units do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli import options
from nncli.cli.job_options import with_job
from nncli.cli.one_row import read_row
from nncli.cli.printing import print_fitted, print_text

if TYPE_CHECKING:
    from nncli.jobs.job import Job


@with_job()
def summary(
    job: Job,
    row: Annotated[
        int | None, typer.Option(metavar="N", help="Show the range of every layer's activations in row N.")
    ] = None,
    format: options.ReportFormat = "table",
) -> None:
    """Show a network's layers, shapes, parameters, FLOPs per row and bytes.

    \b
    nncli summary net.yaml                  what the network consists of
    nncli summary net.yaml --row 0          how large the activations of row 0 are
    nncli summary net.yaml points.csv       units that are dead in every row
    nncli summary net.yaml --format json    for programs

    A weight counts as two FLOPs, a multiplication and an addition; activations are not counted.
    With DATA or --row it also reads the rows, and names the units that never change.
    """
    from nncli.cli.standard_input import rows_given, warn_of_unread
    from nncli.inspect.summary import add_activity, add_row, summarize
    from nncli.models import open_model
    from nncli.views.summary import summary_text
    from nncli.views.text import json_text

    model = open_model(job.spec, job.overrides, job.activations)
    result = summarize(model.network)
    data = rows_given(model.spec, job.data, needed=row is not None)
    if data or row is not None:
        picked, activity = read_row(job._replace(data=data), model, row, watched=None)
        if picked is not None:
            add_row(result, picked)
        add_activity(result, activity)
    if format == "json":
        print_text(json_text(result))
    else:
        narrower = [summary_text(model.spec.name, result, is_narrow=True)]
        print_fitted(summary_text(model.spec.name, result), narrower=narrower)
    if row is None:  # else `opened` has said so
        warn_of_unread(model.spec, data)
