"""``nncli eval``: score a network against the true answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nncli.cli import completion, options
from nncli.cli.job_options import with_job
from nncli.cli.printing import say
from nncli.errors import CheckFailed, UsageError

if TYPE_CHECKING:
    from nncli.jobs.job import Job

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


@with_job(
    "output",
    "limit",
    "on_missing",
    "rejects",
    "max_rejects",
    "jobs",
    "cluster",
    data=options.DataArguments,
    label=EvalLabel,
)
def eval(
    job: Job,
    format: options.ReportFormat = None,
    top_k: TopK = None,
    min_accuracy: MinAccuracy = None,
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
    from nncli.cli.inputs import needed_labels, opened
    from nncli.cli.progress import Progress
    from nncli.cli.reports import report_format, write_report
    from nncli.jobs.evaluate import evaluate
    from nncli.jobs.rejects import open_rejects
    from nncli.models import open_model
    from nncli.views import metrics as view

    chosen = report_format(job.output, format)
    if job.cluster is not None and (not job.data or job.limit is not None):
        what = "--limit" if job.limit is not None else "the spec's own data"
        raise UsageError(f"--cluster: its workers take whole files, and {what} is for one machine")
    model = open_model(job.spec, job.overrides, job.activations)
    job = job._replace(labels=job.labels or needed_labels(model.spec, job.data))
    with (
        opened(job, model, several=True, quiet=quiet) as rows,
        open_rejects(job) as rejects,
        Progress(rows.reach, job.output, quiet=quiet) as progress,
    ):
        if job.cluster is None:
            found = evaluate(job, model.network, rows, top_k=top_k, show=progress.show, rejects=rejects)
        else:
            from nncli.jobs.on_cluster import evaluate_files

            found = evaluate_files(job, model.network, rows, top_k=top_k, show=progress.show, rejects=rejects)
    metrics = found.metrics
    if not quiet:
        warn(metrics)
    write_report(job.output, chosen, metrics, view.text, quiet=quiet)
    if rejects is not None and not quiet:
        say(str(rejects))
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
        say(
            f"warning: {metrics['unpredicted']:,} of {metrics['rows']:,} rows have no prediction, since the"
            " network's numbers overflow to NaN; they count as wrong"
        )
    elif metrics["rows"] and metrics.get("mse", metrics.get("cross_entropy")) is None:
        say("warning: the network's numbers overflow to NaN or infinity")
