"""Which activation some nodes are: the forms of `nncli.nn.activations`, found in a graph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

import numpy as np

from nncli.models.onnx.graph import Graph
from nncli.models.onnx.node import Meaning, Node
from nncli.models.steps import Activate
from nncli.models.tensors import quoted
from nncli.nn.activations import ACTIVATIONS, ALPHA, Alpha, Form, Z, sums

_COMMUTATIVE = ("Add", "Mul", "Max", "Min")
_ROUNDED = 2e-7
"""How far a number that is no short fraction may be from the form's, relatively: float32 rounds it."""


SOFTMAX_OF_ONE_AXIS = 13
"""From this opset on softmax runs along its axis; before, along all axes from there on."""


_NORMALIZED = tuple(
    ("Div", Z, total)
    for part in (Z, ("Abs", Z))
    for axis in (1, -1)
    for total in sums("ReduceSum", part, axis)
)


class _Bound(NamedTuple):
    """The tensor that stands for Z, the number for ALPHA, and the axis. None: not known yet."""

    source: str | None = None
    alpha: Alpha | None = None
    axis: int = -1


def find_activation(graph: Graph, node: Node) -> Meaning | None:
    """Return the activation that ends in a node and the tensor it is applied to, or None."""
    for name, activation in ACTIVATIONS.items():
        for form in activation.onnx:
            for bound in _ends_of(graph, node, form, _Bound()):
                alpha = bound.alpha
                if bound.source is None or activation.problem(alpha, None):
                    continue
                if isinstance(alpha, float) and np.float32(alpha) == np.float32(activation.alpha or 0):
                    alpha = activation.alpha  # 1/6 has more digits here than in the file
                return [Activate(node.place, name, alpha, bound.axis)], bound.source
    return None


def match(graph: Graph, node: Node, form: Form) -> str | None:
    """Return the tensor that stands for Z where the node ends the form, or None."""
    return next((bound.source for bound in _ends_of(graph, node, form, _Bound())), None)


def normalized_sum(graph: Graph, node: Node) -> str | None:
    """Return the tensor whose rows a node divides by their sums, spelled out, or None."""
    return next((source for form in _NORMALIZED if (source := match(graph, node, form))), None)


def refuse_settings(graph: Graph, node: Node) -> None:
    """Raise where a node is an activation's operator, with the reason why it is none of the forms."""
    forms = [
        (name, *_parts(form))
        for name, activation in ACTIVATIONS.items()
        for form in activation.onnx
        if isinstance(form, tuple) and form[0] == node.op
    ]
    if forms and all(part == Z for _, inputs, _ in forms for part in inputs):
        node.expect_inputs(1, 1)
        _refuse(graph, node, {name: settings for name, _, settings in forms})


def _refuse(graph: Graph, node: Node, wanted: dict[str, dict[str, Any]]) -> NoReturn:
    known = {key for settings in wanted.values() for key in settings}
    for key in [*node.attributes, *known]:
        said = _setting(graph, node, key)
        if key not in known:
            raise node.error(f"attribute {quoted(key)} is not supported")
        right = {name: settings[key] for name, settings in wanted.items() if key in settings}
        if any(_is_set(said, value) for value in right.values()):
            continue
        if not any(type(said) is (float if value == ALPHA else type(value)) for value in right.values()):
            raise node.error(f"attribute {quoted(key)} has the wrong type")
        if ALPHA in right.values():
            raise node.error(f"{key} is {said}, which is no finite number")
        ours = ", ".join(f"{name} has {_shown(value)}" for name, value in right.items())
        raise node.error(f"{key}={_shown(said)} is not supported: a spec's {ours}")
    raise node.error("is not supported with these settings")


def _shown(value: Any) -> str:
    return str(float(f"{value:.7g}")) if isinstance(value, float) else quoted(value.decode(errors="replace"))


def _parts(form: Form) -> tuple[tuple[Form, ...], dict[str, Any]]:
    """Return a form's inputs and settings."""
    *inputs, last = form[1:]
    return (tuple(inputs), last) if isinstance(last, dict) else ((*inputs, last), {})


