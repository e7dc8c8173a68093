"""``nncli plot``: charts of data and networks."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from nncli.cli import options
from nncli.cli.job_options import with_job
from nncli.cli.printing import say_written
from nncli.errors import DataError, UsageError, did_you_mean

if TYPE_CHECKING:
    from nncli.jobs.job import Job
    from nncli.nn.network import Network

KindName = Literal["data", "regions", "activations", "weights", "confusion", "roc", "pr", "calibration"]
KINDS = get_args(KindName)
OF_CLASSES = ("confusion", "roc", "pr", "calibration")
Kind = Annotated[
    str,
    typer.Argument(
        metavar="KIND",
        help=f"{', '.join(KINDS[:-1])} or {KINDS[-1]}.",
        autocompletion=lambda: list(KINDS),
    ),
]
PlotOutput = Annotated[
    str, typer.Option("-o", "--output", metavar="FILE", help="The picture: a .png, .svg or .pdf file.")
]
PlotLimit = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Show the first N rows: by default 2000, 10000, or all."),
]
SUFFIXES = {".png": "png", ".svg": "svg", ".pdf": "pdf"}


@with_job("limit", "on_missing", limit=PlotLimit)
def plot(
    job: Job,
    kind: Kind,
    output: PlotOutput,
    quiet: options.Quiet = False,
) -> None:
    """Draw a chart of the data or the network.

    \b
    nncli plot net.yaml regions points.csv --label label -o regions.svg
    nncli plot net.yaml weights -o weights.png

    \b
    data         the points, coloured by label, else by prediction;
                 of more than two inputs the first four, in pairs;
                 pixels (64 or 784 inputs) as pictures
    regions      what a network of two inputs says everywhere, with
                 the points; of one input its curve
    activations  a histogram of each layer's activations
    weights      a heat map of each layer's weights
    confusion    true classes against predicted ones
    roc          true against false alarms of each class, with its AUC
    pr           precision against recall of each class, with its
                 average precision (AP)
    calibration  how often what had a probability was true, with the
                 expected calibration error (ECE)

    Blue is above zero and orange below. The last four need a label; of more than two classes each is
    held against the rest. data and regions show the first 2000 rows and activations the first 10000,
    unless --limit says otherwise; confusion takes all, and the curves millions.
    """
    from nncli.cli.inputs import opened
    from nncli.cli.standard_input import rows_given
    from nncli.jobs.inputs import default_label
    from nncli.models import open_model
    from nncli.stores import open_output
    from nncli.views import charts
    from nncli.views import plot as view

    spec, kind = spec_and_kind(job.spec, kind)
    suffix = PurePath(output).suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(f"-o {output}: a picture is a .png, .svg or .pdf file")
    model = open_model(spec, job.overrides, job.activations)
    check_kind(kind, model.spec.name, model.network)
    if kind == "regions":  # the only kind that needs no rows
        job = job._replace(data=rows_given(model.spec, job.data, needed=False))
    with view.style():
        if kind == "weights":
            figure = charts.weights(model.network)
        elif kind == "regions" and not job.data and model.spec.data is None:
            figure = charts.bare_regions(model.network)
        else:
            default = default_label(model.spec, job.data)
            job = job._replace(labels=job.labels or ([] if default is None else [default]))
            with opened(job, model) as rows:
                figure = charts.OF_ROWS[kind](job, model.network, rows)
        with open_output(output) as stream:
            view.save(figure, stream, SUFFIXES[suffix])
    say_written(output, quiet=quiet)


def spec_and_kind(spec: Path, kind: str) -> tuple[Path, str]:
    """Return the network and the kind of chart, in whichever order they were given.

    Raises
    ------
    UsageError
        There is no such kind.
    """
    if kind not in KINDS and str(spec) in KINDS:
        spec, kind = Path(kind), str(spec)
    if kind not in KINDS:
        if Path(kind).suffix and not spec.suffix:  # a file's name
            kind = str(spec)
        raise UsageError(f"KIND: '{kind}' is not one of {', '.join(KINDS)}{did_you_mean(kind, KINDS)}")
    return spec, kind


def check_kind(kind: str, name: str, network: Network) -> None:
    """Raise DataError where the network can't have such a chart."""
    if kind == "regions" and network.n_inputs > 2:
        raise DataError(
            f"{name}: a decision map needs 1 or 2 inputs, and this network takes {network.n_inputs}"
        )
    if kind in OF_CLASSES and network.kind == "values" and network.n_outputs == 1:
        raise DataError(f"{name}: the network gives a plain value, and no classes to confuse")
