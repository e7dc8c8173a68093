"""Networks from and to other tools' files: the same verbs in every file.

`READERS`, `WEIGHTS_READERS` and `WRITERS` say which suffix belongs to which file: to add a format,
write its file and its line there.
"""

# Imports inside of functions: a format's file, when a file of that format comes; optional packages, in the
# functions that use them.

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from nncli.errors import ModelError, Remedy, SpecError, UsageError, of_argument
from nncli.netspec import read_spec
from nncli.netspec.model import LayerSpec, Spec
from nncli.netspec.part import count_of
from nncli.stores import as_path, read_bytes

if TYPE_CHECKING:
    from nncli.models.names import LayerWeights
    from nncli.models.shapes import Layout
    from nncli.nn.network import Network

SPEC_SUFFIXES = (".yaml", ".yml")
"""A spec may draw its weights, which only `build` can."""

READERS = {".onnx": "onnx", ".keras": "keras"}
"""Formats that hold a whole network: ``read(path) -> Network``."""

WEIGHTS_READERS = {
    ".npz": "npz",
    ".safetensors": "safetensors",
    ".h5": "keras_h5",
    ".hdf5": "keras_h5",
    ".pt": "torch",
    ".pth": "torch",
    ".bin": "torch",
    ".ckpt": "torch",
    ".pkl": "pickled",
    ".pickle": "pickled",
    ".params": "pickled",
    ".parms": "pickled",
    ".json": "nested_json",
}
"""Formats that hold weights and no activations: ``read_layers(path, layout, expected, order)``."""

WRITERS = {
    ".yaml": "specfile",
    ".yml": "specfile",
    ".onnx": "onnx",
    ".safetensors": "safetensors",
    ".npz": "npz",
    ".py": "script",
}
"""Formats to write: ``write(network, path)``."""


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
    if is_spec(path):
        _refuse_said(path, activations=activations)
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


def is_spec(path: Path) -> bool:
    """Tell whether a file is a spec, and no model file."""
    return suffix_of(path) in SPEC_SUFFIXES


def is_network(path: Path | str) -> bool:
    """Tell whether a file is a spec or a model file, and no table of rows."""
    from nncli.models import content

    path = as_path(path)
    suffix = path.suffix.lower()
    if suffix in (*SPEC_SUFFIXES, *READERS, *WEIGHTS_READERS, *REFUSED) and suffix != ".json":
        return True
    return content.is_network(path)


def holds_weights_only(path: Path) -> bool:
    """Tell whether a file says nothing of its layers but their weights."""
    suffix = suffix_of(path)
    if suffix not in WEIGHTS_READERS:
        return False
    module = _module(_weights_format(path, suffix))
    return not hasattr(module, "read") or module.read(path) is None


def suffix_of(path: Path) -> str:
    """Return the suffix that says what a file is: its own, or if that is unknown, one that fits its content.

    Raises
    ------
    ModelError
        Where the content says nothing either, or can't be read.
    """
    suffix = path.suffix.lower()
    if suffix in SPEC_SUFFIXES:
        return suffix
    from nncli.models import content

    if suffix == ".json" and content.is_spec_in_json(path):
        return SPEC_SUFFIXES[0]
    if suffix == ".keras" and content.is_hdf5(path):
        return ".h5"  # Keras wrote HDF5 under both names before 2.12
    if suffix in (*READERS, *WEIGHTS_READERS):
        format = WEIGHTS_READERS.get(suffix)
        pickles = (".pt", ".pkl") if format in ("torch", "pickled") else ()
        content.check_suffix(path, suffix, (".h5",) if format == "keras_h5" else pickles)
    if suffix in (*READERS, *WEIGHTS_READERS, *REFUSED):
        return suffix
    found = content.suffix_by_content(path)
    if found is None:
        known = ", ".join((*SPEC_SUFFIXES, *READERS, *WEIGHTS_READERS))
        raise ModelError(f"{path}: neither its name nor its content is that of a network: known are {known}")
    return found


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
    module = _module(_weights_format(spec.weights, suffix))
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
        network = _read_weights_only(path, _weights_format(path, suffix), activations, layout, order)
    elif suffix in READERS:
        _refuse_said(path, activations=activations, layout=layout, order=order)
        chosen = {} if output is None else {"output": output}
        network = _module(READERS[suffix]).read(path, **chosen)
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
        _module(WRITERS[path.suffix.lower()]).write(network, path)


def check_writable(path: Path) -> None:
    """Raise a UsageError where no writer knows the suffix."""
    if path.suffix.lower() not in WRITERS:
        known = ", ".join(WRITERS)
        raise UsageError(f"{path}: no model file that nncli writes; its suffix must be one of {known}")


REFUSED = {
    ".joblib": "a joblib file runs code when it is opened; where scikit-learn trained it, export it with "
    "skl2onnx.to_onnx(model, X[:1]) to .onnx and convert that",
}
"""Files that people have, and the way out."""


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
    from nncli.models.assemble import renamed
    from nncli.models.separate import read_layers

    layers = read_layers(weights, biases, layout)
    return renamed(
        _with_activations(layers, activations, str(weights[0]), is_one_file=False), inputs, outputs
    )


def _refuse_said(path: Path, **arguments: object) -> None:
    """Raise a UsageError where somebody says what the file itself tells."""
    for argument, value in arguments.items():
        if value is not None:
            raise UsageError(f"{path} tells that itself", remedies=of_argument(argument))


def _read_weights_only(
    path: Path,
    format: str,
    activations: Sequence[LayerSpec] | None,
    layout: Layout | None,
    order: Sequence[str] | None,
) -> Network:
    module = _module(format)
    network: Network | None = module.read(path) if hasattr(module, "read") else None
    if network is not None:  # the file says more than weights
        _refuse_said(path, activations=activations, layout=layout, order=order)
        return network
    layers = module.read_layers(path, layout, None, order)
    return _with_activations(layers, activations, str(path), is_one_file=True)


def _with_activations(
    layers: list[LayerWeights],
    activations: Sequence[LayerSpec] | None,
    file: str,
    *,
    is_one_file: bool,
) -> Network:
    from nncli.models.build import build

    if activations is None:
        from shlex import quote

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


def _weights_format(path: Path, suffix: str) -> str:
    """Return the module that reads a weights file: the suffix says which, between pickles the content."""
    name = WEIGHTS_READERS[suffix]
    if name in ("torch", "pickled"):
        from nncli.models.torch import OLD_FORMAT

        start = read_bytes(path, len(OLD_FORMAT))
        if start.startswith((b"PK", OLD_FORMAT)):
            return "torch"
        if start.startswith(b"\x80"):
            return "pickled"
    return name


def _module(name: str) -> ModuleType:
    return import_module(f"nncli.models.{name}")
