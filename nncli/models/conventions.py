"""How the tools that write weights files name their tensors, and which way round they store a matrix.

PyTorch and nncli store it as (units, inputs), a row per neuron; scikit-learn and Keras as (inputs, units).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from nncli.errors import ModelError
from nncli.models.shapes import Layout, Pair
from nncli.models.tensors import Tensors, natural, quoted


class Convention(NamedTuple):
    """How one tool names and stores its tensors; the pattern's group ``weights`` tells the two apart."""

    tool: str
    layout: Layout
    pattern: re.Pattern[str]
    counted: bool
    """Whether the layers are numbered 0, 1, 2, … without a gap."""
    always_biases: bool
    """Whether every layer has biases; else a layer without them has none."""


CONVENTIONS = (
    Convention(
        "nncli",
        "units_inputs",
        re.compile(r"(?P<layer>layers\.[0-9]+\.)((?P<weights>weights)|biases)"),
        True,
        True,
    ),
    Convention(
        "PyTorch",
        "units_inputs",
        re.compile(r"(?P<layer>(.+\.)?)((?P<weights>weight)|bias)", re.DOTALL),
        False,
        False,
    ),
    Convention(
        "scikit-learn",
        "inputs_units",
        re.compile(r"((?P<weights>coefs)|intercepts)_\.?(?P<layer>[0-9]+)"),
        True,
        True,
    ),
    Convention(
        "Keras",
        "inputs_units",
        re.compile(r"(?P<layer>(.+[/._])?)((?P<weights>kernel)|bias)(:0)?", re.DOTALL),
        False,
        False,
    ),
)


def find_convention(tensors: Tensors, file: str) -> Convention | None:
    """Return the convention of a file's names, or None where they follow none."""
    known = {
        convention: {n for n in tensors if convention.pattern.fullmatch(n)} for convention in CONVENTIONS
    }
    used = [c for c, names in known.items() if any(_is_weights(c, name) for name in names)]
    for convention in used:
        if len(known[convention]) == len(tensors):
            return convention
    if not used:
        return None
    first = max(used, key=lambda convention: len(known[convention]))
    others = [name for name in tensors if name not in known[first]]
    raise ModelError(f"{file}: unused tensors {quoted(*others)}: no layer's beside {first.tool}'s names")


def _is_weights(convention: Convention, name: str) -> bool:
    match = convention.pattern.fullmatch(name)
    return match is not None and match["weights"] is not None


def by_convention(tensors: Tensors, convention: Convention, file: str) -> list[Pair]:
    """Pair weights with biases by the part of the name that they share, in natural order."""
    weights: dict[str, str] = {}
    biases: dict[str, str] = {}
    for name in tensors:
        match = convention.pattern.fullmatch(name)
        if match is None:
            continue
        group = weights if match["weights"] else biases
        if match["layer"] in group:
            raise ModelError(f"{file}: tensors {quoted(group[match['layer']], name)} are the same layer's")
        group[match["layer"]] = name
    if orphans := [biases[layer] for layer in biases if layer not in weights]:
        raise ModelError(f"{file}: missing weights: {quoted(*orphans)} has no weights beside it")
    order = list(weights)
    if convention.counted:
        order.sort(key=natural)
    bare = [weights[layer] for layer in order if layer not in biases]
    if bare and biases and convention.always_biases:
        raise ModelError(f"{file}: missing biases: {quoted(*bare)} has none beside it")
    if convention.counted:
        for i, layer in enumerate(order):
            if re.findall("[0-9]+", layer) != [str(i)]:
                raise ModelError(
                    f"{file}: missing tensors: no weights of layer {i} before {quoted(weights[layer])}"
                )
    return [
        Pair(
            weights[layer],
            layer,
            tensors[weights[layer]],
            biases.get(layer),
            tensors.get(biases.get(layer, "")),
        )
        for layer in order
    ]
