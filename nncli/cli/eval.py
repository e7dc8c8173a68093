"""``nncli eval``: score a network against the true answers."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from nncli.cli import completion, options
from nncli.errors import CheckFailed, UsageError

TopK = Annotated[
    int | None,
    typer.Option(
        "--top-k",
        "--top",
        min=1,
        metavar="K",
        help="Count the true class among the K likeliest; by default for 2, 3 and 5, if there are more.",
    ),
]
MinAccuracy = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        callback=options.finite,
        metavar="SHARE",
        help="Exit with 1 where the accuracy is below SHARE.",
    ),
]
EvalLabel = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        rich_help_panel="Input",
        autocompletion=completion.columns,
        help="The column of the true classes or values; with commas, one for each of several plain outputs.",
    ),
]


def eval(
    spec: options.SpecArgument,
    data: options.DataArgument = None,
    label: EvalLabel = None,
    output: options.Output = None,
    format: options.ReportFormat = None,
    top_k: TopK = None,
    min_accuracy: MinAccuracy = None,
    limit: options.Limit = None,
    on_missing: options.OnMissing = "error",
    set_values: options.SetValue = None,
    seed: options.Seed = None,
    dtype: options.DType = None,
    activations: options.Activations = None,
    header: options.Header = False,
    no_header: options.NoHeader = False,
    delimiter: options.Delimiter = None,
    decimal: options.Decimal = ".",
    missing: options.Missing = None,
    features: options.Features = None,
    jobs: options.Jobs = None,
    quiet: options.Quiet = False,
) -> None:
    """Score a network against a column of true answers.

    \b
    nncli eval net.yaml points.csv --label label
    nncli eval net.yaml points.csv --label label --min-accuracy 0.95 || echo no
    nncli eval net.yaml points.csv --label label -f json

    Classes: accuracy, cross-entropy, top-k accuracy, the precision, recall and F1 of each class, and
    the confusion matrix. Plain values: MSE, MAE and R2. Labels are names or numbers of classes.
    """
    from nncli.cli.inputs import make_job, needed_labels, opened
    from nncli.cli.progress import Progress
    from nncli.cli.reports import report_format, write_report
    from nncli.jobs.evaluate import evaluate
    from nncli.models import open_model
    from nncli.views import metrics as view

    chosen = report_format(output, format)
    model = open_model(spec, options.overrides(set_values, seed, dtype), activations)
    job = make_job(
        spec,
        data,
        set_values=set_values,
        seed=seed,
        dtype=dtype,
        activations=activations,
        label=needed_labels(model.spec, data, label),
        header=header,
        no_header=no_header,
        delimiter=delimiter,
        decimal=decimal,
        missing=missing,
        features=features,
        on_missing=on_missing,
        limit=limit,
        jobs=jobs,
    )
    with opened(job, model, quiet=quiet) as rows, Progress(rows.table, output, quiet=quiet) as progress:
        metrics = evaluate(job, model.network, rows, top_k=top_k, show=progress.show).metrics
    if not quiet:
        warn(metrics)
    write_report(output, chosen, metrics, view.text, quiet=quiet)
    if min_accuracy is not None:
        check_accuracy(metrics, min_accuracy)


def check_accuracy(metrics: dict[str, Any], least: float) -> None:
    """Compare the accuracy with the one asked for.

    Raises
    ------
    CheckFailed
        It is less.
    UsageError
        There is none: the network was judged by plain values.
    """
    if metrics["task"] == "regression":
        raise UsageError("--min-accuracy: the network gives plain values, which have no accuracy")
    if metrics["accuracy"] is None:
        raise CheckFailed("no row has an accuracy that --min-accuracy could compare")
    if metrics["accuracy"] < least:
        n_right = sum(row[i] for i, row in enumerate(metrics["confusion"]))
        raise CheckFailed(
            f"the accuracy is {metrics['accuracy']:.6g} ({n_right:,} of {metrics['rows']:,} rows),"
            f" below --min-accuracy {least:g}"
        )


def warn(metrics: dict[str, Any]) -> None:
    """Say on standard error where the network's numbers gave no result."""
    if metrics.get("unpredicted"):
        print(
            f"warning: {metrics['unpredicted']:,} of {metrics['rows']:,} rows have no prediction, since the"
            " network's numbers overflow to NaN; they count as wrong",
            file=sys.stderr,
        )
    elif metrics["rows"] and metrics.get("mse", metrics.get("cross_entropy")) is None:
        print("warning: the network's numbers overflow to NaN or infinity", file=sys.stderr)
