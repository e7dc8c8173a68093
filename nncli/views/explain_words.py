"""An explanation as a document for people: short, and rounded where only the eye adds up.

The weighted sum, the arithmetic and the result are the network's numbers with all their digits;
long sums and wide layers show the largest parts, and what was left out with its subtotal. Where a terminal
is too narrow for that, all tables are rounded, and the lines of arithmetic are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from nncli.inspect.explain import Exponential, Layer, Neuron, Row, ScaledInput, Softmax, Term
from nncli.inspect.numbers import exact, rounded
from nncli.text import printable, shorten
from nncli.views.document import Arithmetic, Block, Grid, Heading, Notes

MOST_TERMS = 16
"""Longer sums, and wider layers, are shortened to their largest parts."""

SHOWN_TERMS = 8
MOST_SCALED = 12
NAME_WIDTH = 24


class _Digits(NamedTuple):
    """How many digits a table's columns show, and its sums and results; None: all."""

    columns: int = 8
    sums: int | None = None

    def column(self, value: Any) -> str:
        return rounded(value, self.columns)

    def sum(self, value: Any) -> str:
        return exact(value) if self.sums is None else rounded(value, self.sums)


def words(explanation: Row | Neuron, digits: int | None = None) -> list[Block]:
    """Return the document that says what an explanation holds; ``digits`` shortens the tables' numbers."""
    shown = _Digits() if digits is None else _Digits(digits, digits)
    if isinstance(explanation, Row):
        return _row_words(explanation, shown)
    return _neuron_words(explanation, shown)


def _row_words(row: Row, digits: _Digits) -> list[Block]:
    """Return the overview of a row."""
    blocks: list[Block] = [Heading(f"{printable(row.spec)}, row {row.row}"), *_inputs(row)]
    if row.scaling:
        blocks += _scaling(row.scaling, row.scaling[:MOST_SCALED], digits)
    for layer in row.layers:
        blocks += [Heading(_layer_heading(layer)), _units(layer, digits)]
        if layer.softmax is not None:
            blocks += [Heading(f"a = {layer.formula}"), _softmax(layer.softmax, digits)]
    if row.prediction is not None:
        blocks.append(Heading(f"prediction: {printable(row.prediction)}"))
    return blocks + _notes(row.notes)


def _neuron_words(neuron: Neuron, digits: _Digits) -> list[Block]:
    """Return one neuron's arithmetic."""
    named = f" {_quoted(neuron.layer_name)}" if neuron.layer_name else ""
    unit = f"unit {neuron.unit}" + ("" if neuron.name == str(neuron.unit) else f" {_quoted(neuron.name)}")
    blocks: list[Block] = [
        Heading(f"{printable(neuron.spec)}, row {neuron.row}, layers[{neuron.layer}]{named}, {unit}")
    ]
    if neuron.scaling:
        shown = {term.name for term in _largest(neuron.inputs)[0]}
        blocks += _scaling(neuron.scaling, [each for each in neuron.scaling if each.name in shown], digits)
    blocks.append(_sum(neuron, digits))
    if neuron.softmax is not None:
        blocks.append(_softmax(neuron.softmax, digits, neuron.unit))
    lines = [f"a = {neuron.formula}"]
    if neuron.arithmetic != neuron.formula:
        lines.append(f"  = {neuron.arithmetic}")
    if neuron.arithmetic != exact(neuron.result):
        lines.append(f"  = {exact(neuron.result)}")
    blocks += [Heading(f"{neuron.activation}:"), Arithmetic(lines)]
    return blocks + _notes(neuron.notes)


def _inputs(row: Row) -> list[Block]:
    values = list(row.inputs.items())
    if len(values) <= MOST_TERMS:
        return [Arithmetic([f"{shorten(name, NAME_WIDTH)} = {exact(value)}" for name, value in values])]
    numbers = np.array([value for _, value in values])
    return [
        Arithmetic(
            [
                f"{len(values)} inputs, {np.count_nonzero(numbers)} of them not 0,"
                f" from {exact(numbers.min())} to {exact(numbers.max())}"
            ]
        )
    ]


def _layer_heading(layer: Layer) -> str:
    named = f" {_quoted(layer.name)}" if layer.name else ""
    return f"layers[{layer.layer}]{named}: {layer.inputs} → {len(layer.units)}, {layer.activation}"


