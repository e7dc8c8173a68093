"""A checked spec -> YAML text that reads back as the same spec."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import yaml

from nncli.netspec.model import Data, FileData, GeneratedData, LayerSpec, Spec, ValuesData
from nncli.stores import address

_BARE = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_WORDS_OF_YAML_1_1 = {"y", "yes", "n", "no", "on", "off", "true", "false", "null"}


def dump_spec(spec: Spec) -> str:
    """Return a spec as YAML, with every default written out, a matrix one row a line.

    The paths in it are relative to the working directory, as the spec holds them.
    """
    return "".join(f"{line}\n" for line in _lines(spec))


def _lines(spec: Spec) -> Iterator[str]:
    yield f"seed: {spec.seed}"
    yield f"nnfs: {_flow(spec.nnfs)}"
    if spec.dtype is not None:
        yield f"dtype: {spec.dtype}"
    if spec.weights is not None:
        yield f"weights: {_flow(address(spec.weights))}"
    if spec.layout is not None:
        yield f"layout: {spec.layout}"
    if spec.inputs is not None:
        yield f"inputs: {_flow(spec.inputs)}"
    if spec.scale is not None:
        yield f"scale:\n  mean: {_flow(spec.scale.mean)}\n  std: {_flow(spec.scale.std)}"
    yield "layers:"
    for layer in spec.layers:
        yield from _layer(layer, drawn=spec.weights is None and layer.weights is None)
    if spec.outputs is not None:
        yield f"outputs: {_flow(spec.outputs)}"
    if spec.task is not None:
        yield f"task: {spec.task}"
    if spec.data is not None:
        yield "data:"
        yield from _data(spec.data)


def _layer(layer: LayerSpec, *, drawn: bool) -> Iterator[str]:
    lines = [] if layer.units is None else [f"units: {layer.units}"]
    lines.append(f"activation: {layer.activation}")
    if layer.alpha is not None:
        lines.append(f"alpha: {_flow(layer.alpha)}")
    if layer.name is not None:
        lines.append(f"name: {_flow(layer.name)}")
    if drawn:
        lines.append(f"weight_scale: {_flow(layer.weight_scale)}")
    if layer.weights is not None:
        lines.append("weights:")
        lines += [f"  - {_flow(row)}" for row in layer.weights]
    if layer.biases is not None:
        lines.append(f"biases: {_flow(layer.biases)}")
    for index, line in enumerate(lines):
        yield f"    {line}" if index else f"  - {line}"


def _data(data: Data) -> Iterator[str]:
    match data:
        case GeneratedData():
            yield f"  {data.kind}:"
            yield f"    samples: {data.samples}"
            if data.classes is not None:
                yield f"    classes: {data.classes}"
        case ValuesData():
            yield "  values:"
            for row in data.rows:
                yield f"    - {_flow(row)}"
        case FileData():
            yield f"  file: {_flow(address(data.path))}"
            if data.label is not None:
                yield f"  label: {_flow(data.label)}"


def _flow(value: Any) -> str:
    """Return a value in YAML on one line; numbers as their shortest text that reads back."""
    if isinstance(value, np.ndarray):
        return f"[{', '.join(map(str, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_flow, value))}]"
    return repr(value)


def _text(value: str) -> str:
    """Return text in quotes wherever bare it could be anything else, to us or to YAML 1.1."""
    if _BARE.fullmatch(value) and value.lower() not in _WORDS_OF_YAML_1_1:
        return value
    quoted = yaml.dump(value, default_style='"', allow_unicode=True, width=float("inf"))
    return str(quoted).rstrip("\n")
