"""Networks from and to other tools' files: the same verbs in every file.

Which suffix belongs to which file says `nncli.models.formats`.
"""

# Imports inside of functions: a format's file, when a file of that format comes; optional packages, in the
# functions that use them.

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nncli.errors import ModelError, SpecError, UsageError, of_argument
from nncli.models.formats import (
    READERS,
    REFUSED,
    SPEC_SUFFIXES,
    WEIGHTS_READERS,
    WRITERS,
    check_writable,
    holds_weights_only,
    is_network,
    is_spec,
    module_of,
    refuse_said,
    suffix_of,
    weights_format,
)
from nncli.netspec import read_spec
from nncli.netspec.model import LayerSpec, Spec
from nncli.stores import as_path

if TYPE_CHECKING:
    from nncli.models.names import LayerWeights
    from nncli.models.shapes import Layout
    from nncli.nn.network import Network

__all__ = [
    "READERS",
    "WEIGHTS_READERS",
    "Model",
    "check_writable",
    "holds_weights_only",
    "is_network",
    "is_spec",
    "model_of",
    "open_model",
    "read_network",
    "read_weights",
    "suffix_of",
    "write_network",
]


class Model(NamedTuple):
    """A network, and the spec that says so, with its data and names."""

    spec: Spec
    network: Network


def open_model(
    path: str | PathLike[str], overrides: Sequence[str] = (), activations: str | Sequence[str] | None = None
) -> Model:
    """Read a spec and build its network; a model file is the spec that `write_network` would write of it.

    Parameters
    ----------
    path
        A spec or a model file; ``-`` is a spec on standard input.
    overrides
        Changes to the spec, e.g. ``["seed=3", "layers.0.units=8"]``.
    activations
        What follows each layer, e.g. ``["relu", "softmax"]``, where the file holds weights only.

    Raises
    ------
    SpecError
        Where the spec is at fault.
    ModelError
        Where the model file is, or the spec's weights file.
    UsageError
        Where an override is at fault, or activations are missing, too many, or told by the file itself.
    """
    path = as_path(path)
    overrides = (overrides,) if isinstance(overrides, str) else overrides
    if is_spec(path):
        refuse_said(path, activations=activations)
        return _open_spec(path, overrides)
    from nncli.models.assemble import parse_activations
    from nncli.models.specfile import as_spec

    said = None if activations is None else parse_activations(activations)
    return model_of(as_spec(read_network(path, activations=said), path, overrides))


def _open_spec(path: Path, overrides: Sequence[str]) -> Model:
    """Open a spec; an override may also change a single weight that the spec draws, or has from a file."""
    if not any(".weights" in setting or ".biases" in setting for setting in overrides):
        return model_of(read_spec(path, overrides))
    from nncli.models.numbers import is_apart, number_of, with_numbers

    numbers = {setting: number for setting in overrides if (number := number_of(setting)) is not None}
    spec = read_spec(path, [setting for setting in overrides if setting not in numbers])
    apart = {setting for setting, number in numbers.items() if is_apart(number, spec)}
    if len(apart) < len(numbers):
        spec = read_spec(path, [setting for setting in overrides if setting not in apart])
    model = model_of(spec)
    left = [number for setting, number in numbers.items() if setting in apart]
    return model._replace(network=with_numbers(model.network, left))


def model_of(spec: Spec) -> Model:
    """Return a checked spec with its network; see `open_model`."""
    from nncli.models.build import build

    return Model(spec, build(spec, read_weights(spec)))


def read_weights(spec: Spec) -> list[LayerWeights] | None:
    """Read a spec's weights file, checked against the shapes that the spec tells.

    Returns
    -------
    list of (weights, biases), or None
        A pair per layer: weights (n_inputs, n_units), biases (n_units,) or None where the file
        has none. None where the spec names no weights file.

    Raises
    ------
    SpecError
        Where the suffix is not that of a weights file.
    ModelError
        Where the file is damaged or does not fit the spec.
    """
    if spec.weights is None:
        return None
    from nncli.models.shapes import Expected

    suffix = spec.weights.suffix.lower()
    if suffix not in WEIGHTS_READERS:
        raise SpecError(
            f"{spec.place('weights')}: weights: {str(spec.weights)!r} is no weights file "
            f"({', '.join(WEIGHTS_READERS)}); `nncli convert` makes one of other models"
        )
    module = module_of(weights_format(spec.weights, suffix))
    layers: list[LayerWeights] = module.read_layers(spec.weights, spec.layout, Expected.of(spec), None)
    return layers


def read_network(
    path: Path | str,
    *,
    activations: Sequence[LayerSpec] | None = None,
    layout: Layout | None = None,
    order: Sequence[str] | None = None,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    output: str | None = None,
) -> Network:
    """Read a network from a model file; a spec is `nncli.load`'s.

    Parameters
    ----------
    path
        A file of one of the formats in `READERS` or `WEIGHTS_READERS`.
    activations
        One per layer, for files that hold weights only: its ``activation`` and ``alpha``.
    layout
        How such a file stores its matrices, where its names don't tell.
    order
        The names of such a file's layers or matrices, first layer first, where they don't tell.
    inputs, outputs
        Names of the inputs and of the last layer's units, in place of the file's own.
    output
        The file's output that is the network's, where an ONNX file has several.

    Raises
    ------
    UsageError
        Where an option is missing, does not fit or means nothing here.
    ModelError
        Where the file is at fault.
    MissingExtraError
        Where the format's package is not installed.
    """
    from nncli.models.assemble import renamed

    path = as_path(path)
    suffix = suffix_of(path)
    if output is not None and suffix != ".onnx":
        raise UsageError(
            f"only an ONNX file has outputs with names, and {path} is none", remedies=of_argument("output")
        )
    if suffix in WEIGHTS_READERS:
        from nncli.models import weights_only

        network = weights_only.read_one(path, weights_format(path, suffix), activations, layout, order)
    elif suffix in READERS:
        refuse_said(path, activations=activations, layout=layout, order=order)
        chosen = {} if output is None else {"output": output}
        network = module_of(READERS[suffix]).read(path, **chosen)
    elif suffix in REFUSED:
        raise ModelError(f"{path}: {REFUSED[suffix]}")
    else:
        raise ModelError(f"{path}: is a spec, and no model file")
    return renamed(network, inputs, outputs)


def write_network(network: Network, path: Path | str, spec: Spec | None = None) -> None:
    """Write a network in the format of the suffix; the file is complete or not there at all.

    Parameters
    ----------
    network
        Any network.
    path
        A file with one of the suffixes in `WRITERS`; an older one is replaced.
    spec
        The spec that the network came from: a new spec keeps its seed and its data.

    Raises
    ------
    UsageError
        Where the suffix is unknown.
    OutputError
        Where the file can't be written.
    """
    path = as_path(path)
    check_writable(path)
    if path.suffix.lower() in SPEC_SUFFIXES:
        from nncli.models import specfile

        specfile.write(network, path, spec)
    else:
        module_of(WRITERS[path.suffix.lower()]).write(network, path)
