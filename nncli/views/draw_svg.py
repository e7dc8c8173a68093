"""A drawing as SVG: for light and dark pages, with words for screen readers, and nothing that runs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from nncli.inspect.numbers import rounded
from nncli.text import ELLIPSIS, printable
from nncli.views.draw import Column, Drawing, Gap, Node, wrapped
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

LIGHT = """
.page{fill:#ffffff}
text{fill:#1f2328;font-family:system-ui,-apple-system,'Segoe UI',Arial,sans-serif;font-size:12px}
.title{font-weight:bold}
.dim{fill:#57606a}
.small{font-size:10px}
.middle{text-anchor:middle}
.end{text-anchor:end}
.node{fill:#f6f8fa;stroke:#57606a;stroke-width:1.5}
.marked{fill:#fff3bf;stroke:#9a6700;stroke-width:3.5}
.dot{fill:#57606a}
.edge{fill:none;stroke:#0a69b5}
.negative{stroke:#bc4c00;stroke-dasharray:7 4}
.crowded{opacity:0.5}
.faint{opacity:0.16}
"""
DARK = """@media (prefers-color-scheme:dark){
.page{fill:#0d1117}
text{fill:#e6edf3}
.dim{fill:#9aa4ae}
.node{fill:#161b22;stroke:#9aa4ae}
.marked{fill:#3a2c00;stroke:#e3b341}
.dot{fill:#9aa4ae}
.edge{stroke:#58a6ff}
.negative{stroke:#ff9b50}
.faint{opacity:0.22}
}
"""

Position = tuple[float, float]


def draw_svg(drawing: Drawing, *, dark: bool = True) -> str:
    """Return a drawing as an SVG document; ``dark`` adds the colours for dark pages."""
    left, right = _side_widths(drawing)
    width = max(LEGEND_WIDTH, left + right + COLUMN_STEP * (len(drawing.columns) - 1))
    slots = max(len(column.slots) for column in drawing.columns)
    bottom = TOP + ROW_STEP * slots + LINE_HEIGHT
    caption = wrapped(drawing.sum_terms, lambda line: text_width(line) <= width - 2 * MARGIN)
    height = bottom + LINE_HEIGHT * (len(caption) + 1)
    places = [
        _places(column, left + COLUMN_STEP * i, TOP + ROW_STEP * slots / 2)
        for i, column in enumerate(drawing.columns)
    ]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}"'
        f' height="{height:g}" role="img" aria-labelledby="nncli-title nncli-desc">',
        f'<title id="nncli-title">{_escaped(_title(drawing))}</title>',
        f'<desc id="nncli-desc">{_escaped(_description(drawing))}</desc>',
        f"<style>{LIGHT}{DARK if dark else ''}</style>",
        f'<rect class="page" width="{width:g}" height="{height:g}"/>',
        *_edges(drawing, places),
    ]
    for i, (column, where) in enumerate(zip(drawing.columns, places, strict=True)):
        side = "end" if i == 0 else "start" if i == len(drawing.columns) - 1 else None
        parts += _column(column, where, left + COLUMN_STEP * i, side)
    parts += _highlight(drawing, places)
    parts += _caption(caption, bottom)
    parts += _legend(height - MARGIN)
    return "\n".join([*parts, "</svg>"]) + "\n"


def text_width(text: str, size: float = 12) -> float:
    """Return how wide a text gets at most, in pixels: no font is known, so wide letters are assumed."""
    return size * sum(_letter_width(letter) for letter in text)


def fitted(text: str, width: float) -> str:
    """Return printable text cut to a width in pixels, with an ellipsis where something is missing."""
    text = printable(text)
    if text_width(text) <= width:
        return text
    kept, room = "", width - text_width(ELLIPSIS)
    for letter in text:
        room -= text_width(letter)
        if room < 0:
            break
        kept += letter
    return kept + ELLIPSIS


def _side_widths(drawing: Drawing) -> tuple[float, float]:
    """Return the room left of the first column's centre and right of the last one's."""
    headings = [
        max(text_width(fitted(text, COLUMN_STEP - 12)) for text in (column.title, column.subtitle)) / 2
        for column in (drawing.columns[0], drawing.columns[-1])
    ]
    labels = [
        max(text_width(_label(node)) for node in column.nodes) + RADIUS + 8
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
        crowded = len(drawing.columns[layer].nodes) * len(drawing.columns[layer + 1].nodes) > CROWDED
        largest = np.abs(dense.weights[np.isfinite(dense.weights)]).max(initial=0)
        for source, start in _shown(drawing.columns[layer], places[layer]):
            for target, end in _shown(drawing.columns[layer + 1], places[layer + 1]):
                weight = drawing.weight(layer, source, target)
                faint = drawing.highlight is not None and not target.highlighted
                shade = " faint" if faint else " crowded" if crowded and not target.highlighted else ""
                line = _edge(weight, largest, start, end, shade)
                if target.highlighted:
                    on_top.append(line)
                else:
                    yield line
    yield from on_top


def _edge(weight: Any, largest: Any, start: Position, end: Position, shade: str) -> str:
    share = abs(float(weight)) / largest if largest > 0 and np.isfinite(weight) else 0.0
    classes = "edge" + (" negative" if weight < 0 else "") + shade
    return (
        f'<path class="{classes}" stroke-width="{0.7 + 3.3 * share:.2f}"'
        f' d="M{start[0]:g} {start[1]:g}L{end[0]:g} {end[1]:g}"/>'
    )


def _column(column: Column, places: Sequence[Position], x: float, side: str | None) -> Iterator[str]:
    yield _text(fitted(column.title, COLUMN_STEP - 12), x, 28, "middle title")
    yield _text(fitted(column.subtitle, COLUMN_STEP - 12), x, 46, "middle dim")
    for slot, (_, y) in zip(column.slots, places, strict=True):
        if isinstance(slot, Gap):
            yield from (f'<circle class="dot" cx="{x:g}" cy="{y + dy:g}" r="2"/>' for dy in (-22, -14, -6))
            yield from _on_a_plate(slot.text, x, y + 12, "middle dim")
        else:
            yield from _node(slot, x, y, side)


def _node(node: Node, x: float, y: float, side: str | None) -> Iterator[str]:
    css = "node marked" if node.highlighted else "node"
    value = "" if node.value is None else f": {rounded(node.value, 6)}"
    title = f"<title>{_escaped(node.name + value)}</title>"
    yield f'<circle class="{css}" cx="{x:g}" cy="{y:g}" r="{RADIUS}">{title}</circle>'
    if node.value is None:
        yield _text(str(node.unit), x, y + 4, "middle dim")
    else:
        yield _text(compact(node.value), x, y + 1, "middle")
        yield _text(str(node.unit), x, y + 15, "middle dim small")
    if side == "end":
        yield _text(_label(node), x - RADIUS - 8, y + 4, "end", node.name)
    elif side == "start" and node.name != str(node.unit):
        yield _text(_label(node), x + RADIUS + 8, y + 4, "", node.name)


def _highlight(drawing: Drawing, places: Sequence[Sequence[Position]]) -> Iterator[str]:
    """Write the highlighted neuron's weights on its edges, and its bias under it."""
    if drawing.highlight is None:
        return
    layer, unit = drawing.highlight
    shown = _shown(drawing.columns[layer + 1], places[layer + 1])
    target, (x, y) = next((node, place) for node, place in shown if node.highlighted)
    for source, (x0, y0) in _shown(drawing.columns[layer], places[layer]):
        weight = compact(drawing.weight(layer, source, target))
        at = x0 + (x - x0) * WEIGHT_AT, y0 + (y - y0) * WEIGHT_AT
        yield from _on_a_plate(weight, *at)
    bias = compact(drawing.layers[layer].biases[unit])
    yield from _on_a_plate(f"bias {bias}", x, y + RADIUS + 11)


def _on_a_plate(text: str, x: float, y: float, css: str = "middle") -> Iterator[str]:
    """Write a text over edges, on a plate of the page's colour so that it can be read."""
    width = text_width(text) + 4
    yield f'<rect class="page" x="{x - width / 2:g}" y="{y - 7:g}" width="{width:g}" height="14"/>'
    yield _text(text, x, y + 4, css)


def _caption(lines: Sequence[str], top: float) -> Iterator[str]:
    for i, line in enumerate(lines):
        yield _text(line, MARGIN, top + LINE_HEIGHT * i, "")


def _legend(y: float) -> Iterator[str]:
    yield f'<path class="edge" stroke-width="3" d="M{MARGIN} {y - 4:g}h32"/>'
    yield _text("positive weight", MARGIN + 40, y, "dim")
    yield f'<path class="edge negative" stroke-width="3" d="M{MARGIN + 166} {y - 4:g}h32"/>'
    yield _text("negative weight", MARGIN + 206, y, "dim")


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
    return " ".join(sentences)


def _shown(column: Column, places: Sequence[Position]) -> list[tuple[Node, Position]]:
    pairs = zip(column.slots, places, strict=True)
    return [(slot, place) for slot, place in pairs if isinstance(slot, Node)]


def _label(node: Node) -> str:
    return fitted(node.name, LABEL_WIDTH)


def _text(text: str, x: float, y: float, css: str, full: str | None = None) -> str:
    title = f"<title>{_escaped(full)}</title>" if full is not None and full != text else ""
    return (
        f'<text x="{x:g}" y="{y:g}"' + (f' class="{css}"' if css else "") + f">{title}{_escaped(text)}</text>"
    )


def _escaped(text: str) -> str:
    return escape(printable(text), {'"': "&quot;"})


def _letter_width(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if letter in "mwMWQO@%…—×→" or unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    if letter in " .,:;!|'()[]":
        return 0.42
    if letter.isupper() or not letter.isascii():
        return 0.85
    return 0.66
