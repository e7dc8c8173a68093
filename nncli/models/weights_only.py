"""Networks from files that hold weights only: what follows each layer is said beside them."""

# Imports inside of functions: what reads files of a layer each, when such come.

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from nncli.errors import Remedy, UsageError, of_argument
from nncli.models.assemble import renamed
from nncli.models.build import build
from nncli.models.formats import module_of, refuse_said
from nncli.models.names import LayerWeights
from nncli.models.shapes import Layout
from nncli.netspec.model import LayerSpec, Spec
from nncli.netspec.part import count_of
from nncli.nn.network import Network


def read_one(
    path: Path,
    format: str,
    activations: Sequence[LayerSpec] | None,
    layout: Layout | None,
    order: Sequence[str] | None,
) -> Network:
    """Read a network from one file of weights, or all of it where the file says more than weights.

    Raises
    ------
    UsageError
        Where activations are missing or too many, or the file tells what is said.
    ModelError
        Where the file is at fault.
    """
    module = module_of(format)
    network: Network | None = module.read(path) if hasattr(module, "read") else None
    if network is not None:
        refuse_said(path, activations=activations, layout=layout, order=order)
        return network
    layers = module.read_layers(path, layout, None, order)
    return _with_activations(layers, activations, str(path), is_one_file=True)


def read_separate(
    weights: Sequence[Path],
    biases: Sequence[Path] | None,
    *,
    activations: Sequence[LayerSpec] | None,
    layout: Layout | None = None,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
) -> Network:
    """Read a network from a file of weights for each layer, first layer first, and files of biases.

    Raises
    ------
    UsageError
        Where the numbers of files and of activations differ.
    ModelError
        Where a file is at fault.
    """
    from nncli.models.separate import read_layers

    layers = read_layers(weights, biases, layout)
    return renamed(
        _with_activations(layers, activations, str(weights[0]), is_one_file=False), inputs, outputs
    )


def _with_activations(
    layers: list[LayerWeights],
    activations: Sequence[LayerSpec] | None,
    file: str,
    *,
    is_one_file: bool,
) -> Network:
    if activations is None:
        last = "softmax" if layers[-1][0].shape[1] > 1 else "sigmoid"
        values = {"example": ["relu"] * (len(layers) - 1) + [last], "file": quote(file)}
        words = "{problem}: say the activation of each layer, for example activations={example}"
        remedy = Remedy("activations_or_spec" if is_one_file else "activations", words, values)
        raise UsageError(f"{file} holds weights only", remedies=[remedy])
    if len(activations) != len(layers):
        raise UsageError(
            f"{count_of(len(activations), 'name')}, but {file} has {count_of(len(layers), 'layer')}",
            remedies=of_argument("activations"),
        )
    said = tuple(one._replace(units=W.shape[1]) for one, (W, _) in zip(activations, layers, strict=True))
    return build(Spec(name=file, inputs=None, layers=said), layers)
