"""Our own spec as a file to write to: the weights inline where they are few, else beside it."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from nncli.files import open_output
from nncli.models import safetensors
from nncli.models.assemble import to_spec
from nncli.netspec import dump_spec
from nncli.netspec.model import Data, FileData, Spec
from nncli.nn.network import Network

INLINE = 10_000
"""A spec holds at most so many weights; more go to a `.safetensors` file beside it."""


def write(network: Network, path: Path, source: Spec | None = None) -> None:
    """Write a spec of the network, with the seed and the data of the spec that it came from."""
    inline = sum(layer.weights.size + layer.biases.size for layer in network.layers) <= INLINE
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
    if isinstance(data, FileData) and not data.path.is_absolute():
        return data._replace(path=Path(os.path.relpath(data.path, folder)))
    return data
