"""The layers of a Keras model in the order of the computation: from the output back to the inputs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nncli.errors import ModelError
from nncli.models import steps as s
from nncli.models.columns import RowType, together
from nncli.models.keras_layers import Layer, steps
from nncli.models.keras_weights import Archived, LayerPath, Legacy
from nncli.models.tensors import quoted

Config = dict[str, Any]

MODELS = ("Sequential", "Functional", "Model")

MOST_LAYERS = 10_000
MOST_NESTED = 20
"""So many layers are called on the way to the output, and so deep models stand in models."""


class Graph:
    """A model's layers and their weights.

    Attributes
    ----------
    row
        What goes in; its type is left open.
    """

    def __init__(self, path: Path, model: Config, weights: Archived | Legacy, major: int | None) -> None:
        self.path, self._weights, self._major = path, weights, major
        self._model = model
        self._layers_left = MOST_LAYERS
        self._inputs = self._find_inputs(model)
        self.row = self._row()

    def steps(self) -> list[s.Step]:
        """Return all steps from the row to the output.

        Raises
        ------
        ModelError
            Where a layer is none that is read, or the layers are no chain.
        """
        return self._of_model(self._model, (), None)

    # ---- what goes in

    def _find_inputs(self, model: Config) -> dict[str, list[Any] | None]:
        """Return the shape of each input of the model, the batch's axis included, by its name."""
        config = model["config"]
        if _kind(self.path, model) != "Sequential":
            by_name = {layer["config"]["name"]: layer for layer in config["layers"]}
            return {name: _shape(by_name[name]) for name in _ends(config["input_layers"])}
        first = config["layers"][0]
        if first["class_name"] in MODELS:
            return {"": next(iter(self._find_inputs(first).values()))}
        return {"": _shape(first) or config.get("build_input_shape")}

    def _row(self) -> RowType:
        for name, shape in self._inputs.items():
            wrong = shape is not None and (
                len(shape) < 2 or not all(size is None or type(size) is int for size in shape)
            )
            if wrong:
                raise ModelError(f"{self.path}: inputs of shape {shape!r} are no rows of numbers{_of(name)}")
        shapes = list(self._inputs.values())
        if len(shapes) == 1:
            return RowType("", None if shapes[0] is None else (None, *shapes[0][1:]))
        widths = [shape[1] if shape and len(shape) == 2 else None for shape in shapes]
        if None in widths:
            name = list(self._inputs)[widths.index(None)]
            raise ModelError(f"{self.path}: input {quoted(name)} does not tell its number of columns")
        names = tuple(self._inputs) if set(widths) == {1} else None
        return RowType("", (None, sum(width for width in widths if width)), names)

    def _of_input(self, at: str, name: str) -> list[s.Step]:
        """Return how an input of the whole model comes out of the row."""
        if len(self._inputs) == 1:
            return []
        names = list(self._inputs)
        widths = [shape[1] for shape in self._inputs.values() if shape]
        first = sum(widths[: names.index(name)])
        return [s.Take(at, np.arange(first, first + widths[names.index(name)]))]

    # ---- what the layers do

    def _of_model(self, model: Config, groups: LayerPath, before: list[s.Step] | None) -> list[s.Step]:
        """Return the steps of a model; of one inside another, those `before` it come first."""
        if len(groups) > MOST_NESTED:
            raise ModelError(f"{self.path}: has models in models without end")
        layers = list(_with_places(model["config"]["layers"], groups))
        if _kind(self.path, model) == "Sequential":
            found = before or []
            for layer, place in layers:
                found = [*found, *self._of_layer(layer, place)]
            return found
        return self._of_functional(model["config"], layers, before)

    def _of_functional(
        self, config: Config, layers: list[tuple[Config, LayerPath]], before: list[s.Step] | None
    ) -> list[s.Step]:
        by_name = {layer["config"]["name"]: (layer, place) for layer, place in layers}
        inputs, outputs = _ends(config["input_layers"]), _ends(config["output_layers"])
        if len(by_name) < len(layers):
            raise ModelError(f"{self.path}: the model has layers of one name")
        if len(outputs) != 1:
            raise ModelError(
                f"{self.path}: the model has {len(outputs)} outputs: {quoted(*outputs)}; a network has one"
            )
        if before is not None and len(inputs) != 1:
            raise ModelError(f"{self.path}: the model inside of it has {len(inputs)} inputs; one is read")

        def to(name: str, depth: int) -> list[s.Step]:
            chain = []  # a loop, since chains are longer than Python's stack is deep
            while name not in inputs and by_name[name][0]["class_name"] != "Concatenate":
                chain.append(by_name[name])
                name = self._only_source(by_name[name][0])
                self._count()
            layer, place = by_name[name]
            at = self._at(layer)
            if name in inputs:
                found = self._of_input(at, name) if before is None else before
                chain.append((layer, place))
            else:
                if depth == MOST_NESTED:
                    raise ModelError(f"{at}: puts columns together that were put together too often")
                _check_concatenate(at, layer["config"])
                sources = list(_sources(layer["inbound_nodes"]))
                found = together(at, self.row, [to(source, depth + 1) for source in sources])
            for each, there in reversed(chain):
                found = [*found, *self._of_layer(each, there)]
            return found

        return to(outputs[0], 0)

    def _only_source(self, layer: Config) -> str:
        calls = layer["inbound_nodes"]
        sources = list(_sources(calls))
        if len(calls) != 1 or len(sources) != 1:
            name = quoted(layer["config"]["name"])
            raise ModelError(f"{self.path}: the layers branch at {name}; only a chain of layers is read")
        return sources[0]

    def _of_layer(self, layer: Config, place: LayerPath) -> list[s.Step]:
        self._count()
        if layer["class_name"] in MODELS:
            return self._of_model(layer, place, [])
        return steps(Layer(self._at(layer), layer, self._weights.of(place), self._major))

    def _at(self, layer: Config) -> str:
        return f"{self.path}: layer {quoted(str(layer['config']['name']))}"

    def _count(self) -> None:
        self._layers_left -= 1
        if self._layers_left < 0:
            raise ModelError(f"{self.path}: has more than {MOST_LAYERS} layers on the way to the output")


