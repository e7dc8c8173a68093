"""In which order, and which way round, matrices make a chain of layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Any, Literal, NoReturn

from numpy.typing import NDArray

from nncli.errors import ModelError, Remedy
from nncli.models.order import comes_before, pieces
from nncli.models.tensors import quoted
from nncli.netspec.model import Spec

Layout = Literal["units_inputs", "inputs_units"]
LAYOUTS: tuple[Layout, Layout] = ("units_inputs", "inputs_units")
MOST_UNORDERED = 200
"""So many layers may have names that leave their order open."""
MOST_STEPS = 20_000
"""So many layers are tried at some place before the search gives up."""
SHOWN = 3
"""So many readings are shown where several fit."""
_SAY_ORDER = Remedy("order", "{problem}: say it in nncli convert, or number their names")
_SAY_LAYOUT = Remedy("layout", "{problem} (the spec's key layout, or nncli convert)")
_SAY_WHICH = (
    "{problem}; say in nncli convert which of them is meant, or number their names:"
    " np.savez('net.npz', W1=…, W2=…)"
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the spec says about the network's shape; None where it leaves that to the file."""

    inputs: int | None = None
    units: Sequence[int | None] | None = None
    """One entry per layer."""

    @classmethod
    def of(cls, spec: Spec) -> Expected:
        """Return what a spec says."""
        n_inputs = len(spec.inputs) if isinstance(spec.inputs, tuple) else spec.inputs
        return cls(n_inputs, [layer.units for layer in spec.layers])


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """The tensors of one layer, as the file names and stores them."""

    name: str
    layer: str
    """The part of the name that says which layer it is."""
    weights: NDArray[Any]
    bias_name: str | None = None
    biases: NDArray[Any] | None = None

    def stored(self, layout: Layout) -> Pair:
        """Return the pair with weights (n_inputs, n_units), where the file stores them in that layout."""
        return self if layout == "inputs_units" else replace(self, weights=self.weights.T)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the matrices: which way round they are stored, and the layers in their order."""

    layout: Layout
    pairs: list[Pair]

    @property
    def order(self) -> list[str]:
        """The names of the matrices, first layer first."""
        return [pair.name for pair in self.pairs]

    def __str__(self) -> str:
        sizes = [self.pairs[0].weights.shape[0], *(pair.weights.shape[1] for pair in self.pairs)]
        return f"{' -> '.join(map(str, sizes))} ({', '.join(self.order)})"


def arranged(
    pairs: list[Pair],
    layouts: Sequence[Layout],
    expected: Expected,
    file: str,
    *,
    in_order: bool,
    as_written: bool,
    said_by: str,
) -> list[Pair]:
    """Return pairs with weights (n_inputs, n_units), first layer first: the one reading that fits.

    Parameters
    ----------
    pairs
        The layers as the file stores them.
    layouts
        Which ways round they may be stored.
    expected
        The shape that the network must have.
    file
        Its name, for messages.
    in_order
        Whether `pairs` are in the order of the layers.
    as_written
        Whether their order decides between readings that fit.
    said_by
        What tells the layout, for messages.

    Raises
    ------
    ModelError
        Where no reading fits, or several do and nothing tells which of them is meant.
    """
    before = [] if in_order else _before(pairs, file)
    first = pairs if in_order else _first_order(pairs, before)
    found = []
    for layout in layouts:
        stored = [pair.stored(layout) for pair in pairs]
        if not in_order:
            orders = _orders(stored, before, expected, file)
        else:
            orders = iter([stored] if _misfit(stored, expected) is None else [])
        found += [Reading(layout, order) for order in islice(orders, SHOWN)]
    if not found:
        _refuse_misfit(first, layouts, expected, file, said_by)
    if as_written:
        names = [pair.name for pair in first]
        found = [reading for reading in found if reading.order == names] or found
    if all(pair.weights.shape == (1, 1) for pair in pairs):  # both ways round are the same
        found = [reading for reading in found if reading.layout == found[0].layout]
    if len(found) > 1:
        _refuse_several(found, file)
    return found[0].pairs


def is_ordered(pairs: list[Pair]) -> bool:
    """Tell whether the names say that the layers are in this order."""
    return all(comes_before(one, other) for one, other in pairwise(pieces(pair.layer) for pair in pairs))


def _before(pairs: list[Pair], file: str) -> list[set[int]]:
    """Return for every pair the places of those that come before it by their names."""
    if len(pairs) > MOST_UNORDERED:
        raise ModelError(f"{file}: nothing tells the order of {_names(pairs)}", remedies=[_SAY_ORDER])
    keys = [pieces(pair.layer) for pair in pairs]
    return [{j for j, other in enumerate(keys) if comes_before(other, key)} for key in keys]


def _first_order(pairs: list[Pair], before: list[set[int]]) -> list[Pair]:
    """Return the order that the names allow and that keeps to the given one where they say nothing."""
    order: list[int] = []
    while len(order) < len(pairs):
        order.append(next(i for i in range(len(pairs)) if i not in order and before[i] <= set(order)))
    return [pairs[i] for i in order]


def _orders(pairs: list[Pair], before: list[set[int]], expected: Expected, file: str) -> Iterator[list[Pair]]:
    """Give the orders that the names allow and in which the layers fit together."""
    steps = iter(range(MOST_STEPS))

    def grown(taken: tuple[int, ...], width: int | None) -> Iterator[list[Pair]]:
        if len(taken) == len(pairs):
            yield [pairs[i] for i in taken]
        for i, pair in enumerate(pairs):
            if i in taken or not before[i].issubset(taken):
                continue
            if next(steps, None) is None:
                raise ModelError(f"{file}: {_names(pairs)} may be in too many orders", remedies=[_SAY_ORDER])
            if _problem(pair, len(taken), width, expected) is None:
                yield from grown((*taken, i), pair.weights.shape[1])

    return grown((), expected.inputs)


def _refuse_misfit(
    pairs: list[Pair], layouts: Sequence[Layout], expected: Expected, file: str, said_by: str
) -> NoReturn:
    """Say what does not fit, and what would."""
    problem = _misfit([pair.stored(layouts[0]) for pair in pairs], expected)
    if len(layouts) > 1:
        raise ModelError(f"{file}: {problem} (nor do the matrices fit the other way round)")
    opposite = LAYOUTS[1 - LAYOUTS.index(layouts[0])]
    hint = ""
    if _misfit([pair.stored(opposite) for pair in pairs], expected) is None:
        hint = f"; it fits only the other way round: if that is meant, say layout: {opposite}"
    elif len(pairs) > 1:
        hint = f"; the layers were taken in the order {_names(pairs)}"
    raise ModelError(f"{file}: {problem} ({said_by}){hint}")


def _refuse_several(found: list[Reading], file: str) -> NoReturn:
    """Show the readings, and say what decides."""
    orders = list(dict.fromkeys(",".join(reading.order) for reading in found))
    square = [pair.name for pair in found[0].pairs if pair.weights.shape[0] == pair.weights.shape[1] > 1]
    if len(orders) == 1:
        what = f"{quoted(*square)} is square" if square else "the shapes fit both ways"
        raise ModelError(
            f"{file}: {what} and the names follow no convention, so nothing tells whether it is stored "
            "(units, inputs) or (inputs, units): say units_inputs or inputs_units",
            remedies=[_SAY_LAYOUT],
        )
    readings = list(dict.fromkeys(str(reading) for reading in found))[:SHOWN]
    remedy = Remedy(
        "reading" if len(found) > len(orders) else "reading_by_order", _SAY_WHICH, {"order": orders[0]}
    )
    raise ModelError(
        f"{file}: nothing tells the order of the layers: {' or '.join(readings)} would fit", remedies=[remedy]
    )


def _names(pairs: Sequence[Pair]) -> str:
    return quoted(*(pair.name for pair in pairs))


def _misfit(pairs: list[Pair], expected: Expected) -> str | None:
    """Return what does not fit in a chain of layers with weights (n_inputs, n_units), if anything."""
    width, before = expected.inputs, "the spec's inputs"
    for i, pair in enumerate(pairs):
        if problem := _problem(pair, i, width, expected, before):
            return problem
        width, before = pair.weights.shape[1], f"the units of {quoted(pair.name)}"
    return None


def _problem(
    pair: Pair, i: int, width: int | None, expected: Expected, before: str = "the units before"
) -> str | None:
    """Return what keeps a pair from being layer `i` after so many units, if anything."""
    inputs, units = pair.weights.shape
    if width is not None and inputs != width:
        return f"{quoted(pair.name)} takes {inputs} inputs, but {before} are {width}"
    wanted = expected.units[i] if expected.units is not None else None
    if wanted is not None and units != wanted:
        return f"{quoted(pair.name)} has {units} units, but the spec's layers[{i}] has {wanted}"
    if pair.biases is not None and len(pair.biases) != units:
        return (
            f"{quoted(pair.bias_name or '')} has {len(pair.biases)} biases, "
            f"but {quoted(pair.name)} has {units} units"
        )
    return None
