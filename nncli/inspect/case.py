"""A network that somebody else has computed too, and the ways in which a mistake changes its recipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from nncli.inspect.recipe import Recipe, Step
from nncli.netspec.model import Spec
from nncli.nn.network import Network


@dataclass(frozen=True, slots=True)
class Case:
    """What a mistake may be about.

    Attributes
    ----------
    right
        How the network is computed.
    n_rows
        How many rows there are.
    column_order
        The inputs as they stand in the table.
    """

    spec: Spec
    network: Network
    right: Recipe
    n_rows: int
    column_order: tuple[int, ...]

    @property
    def last(self) -> int:
        """The number of the last layer."""
        return len(self.right.steps) - 1

    @property
    def is_scaled(self) -> bool:
        """Whether inputs are scaled."""
        return self.network.mean is not None

    @property
    def drawn(self) -> list[int]:
        """The layers whose weights are drawn."""
        if self.spec.weights is not None:
            return []
        return [number for number, layer in enumerate(self.spec.layers) if layer.weights is None]


class Variant(NamedTuple):
    """One way to make a mistake.

    Attributes
    ----------
    layers
        Where; none where it is about the inputs or the rows.
    change
        What it makes of a recipe, which may hold another mistake.
    words
        What the mistake's sentences leave open.
    """

    layers: tuple[int, ...]
    change: Callable[[Recipe], Recipe]
    words: Mapping[str, Any] = {}


class Mistake(NamedTuple):
    """What is known of a mistake.

    Attributes
    ----------
    name
        What people call it.
    sentence
        What the code did; ``{layers}`` names them.
    right
        What would be right.
    variants
        The ways to make it in a case.
    """

    name: str
    sentence: str
    right: str
    variants: Callable[[Case], Iterator[Variant]]


def places(numbers: Sequence[int], last: int) -> Iterator[tuple[int, ...]]:
    """Yield each of some layers alone, all of them, and all but the last one of the network."""
    yield from ((number,) for number in numbers)
    if len(numbers) > 1:
        yield tuple(numbers)
    hidden = tuple(number for number in numbers if number != last)
    if 1 < len(hidden) < len(numbers):
        yield hidden


def in_layers(
    case: Case, fits: Callable[[Step], bool], edit: Callable[[Step], Step], **words: Any
) -> Iterator[Variant]:
    """Yield a change of one layer for each place where there can be one."""
    numbers = [number for number, step in enumerate(case.right.steps) if fits(step)]
    for layers in places(numbers, case.last):
        yield at(case, layers, edit, **words)


def at(case: Case, layers: tuple[int, ...], edit: Callable[[Step], Step], **words: Any) -> Variant:
    """Return a change of some layers."""
    of_these = [case.right.steps[number].layer for number in layers]
    first, names = of_these[0], dict.fromkeys(layer.activation for layer in of_these)
    activation = " and ".join(names)
    known = {
        "activation": activation,
        "of_z": "z as it is" if activation == "linear" else f"{activation} of z",
        "n_inputs": first.n_inputs,
        "n_units": first.n_units,
    }
    return Variant(layers, partial(_edited, layers=layers, edit=edit), known | words)


def _edited(recipe: Recipe, layers: tuple[int, ...], edit: Callable[[Step], Step]) -> Recipe:
    for number in layers:
        recipe = recipe.edited(number, edit)
    return recipe
