"""Weights drawn from another place of the stream of random numbers, or in another type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from nncli import datasets
from nncli.models.build import draw_weights
from nncli.netspec.model import GeneratedData, Spec
from nncli.nn.layers import Dense
from nncli.nn.network import Network


class Drawn(NamedTuple):
    """Layers whose weights are drawn otherwise, by their numbers, and how that is said."""

    layers: Mapping[int, Dense]
    words: str
    right: str


def other_draws(spec: Spec, network: Network, drawn: Sequence[int]) -> Iterator[Drawn]:
    """Yield the spec's drawn layers from a fresh stream where it draws its data first, and the reverse.

    Both in float32 and in float64: with and without ``nnfs.init()``.
    """
    if not drawn:
        return
    generated = isinstance(spec.data, GeneratedData)
    own = (spec.nnfs and generated, spec.nnfs)
    right = "after its data" if own[0] else "from a fresh stream"
    for after_data in dict.fromkeys((not own[0], own[0])) if generated else (False,):
        for nnfs in (spec.nnfs, not spec.nnfs):
            if (after_data, nnfs) != own:
                layers = _layers(spec, network, drawn, after_data=after_data, nnfs=nnfs)
                yield Drawn(layers, _words(after_data, nnfs, own), _right(spec, right))


def _layers(
    spec: Spec, network: Network, drawn: Sequence[int], *, after_data: bool, nnfs: bool
) -> dict[int, Dense]:
    stream = np.random.RandomState(spec.seed)
    if after_data:
        assert isinstance(spec.data, GeneratedData)
        datasets.draw(spec.data, stream, nnfs)
    theirs = replace(spec, nnfs=nnfs)
    dtype = np.float32 if nnfs else np.float64
    layers = {}
    for number in drawn:
        layer = network.layers[number]
        weights = draw_weights(theirs, number, theirs.layers[number], layer.n_inputs, stream)
        layers[number] = replace(layer, weights=weights.astype(dtype), biases=layer.biases.astype(dtype))
    return layers


def _words(after_data: bool, nnfs: bool, own: tuple[bool, bool]) -> str:
    place = "from a fresh stream" if not after_data else "after the data, from the same stream"
    dtype = "float32, as after nnfs.init()" if nnfs else "float64, nnfs.init() missing"
    if nnfs == own[1]:
        return place
    return f"in {dtype}" if after_data == own[0] else f"{place}, in {dtype}"


def _right(spec: Spec, place: str) -> str:
    dtype = "float32, as after nnfs.init()" if spec.nnfs else "float64, without nnfs.init()"
    return f"RandomState({spec.seed}), {place}, in {dtype}"
