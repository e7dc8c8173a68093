"""The activations' formulas with a layer's own numbers in them."""

from __future__ import annotations

from typing import Any

from nncli.inspect.numbers import exact
from nncli.nn.activations import ACTIVATIONS
from nncli.nn.layers import Dense


def formula(layer: Dense, unit: int | None = None) -> str:
    """Return the formula of a layer's activation, with alpha's number filled in, maybe that of a unit."""
    text = ACTIVATIONS[layer.activation].formula.text
    return text.replace("alpha", _alpha(layer, unit))


def arithmetic(layer: Dense, unit: int, z: Any, **numbers: Any) -> str:
    """Return the formula with the weighted sum z of a unit, and what else it needs, filled in."""
    known = ACTIVATIONS[layer.activation].formula
    branch = known.below if known.below is not None and not z > 0 else known.above
    bare = branch in ("{z}", "max(0, {z})", "tanh({z})")
    return branch.format(
        z=exact(z) if bare else _enclosed(z),
        alpha=_alpha(layer, unit),
        **{name: _enclosed(number) for name, number in numbers.items()},
    )


def _alpha(layer: Dense, unit: int | None) -> str:
    alpha = ACTIVATIONS[layer.activation].alpha if layer.alpha is None else layer.alpha
    if isinstance(alpha, tuple):
        return "alpha" if unit is None else exact(alpha[unit])
    return "" if alpha is None else exact(float(alpha))


def _enclosed(value: Any) -> str:
    return f"({exact(value)})" if value < 0 else exact(value)
