"""``nncli spiral``: the notebook's last cell as one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nncli.cli import options

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
        Path | None, typer.Option(metavar="FILE", help="Run this network in place of the notebook's.")
    ] = None,
    data_only: Annotated[
        bool, typer.Option("--data-only", help="Print the points and their labels, run no network.")
    ] = False,
    output: options.Output = None,
    format: options.Format = None,
    keep: options.Keep = None,
    trace: options.Trace = False,
    limit: options.Limit = None,
    decimals: options.Decimals = None,
    quiet: options.Quiet = False,
) -> None:
    """Draw the book's spiral and print every point with its class probabilities.

    \b
    nncli spiral --samples 100 --classes 3           the notebook's last cell
    nncli spiral --data-only -o spiral.csv           the points alone
    nncli spiral --spec net.yaml --classes 5         another network
    nncli spiral | nncli run configs/spiral.yaml -   the same points through a pipe
    """
    from nncli.cli.inputs import open_rows
    from nncli.cli.results import choose_format, run_and_write, write_rows
    from nncli.models import read_weights
    from nncli.netspec import parse_spec, read_spec
    from nncli.nn.build import build

    chosen = choose_format(output, format)
    data = f"data={{spiral: {{samples: {samples}, classes: {classes}}}}}"
    changes = options.overrides([data], seed)
    if spec is None:
        network_spec = parse_spec(NETWORK.format(classes=classes), "spiral", overrides=changes)
    else:
        network_spec = read_spec(spec, changes)
    network = build(network_spec, read_weights(network_spec))
    with open_rows(network_spec, network, None, quiet=True) as rows:
        if data_only:
            write_rows(rows, output, chosen, limit=limit, decimals=decimals)
        else:
            run_and_write(
                network,
                rows,
                output,
                chosen,
                keep=keep,
                trace=trace,
                limit=limit,
                decimals=decimals,
                quiet=quiet,
            )
