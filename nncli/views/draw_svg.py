"""A drawing as SVG: for light and dark pages, with words for screen readers, and nothing that runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from nncli.inspect.numbers import rounded
from nncli.views import palette
from nncli.views.chosen import Gap
from nncli.views.draw import Column, Drawing, Node, wrapped
from nncli.views.draw_style import SCOPE, style
from nncli.views.heat import band, strongest
from nncli.views.svg import escaped, fitted, text_width, written
from nncli.views.text import compact

RADIUS = 28
ROW_STEP = 78  # leaves room for one line of text between two circles
COLUMN_STEP = 240  # leaves room for a weight between two circles
TOP = 60
MARGIN = 16
LABEL_WIDTH = 150
LINE_HEIGHT = 20
LEGEND_WIDTH = 340.0
CROWDED = 40  # so many edges between two columns are drawn lighter
WEIGHT_AT = 0.36  # where on its edge a weight stands: near the sources, where edges are far apart
GUTTER = 14  # on both sides of a heat band
WINS = "predicted"
CLASS_WIDTH = 18  # of a class's mark

Position = tuple[float, float]


def draw_svg(drawing: Drawing, *, dark: bool = True, id: str = "nncli") -> str:
    """Return a drawing as an SVG document.

    ``dark`` adds the colours for dark pages. ``id`` begins the names of its parts: a page may hold several.
    """
    left, right = _side_widths(drawing)
    width = max(LEGEND_WIDTH, left + right + COLUMN_STEP * (len(drawing.columns) - 1))
    slots = max(len(column.slots) for column in drawing.columns)
    bottom = TOP + ROW_STEP * slots + LINE_HEIGHT
    if any(map(drawing.is_band, range(len(drawing.layers)))):
        bottom += LINE_HEIGHT  # for what is written under the band
    caption = [fitted(remark, width - 2 * MARGIN) for remark in drawing.remarks]
    caption += wrapped(drawing.sum_terms, lambda line: text_width(line) <= width - 2 * MARGIN)
    legend = list(_legend(drawing.row is not None))
    height = bottom + LINE_HEIGHT * (len(caption) + len(legend))
    places = [
        _places(column, left + COLUMN_STEP * i, TOP + ROW_STEP * slots / 2)
        for i, column in enumerate(drawing.columns)
    ]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}"'
        f' height="{height:g}" class="{SCOPE[1:]}" role="img" aria-labelledby="{id}-title {id}-desc">',
        f'<title id="{id}-title">{escaped(_title(drawing))}</title>',
        f'<desc id="{id}-desc">{escaped(_description(drawing))}</desc>',
        f"<style>{style(dark)}</style>",
        f'<rect class="page" width="{width:g}" height="{height:g}"/>',
        *_edges(drawing, places),
    ]
    for i, (column, where) in enumerate(zip(drawing.columns, places, strict=True)):
        side = "end" if i == 0 else "start" if i == len(drawing.columns) - 1 else None
        parts += _column(column, where, left + COLUMN_STEP * i, side)
    parts += _highlight(drawing, places)
    parts += _caption(caption, bottom)
    for i, line in enumerate(reversed(legend)):
        parts += line(height - MARGIN - LINE_HEIGHT * i)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _side_widths(drawing: Drawing) -> tuple[float, float]:
    """Return the room left of the first column's centre and right of the last one's."""
    headings = [
        max(text_width(fitted(text, COLUMN_STEP - 12)) for text in (column.title, column.subtitle)) / 2
        for column in (drawing.columns[0], drawing.columns[-1])
    ]
    labels = [
        max(_label_width(node) for node in column.nodes) + RADIUS + 8
        for column in (drawing.columns[0], drawing.columns[-1])
    ]
    left, right = (MARGIN + max(pair) for pair in zip(headings, labels, strict=True))
    return round(left), round(right)


def _places(column: Column, x: float, middle: float) -> list[Position]:
    top = middle - ROW_STEP * (len(column.slots) - 1) / 2
    return [(x, top + ROW_STEP * i) for i in range(len(column.slots))]


def _edges(drawing: Drawing, places: Sequence[Sequence[Position]]) -> Iterator[str]:
    """Draw every edge between shown units; those of a highlighted neuron come last, on top."""
    on_top = []
    for layer, dense in enumerate(drawing.layers):
        if drawing.is_band(layer):
            yield from _band(drawing, layer, places)
            continue
        edges = drawing.edges(layer)
        largest = np.abs(dense.weights[np.isfinite(dense.weights)]).max(initial=0)
        start_of, end_of = (_by_unit(drawing.columns[i], places[i]) for i in (layer, layer + 1))
        for edge in edges:
            faint = drawing.highlight is not None and not edge.target.highlighted
            crowded = len(edges) > CROWDED and not edge.target.highlighted
            shade = " faint" if faint else " crowded" if crowded else ""
            line = _edge(edge.weight, largest, start_of[edge.source.unit], end_of[edge.target.unit], shade)
            if edge.target.highlighted:
                on_top.append(line)
            else:
                yield line
    yield from on_top


def _band(drawing: Drawing, layer: int, places: Sequence[Sequence[Position]]) -> Iterator[str]:
    """Draw all weights of a dense layer as cells: a line of them per input, a column per unit."""
    weights = drawing.layers[layer].weights
    tops, bottoms = zip(*((where[0][1], where[-1][1]) for where in places[layer : layer + 2]), strict=True)
    x, y = places[layer][0][0] + RADIUS + GUTTER, min(tops) - RADIUS
    width, height = COLUMN_STEP - 2 * (RADIUS + GUTTER), max(bottoms) + RADIUS - y
    yield from band(weights, x, y, width, height)
    yield f'<rect class="frame" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"/>'
    block = strongest(weights)[1]
    label = f"{weights.shape[0]:,} × {weights.shape[1]:,} weights"
    yield written(label, x + width / 2, y + height + 15, "middle dim")
    if block != (1, 1):
        yield written(
            f"largest of {block[0]} × {block[1]}", x + width / 2, y + height + 28, "middle dim small"
        )


def _edge(weight: Any, largest: Any, start: Position, end: Position, shade: str) -> str:
    share = abs(float(weight)) / largest if largest > 0 and np.isfinite(weight) else 0.0
    classes = "edge" + (" negative" if weight < 0 else "") + shade
    return (
        f'<path class="{classes}" stroke-width="{0.7 + 3.3 * share:.2f}"'
        f' d="M{start[0]:g} {start[1]:g}L{end[0]:g} {end[1]:g}"/>'
    )


def _column(column: Column, places: Sequence[Position], x: float, side: str | None) -> Iterator[str]:
    yield written(fitted(column.title, COLUMN_STEP - 12), x, 28, "middle title")
    yield written(fitted(column.subtitle, COLUMN_STEP - 12), x, 46, "middle dim")
    for slot, (_, y) in zip(column.slots, places, strict=True):
        if isinstance(slot, Gap):
            yield from (f'<circle class="dot" cx="{x:g}" cy="{y + dy:g}" r="2"/>' for dy in (-22, -14, -6))
            yield from _on_a_plate(slot.text, x, y + 12, "middle dim")
        else:
            yield from _node(slot, x, y, side)


def _node(node: Node, x: float, y: float, side: str | None) -> Iterator[str]:
    css = "node" + " winner" * node.wins + " marked" * node.highlighted
    value = "" if node.value is None else f": {rounded(node.value, 6)}"
    title = f"<title>{escaped(node.name + value)}</title>"
    yield f'<circle class="{css}" cx="{x:g}" cy="{y:g}" r="{RADIUS}">{title}</circle>'
    if node.share:
        sign = "positive" if node.share > 0 else "negative"
        strength = palette.strength(node.share, 1)
        inside = RADIUS - (2 if node.wins or node.highlighted else 1)
        yield (
            f'<circle class="fill {sign}" fill-opacity="{strength:.3f}" cx="{x:g}" cy="{y:g}" r="{inside}"/>'
        )
    if node.value is not None:
        yield written(compact(node.value), x, y + 1, "middle")
        yield written(str(node.unit), x, y + 15, "middle dim small")
    elif side != "end":
        yield written(f"unit {node.unit}", x, y + 4, "middle dim small")
    if node.scaled is not None:
        yield written(f"scaled {compact(node.scaled)}", x, y + RADIUS + 12, "middle dim small")
    beside = x + RADIUS + 8 + CLASS_WIDTH * node.is_class
    if side == "end":
        yield written(_label(node), x - RADIUS - 8, y + 4, "end", node.name)
    elif side == "start" and node.name != str(node.unit):
        yield written(_label(node), beside, y + 4, "title" if node.wins else "", node.name)
    if node.wins:
        below = 19 if node.name != str(node.unit) else 4
        yield written(WINS, beside, y + below, "small")
    if node.is_class:
        place, path = f"translate({x + RADIUS + 15:g} {y:g}) scale(4)", palette.shape_of(node.unit).path
        fill = palette.colour_of(node.unit)
        yield f'<path class="class" fill="{fill}" transform="{place}" d="{path}"/>'


def _highlight(drawing: Drawing, places: Sequence[Sequence[Position]]) -> Iterator[str]:
    """Write the highlighted neuron's weights on its edges, and its bias under it."""
    if drawing.highlight is None:
        return
    layer, unit = drawing.highlight
    start_of, end_of = (_by_unit(drawing.columns[i], places[i]) for i in (layer, layer + 1))
    x, y = end_of[unit]
    for edge in drawing.edges(layer):
        if edge.target.highlighted:
            x0, y0 = start_of[edge.source.unit]
            yield from _on_a_plate(compact(edge.weight), x0 + (x - x0) * WEIGHT_AT, y0 + (y - y0) * WEIGHT_AT)
    bias = compact(drawing.layers[layer].biases[unit])
    yield from _on_a_plate(f"bias {bias}", x, y + RADIUS + 11)


