"""A drawing in characters, for a terminal: boxes in columns, joined by one line that is every edge."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from nncli.text import pad, shorten, width_of
from nncli.views.chosen import Gap
from nncli.views.draw import Column, Drawing, Node, wrapped
from nncli.views.palette import ON_TERMINAL
from nncli.views.text import compact

MOST_SLOTS = 7
"""How many units of a column a terminal's height holds."""

WIDTHS = ((14, 20), (12, 14), (9, 11), (6, 9))
"""How wide names and headings may be: the first pair that fits."""
BOX_HEIGHT = 3
WINS = " ←"
"""Behind the predicted unit."""
STUB = "──"

PLAIN = ("╭─╮", "┤├", "││", "╰─╯")
MARKED = ("╔═╗", "╢╟", "║║", "╚═╝")

NUMBER = re.compile(r"([│║┤╢─] +)(-?\d[\d.]*(?:e-?\d+)?)(?= +[│║├╟─])")
"""A value in its box, or a weight on its edge."""

JUNCTIONS = {
    "": " ",
    "ud": "│",
    "udl": "┤",
    "udr": "├",
    "udlr": "┼",
    "dl": "┐",
    "dr": "┌",
    "dlr": "┬",
    "ul": "┘",
    "ur": "└",
    "ulr": "┴",
    "lr": "─",
}
"""What a crossing looks like, by the sides that a line comes from: up, down, left, right."""


def draw_text(drawing: Drawing, width: int) -> str:
    """Return a drawing as lines of text; columns that don't fit in ``width`` cells follow below.

    Every unit is joined to every unit of the next column, so one line stands for all those edges.
    Before the column of a highlighted neuron it carries that neuron's weights.
    """
    last = len(drawing.layers)
    for names, headings in WIDTHS:
        parts = _parts(drawing, names, headings)
        widths = [width_of(part[0]) for part in parts]
        if max(sum(widths[i : i + 3]) for i in range(0, len(widths) - 2, 2)) <= width:
            break
    paragraphs = ["\n".join(_joined(parts[a:b])) for a, b in _bands(widths, width)]
    sentences: list[Sequence[str]] = [remark.split(" ") for remark in drawing.remarks]
    if drawing.top is not None:
        sentences += [_listed(drawing, layer) for layer in range(last)]
    sentences.append(drawing.sum_terms)
    for sentence in filter(None, sentences):
        words = [word for piece in sentence for word in _whole_or_words(piece, width)]
        paragraphs.append("\n".join(wrapped(words, lambda line: width_of(line) <= width)))
    return "\n\n".join(paragraphs) + "\n"


def _parts(drawing: Drawing, names: int, headings: int) -> list[list[str]]:
    """Return the columns, with the edges between any two."""
    height = max(_body_height(column) for column in drawing.columns)
    last = len(drawing.columns) - 1
    parts = [_column_lines(drawing.columns[0], height, names, headings, first=True, last=False)]
    for i in range(last):
        parts.append(_edge_lines(drawing, i, height))
        column = drawing.columns[i + 1]
        parts.append(_column_lines(column, height, names, headings, first=False, last=i + 1 == last))
    return parts


def _whole_or_words(piece: str, width: int) -> list[str]:
    return [piece] if width_of(piece) <= width else piece.split(" ")


def coloured(text: str) -> str:
    """Return a drawing whose values and weights are blue above zero and orange below, for a terminal."""

    def paint(found: re.Match[str]) -> str:
        number = float(found[2])
        if not number:
            return found[0]
        return f"{found[1]}\x1b[{ON_TERMINAL[number < 0]}m{found[2]}\x1b[0m"

    return NUMBER.sub(paint, text)


def _listed(drawing: Drawing, layer: int) -> list[str]:
    """Return a layer's strongest edges as words, since one line stands for them all."""
    edges = sorted(drawing.edges(layer), key=lambda edge: -abs(edge.weight))
    pieces = [
        f"{shorten(edge.source.name, 14)} → {shorten(edge.target.name, 14)} {compact(edge.weight)}"
        for edge in edges
    ]
    return [f"layers[{layer}]:", *(f"{piece}," for piece in pieces[:-1]), *pieces[-1:]]


def _bands(widths: Sequence[int], width: int) -> Iterator[tuple[int, int]]:
    """Yield slices of columns and edges that fit side by side; each starts where the last one ended."""
    start = 0
    while start < len(widths) - 1:
        end = start + 3
        while end + 2 <= len(widths) and sum(widths[start : end + 2]) <= width:
            end += 2
        yield start, end
        start = end - 1


def _joined(parts: Sequence[Sequence[str]]) -> list[str]:
    return ["".join(pieces).rstrip() for pieces in zip(*parts, strict=True)]


