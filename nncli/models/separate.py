"""Weights in a file for each layer: `.npy`, or numbers as text."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError, Remedy, UsageError
from nncli.models.names import LayerWeights, chained
from nncli.models.npz import to_array
from nncli.models.shapes import LAYOUTS, Expected, Layout, Pair
from nncli.stores import read_bytes

_COUNTS = "{biases} files of biases for the {weights} of weights"
_WEIGHTS_AND_BIASES = Remedy("weights_and_biases", "weights and biases: {problem}")


def read_layers(
    weights: Sequence[Path], biases: Sequence[Path] | None, layout: Layout | None
) -> list[LayerWeights]:
    """Read the layers' weights, first layer first, and their biases; see `nncli.models.names.chained`.

    Raises
    ------
    UsageError
        Where there are not as many files of biases as of weights, or one twice.
    ModelError
        Where a file is damaged or holds more than numbers, or the layers don't fit together.
    """
    if biases is not None and len(biases) != len(weights):
        counts = {"biases": len(biases), "weights": len(weights)}
        raise UsageError("not as many files", remedies=[Remedy("biases", _COUNTS, counts)])
    if len({*weights, *(biases or ())}) < len(weights) + len(biases or ()):
        raise UsageError("every file must be named only once", remedies=[_WEIGHTS_AND_BIASES])
    pairs = [Pair(str(path), str(path), np.atleast_2d(_array(path))) for path in weights]
    for i, path in enumerate(biases or ()):
        pairs[i] = replace(pairs[i], bias_name=str(path), biases=_array(path).reshape(-1))
    file = ", ".join(map(str, weights[:3])) + ", …" * (len(weights) > 3)
    layouts = LAYOUTS if layout is None else [layout]
    return chained(pairs, layouts, Expected(), file, in_order=True, said_by=f"layout: {layout}")


def _array(path: Path) -> NDArray[Any]:
    data = read_bytes(path)
    if data.startswith(b"\x93NUMPY"):
        array = to_array(data, str(path))
    else:
        try:
            text = data.decode("utf-8-sig")
            delimiter = next((mark for mark in ",;" if mark in text), None)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that the file is empty: see below
                array = np.loadtxt(io.StringIO(text), delimiter=delimiter, ndmin=2)
        except ValueError as error:
            raise ModelError(f"{path}: is neither an .npy file nor a text of numbers: {error}") from error
    if array.ndim > 2 or array.size == 0:
        raise ModelError(f"{path}: holds an array of shape {array.shape}, which is no layer's")
    return array
