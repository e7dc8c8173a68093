"""Single weights and biases that overrides change where a spec has no place for them: drawn ones, say."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.errors import UsageError
from nncli.netspec.model import Override, Spec
from nncli.netspec.part import count_of
from nncli.nn.network import Network

_NUMBER = re.compile(
    r"\s*layers(?:\.(\d{1,9})|\[(\d{1,9})\])\."
    r"(weights(?:\.(\d{1,9})|\[(\d{1,9})\])(?:\.(\d{1,9})|\[(\d{1,9})\])|biases(?:\.(\d{1,9})|\[(\d{1,9})\]))\s*=(.*)",
    re.DOTALL,
)


class Number(NamedTuple):
    """A weight or, without ``input``, a bias: ``layers.0.weights.2.1=0.5`` is that of unit 2 for input 1."""

    layer: int
    unit: int
    input: int | None
    text: str
    place: str


def number_of(setting: str) -> Number | None:
    """Return the weight or bias that an override changes; None where it changes something else."""
    found = _NUMBER.fullmatch(setting)
    if found is None:
        return None
    layer, unit, *input = (int(digits) for digits in found.groups()[:-1] if digits and digits.isdecimal())
    return Number(layer, unit, input[0] if input else None, found[10].strip(), Override(setting).place)


def is_apart(number: Number, spec: Spec) -> bool:
    """Tell whether a number has no place of its own: it is drawn, or from a file, or in a bare vector."""
    if number.layer >= len(spec.layers):
        return False
    layer = spec.layers[number.layer]
    if number.input is None:
        return layer.biases is None
    return layer.weights is None or len(layer.weights) == 1


def with_numbers(network: Network, numbers: Sequence[Number]) -> Network:
    """Return a network in which some weights and biases are others.

    Raises
    ------
    UsageError
        Where there is no such unit or input, or the value is no finite number of the network's dtype.
    """
    layers = list(network.layers)
    for number in numbers:
        layer = layers[number.layer]
        if number.unit >= layer.n_units or (number.input or 0) >= layer.n_inputs:
            raise UsageError(
                f"{number.place}: layers[{number.layer}] has {count_of(layer.n_units, 'unit')} of "
                f"{count_of(layer.n_inputs, 'input')}, counted from 0"
            )
        name = "biases" if number.input is None else "weights"
        array = getattr(layer, name).copy()
        array[number.unit if number.input is None else (number.input, number.unit)] = _value(number, array)
        layers[number.layer] = replace(layer, **{name: array})
    return replace(network, layers=tuple(layers))


def _value(number: Number, array: NDArray[Any]) -> float:
    try:
        value = float(number.text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in number.text or abs(value) > np.finfo(array.dtype).max:
        raise UsageError(f"{number.place}: must be a number, such as 0.5")
    return value
