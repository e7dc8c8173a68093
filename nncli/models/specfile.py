"""Our own spec as a file to write to: the weights inline where they are few, else beside it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import UsageError
from nncli.models import safetensors
from nncli.models.assemble import short_numbers, to_spec
from nncli.netspec import dump_spec, spec_of
from nncli.netspec.model import Data, FileData, LayerSpec, Override, Spec
from nncli.nn.network import Network
from nncli.stores import is_url, open_output

INLINE = 10_000
"""A spec holds at most so many weights; more go to a `.safetensors` file beside it."""


def as_spec(network: Network, path: Path, overrides: Sequence[str]) -> Spec:
    """Return a model file's network as the spec that `write` would write of it, with changes.

    The weights stay arrays: to write them down and read them back would take most of the time.
    """
    for setting in overrides:
        key, _, file = setting.partition("=")
        if key.strip() == "weights":
            place = Override(setting).place
            raise UsageError(f"{place}: {path} holds its own weights; give {file} in its place")
    inline = network.n_parameters <= INLINE
    spec = to_spec(network, inline=False)
    layers = [
        {
            **_said(layer, "units", "activation", "alpha", "name"),
            "weights": _as_written(own.weights.T, inline),
            "biases": _as_written(own.biases, inline),
        }
        for layer, own in zip(spec.layers, network.layers, strict=True)
    ]
    values = _said(spec, "nnfs", "dtype", "inputs", "outputs", "task") | {"layers": layers}
    if spec.scale is not None:
        values["scale"] = spec.scale._asdict()
    return spec_of(values, str(path), path.parent, overrides)


def _said(spec: Spec | LayerSpec, *keys: str) -> dict[str, Any]:
    return {key: value for key in keys if (value := getattr(spec, key)) is not None}


def _as_written(numbers: NDArray[Any], inline: bool) -> NDArray[Any]:
    """Return numbers as they would be read back: as their texts say, or from a file beside the spec."""
    if not inline or numbers.dtype == np.float64:
        return numbers
    rows = [short_numbers(row) for row in np.atleast_2d(numbers)]
    return np.array(rows).reshape(numbers.shape)


def write(network: Network, path: Path, source: Spec | None = None) -> None:
    """Write a spec of the network, with the seed and the data of the spec that it came from."""
    inline = network.n_parameters <= INLINE
    spec = to_spec(network, inline=inline)
    if source is not None:
        spec = replace(spec, seed=source.seed, data=_moved(source.data, path.parent))
    with ExitStack() as files:  # both are moved into place at the end, or neither
        if not inline:
            beside = path.with_suffix(".safetensors")
            spec = replace(spec, weights=Path(beside.name))
            files.enter_context(open_output(beside)).write(safetensors.encode(network))
        files.enter_context(open_output(path)).write(dump_spec(spec).encode())


def _moved(data: Data | None, folder: Path) -> Data | None:
    """Return the spec's data as a spec in another folder names them."""
    is_remote = isinstance(data, FileData) and (is_url(data.path) or is_url(folder))
    if isinstance(data, FileData) and not is_remote and not data.path.is_absolute():
        return data._replace(path=Path(os.path.relpath(data.path, folder)))
    return data