def _on_a_plate(text: str, x: float, y: float, css: str = "middle") -> Iterator[str]:
    """Write a text over edges, on a plate of the page's colour so that it can be read."""
    width = text_width(text) + 4
    yield f'<rect class="page" x="{x - width / 2:g}" y="{y - 7:g}" width="{width:g}" height="14"/>'
    yield written(text, x, y + 4, css)


def _caption(lines: Sequence[str], top: float) -> Iterator[str]:
    for i, line in enumerate(lines):
        yield written(line, MARGIN, top + LINE_HEIGHT * i, "")


def _legend(with_values: bool) -> Iterator[Callable[[float], Iterator[str]]]:
    """Yield what draws each line of the legend at a height."""

    def weights(y: float) -> Iterator[str]:
        yield f'<path class="edge" stroke-width="3" d="M{MARGIN} {y - 4:g}h32"/>'
        yield written("positive weight", MARGIN + 40, y, "dim")
        yield f'<path class="edge negative" stroke-width="3" d="M{MARGIN + 166} {y - 4:g}h32"/>'
        yield written("negative weight", MARGIN + 206, y, "dim")

    def values(y: float) -> Iterator[str]:
        for x, css, word in ((MARGIN, "positive", "above 0"), (MARGIN + 166, "negative", "below 0")):
            strong = palette.MOST_FILL
            yield f'<circle class="{css}" fill-opacity="{strong}" cx="{x + 16}" cy="{y - 4:g}" r="7"/>'
            yield written(word, x + 40, y, "dim")

    yield weights
    if with_values:
        yield values


