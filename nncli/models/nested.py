"""Arrays in lists and dicts, as people pickle them or write them as JSON: names for them, and layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models.names import LayerWeights, to_layers
from nncli.models.order import is_bias
from nncli.models.shapes import Expected, Layout

DEEPEST = 8
"""Lists in lists in dicts … are read down to here."""


def nested_to_layers(
    found: object, file: str, layout: Layout | None, expected: Expected | None, order: Sequence[str] | None
) -> list[LayerWeights]:
    """Return each layer's weights and biases; see `nncli.models.names.to_layers`.

    Parameters
    ----------
    found
        A list of (weights, biases), of weights, of one after the other; a list of weights and one of
        biases; or a dict of any of these by name. What is no array is passed over.

    Raises
    ------
    ModelError
        Where nothing tells which arrays are a layer's.
    """
    ways = list(_ways(found))
    # A list of matrices alone may begin at either end: without biases it fits both ways.
    tells_order = bool(ways) or isinstance(found, dict) or any(array.ndim == 1 for _, array in _flat(found))
    readings, problems = [], []
    for tensors in (dict(_flat(way)) for way in ways or [found]):
        if not tensors:
            raise ModelError(f"{file}: holds no arrays of numbers")
        try:
            readings.append(
                to_layers(
                    tensors, file, layout=layout, order=order, expected=expected, is_numbered=tells_order
                )
            )
        except ModelError as error:
            problems.append(error)
    if not readings:
        raise problems[0]
    if len(readings) > 1:
        raise ModelError(f"{file}: may be a list of (weights, biases) or one of weights and one of biases")
    return readings[0]


def _ways(found: object) -> Iterator[object]:
    """Give the ways to name the arrays of a list as weights and biases."""
    if not isinstance(found, list | tuple) or not found:
        return
    if all(isinstance(item, list | tuple) and len(item) == 2 and all(map(_is_array, item)) for item in found):
        yield {str(i): {"weights": weights, "biases": biases} for i, (weights, biases) in enumerate(found)}
    if len(found) == 2 and all(isinstance(item, list | tuple) and item for item in found):
        yield {"weights": found[0], "biases": found[1]}
    arrays = len(found) % 2 == 0 and all(map(_is_array, found))
    if arrays and all(1 in (array.ndim, *array.shape) for array in found[1::2]):
        pairs = zip(found[::2], found[1::2], strict=True)
        yield {str(i): {"weights": weights, "biases": biases} for i, (weights, biases) in enumerate(pairs)}


def _is_array(item: object) -> bool:
    return isinstance(item, np.ndarray)


def _flat(found: object, name: str = "", depth: int = 0) -> Iterator[tuple[str, NDArray[Any]]]:
    """Give the arrays with the keys and places that lead to them: ``Dense_0.kernel``."""
    if isinstance(found, np.ndarray):
        if found.ndim == 2 and 1 not in found.shape and is_bias(name):  # of layers of the same size
            yield from ((f"{name}.{i}", row) for i, row in enumerate(found))
        else:
            yield name or "weights", found
    elif depth < DEEPEST and isinstance(found, dict | list | tuple):
        for key, item in found.items() if isinstance(found, dict) else enumerate(found):
            if isinstance(key, str | int):
                yield from _flat(item, f"{name}.{key}" if name else str(key), depth + 1)


def with_arrays(found: object, array: Callable[[object], NDArray[Any] | None], depth: int = 0) -> object:
    """Return lists and dicts with arrays for what `array` takes for one; None for anything else."""
    if (made := array(found)) is not None:
        return made
    if depth >= DEEPEST:
        return None
    if isinstance(found, dict):
        return {key: with_arrays(item, array, depth + 1) for key, item in found.items()}
    if isinstance(found, list | tuple):
        return [with_arrays(item, array, depth + 1) for item in found]
    return None
