"""The activations' formulas as a learner reads them, in Python's notation.

An activation that is not listed is shown by its name alone, ``a = name(z)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nncli.nn.activations import default_alpha
from nncli.nn.layers import Dense
from nncli.views.text import exact


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in z and alpha; ``below`` is the branch for z <= 0 where there are two."""

    text: str
    above: str
    below: str | None = None


FORMULAS = {
    "linear": Formula("z", "{z}"),
    "relu": Formula("max(0, z)", "max(0, {z})"),
    "sigmoid": Formula("1 / (1 + exp(-z))", "1 / (1 + exp(-{z}))"),
    "tanh": Formula("tanh(z)", "tanh({z})"),
    "leaky_relu": Formula("z if z > 0 else alpha * z", "{z}", "{alpha} * {z}"),
    "elu": Formula("z if z > 0 else alpha * (exp(z) - 1)", "{z}", "{alpha} * (exp({z}) - 1)"),
    "selu": Formula(
        "1.0507010 * (z if z > 0 else 1.6732632 * (exp(z) - 1))",
        "1.0507010 * {z}",
        "1.0507010 * 1.6732632 * (exp({z}) - 1)",
    ),
    "gelu": Formula("z / 2 * (1 + erf(z / sqrt(2)))", "{z} / 2 * (1 + erf({z} / sqrt(2)))"),
    "gelu_tanh": Formula(
        "z / 2 * (1 + tanh(sqrt(2 / pi) * (z + 0.044715 * z**3)))",
        "{z} / 2 * (1 + tanh(sqrt(2 / pi) * ({z} + 0.044715 * {z}**3)))",
    ),
    "silu": Formula("z / (1 + exp(-z))", "{z} / (1 + exp(-{z}))"),
    "softplus": Formula("log(1 + exp(z))", "log(1 + exp({z}))"),
    "softsign": Formula("z / (1 + abs(z))", "{z} / (1 + abs({z}))"),
    "hard_sigmoid": Formula("min(1, max(0, alpha * z + 0.5))", "min(1, max(0, {alpha} * {z} + 0.5))"),
    "softmax": Formula("exp(z - largest z) / sum of exp(z - largest z)", "{exponential} / {total}"),
    "log_softmax": Formula("z - largest z - log(sum of exp(z - largest z))", "{shifted} - log({total})"),
}


def formula(layer: Dense) -> str:
    """Return the formula of a layer's activation, with alpha's number filled in."""
    known = FORMULAS.get(layer.activation)
    if known is None:
        return f"{layer.activation}(z)"
    alpha = _alpha(layer)
    return known.text if alpha is None else known.text.replace("alpha", alpha)


def arithmetic(layer: Dense, z: Any, **numbers: Any) -> str:
    """Return the formula with the weighted sum z, and what else it needs, filled in."""
    known = FORMULAS.get(layer.activation)
    if known is None:
        return f"{layer.activation}({exact(z)})"
    branch = known.below if known.below is not None and not z > 0 else known.above
    bare = branch in ("{z}", "max(0, {z})", "tanh({z})")
    return branch.format(
        z=exact(z) if bare else _enclosed(z),
        alpha=_alpha(layer),
        **{name: _enclosed(number) for name, number in numbers.items()},
    )


def _alpha(layer: Dense) -> str | None:
    if layer.activation not in FORMULAS or "alpha" not in FORMULAS[layer.activation].text:
        return None
    return exact(float(layer.alpha if layer.alpha is not None else default_alpha(layer.activation) or 0.0))


def _enclosed(value: Any) -> str:
    return f"({exact(value)})" if value < 0 else exact(value)
