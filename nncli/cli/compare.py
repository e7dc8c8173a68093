"""``nncli compare``: hold a network's results beside another's."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from nncli.cli import options
from nncli.cli.job_options import with_job
from nncli.errors import CheckFailed, UsageError

if TYPE_CHECKING:
    from nncli.jobs.inputs import Input
    from nncli.jobs.job import Job
    from nncli.models import Model

Other = Annotated[
    str | None,
    typer.Argument(
        metavar="[OTHER]",
        help="Another network, a spec or a model file, to be compared over the same rows; else this is DATA.",
    ),
]
With = Annotated[
    str | None,
    typer.Option(
        "--with",
        metavar="onnxruntime|FILE",
        help="The other side: the same network in onnxruntime, which is the default without OTHER, or a table"
        " that run has written.",
    ),
]
Why = Annotated[
    bool,
    typer.Option(
        "--why",
        help="Say which mistake gives FILE's numbers, those of your own code: a table, an array as it is"
        " printed, .npy, or .npz with any of z0, a0, z1, …, output; as rows, or turned over.",
    ),
]
Atol = Annotated[
    float | None,
    typer.Option(
        min=0,
        callback=options.finite,
        metavar="NUMBER",
        help="Difference allowed to any value (default: 1e-06; with --why half of the last decimal of"
        " rounded numbers).",
    ),
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


@with_job("output", "limit", "on_missing", "jobs")
def compare(
    job: Job,
    other: Other = None,
    results: With = None,
    why: Why = False,
    atol: Atol = None,
    rtol: Rtol = 1e-5,
    format: options.ReportFormat = None,
    quiet: options.Quiet = False,
) -> None:
    """Compare a network's results with another network's, with onnxruntime's, or with saved ones.

    \b
    nncli compare net.yaml model.onnx points.csv           two networks
    nncli compare net.yaml points.csv                      against onnxruntime
    nncli compare net.yaml points.csv --with scores.csv    against saved results
    nncli compare net.yaml points.csv --with scores.csv --why   which mistake
    nncli compare net.yaml net.yaml --dtype float32        what float32 changes

    Tells the largest difference and where it is, and how many predictions differ; exits with 1 where a
    value is beyond the tolerance, a prediction differs, or one side has more rows. NaN equals NaN.
    Each network finds its columns by its own names. The options that change a spec change SPEC alone;
    --activations is for every file of weights. Names of classes and outputs in another order are matched.
    """
    from nncli.cli.inputs import opened
    from nncli.cli.reports import report_format, write_report
    from nncli.inspect import comparison as found
    from nncli.jobs.against import with_file, with_onnxruntime
    from nncli.jobs.compare import ATOL, Tolerance
    from nncli.jobs.onnxruntime import require
    from nncli.jobs.other_network import with_network
    from nncli.views import comparison as view

    chosen = report_format(job.output, format)
    other, data = network_and_data(other, *job.data)
    job = job._replace(data=() if data is None else (data,))
    if other is not None and results is not None:
        raise UsageError(f"--with {results}: {other} is the other side already; give one of them")
    if why and results in (None, "onnxruntime"):
        raise UsageError("--why: say with --with FILE what your own code has computed")
    model, *others = open_models(job, [] if other is None else [other])
    with opened(job, model, stdin_is_taken=results == "-") as rows:
        if why and results is not None:
            return explained(job, model, rows, results, (atol, rtol), chosen, quiet=quiet)
        tolerance = Tolerance(ATOL if atol is None else atol, rtol)
        if others:
            result = with_network(job, model, others[0], rows, tolerance)
        elif results in (None, "onnxruntime"):
            require("--with onnxruntime")
            result = with_onnxruntime(job, model.network, rows, tolerance)
        else:
            result = with_file(job, model.network, rows, results, tolerance)
    report = found.report(result, other or results or "onnxruntime")
    write_report(job.output, chosen, report, view.text, quiet=quiet)
    if not result.agrees:
        end_failed(job.output, chosen, view.verdicts(report))


def explained(
    job: Job,
    model: Model,
    rows: Input,
    path: str,
    tolerance: tuple[float | None, float],
    format: Literal["table", "json"],
    *,
    quiet: bool,
) -> None:
    """Compare with what somebody's own code has computed, and say which mistake gives that."""
    from nncli.cli.reports import write_report
    from nncli.inspect import comparison as found
    from nncli.inspect.why import why
    from nncli.jobs.beside import beside
    from nncli.jobs.theirs import open_theirs
    from nncli.views import why as view

    with open_theirs(path, model.network) as readings:
        ways = beside(job, model.network, rows, readings, *tolerance)
    way, reason = why(model, rows, ways)
    report = {**found.report(way.comparison, path), "why": reason}
    write_report(job.output, format, report, view.text, quiet=quiet)
    if not way.comparison.agrees:
        end_failed(job.output, format, view.verdicts(report))


def end_failed(output: str | None, format: Literal["table", "json"], verdicts: Sequence[str]) -> NoReturn:
    """End with 1, and say why where the report, which says it too, is not before one's eyes.

    Raises
    ------
    CheckFailed
        With what does not agree.
    """
    if output is None and format == "table" and sys.stdout.isatty():
        raise typer.Exit(CheckFailed.exit_code)
    raise CheckFailed(*verdicts)


def network_and_data(second: str | None, third: str | None = None) -> tuple[str | None, str | None]:
    """Return which of the arguments behind SPEC is another network, and which is DATA.

    Raises
    ------
    UsageError
        There are two, and the first of them is no network.
    """
    from nncli.models import is_network

    if second is None or is_network(second):
        return second, third
    if third is None:
        return None, second
    raise UsageError(f"{second}: is no spec and no model file; DATA is one file, and results go to --with")


def open_models(job: Job, others: Sequence[str]) -> list[Model]:
    """Open the job's network and others; activations are for those that hold weights only.

    Raises
    ------
    NncliError
        One can't be read, or none of them takes the activations.
    """
    from nncli.models import holds_weights_only, open_model

    said = job.activations
    takers = [path for path in map(Path, others) if said is not None and holds_weights_only(path)]
    own = said if not takers or holds_weights_only(job.spec) else None
    model = open_model(job.spec, job.overrides, own)
    return [model, *(open_model(path, (), said if Path(path) in takers else None) for path in others)]
