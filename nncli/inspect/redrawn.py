"""Weights that are drawn from another place of the random numbers' stream, or scaled otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from nncli import datasets
from nncli.inspect.case import Case, Variant, places
from nncli.inspect.recipe import Recipe, Step
from nncli.models.build import draw_weights
from nncli.netspec.model import GeneratedData, Spec
from nncli.nn.layers import Dense


def streams(case: Case) -> Iterator[Variant]:
    """Yield weights from a fresh stream where the spec draws its data first, and the reverse.

    Both in float32 and in float64: with and without ``nnfs.init()``.
    """
    spec = case.spec
    if not case.drawn:
        return
    generated = isinstance(spec.data, GeneratedData)
    own = (spec.nnfs and generated, spec.nnfs)
    for after_data in dict.fromkeys((not own[0], own[0])) if generated else (False,):
        for nnfs in (spec.nnfs, not spec.nnfs):
            if (after_data, nnfs) != own:
                layers = _layers(case, after_data=after_data, nnfs=nnfs)
                words = {"how": _words(after_data, nnfs, own), "own": _right(spec, own[0])}
                yield Variant(tuple(layers), partial(_redrawn, layers=layers), words)


def _redrawn(recipe: Recipe, layers: Mapping[int, Dense]) -> Recipe:
    for number, layer in layers.items():
        recipe = recipe.edited(number, partial(Step._replace, layer=layer))
    return recipe


def _layers(case: Case, *, after_data: bool, nnfs: bool) -> dict[int, Dense]:
    spec, network = case.spec, case.network
    stream = np.random.RandomState(spec.seed)
    if after_data:
        assert isinstance(spec.data, GeneratedData)
        datasets.draw(spec.data, stream, nnfs)
    theirs = replace(spec, nnfs=nnfs)
    dtype = np.float32 if nnfs else np.float64
    layers = {}
    for number in case.drawn:
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


def _right(spec: Spec, after_data: bool) -> str:
    place = "after its data" if after_data else "from a fresh stream"
    dtype = "float32, as after nnfs.init()" if spec.nnfs else "float64, without nnfs.init()"
    return f"RandomState({spec.seed}), {place}, in {dtype}"


def scales(case: Case) -> Iterator[Variant]:
    """Yield 0.01 and 0.1 where weights are drawn with another scale; given weights have none, but a tenth."""
    given = [number for number in range(case.last + 1) if number not in case.drawn]
    for scale in (0.01, 0.1):
        own = {number: case.spec.layers[number].weight_scale for number in case.drawn}
        for layers in places([number for number in own if own[number] not in (0, scale)], case.last):
            factors = {number: scale / own[number] for number in layers}
            words = {"what": f"a weight scale of {scale}", "own": f"a scale of {own[layers[0]]:g}"}
            yield Variant(layers, partial(_multiplied, factors=factors), words)
    for factor, what in ((0.1, "a tenth of its weights"), (10.0, "ten times its weights")):
        for layers in places(given, case.last):
            change = partial(_multiplied, factors=dict.fromkeys(layers, factor))
            yield Variant(layers, change, {"what": what, "own": "the weights as they are"})


def _multiplied(recipe: Recipe, factors: dict[int, float]) -> Recipe:
    for number, factor in factors.items():
        recipe = recipe.edited(number, partial(_times, factor=factor))
    return recipe


def _times(step: Step, factor: float) -> Step:
    return step._replace(factor=step.factor * factor)
