"""A JSON text of nested lists: weights as a program without NumPy writes them down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models.names import LayerWeights
from nncli.models.nested import nested_to_layers, with_arrays
from nncli.models.shapes import Expected, Layout
from nncli.stores import read_bytes

LARGEST = 16 * 2**20
"""Python needs many times the bytes of a JSON text."""
_SIZES = ("sizes", "layers", "layer_sizes", "hidden_sizes", "shape", "architecture", "topology", "structure")
"""Keys under which a list of whole numbers is the network's sizes, and no weights."""


def read_layers(
    path: Path, layout: Layout | None, expected: Expected | None, order: Sequence[str] | None
) -> list[LayerWeights]:
    """Read the arrays of a JSON text; see `nncli.models.nested.nested_to_layers`.

    Raises
    ------
    ModelError
        Where it is no JSON, too large, or a list is neither numbers nor lists of equal length.
    """
    data = read_bytes(path)
    if len(data) > LARGEST:
        raise ModelError(f"{path}: is larger than 16 MiB; save large weights with np.savez")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: not a JSON text: {error}") from error
    if isinstance(found, dict):
        found = {key: item for key, item in found.items() if not (key in _SIZES and _are_sizes(item))}
    return nested_to_layers(with_arrays(found, _array), str(path), layout, expected, order)


def _are_sizes(item: object) -> bool:
    return isinstance(item, list) and all(type(size) is int for size in item)


def _array(item: object) -> NDArray[Any] | None:
    """Return the array of a list of numbers, or of lists of numbers of one length."""
    if not isinstance(item, list) or not item:
        return None
    rows = item if all(isinstance(row, list) and row for row in item) else [item]
    if len({len(row) for row in rows}) != 1 or not all(type(n) in (int, float) for row in rows for n in row):
        return None
    try:
        array = np.array(item, np.float64)
    except OverflowError:
        return None
    return array