def _kind(path: Path, model: Config) -> str:
    kind = str(model["class_name"])
    if kind not in MODELS:
        raise ModelError(f"{path}: the model is a {quoted(kind)}; Sequential and Functional are read")
    return kind


def _shape(layer: Config) -> list[Any] | None:
    """Return the shape of what comes into a layer, where it says that."""
    config = layer["config"]
    found = config.get("batch_shape") or config.get("batch_input_shape")
    built = (layer.get("build_config") or {}).get("input_shape")
    shape: list[Any] | None = found or (built if isinstance(built, list) else None)
    return shape


def _of(name: str) -> str:
    return f" ({quoted(name)})" if name else ""


def _with_places(layers: list[Config], groups: LayerPath) -> Iterator[tuple[Config, LayerPath]]:
    """Give the layers with their places in the weights: classes, counted, and their own names."""
    counts: dict[str, int] = {}
    for layer in layers:
        # As keras.src.utils.naming.to_snake_case spells them: LeakyReLU is leaky_re_lu.
        group = re.sub(r"\W+", "", str(layer["class_name"]))
        group = re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", group)).lower()
        seen = counts.get(group, 0)
        counts[group] = seen + 1
        name = str(layer["config"]["name"])
        yield layer, (*groups, (f"{group}_{seen}" if seen else group, name))


def _ends(entry: Any) -> list[str]:
    """Return the layers' names in ``["dense", 0, 0]``, ``[["dense", 0, 0], …]`` or a dictionary of these."""
    if isinstance(entry, dict):
        return [name for end in entry.values() for name in _ends(end)]
    return [entry[0]] if isinstance(entry[0], str) else [name for end in entry for name in _ends(end)]


def _sources(calls: Any) -> Iterator[str]:
    """Give the names of the layers whose tensors a layer is called with, as Keras 2 or 3 writes them."""
    if isinstance(calls, dict):
        if calls.get("class_name") == "__keras_tensor__":
            yield calls["config"]["keras_history"][0]
            return
        for item in calls.values():
            yield from _sources(item)
    elif isinstance(calls, list):
        if len(calls) >= 3 and isinstance(calls[0], str) and all(type(n) is int for n in calls[1:3]):
            yield calls[0]
            return
        for item in calls:
            yield from _sources(item)


def _check_concatenate(at: str, config: Config) -> None:
    if config.get("axis", -1) not in (-1, 1):
        raise ModelError(f"{at}: axis {config['axis']!r} is not the features'")
