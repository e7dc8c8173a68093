"""Which format a model file has, and which file of this room reads or writes it.

To add a format: write its file, and its line in one of the tables.
"""

# Imports inside of functions: what looks into files, where the suffix does not tell; a format's own file.

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

from nncli.errors import ModelError, UsageError, of_argument
from nncli.stores import as_path, read_bytes

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

REFUSED = {
    ".joblib": "a joblib file runs code when it is opened; where scikit-learn trained it, export it with "
    "skl2onnx.to_onnx(model, X[:1]) to .onnx and convert that",
}
"""Files that people have, and the way out."""


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
    module = module_of(weights_format(path, suffix))
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


def check_writable(path: Path) -> None:
    """Raise a UsageError where no writer knows the suffix."""
    if path.suffix.lower() not in WRITERS:
        known = ", ".join(WRITERS)
        raise UsageError(f"{path}: no model file that nncli writes; its suffix must be one of {known}")


def refuse_said(path: Path, **arguments: object) -> None:
    """Raise a UsageError where somebody says what the file itself tells."""
    for argument, value in arguments.items():
        if value is not None:
            raise UsageError(f"{path} tells that itself", remedies=of_argument(argument))


def weights_format(path: Path, suffix: str) -> str:
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


def module_of(name: str) -> ModuleType:
    """Return the file of this room that has a format's name."""
    return import_module(f"nncli.models.{name}")
