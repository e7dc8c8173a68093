"""Pickled arrays: what the book's `Model.save_parameters` writes, and other lists and dicts of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models.names import LayerWeights
from nncli.models.nested import nested_to_layers, with_arrays
from nncli.models.shapes import Expected, Layout
from nncli.models.unpickle import DAMAGED, Array, RefusedError, load
from nncli.stores import read_bytes
from nncli.text import shown

_LIBRARIES = ("sklearn", "joblib")
_COMPRESSED = (b"x", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
"""How compressed files start; nobody but joblib compresses a pickle."""
_TO_ONNX = "skl2onnx.to_onnx(model, X[:1])"
_EXPORT = "opening it would run its code. Where you trained it, export it with"
_SKLEARN = (
    f"a scikit-learn model; {_EXPORT} "
    "np.savez('model.npz', **{f'coefs_{i}': w for i, w in enumerate(model.coefs_)}, "
    f"**{{f'intercepts_{{i}}': b for i, b in enumerate(model.intercepts_)}}) or {_TO_ONNX}"
)
_MAY_BE_NETWORKS = ("pipeline", "linear_model", "model_selection", "compose", "multiclass")
"""Rooms of scikit-learn whose models ONNX may say in matrices and activations."""


def read_layers(
    path: Path, layout: Layout | None, expected: Expected | None, order: Sequence[str] | None
) -> list[LayerWeights]:
    """Read pickled parameters; see `nncli.models.nested.nested_to_layers`.

    Raises
    ------
    ModelError
        Where the file is damaged or asks for anything else than arrays; nothing of it is executed.
    """
    data = read_bytes(path)
    if data.startswith(_COMPRESSED):
        raise ModelError(f"{path}: {_SKLEARN}")
    try:
        found = with_arrays(load(data, refused=_refused), _Taken(len(data)))
    except RefusedError as error:
        raise ModelError(f"{path}: {error}") from error
    except DAMAGED as error:
        if any(library.encode() in data for library in _LIBRARIES):
            raise ModelError(f"{path}: {_SKLEARN}") from error
        raise ModelError(f"{path}: not a sound pickle of arrays: {error or type(error).__name__}") from error
    return nested_to_layers(found, str(path), layout, expected, order)


class _Taken:
    """Takes the arrays out of their stand-ins, as long as the file is large enough for all of them."""

    def __init__(self, size: int) -> None:
        self.bytes_left = size

    def __call__(self, item: object) -> NDArray[Any] | None:
        self.bytes_left -= 1  # lists can be in many lists
        if isinstance(item, Array) and item.values is not None:
            self.bytes_left -= item.values.nbytes
        if self.bytes_left < 0:  # one array many times: a copy of each would fill the memory
            raise RefusedError("would unpack to more than its size: refused")
        return item.values if isinstance(item, Array) else None


def _refused(name: str) -> str:
    if name.split(".")[0] in _LIBRARIES:
        return _of_sklearn(name)
    return (
        f"the pickle asks for {shown(name, 60)}: refused, not executed; only lists and dicts of arrays "
        "are read (as the book's save_parameters writes them)"
    )


def _of_sklearn(name: str) -> str:
    """Return what to do with a model of a class of scikit-learn."""
    library, room, *_ = [*name.split("."), ""]
    if library != "sklearn" or room in ("neural_network", "externals"):
        return _SKLEARN
    kind = shown(name.rpartition(".")[2], 60)[1:-1]
    if room in _MAY_BE_NETWORKS:
        return f"a scikit-learn {kind}; {_EXPORT} {_TO_ONNX}"
    if kind == "StandardScaler":
        return (
            "a scikit-learn StandardScaler, and no network. A spec takes its numbers under the key scale: "
            "mean is its mean_, std its scale_"
        )
    return f"a scikit-learn {kind}, and no network of dense layers"
