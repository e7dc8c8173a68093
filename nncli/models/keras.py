"""Keras's `.keras` files, read without Keras: a zip of a JSON config and HDF5 weights.

Nothing of the file is executed: the config only names classes, and `nncli.models.keras_layers` says
what those do that a dense network can have. Any other layer is refused by its name.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nncli.errors import MissingExtraError, ModelError
from nncli.models.archive import unpacked
from nncli.models.folding import Source, fold
from nncli.models.keras_layers import Layer, steps
from nncli.models.keras_weights import Variables
from nncli.models.steps import Matrix, Step, in_type
from nncli.models.tensors import quoted
from nncli.nn.network import Network

Config = dict[str, Any]

_CONFIG, _WEIGHTS, _METADATA = "config.json", "model.weights.h5", "metadata.json"
_BROKEN = (
    LookupError, TypeError, ValueError, AttributeError, OSError, RuntimeError, OverflowError, MemoryError,
)  # fmt: skip


def read(path: Path) -> Network:
    """Read a Sequential model, or a Functional one that is a chain.

    Raises
    ------
    ModelError
        Where the file is damaged, or a layer does something that a dense network can't.
    MissingExtraError
        Where h5py is not installed.
    """
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError("reading .keras files", "keras") from error
    with unpacked(path) as members:
        if _CONFIG not in members or _WEIGHTS not in members:
            raise ModelError(f"{path}: holds no {_CONFIG} and {_WEIGHTS}, which Keras 3 writes")
    try:
        layers = _chain(path, json.loads(members[_CONFIG]))
        with h5py.File(io.BytesIO(members[_WEIGHTS]), "r") as file:
            variables = Variables(path, file, len(members[_WEIGHTS]))
            major = _major(members)
            found = [step for layer in layers for step in _steps(path, layer, variables, major)]
        n_inputs = _n_inputs(path, layers, found)
    except _BROKEN as error:
        raise ModelError(f"{path}: not a sound Keras model: {type(error).__name__}: {error}") from error
    kernels = [step.weights for step in found if isinstance(step, Matrix)]
    dtype = np.result_type(np.float32, *kernels)
    source = Source(str(path), len(members[_WEIGHTS]), dtype.name, (None, n_inputs))
    return fold([in_type(step, dtype) for step in found], source).network


def _chain(path: Path, model: Config) -> list[Config]:
    """Return the layers of a model in the order of the computation."""
    kind, config = model["class_name"], model["config"]
    if kind not in ("Sequential", "Functional", "Model"):
        raise ModelError(f"{path}: the model is a {quoted(str(kind))}; Sequential and Functional are read")
    layers = _with_groups(config["layers"])
    if kind == "Sequential":
        return layers
    by_name = {layer["config"]["name"]: layer for layer in layers}
    inputs, outputs = _ends(config["input_layers"]), _ends(config["output_layers"])
    if len(inputs) != 1 or len(outputs) != 1 or len(by_name) < len(layers):
        raise ModelError(f"{path}: the model has more than one input or output, or layers of one name")
    follows: dict[str, str] = {}
    for name, layer in by_name.items():
        sources = list(_sources(layer["inbound_nodes"]))
        if len(sources) != (name != inputs[0]) or any(source in follows for source in sources):
            raise ModelError(f"{path}: the layers branch at {quoted(name)}; only a chain of layers is read")
        follows.update(dict.fromkeys(sources, name))
    order = [inputs[0]]
    while order[-1] in follows and len(order) <= len(layers):
        order.append(follows[order[-1]])
    if len(order) != len(layers) or order[-1] != outputs[0]:
        raise ModelError(f"{path}: the layers are no chain from {quoted(inputs[0])} to {quoted(outputs[0])}")
    return [by_name[name] for name in order]


def _with_groups(layers: list[Config]) -> list[Config]:
    """Return the layers with the names of their groups in the weights file: classes, counted."""
    counts: dict[str, int] = {}
    named = []
    for layer in layers:
        # As keras.src.utils.naming.to_snake_case spells them: LeakyReLU is leaky_re_lu.
        group = re.sub(r"\W+", "", layer["class_name"])
        group = re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", group)).lower()
        seen = counts.get(group, 0)
        counts[group] = seen + 1
        named.append(layer | {"group": f"{group}_{seen}" if seen else group})
    return named


def _ends(entry: list[Any]) -> list[str]:
    """Return the layers' names in ``["dense", 0, 0]`` or ``[["dense", 0, 0], …]``."""
    return [entry[0]] if isinstance(entry[0], str) else [end[0] for end in entry]


def _sources(node: Any) -> Iterator[str]:
    """Give the names of the layers whose tensors a layer is called with."""
    if isinstance(node, dict) and node.get("class_name") == "__keras_tensor__":
        yield node["config"]["keras_history"][0]
    elif isinstance(node, dict | list):
        for item in node.values() if isinstance(node, dict) else node:
            yield from _sources(item)


def _major(members: dict[str, bytes]) -> int | None:
    """Return the first number of the version of Keras that wrote the file, where it says that."""
    if _METADATA not in members:
        return None
    return int(str(json.loads(members[_METADATA])["keras_version"]).split(".")[0])


def _steps(path: Path, layer: Config, variables: Variables, major: int | None) -> list[Step]:
    name = layer["config"]["name"]
    at = f"{path}: layer {quoted(str(name))}"
    return steps(Layer(at, layer, variables.of(layer["group"], name), major))


def _n_inputs(path: Path, layers: list[Config], found: list[Step]) -> int:
    """Return the number of inputs: what the model says, else what the first weights tell."""
    first = layers[0]["config"]
    shape = first.get("batch_shape") or first.get("batch_input_shape")
    if shape is None:
        return next(step.weights.shape[0] for step in found if isinstance(step, Matrix))
    if len(shape) != 2 or type(shape[1]) is not int:
        raise ModelError(f"{path}: inputs of shape {shape!r} are no rows of numbers")
    return shape[1]