def _title(drawing: Drawing) -> str:
    row = "" if drawing.row is None else f", row {drawing.row}"
    return f"Neural network {drawing.name}{row}"


def _description(drawing: Drawing) -> str:
    """Return what a picture's reader should know who can't see it."""
    layers = "; ".join(f"{column.title}: {column.subtitle}" for column in drawing.columns)
    sentences = [f"Columns from left to right: {layers}."]
    if drawing.highlight is not None:
        sentences.append(f"Highlighted is layers[{drawing.highlight[0]}] unit {drawing.highlight[1]}.")
        sentences.append(" ".join(drawing.sum_terms) + ".")
    outputs = drawing.columns[-1].nodes
    if drawing.row is not None:
        values = ", ".join(f"{node.name} {compact(node.value)}" for node in outputs)
        sentences.append(f"Outputs of row {drawing.row}: {values}.")
    sentences += [f"{remark[0].upper()}{remark[1:]}." for remark in drawing.remarks]
    return " ".join(sentences)


def _by_unit(column: Column, places: Sequence[Position]) -> dict[int, Position]:
    pairs = zip(column.slots, places, strict=True)
    return {slot.unit: place for slot, place in pairs if isinstance(slot, Node)}


def _label_width(node: Node) -> float:
    """Return the room that stands beside a node: the winner's name is bold, and a word stands under it."""
    own = text_width(_label(node))
    return (max(1.12 * own, text_width(WINS)) if node.wins else own) + CLASS_WIDTH * node.is_class


def _label(node: Node) -> str:
    return fitted(node.name, LABEL_WIDTH)