def _column_lines(
    column: Column, height: int, name_width: int, heading_width: int, *, first: bool, last: bool
) -> list[str]:
    """Return a column as lines of one width: two of heading, an empty one, and its boxes.

    Names stand outside, left of the inputs' boxes and right of the outputs', but those of inputs without a
    value inside.
    """
    inner = max(width_of(_inside(node, first, name_width)) for node in column.nodes)
    box_width = inner + 4
    labels = [_label(node, first, last, name_width) for node in column.nodes]
    names = max(width_of(label) for label in labels)
    names += 1 if names else 0
    named = names > 0
    headings = [shorten(text, heading_width) for text in (column.title, column.subtitle)]
    width = max(box_width + names, *map(width_of, headings), *(len(gap.text) + 2 for gap in _gaps(column)))
    if not (first or last):
        box_width = width
    body: list[str] = []
    for slot in column.slots:
        if isinstance(slot, Gap):
            body.append(pad(f"⋮ {slot.text}", width, "^"))
            continue
        inside = _inside(slot, first, name_width)
        for i, line in enumerate(_box_lines(slot, inside, inner, box_width, first=first, last=last)):
            name = _label(slot, first, last, name_width) if i == BOX_HEIGHT // 2 else ""
            if first and not named:
                line = pad(line, width, ">")
            elif first:
                line = pad(f"{name} ", width - box_width, ">") + line
            elif last:
                line = pad(f"{line} {name}", width)
            body.append(line)
    blank = " " * width
    above = (height - len(body)) // 2
    below = height - above - len(body)
    return [*(pad(text, width, "^") for text in headings), blank, *[blank] * above, *body, *[blank] * below]


def _box_lines(node: Node, inside: str, inner: int, width: int, *, first: bool, last: bool) -> list[str]:
    """Return a unit's box, and the edges that reach it on both sides."""
    top, joined, plain, bottom = MARKED if node.highlighted else PLAIN
    left = (width - inner - 4) // 2
    right = width - inner - 4 - left
    number = str(node.unit) if node.value is not None and not first else ""
    lid = top[0] + number + top[1] * (inner + 2 - len(number)) + top[2]
    middle = (plain[0] if first else joined[0]) + f" {pad(inside, inner, '^')} "
    middle += plain[1] if last else joined[1]
    scaled = "" if node.scaled is None else compact(node.scaled)
    floor = bottom[0] + scaled + bottom[1] * (inner + 2 - len(scaled)) + bottom[2]
    return [
        " " * left + lid + " " * right,
        (" " if first else "─") * left + middle + (" " if last else "─") * right,
        " " * left + floor + " " * right,
    ]


def _edge_lines(drawing: Drawing, layer: int, height: int) -> list[str]:
    """Return the line between two columns; it joins every unit on the left to every one on the right."""
    sources = _middles(drawing.columns[layer], height)
    targets = _middles(drawing.columns[layer + 1], height)
    weights = _weights(drawing, layer)
    width = max(map(len, weights.values()), default=0)
    top, bottom = min([*sources, *targets]), max([*sources, *targets])
    lines = []
    for y in range(height):
        sides = "".join(
            side
            for side, there in (
                ("u", top < y <= bottom),
                ("d", top <= y < bottom),
                ("l", y in sources),
                ("r", y in targets),
            )
            if there
        )
        stub = ""
        if y in sources:
            stub = "─" + weights.get(sources[y], "").center(width, "─") + "─"
        lines.append(pad(stub, width + 2) + JUNCTIONS[sides] + (STUB if y in targets else "  "))
    return [*[" " * (width + 5)] * 3, *lines]


def _weights(drawing: Drawing, layer: int) -> dict[int, str]:
    """Return the weights from the shown units to the highlighted one, if it is in the next column."""
    return {
        edge.source.unit: f" {compact(edge.weight)} "
        for edge in drawing.edges(layer)
        if edge.target.highlighted
    }


def _middles(column: Column, height: int) -> dict[int, int]:
    """Return the line on which each shown unit's edges are, and the unit."""
    y = (height - _body_height(column)) // 2
    middles = {}
    for slot in column.slots:
        if isinstance(slot, Node):
            middles[y + BOX_HEIGHT // 2] = slot.unit
        y += _slot_height(slot)
    return middles


def _label(node: Node, first: bool, last: bool, width: int) -> str:
    """Return what stands beside a box."""
    if (first and node.value is None) or not (first or last):
        return ""
    name = "" if node.name == str(node.unit) else shorten(node.name, width)
    return name + WINS if node.wins else name


def _inside(node: Node, first: bool, width: int) -> str:
    """Return what stands in a box: the value, else words, so that no number looks like one."""
    if node.value is not None:
        return compact(node.value)
    return shorten(node.name, width) if first else f"unit {node.unit}"


def _gaps(column: Column) -> list[Gap]:
    return [slot for slot in column.slots if isinstance(slot, Gap)]


def _slot_height(slot: Node | Gap) -> int:
    return 1 if isinstance(slot, Gap) else BOX_HEIGHT


def _body_height(column: Column) -> int:
    return sum(map(_slot_height, column.slots))
