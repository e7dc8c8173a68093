"""``nncli check``: whether a spec is valid, and what it means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli import options
from nncli.errors import NncliError, SpecError, UsageError

if TYPE_CHECKING:
    from nncli.netspec import Spec
    from nncli.nn.network import Network


def check(
    specs: Annotated[
        list[Path], typer.Argument(metavar="SPEC...", help="Network specs; - is standard input.")
    ],
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Print the spec with every default written out.")
    ] = False,
    set_values: options.SetValue = None,
) -> None:
    """Check specs: each problem with its place, or what the network is.

    \b
    nncli check net.yaml                     valid or not
    nncli check configs/*.yaml               many at once
    nncli check --resolved net.yaml          the spec with every default
    nncli init | nncli check -               from standard input
    """
    from nncli.netspec import dump_spec, read_spec

    if resolved and len(specs) > 1:
        raise UsageError("--resolved: takes one spec at a time")
    problems: list[NncliError] = []
    for path in specs:
        try:
            spec = read_spec(path, options.overrides(set_values))
            network = _build(spec)
        except NncliError as error:
            problems.append(error)
            continue
        print(dump_spec(spec) if resolved else _line(spec, network), end="" if resolved else "\n")
    if len(problems) == 1:
        raise problems[0]
    if problems:
        from nncli.cli.remedies import told

        raise SpecError(*(line for error in problems for line in told(error)))


def _build(spec: Spec) -> Network:
    """Build the network and open its data: a valid spec is one that runs."""
    from nncli.jobs.inputs import open_input
    from nncli.jobs.job import Job
    from nncli.models import model_of
    from nncli.netspec.model import FileData

    if isinstance(spec.data, FileData) and not spec.data.path.exists():
        raise SpecError(f"{spec.place('data', 'file')}: data.file: {spec.data.path}: no such file")
    model = model_of(spec)
    if spec.data is not None and not (isinstance(spec.data, FileData) and spec.data.path.is_fifo()):
        with open_input(Job(spec=Path(spec.name)), model):  # a pipe would lose what is read of it
            pass
    return model.network


def _line(spec: Spec, network: Network) -> str:
    """Return ``net.yaml: valid: 2 -> 3 relu -> 3 softmax, 21 parameters``."""
    layers = (f"{layer.n_units} {layer.activation}" for layer in network.layers)
    parameters = sum(layer.weights.size + layer.biases.size for layer in network.layers)
    noun = "parameter" if parameters == 1 else "parameters"
    return f"{spec.name}: valid: {' -> '.join((str(network.n_inputs), *layers))}, {parameters} {noun}"