def _ends_of(graph: Graph, node: Node, form: Form, bound: _Bound) -> Iterator[_Bound]:
    """Give what Z and ALPHA are in each way in which a node ends a form."""
    if not isinstance(form, tuple) or node.op != form[0]:
        return
    inputs, settings = _parts(form)
    if len(node.inputs) != len(inputs) or not node.attributes.keys() <= settings.keys():
        return
    for key, value in settings.items():
        said = _setting(graph, node, key)
        if key == "axis" and isinstance(said, int):  # checked where the axes are known
            is_flat = said == 1 and graph.opset < SOFTMAX_OF_ONE_AXIS
            bound = bound._replace(axis=-1 if is_flat else said)
        elif not _is_set(said, value):
            return
        elif value == ALPHA:
            bound = bound._replace(alpha=_decimal(np.float32(said)))
    if node.op.startswith("Reduce"):
        axes = settings.get("axes") or inputs[1:]
        bound = bound._replace(axis=int(axes[0]))
    yield from _inputs_match(graph, node.inputs, inputs, bound)
    if node.op in _COMMUTATIVE:
        yield from _inputs_match(graph, node.inputs[::-1], inputs, bound)


def _setting(graph: Graph, node: Node, key: str) -> Any:
    """Return what a node says, or else what its operator means by saying nothing."""
    if key in node.attributes:
        return node.attributes[key]
    from onnx import defs, helper

    try:
        attribute = defs.get_schema(node.op, graph.opset, "").attributes[key]
    except (defs.SchemaError, KeyError):
        return None
    return helper.get_attribute_value(attribute.default_value)


def _is_set(said: Any, value: Any) -> bool:
    if value == ALPHA:
        return isinstance(said, float) and bool(np.isfinite(said))
    if type(said) is not type(value):
        return False
    if isinstance(value, float):
        return abs(said - value) <= _ROUNDED * abs(value)
    return bool(said == value)


def _decimal(number: np.floating[Any]) -> float:
    """Return the shortest decimal behind a number of its type: 0.2, not 0.20000000298."""
    return float(str(number))


def _inputs_match(
    graph: Graph, inputs: tuple[str, ...], wanted: tuple[Form, ...], bound: _Bound
) -> Iterator[_Bound]:
    if not wanted:
        yield bound
        return
    for more in _matches(graph, inputs[0], wanted[0], bound):
        yield from _inputs_match(graph, inputs[1:], wanted[1:], more)


def _matches(graph: Graph, name: str, form: Form, bound: _Bound) -> Iterator[_Bound]:
    """Give what Z and ALPHA are, once for each way in which a tensor is what the form says."""
    if form == Z:
        if bound.source in (None, name) and graph.constant(name) is None:
            yield bound._replace(source=name)
    elif isinstance(form, float):
        number = _number(graph, name)
        if number is not None and _is_number(number, form):
            yield bound
    elif form == ALPHA:
        alpha = _alpha(graph, name)
        if alpha is not None and bound.alpha in (None, alpha):
            yield bound._replace(alpha=alpha)
    elif (node := graph.producer(name)) is not None:
        yield from _ends_of(graph, node, form, bound)


def _number(graph: Graph, name: str) -> float | None:
    """Return a constant that is one number, or None."""
    constant = graph.constant(name)
    if constant is None or constant.size != 1 or constant.ndim > 2 or constant.dtype.kind not in "fi":
        return None
    return float(constant.item())


def _alpha(graph: Graph, name: str) -> Alpha | None:
    """Return a constant that is one finite number, or one for each feature, or None."""
    constant = graph.constant(name)
    if constant is None or constant.dtype.kind != "f" or constant.ndim > 2 or not np.isfinite(constant).all():
        return None
    if constant.ndim == 2 and constant.shape[0] != 1:
        return None
    alphas = tuple(_decimal(number) for number in constant.reshape(-1))
    return alphas[0] if len(alphas) == 1 else alphas


def _is_number(found: float, number: float) -> bool:
    """Whether a number is another: exactly, or rounded where that is no short fraction."""
    exact = number == round(number, 3)
    return abs(found - number) <= (0.0 if exact else _ROUNDED * abs(number))
