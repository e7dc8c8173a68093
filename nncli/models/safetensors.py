"""`.safetensors`: a JSON header and the plain bytes of the tensors."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models.assemble import to_spec
from nncli.models.build import build
from nncli.models.names import LayerWeights, to_layers
from nncli.models.shapes import Expected, Layout
from nncli.models.tensors import Tensors, from_bfloat16, of_network, quoted
from nncli.netspec import dump_spec, parse_spec
from nncli.nn.network import Network
from nncli.stores import open_output, read_bytes

SPEC_KEY = "nncli_spec"

_DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip


def read_layers(
    path: Path, layout: Layout | None, expected: Expected | None, order: Sequence[str] | None
) -> list[LayerWeights]:
    """Read the layers' weights; see `nncli.models.names.to_layers`."""
    return to_layers(read_tensors(path)[0], str(path), layout=layout, order=order, expected=expected)


def read(path: Path) -> Network | None:
    """Read a whole network that `write` wrote; None where the file holds weights only."""
    tensors, metadata = read_tensors(path)
    if SPEC_KEY not in metadata:
        return None
    spec = parse_spec(metadata[SPEC_KEY], f"{path}: {SPEC_KEY}")
    expected = Expected.of(spec)
    if expected.inputs is None or None in (expected.units or ()):
        raise ModelError(f"{path}: {SPEC_KEY}: says not every number of inputs and units")
    return build(spec, to_layers(tensors, str(path), expected=expected))


def read_tensors(path: Path) -> tuple[Tensors, dict[str, str]]:
    """Read all tensors of a file, and its metadata; bfloat16 is widened.

    Raises
    ------
    ModelError
        Where the file is damaged or a tensor's dtype has no like in NumPy.
    """
    from safetensors import SafetensorError
    from safetensors import deserialize as untyped

    deserialize: Callable[[bytes], list[tuple[str, dict[str, Any]]]] = untyped
    data = read_bytes(path)
    try:
        entries = deserialize(data)
    except (SafetensorError, ValueError, MemoryError, OverflowError) as error:
        raise ModelError(f"{path}: not a sound safetensors file: {error}") from error
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return {name: _tensor(path, name, entry) for name, entry in entries}, header.get("__metadata__") or {}


def write(network: Network, path: Path) -> None:
    """Write a network's weights, and in the metadata the rest of it as a spec.

    The same network gives the same bytes.
    """
    with open_output(path) as file:
        file.write(encode(network))


def encode(network: Network) -> bytes:
    """Return the bytes of a `.safetensors` file."""
    from safetensors.numpy import save

    return bytes(save(of_network(network), metadata={SPEC_KEY: dump_spec(to_spec(network, inline=False))}))


def _tensor(path: Path, name: str, entry: dict[str, Any]) -> NDArray[Any]:
    if entry["dtype"] == "BF16":
        return from_bfloat16(np.frombuffer(entry["data"], "<u2")).reshape(entry["shape"])
    if entry["dtype"] not in _DTYPES:
        raise ModelError(
            f"{path}: tensor {quoted(name)} holds {entry['dtype']}; "
            "floating-point numbers of 16, 32 or 64 bits are read"
        )
    return np.frombuffer(entry["data"], _DTYPES[entry["dtype"]]).reshape(entry["shape"])
