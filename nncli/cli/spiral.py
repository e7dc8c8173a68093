"""``nncli spiral``: the notebook's last cell as one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nncli.cli import options
from nncli.errors import UsageError

NETWORK = """\
nnfs: true
inputs: 2
layers:
  - {{units: 3, activation: relu}}
  - {{units: {classes}, activation: softmax}}
"""
"""The notebook's last cell: 2 -> 3 relu -> a probability for each class."""


def spiral(
    samples: Annotated[int, typer.Option(min=1, metavar="N", help="Points of each class.")] = 100,
    classes: Annotated[int, typer.Option(min=1, max=256, metavar="K", help="Arms of the spiral.")] = 3,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=2**32 - 1, metavar="N", help="Seed of points and weights: 0, or the spec's."),
    ] = None,
    spec: Annotated[
        Path | None,
        options.file_option(
            metavar="FILE",
            help="Run this network in place of the notebook's: a spec or model file.",
        ),
    ] = None,
    activations: options.Activations = None,
    data_only: Annotated[
        bool, typer.Option("--data-only", help="Print the points and their labels, run no network.")
    ] = False,
    output: options.Output = None,
    format: options.Format = None,
    keep: options.Keep = None,
    trace: options.Trace = False,
    limit: options.Limit = None,
    decimals: options.Decimals = None,
    jobs: options.Jobs = None,
    quiet: options.Quiet = False,
) -> None:
    """Draw the book's spiral and print every point with its class probabilities.

    \b
    nncli spiral --samples 100 --classes 3              the notebook's last cell
    nncli spiral --data-only -o points.csv              the points alone
    nncli spiral --spec net.yaml                        another network
    nncli spiral --data-only | nncli run net.yaml -     through a pipe
    """
    from nncli.cli.inputs import make_job, opened
    from nncli.cli.results import choose_format, run_and_write, write_rows
    from nncli.models import model_of, open_model
    from nncli.netspec import parse_spec

    job = make_job(
        spec=spec or Path("spiral"),
        set_values=[f"data={{spiral: {{samples: {samples}, classes: {classes}}}}}"],
        seed=seed,
        limit=limit,
        jobs=jobs,
        keep=keep,
        trace=trace,
        decimals=decimals,
        output=output,
        format=choose_format(output, format),
    )
    if spec is None:
        if activations is not None:
            raise UsageError("--activations: is for the file of weights that --spec names")
        model = model_of(parse_spec(NETWORK.format(classes=classes), "spiral", overrides=job.overrides))
    else:
        model = open_model(spec, job.overrides, activations)
    with opened(job, model, quiet=True) as rows:
        if data_only:
            write_rows(job, rows, quiet=quiet)
        else:
            run_and_write(job, model.network, rows, quiet=quiet)
