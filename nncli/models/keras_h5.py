"""HDF5 files of Keras: a whole model of `model.save`, or the weights alone of `save_weights`."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from nncli.errors import ModelError, UsageError, of_argument
from nncli.models.keras import BROKEN, check_package, read_legacy
from nncli.models.keras_weights import Archived, Legacy, opened, texts
from nncli.models.names import LayerWeights, to_layers
from nncli.models.shapes import Expected, Layout
from nncli.models.tensors import natural, quoted
from nncli.nn.network import Network
from nncli.stores import read_bytes


def read(path: Path) -> Network | None:
    """Read the model; None where the file holds weights only."""
    return read_legacy(path, read_bytes(path))


def read_layers(
    path: Path, layout: Layout | None, expected: Expected | None, order: Sequence[str] | None
) -> list[LayerWeights]:
    """Read the layers' weights; see `nncli.models.names.to_layers`.

    Raises
    ------
    UsageError
        Where the file says what its layers do.
    ModelError
        Where it is damaged, or no file of Keras's.
    """
    content = read_bytes(path)
    check_package()
    try:
        with opened(io.BytesIO(content)) as file:
            if "model_config" in file.attrs and expected is None:
                raise UsageError(f"{path} tells that itself", remedies=of_argument("activations"))
            tensors = dict(_tensors(path, file, len(content)))
    except BROKEN as error:
        raise ModelError(f"{path}: not a sound HDF5 file of Keras: {error}") from error
    if not tensors:
        raise ModelError(f"{path}: holds no weights of dense layers as Keras names them")
    names = list(dict.fromkeys(name.rpartition("/")[0] for name in tensors))
    return to_layers(tensors, str(path), layout=layout, order=order or names, expected=expected)


def _tensors(path: Path, file: Any, size: int) -> Iterator[tuple[str, Any]]:
    """Give the kernels and biases under one name a layer, first layer first."""
    legacy = Legacy(path, file, size)
    weights = legacy.inside("model_weights") or file
    if "layer_names" in weights.attrs:
        for layer in texts(weights, "layer_names"):
            group = legacy.member(weights, layer)
            for name in texts(group, "weight_names"):
                yield f"{layer}/{name.rpartition('/')[2].partition(':')[0]}", legacy.named(group, name)
        return
    archived = Archived(path, file, size)
    layers = archived.inside("layers")
    for group in sorted(layers or (), key=natural):
        arrays = archived.of(((group, _own_name(archived, group)),))
        if arrays and (len(arrays) > 2 or arrays[0].ndim != 2):
            raise ModelError(
                f"{path}: {quoted(group)} is no dense layer; a file with the model's config is read"
            )
        yield from zip((f"{group}/kernel", f"{group}/bias"), arrays, strict=False)


def _own_name(archived: Archived, group: str) -> str:
    found = archived.inside("layers", group, "vars")
    return str(found.attrs.get("name", group)) if found is not None else group
