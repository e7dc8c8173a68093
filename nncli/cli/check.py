"""``nncli check``: whether a spec is valid, and what it means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli import options
from nncli.errors import NncliError, SpecError, UsageError

if TYPE_CHECKING:
    from nncli.models import Model


def check(
    specs: Annotated[
        list[Path],
        options.file_argument(
            metavar="SPEC...",
            callback=lambda paths: [options.url_kept(path) for path in paths],
            help="Specs or model files; - is a spec on standard input.",
        ),
    ],
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Print the spec with every default written out.")
    ] = False,
    set_values: options.SetValue = None,
    activations: options.Activations = None,
) -> None:
    """Check specs: each problem with its place, or what the network is.

    \b
    nncli check net.yaml               valid or not
    nncli check *.yaml                 many at once
    nncli check --resolved net.yaml    the spec with every default
    nncli init | nncli check -         from standard input
    """
    from nncli.models import open_model
    from nncli.netspec import dump_spec

    if resolved and len(specs) > 1:
        raise UsageError("--resolved: takes one spec at a time")
    problems: list[NncliError] = []
    for path in specs:
        try:
            model = open_model(path, options.overrides(set_values), activations)
            _open_data(model)
        except NncliError as error:
            problems.append(error)
            continue
        print(dump_spec(model.spec) if resolved else _line(model), end="" if resolved else "\n")
    if len(problems) == 1:
        raise problems[0]
    if problems:
        from nncli.cli.remedies import told

        raise SpecError(*(line for error in problems for line in told(error)))


def _open_data(model: Model) -> None:
    """Open the spec's data: a valid spec is one that runs."""
    from nncli.jobs.inputs import open_input
    from nncli.jobs.job import Job
    from nncli.netspec.model import FileData
    from nncli.stores import is_url, meant_file

    spec = model.spec
    if isinstance(spec.data, FileData) and not is_url(spec.data.path) and not spec.data.path.exists():
        path = spec.data.path
        raise SpecError(f"{spec.place('data', 'file')}: data.file: {path}: no such file{meant_file(path)}")
    if spec.data is not None and not (isinstance(spec.data, FileData) and spec.data.path.is_fifo()):
        with open_input(Job(spec=Path(spec.name)), model):  # a pipe would lose what is read of it
            pass


def _line(model: Model) -> str:
    """Return ``net.yaml: valid: 2 -> 3 relu -> 3 softmax, 21 parameters``."""
    spec, network = model
    layers = (f"{layer.n_units} {layer.activation}" for layer in network.layers)
    n = network.n_parameters
    noun = "parameter" if n == 1 else "parameters"
    return f"{spec.name}: valid: {' -> '.join((str(network.n_inputs), *layers))}, {n} {noun}"
