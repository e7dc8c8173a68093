"""Arrays in the files that somebody's own code writes: `.npz`, `.npy`, and what it prints."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import DataError
from nncli.models.npz import read_tensors, to_array
from nncli.stores import read_bytes

Arrays = dict[str, NDArray[Any]]

_ZIP, _NPY = b"PK\x03\x04", b"\x93NUMPY"
MOST_BYTES = 64 * 2**20
"""A larger `.npy` file is read as a table, in pieces."""
MOST_TEXT = 2**20
"""So much of a text may be a printed array."""

_PRINTED = re.compile(r"\s*(?:array\()?\s*\[[-+\d.eEnaif\s,\[\]]*\](?:\s*,\s*dtype=\w+)?\s*\)?\s*")
_ROW = re.compile(r"\[([^\[\]]*)\]")


def read_arrays(path: Path) -> Arrays | None:
    """Return the arrays of a file by their names, or None where it is a table. Never unpickles.

    Raises
    ------
    ModelError, DataError
        Where it is damaged, or holds something else than plain arrays of numbers.
    """
    if not path.is_file():
        return None
    head = read_bytes(path, 6)
    if head.startswith(_ZIP) or path.suffix.lower() == ".npz":
        arrays = read_tensors(path)
    elif head == _NPY and path.stat().st_size <= MOST_BYTES:
        arrays = {"output": to_array(read_bytes(path), str(path))}
    else:
        return _printed(path, head)
    for name, array in arrays.items():
        if array.dtype.kind == "c":
            raise DataError(f"{path}: {name} holds complex numbers")
    return arrays


def _printed(path: Path, head: bytes) -> Arrays | None:
    """Return the array that a text shows as Python and NumPy print it, or None where it shows none."""
    if head.lstrip()[:1] not in (b"[", b"a") or path.stat().st_size > MOST_TEXT:
        return None
    text = read_bytes(path).decode(errors="replace")
    if "..." in text and _PRINTED.fullmatch(text.replace("...", "")):
        raise DataError(f"{path}: the print leaves numbers out (…); np.set_printoptions(threshold=1_000_000)")
    if not _PRINTED.fullmatch(text):
        return None
    try:
        rows = [[float(cell) for cell in re.split(r"[\s,]+", row.strip())] for row in _ROW.findall(text)]
        return {"output": np.array(rows, dtype=np.float64)}
    except ValueError:
        return None
