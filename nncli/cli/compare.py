"""``nncli compare``: hold a network's results beside another's."""

from __future__ import annotations

from typing import Annotated

import typer

from nncli.cli import options
from nncli.errors import CheckFailed

With = Annotated[
    str,
    typer.Option(
        "--with",
        metavar="onnxruntime|FILE",
        help="The other side: the same network in onnxruntime, or a table that run has written.",
    ),
]
Atol = Annotated[
    float,
    typer.Option(min=0, callback=options.finite, metavar="NUMBER", help="Difference allowed to any value."),
]
Rtol = Annotated[
    float,
    typer.Option(
        min=0,
        callback=options.finite,
        metavar="SHARE",
        help="Difference allowed besides, as a share of the value.",
    ),
]


def compare(
    spec: options.SpecArgument,
    data: options.DataArgument = None,
    other: With = "onnxruntime",
    atol: Atol = 1e-6,
    rtol: Rtol = 1e-5,
    output: options.Output = None,
    format: options.ReportFormat = None,
    label: options.Label = None,
    limit: options.Limit = None,
    on_missing: options.OnMissing = "error",
    set_values: options.SetValue = None,
    seed: options.Seed = None,
    dtype: options.DType = None,
    activations: options.Activations = None,
    header: options.Header = False,
    no_header: options.NoHeader = False,
    delimiter: options.Delimiter = None,
    jobs: options.Jobs = None,
) -> None:
    """Compare a network's results with onnxruntime's, or with results saved before.

    \b
    nncli compare net.yaml points.csv                       against onnxruntime
    nncli compare net.yaml points.csv --with scores.csv     against a file of results
    nncli compare net.yaml points.csv --with scores.csv --atol 0.001

    Tells the largest difference and where it is; exits with 1 where a value is beyond the tolerance,
    a prediction differs, or one side has more rows. NaN equals NaN.
    """
    from nncli.cli.inputs import make_job, opened
    from nncli.cli.reports import report_format, write_report
    from nncli.inspect import comparison as found
    from nncli.jobs.against import with_file, with_onnxruntime
    from nncli.jobs.onnxruntime import require
    from nncli.models import open_model
    from nncli.views import comparison as view

    chosen = report_format(output, format)
    job = make_job(
        spec,
        data,
        set_values=set_values,
        seed=seed,
        dtype=dtype,
        activations=activations,
        label=label,
        header=header,
        no_header=no_header,
        delimiter=delimiter,
        on_missing=on_missing,
        limit=limit,
        jobs=jobs,
    )
    model = open_model(job.spec, job.overrides, job.activations)
    with opened(job, model, stdin_is_taken=other == "-") as rows:
        if other == "onnxruntime":
            require("--with onnxruntime")
            result = with_onnxruntime(job, model.network, rows, atol, rtol)
        else:
            result = with_file(job, model.network, rows, other, atol, rtol)
    report = found.report(result, other)
    write_report(output, chosen, report, view.text)
    if not result.agrees:
        raise CheckFailed(view.verdict(report))
