"""NumPy's `.npz`: a zip archive of `.npy` files. Never unpickles."""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from tokenize import TokenError
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models.archive import unpacked
from nncli.models.names import LayerWeights, to_layers
from nncli.models.shapes import Expected, Layout
from nncli.models.tensors import Tensors, of_network, quoted
from nncli.nn.network import Network
from nncli.stores import open_output

_DAMAGED = (ValueError, TypeError, SyntaxError, TokenError, EOFError, MemoryError, RecursionError)
"""What NumPy's reading of a header that lies can end in."""


def read_layers(
    path: Path, layout: Layout | None, expected: Expected | None, order: Sequence[str] | None
) -> list[LayerWeights]:
    """Read the layers' weights; see `nncli.models.names.to_layers`."""
    return to_layers(
        read_tensors(path), str(path), layout=layout, order=order, expected=expected, as_written=True
    )


def read_tensors(path: Path) -> Tensors:
    """Read all arrays of an `.npz` file.

    Raises
    ------
    ModelError
        Where the file is damaged, or holds something else than plain arrays.
    """
    with unpacked(path) as members:
        return {
            name.removesuffix(".npy"): to_array(
                data if name.endswith(".npy") else b"", f"{path}: {quoted(name)}"
            )
            for name, data in members.items()
        }


def write(network: Network, path: Path) -> None:
    """Write a network's weights, uncompressed; the same network gives the same bytes."""
    with open_output(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, tensor in of_network(network).items():
            npy = io.BytesIO()
            np.save(npy, tensor, allow_pickle=False)
            # A ZipInfo of its own has a fixed date: writestr with a name would take the clock's.
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), npy.getbuffer())


def to_array(data: bytes, what: str) -> NDArray[Any]:
    """Return the array of an `.npy` file's bytes.

    Raises
    ------
    ModelError
        Where they are damaged, or hold something else than plain numbers.
    """
    if not data.startswith(npy_format.MAGIC_PREFIX):
        raise ModelError(f"{what} is not a NumPy array")
    file = io.BytesIO(data)
    try:
        shape, is_fortran, dtype = _header(file)
    except _DAMAGED as error:
        raise ModelError(f"{what} has no header of a NumPy array") from error
    if dtype.kind not in "biufc":
        kind = "Python objects" if dtype.hasobject else "something else than plain numbers"
        way_out = "; a list of arrays is saved with np.savez('net.npz', *arrays)" if dtype.hasobject else ""
        raise ModelError(
            f"{what} holds {kind}; only arrays of numbers are read, nothing is unpickled{way_out}"
        )
    start = file.tell()
    if len(shape) > 32 or min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(data) - start:
        raise ModelError(
            f"{what} of shape {shape} and {dtype.name} does not hold as many bytes as that needs"
        )
    numbers = np.frombuffer(data, dtype, offset=start) if len(data) > start else np.empty(0, dtype)
    return numbers.reshape(shape, order="F" if is_fortran else "C")


def _header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read what `numpy.save` writes before the numbers."""
    version = npy_format.read_magic(file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that Python 2 wrote it
        if version == (1, 0):
            return npy_format.read_array_header_1_0(file)
        # Version 3 is for names of columns, which are no numbers.
        return npy_format.read_array_header_2_0(file)