def _units(layer: Layer, digits: _Digits) -> Grid:
    named = any(unit.name != str(unit.unit) for unit in layer.units)
    shown = layer.units
    if len(shown) > MOST_TERMS:
        by_size = sorted(shown, key=lambda unit: -abs(np.nan_to_num(unit.activation)))
        shown = sorted(by_size[:SHOWN_TERMS], key=lambda unit: unit.unit)
    rows = []
    for unit in shown:
        off = "off" if layer.activation == "relu" and unit.activation == 0 else ""
        name = [shorten(unit.name, NAME_WIDTH)] if named else []
        rows.append([str(unit.unit), *name, digits.sum(unit.sum), digits.sum(unit.activation), off])
    if left := len(layer.units) - len(shown):
        rows.append(["…", *([""] if named else []), f"{left} more", "smaller", ""])
    header = ["unit", *(["name"] if named else []), "z (sum + bias)", "a", ""]
    return Grid(header, rows, ">" + ("<" if named else "") + "..<")


def _scaling(scaling: Sequence[ScaledInput], shown: Sequence[ScaledInput], digits: _Digits) -> list[Block]:
    rows = [
        [shorten(each.name, NAME_WIDTH), *map(digits.column, (each.value, each.mean, each.std, each.scaled))]
        for each in shown
    ]
    if left := len(scaling) - len(shown):
        rows.append([f"… {left} more", "", "", "", ""])
    table = Grid(["input", "value", "mean", "std", "scaled"], rows, "<....")
    return [Heading("inputs are scaled first: (value - mean) / std"), table]


def _sum(neuron: Neuron, digits: _Digits) -> Grid:
    """Return the weighted sum line by line, with the sum so far beside each."""
    shown, left = _largest(neuron.inputs)
    rows = []
    running = type(shown[0].product)(0)
    with np.errstate(all="ignore"):  # an overflow shows as inf, and the notes speak of it
        for term in shown:
            running = running + term.product
            numbers = (term.value, term.weight, term.product, running)
            rows.append([shorten(term.name, NAME_WIDTH), *map(digits.column, numbers)])
        if left:
            subtotal = np.sum([term.product for term in left])
            running = running + subtotal
            rows.append(
                [f"… {len(left)} more", "", "subtotal", digits.column(subtotal), digits.column(running)]
            )
    rows.append(["bias", "", "", digits.column(neuron.bias), ""])
    rows.append(["z = sum + bias", "", "", "", digits.sum(neuron.sum)])
    return Grid(["input", "value", "× weight", "= product", "sum so far"], rows, "<....")


def _largest(terms: Sequence[Term]) -> tuple[list[Term], list[Term]]:
    """Split a long sum into its largest products, in the inputs' order, and the rest."""
    if len(terms) <= MOST_TERMS:
        return list(terms), []
    by_size = sorted(range(len(terms)), key=lambda i: -abs(np.nan_to_num(terms[i].product)))
    large = set(by_size[:SHOWN_TERMS])
    return (
        [term for i, term in enumerate(terms) if i in large],
        [term for i, term in enumerate(terms) if i not in large],
    )


def _softmax(softmax: Softmax, digits: _Digits, unit: int | None = None) -> Grid:
    """Return the exponentials and their sum; of many, the largest and the unit's own."""
    shown: list[Exponential] = softmax.exponentials
    left: list[Exponential] = []
    if len(shown) > MOST_TERMS:
        by_size = sorted(shown, key=lambda each: -np.nan_to_num(each.exponential))
        chosen = {unit, *(each.unit for each in by_size[:SHOWN_TERMS])}
        left = [each for each in shown if each.unit not in chosen]
        shown = [each for each in shown if each.unit in chosen]
    named = any(each.name != str(each.unit) for each in softmax.exponentials)
    rows = []
    for each in shown:
        name = f"{each.unit} {shorten(each.name, NAME_WIDTH)}" if named else str(each.unit)
        rows.append([name, *map(digits.column, (each.sum, each.shifted, each.exponential))])
    if left:
        subtotal: Any = np.sum([each.exponential for each in left])
        rows.append([f"… {len(left)} more", "", "subtotal", digits.column(subtotal)])
    rows.append(["sum", "", "", digits.sum(softmax.total)])
    return Grid(["unit", "z", f"z - {digits.column(softmax.largest)}", "exp(…)"], rows, "<...")


def _notes(notes: Sequence[str]) -> list[Block]:
    return [Notes(notes)] if notes else []


def _quoted(name: str) -> str:
    return f"'{shorten(name, NAME_WIDTH)}'"
