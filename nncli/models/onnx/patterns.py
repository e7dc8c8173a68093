"""Activations that other tools write as several small nodes.

A template is ``(operator, *inputs)``; an input is a template, a number, or `V`, the tensor that the
activation is applied to, the same one wherever it stands.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from nncli.models.onnx.graph import Graph, Node

V = "V"
Template = Any

_ERF = (
    ("Add", ("Erf", ("Div", V, math.sqrt(2))), 1.0),
    ("Add", ("Erf", ("Mul", V, math.sqrt(0.5))), 1.0),
)
_CUBES = (("Pow", V, 3.0), ("Mul", V, ("Mul", V, V)))
_TANH = tuple(
    ("Add", ("Tanh", ("Mul", ("Add", V, ("Mul", cube, 0.044715)), math.sqrt(2 / math.pi))), 1.0)
    for cube in _CUBES
)


def _half_times(factor: Template) -> tuple[Template, ...]:
    """Return V * factor / 2 in the orders of multiplication that tools choose."""
    return (
        ("Mul", ("Mul", V, factor), 0.5),
        ("Mul", ("Mul", V, 0.5), factor),
        ("Mul", ("Mul", factor, 0.5), V),
        ("Div", ("Mul", V, factor), 2.0),
    )


_SIX_PARTS = ("Clip", ("Add", V, 3.0), 0.0, 6.0)
_SOFTPLUS = ("Softplus", V)

PATTERNS: dict[str, tuple[Template, ...]] = {
    "silu": (("Mul", V, ("Sigmoid", V)),),
    "gelu": tuple(template for factor in _ERF for template in _half_times(factor)),
    "gelu_tanh": tuple(template for factor in _TANH for template in _half_times(factor)),
    "softsign": (("Div", V, ("Add", ("Abs", V), 1.0)),),
    "softplus": (
        ("Log", ("Add", ("Exp", V), 1.0)),
        # PyTorch's threshold: from 20 on softplus is V itself, to the last bit of float32.
        ("Where", ("Greater", V, 20.0), V, _SOFTPLUS),
    ),
    "hard_sigmoid": (("Div", _SIX_PARTS, 6.0), ("Mul", _SIX_PARTS, 1 / 6)),
}

_COMMUTATIVE = ("Add", "Mul")


def find_activation(graph: Graph, node: Node) -> tuple[str, str] | None:
    """Return the activation that ends in a node and the tensor it is applied to, or None."""
    for activation, templates in PATTERNS.items():
        for template in templates:
            if source := match(graph, node, template):
                return activation, source
    return None


def match(graph: Graph, node: Node, template: Template) -> str | None:
    """Return the tensor that stands for V where the node ends the template, or None."""
    for source in _node_matches(graph, node, template, None):
        return source
    return None


def _node_matches(graph: Graph, node: Node, template: Template, source: str | None) -> Iterator[str | None]:
    op, *wanted = template
    if node.op != op or node.attributes or len(node.inputs) != len(wanted):
        return
    yield from _inputs_match(graph, node.inputs, wanted, source)
    if op in _COMMUTATIVE:
        yield from _inputs_match(graph, node.inputs[::-1], wanted, source)


def _inputs_match(
    graph: Graph, inputs: tuple[str, ...], wanted: list[Template], source: str | None
) -> Iterator[str | None]:
    if not wanted:
        yield source
        return
    for bound in _matches(graph, inputs[0], wanted[0], source):
        yield from _inputs_match(graph, inputs[1:], wanted[1:], bound)


def _matches(graph: Graph, name: str, template: Template, source: str | None) -> Iterator[str | None]:
    """Yield what V is bound to, once for each way in which a tensor is what the template says."""
    if template == V:
        if source in (None, name) and graph.constant(name) is None:
            yield name
    elif isinstance(template, float):
        if _is_number(graph, name, template):
            yield source
    elif (node := graph.producer(name)) is not None:
        yield from _node_matches(graph, node, template, source)


def _is_number(graph: Graph, name: str, number: float) -> bool:
    """Whether a tensor is one number: exact, or rounded where the number is no short fraction."""
    constant = graph.constant(name)
    if constant is None or constant.size != 1 or constant.ndim > 2 or constant.dtype.kind not in "fi":
        return False
    exact = number == round(number, 3)
    return abs(float(constant.item()) - number) <= (0.0 if exact else 2e-7 * number)
