"""``nncli convert``: read a network from one file, write it to another."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from nncli.cli import options


def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A spec, a model file or a weights file.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write; its suffix says what.")],
    activations: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="What follows each layer of a weights file, with commas; leaky_relu:0.2 sets its alpha.",
        ),
    ] = None,
    layout: Annotated[
        Literal["units_inputs", "inputs_units"] | None,
        typer.Option(help="How a weights file stores its matrices, where its names don't tell."),
    ] = None,
    order: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="A weights file's matrices, first layer first, where their names don't tell.",
        ),
    ] = None,
    inputs: Annotated[
        str | None, typer.Option(metavar="NAMES", help="Names of the features, with commas.")
    ] = None,
    outputs: Annotated[
        str | None, typer.Option(metavar="NAMES", help="Names of the classes or outputs, with commas.")
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The output of an ONNX file that is the network's, out of several."
        ),
    ] = None,
    quiet: options.Quiet = False,
) -> None:
    """Convert a network from and to other tools' files.

    \b
    nncli convert model.onnx net.yaml                              from PyTorch, scikit-learn, …
    nncli convert model.keras net.yaml                             from Keras 3, without TensorFlow
    nncli convert w.safetensors net.yaml --activations relu,softmax    weights alone
    nncli convert net.yaml net.onnx                                to any ONNX runtime
    nncli convert net.yaml net.py                                  a NumPy script to read

    Reads .yaml, .onnx, .keras, .npz, .safetensors and the parameters that the NNFS book's code
    pickles. Writes .yaml, .onnx, .npz, .safetensors and .py.
    """
    from nncli import models
    from nncli.models.assemble import parse_activations, renamed

    models.check_writable(target)
    spec = None
    if source.suffix.lower() in models.SPEC_SUFFIXES:
        from nncli.errors import UsageError
        from nncli.netspec import read_spec
        from nncli.nn.build import build

        said = {"--activations": activations, "--layout": layout, "--order": order, "--output": output}
        for option, value in said.items():
            if value is not None:
                raise UsageError(f"{option}: {source} tells that itself")
        spec = read_spec(source)
        network = renamed(build(spec, models.read_weights(spec)), _names(inputs), _names(outputs))
    else:
        network = models.read_network(
            source,
            activations=None if activations is None else parse_activations(activations),
            layout=layout,
            order=_names(order),
            inputs=_names(inputs),
            outputs=_names(outputs),
            output=output,
        )
    models.write_network(network, target, spec)
    if target.suffix.lower() == ".npz" and not quiet:
        print(
            f"{target} holds the weights alone: activations, names and input scaling stay behind",
            file=sys.stderr,
        )


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",")]
