"""``nncli convert``: read a network from one file, write it to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from nncli.cli import options
from nncli.cli.printing import say, say_written
from nncli.errors import UsageError


def convert(
    source: Annotated[
        Path,
        options.file_argument(metavar="IN", help="A spec, a model file or a weights file."),
    ],
    target: Annotated[
        Path | None,
        options.file_argument(metavar="OUT", help="The file to write; its suffix says what."),
    ] = None,
    activations: options.Activations = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="FILES",
            help="In place of IN: a file of weights for each layer, .npy or text, with commas.",
        ),
    ] = None,
    biases: Annotated[str | None, typer.Option(metavar="FILES", help="The same for the biases.")] = None,
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
    nncli convert net.yaml net.onnx      to any ONNX runtime
    nncli convert net.onnx copy.yaml     from PyTorch, scikit-learn, …
    nncli convert net.yaml net.npz       the weights alone
    nncli convert net.npz copy.yaml --activations relu,softmax
    nncli convert net.yaml net.py        a NumPy script to read

    Reads .yaml, .onnx, .keras, .h5, .npz, .safetensors, PyTorch's .pt, .pth, .bin and .ckpt, and arrays
    in lists and dicts in .pkl (as the NNFS book's code writes them) and .json. Writes .yaml, .onnx,
    .npz, .safetensors and .py.
    """
    from nncli import models
    from nncli.models import weights_only
    from nncli.models.assemble import parse_activations, renamed

    if (target is None) != (weights is not None):
        raise UsageError("say one file to read and one to write, or --weights and the one to write")
    if biases is not None and weights is None:
        raise UsageError("--biases goes together with --weights")
    written = target or source
    models.check_writable(written)
    said = None if activations is None else parse_activations(activations)
    names = {"inputs": _names(inputs, "--inputs"), "outputs": _names(outputs, "--outputs")}
    spec = None
    if weights is not None:
        if order is not None:
            raise UsageError("--order: the order of --weights is that of the layers")
        if output is not None:
            raise UsageError("--output: files of weights have no outputs to choose from")
        network = weights_only.read_separate(
            _paths(weights),
            None if biases is None else _paths(biases),
            activations=said,
            layout=layout,
            **names,
        )
    elif models.is_spec(source):
        told = {"--activations": activations, "--layout": layout, "--order": order, "--output": output}
        for option, value in told.items():
            if value is not None:
                raise UsageError(f"{option}: {source} tells that itself")
        spec, network = models.open_model(source)
        network = renamed(network, **names)
    else:
        network = models.read_network(
            source, activations=said, layout=layout, order=_names(order, "--order"), output=output, **names
        )
    models.write_network(network, written, spec)
    say_written(written, quiet=quiet)
    if written.suffix.lower() == ".npz" and not quiet:
        say(f"{written} holds the weights alone: activations, names and input scaling stay behind")


def _names(text: str | None, option: str) -> list[str] | None:
    from nncli.cli.inputs import split_names

    return None if text is None else [name.strip() for name in split_names(text, option)]


def _paths(text: str) -> list[Path]:
    from nncli.stores import as_path

    return [as_path(name.strip()) for name in text.split(",")]
