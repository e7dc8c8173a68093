"""NumPy's `.npz`: a zip archive of `.npy` files. Never unpickles."""

from __future__ import annotations

import io
import math
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.files import open_output
from nncli.models.archive import unpacked
from nncli.models.names import LayerWeights, to_layers
from nncli.models.shapes import Expected, Layout
from nncli.models.tensors import Tensors, of_network, quoted
from nncli.nn.network import Network

_HEADER = re.compile(
    r"""\{\s*'descr':\s*(?:'(?P<descr>[^']{1,12})'|(?P<structured>\[.*\])),
    \s*'fortran_order':\s*(?P<fortran>True|False),
    \s*'shape':\s*\((?P<shape>[0-9,\s]{0,400})\),?\s*\}\s*""",
    re.VERBOSE | re.DOTALL,
)
"""What `numpy.save` writes before the numbers. Matched, not evaluated."""


def read_layers(path: Path, layout: Layout | None, expected: Expected | None) -> list[LayerWeights]:
    """Read the layers' weights; see `nncli.models.names.to_layers`."""
    return to_layers(read_tensors(path), str(path), layout=layout, expected=expected)


def read_tensors(path: Path) -> Tensors:
    """Read all arrays of an `.npz` file.

    Raises
    ------
    ModelError
        Where the file is damaged, or holds something else than plain arrays.
    """
    with unpacked(path) as members:
        return {name.removesuffix(".npy"): _array(path, name, data) for name, data in members.items()}


def write(network: Network, path: Path) -> None:
    """Write a network's weights, uncompressed; the same network gives the same bytes."""
    with open_output(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, tensor in of_network(network).items():
            npy = io.BytesIO()
            np.save(npy, tensor, allow_pickle=False)
            # A ZipInfo of its own has a fixed date: writestr with a name would take the clock's.
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), npy.getbuffer())


def _array(path: Path, name: str, data: bytes) -> NDArray[Any]:
    what = f"{path}: {quoted(name)}"
    if not name.endswith(".npy") or data[:6] != b"\x93NUMPY" or len(data) < 12:
        raise ModelError(f"{what} is not a NumPy array")
    start = 10 if data[6] == 1 else 12
    end = start + int.from_bytes(data[8:start], "little")
    header = _HEADER.fullmatch(data[start:end].decode("latin-1"))
    if header is None:
        raise ModelError(f"{what} has no header of a NumPy array")
    if header["structured"] is not None or not re.fullmatch(r"[<>|=]?[biufc][0-9]{1,2}", header["descr"]):
        kind = "Python objects" if header["descr"] in ("O", "|O") else "something else than plain numbers"
        raise ModelError(f"{what} holds {kind}; only arrays of numbers are read, nothing is unpickled")
    try:
        dtype = np.dtype(header["descr"])
        shape = tuple(int(size) for size in header["shape"].split(",") if size.strip())
    except (TypeError, ValueError) as error:
        raise ModelError(f"{what} has a header that NumPy does not know: {error}") from error
    if len(shape) > 32 or math.prod(shape) * dtype.itemsize != len(data) - end:
        raise ModelError(
            f"{what} of shape {shape} and {dtype.name} does not hold as many bytes as that needs"
        )
    numbers = np.frombuffer(data, dtype, offset=end) if len(data) > end else np.empty(0, dtype)
    return numbers.reshape(shape, order="F" if header["fortran"] == "True" else "C")
