"""The mistakes that people make when they write a network themselves, in one table: `MISTAKES`.

To add one: its entry in the table, and above it the function that yields the ways to make it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import permutations
from typing import Literal

import numpy as np

from nncli.inspect.case import Case, Mistake, Variant, at, in_layers, places
from nncli.inspect.recipe import Array, Function, Recipe, Step, function
from nncli.inspect.redrawn import scales, streams
from nncli.nn.activations import ACTIVATIONS
from nncli.nn.network import Stage

FEW_INPUTS = 4
"""Up to so many inputs all their orders are tried."""

RELU = function("relu")

_PER_ROW = [activation.function for activation in ACTIVATIONS.values() if activation.per_row]
"""Of a single unit they make the same number always."""


def _biases(case: Case, how: Literal["rows", "none"]) -> Iterator[Variant]:
    def fits(step: Step) -> bool:
        # NumPy adds a vector along the other axis without a word where both axes are as long.
        possible = how == "none" or step.layer.n_units == case.n_rows
        return possible and bool(step.layer.biases.any())

    return in_layers(case, fits, partial(Step._replace, biases=how))


def _matrices(case: Case) -> Iterator[Variant]:
    yield from in_layers(case, _is_square, partial(Step._replace, matrix="turned"), did="did not transpose")
    for how in ("reshaped", "reshaped back"):
        edit = partial(Step._replace, matrix=how)
        yield from in_layers(case, _can_be_reshaped, edit, did="reshaped, in place of transposing,")


def _is_square(step: Step) -> bool:
    return step.layer.n_inputs == step.layer.n_units > 1


def _can_be_reshaped(step: Step) -> bool:
    return not _is_square(step) and min(step.layer.weights.shape) > 1


def _sources(case: Case) -> Iterator[Variant]:
    widths = [case.network.n_inputs, *(step.layer.n_units for step in case.right.steps)]
    takers: dict[int, list[int]] = {}
    for number, step in enumerate(case.right.steps):
        for source in range(-1, number):
            if widths[source + 1] == step.layer.n_inputs:
                takers.setdefault(source, []).append(number)
    for source, numbers in takers.items():
        far = [number for number in numbers if source < number - 1]
        yield from (_fed(case, layers, (source, "a")) for layers in places(far, len(widths)))
        if case.is_scaled if source < 0 else case.right.steps[source].activations:
            behind = [number for number in numbers if number > 0]
            yield from (_fed(case, layers, (source, "z")) for layers in places(behind, len(widths)))


def _fed(case: Case, layers: tuple[int, ...], source: Stage) -> Variant:
    number, which = source
    if number < 0:
        what = "the network's inputs" if which == "a" else "the network's inputs as they were before scaling"
    else:
        what = f"the {'outputs' if which == 'a' else 'sums z, without the activation,'} of layers[{number}]"
    before = " and ".join(f"layers[{layer - 1}]" for layer in layers)
    return at(case, layers, partial(Step._replace, source=source), source=what, before=before)


def _activates(step: Step) -> bool:
    return bool(step.activations)


def _tells_probabilities(case: Case) -> bool:
    return case.network.layers[-1].activation in ("softmax", "sigmoid")


def _forgotten(case: Case) -> Iterator[Variant]:
    for variant in in_layers(case, _activates, partial(Step._replace, activations=())):
        if variant.layers != (case.last,) or not _tells_probabilities(case):
            yield variant


def _logits(case: Case) -> Iterator[Variant]:
    if _tells_probabilities(case):
        yield at(case, (case.last,), partial(Step._replace, activations=()))


def _is_softmax(step: Step) -> bool:
    return step.layer.activation == "softmax"


def _twice(case: Case, *, softmax: bool) -> Iterator[Variant]:
    return in_layers(case, lambda step: _activates(step) and _is_softmax(step) == softmax, _again)


def _again(step: Step) -> Step:
    return step._replace(activations=step.activations * 2)


def _others(case: Case) -> Iterator[Variant]:
    """Yield every other activation, also with the alpha that it has elsewhere."""
    for name, known in ACTIVATIONS.items():
        alphas = [known.alpha, *(alpha for alpha in known.keras.values() if alpha is not None)]
        for alpha in dict.fromkeys(alphas):
            other = function(name, alpha)
            words = name if alpha == known.alpha else f"{name} with alpha {alpha:g}"
            edit = partial(Step._replace, activations=(other,))
            if name != "linear":  # that is an activation forgotten
                yield from in_layers(case, partial(_is_another, other), edit, other=words)


def _is_another(other: Function, step: Step) -> bool:
    layer = step.layer
    own = function(
        layer.activation, ACTIVATIONS[layer.activation].alpha if layer.alpha is None else layer.alpha
    )
    return other != own and not (layer.n_units == 1 and other.call in _PER_ROW)


def _relu_out(case: Case) -> Iterator[Variant]:
    activation = case.network.layers[-1].activation
    if activation != "relu":
        where = "in place of linear" if activation == "linear" else f"before the {activation}"
        yield at(case, (case.last,), _relu_first, where=where)


def _relu_first(step: Step) -> Step:
    return step._replace(activations=(RELU, *step.activations))


def _over_columns(z: Array) -> Array:
    exponentials: Array = np.exp(z - z.max(axis=0, keepdims=True))
    return exponentials / exponentials.sum(axis=0, keepdims=True)


def _over_everything(z: Array) -> Array:
    exponentials: Array = np.exp(z - z.max())
    return exponentials / exponentials.sum()


def _columns_softmax(case: Case) -> Iterator[Variant]:
    for call, over in ((_over_columns, "each column"), (_over_everything, "the whole matrix")):
        edit = partial(Step._replace, activations=(Function(call, of_all_rows=True),))
        yield from in_layers(case, _is_softmax, edit, over=over)


def _shifted(z: Array) -> Array:
    exponentials: Array = np.exp(z - z.max(axis=1, keepdims=True))
    return exponentials


def _exponentials(case: Case) -> Iterator[Variant]:
    for call, what in ((np.exp, "exp(z)"), (_shifted, "exp(z - largest z)")):
        yield from in_layers(
            case, _is_softmax, partial(Step._replace, activations=(Function(call),)), what=what
        )


def _scalings(case: Case, n_scalings: int) -> Iterator[Variant]:
    if case.is_scaled:
        yield Variant((), partial(Recipe._replace, n_scalings=n_scalings))


def _columns(case: Case) -> Iterator[Variant]:
    names, right = case.network.inputs, tuple(range(case.network.n_inputs))
    orders: list[Sequence[int]] = [case.column_order, right[::-1], sorted(right, key=names.__getitem__)]
    if len(right) <= FEW_INPUTS:
        orders += permutations(right)
    for order in dict.fromkeys(map(tuple, orders)):
        words = {"order": ", ".join(names[i] for i in order[:12]) + (", …" if len(order) > 12 else "")}
        for then in ("before", "behind") if case.is_scaled else ("before",):
            if order != right:
                yield Variant((), partial(Recipe._replace, columns=order, columns_then=then), words)


def _shuffled(case: Case) -> Iterator[Variant]:
    if case.n_rows > 1:
        yield Variant((), partial(Recipe._replace, shuffled=True))


MISTAKES = (
    Mistake(
        "biases on the wrong axis",
        "{layers} added bias i to row i of the batch, not to unit i",
        "z = x @ W + b, where b has a number for each column of x @ W (turned over: W.T @ x.T + b[:, None])",
        partial(_biases, how="rows"),
    ),
    Mistake(
        "biases left out",
        "{layers} added no biases",
        "z = x @ W + b",
        partial(_biases, how="none"),
    ),
    Mistake(
        "weights not transposed",
        "{layers} {did} the matrix of {n_inputs} inputs and {n_units} units",
        "x @ W, where W has a column for each unit: the transpose of a matrix with a row for each",
        _matrices,
    ),
    Mistake(
        "logits for probabilities",
        "the activation of {layers}, {activation}, was forgotten: these are its weighted sums z",
        "{of_z}",
        _logits,
    ),
    Mistake(
        "activation forgotten",
        "{layers} gave its weighted sums z on without {activation}",
        "{of_z}",
        _forgotten,
    ),
    Mistake(
        "softmax twice",
        "{layers} applied the activation softmax twice",
        "softmax of z, once",
        partial(_twice, softmax=True),
    ),
    Mistake(
        "activation applied twice",
        "{layers} applied {activation} twice",
        "{of_z}, once",
        partial(_twice, softmax=False),
    ),
    Mistake(
        "ReLU on the output",
        "{layers}, the last, applied ReLU {where}",
        "{of_z}, without ReLU",
        _relu_out,
    ),
    Mistake(
        "softmax over columns",
        "{layers} divided by the sum of {over}, not of each row",
        "sums along each row: np.sum(..., axis=1, keepdims=True)",
        _columns_softmax,
    ),
    Mistake(
        "softmax without normalising",
        "{layers} gave {what}, not divided by its sum",
        "exp(z) divided by its sum along each row",
        _exponentials,
    ),
    Mistake(
        "a layer fed with the wrong layer's outputs",
        "{layers} took {source}",
        "the outputs of {before}, the layer before it",
        _sources,
    ),
    Mistake(
        "scaling left out",
        "the inputs were not scaled",
        "(x - mean) / std before the first layer",
        partial(_scalings, n_scalings=0),
    ),
    Mistake(
        "scaling applied twice",
        "the inputs were scaled twice",
        "(x - mean) / std once, before the first layer",
        partial(_scalings, n_scalings=2),
    ),
    Mistake(
        "columns in another order",
        "the inputs went in as {order}",
        "the order of the spec",
        _columns,
    ),
    Mistake(
        "rows shuffled",
        "the rows are the right ones in another order",
        "the order of the data",
        _shuffled,
    ),
    Mistake(
        "wrong seed stream",
        "the weights of {layers} were drawn {how}",
        "{own}",
        streams,
    ),
    Mistake(
        "wrong weight scale",
        "{layers} multiplied with {what}",
        "{own}",
        scales,
    ),
    Mistake(
        "the wrong activation",
        "{layers} applied {other} in place of {activation}",
        "{of_z}",
        _others,
    ),
)
"""All that are known, those first that are said first where several give the same numbers."""
