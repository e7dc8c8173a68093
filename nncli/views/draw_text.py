"""A drawing in characters, for a terminal: boxes in columns, joined by one line that is every edge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nncli.text import pad, shorten, width_of
from nncli.views.draw import Column, Drawing, Gap, Node, wrapped
from nncli.views.text import compact

MOST_SLOTS = 7
"""How many units of a column a terminal's height holds."""

NAME_WIDTH = 14
HEADING_WIDTH = 20
BOX_HEIGHT = 3
STUB = "──"

PLAIN = ("╭─╮", "┤├", "││", "╰─╯")
MARKED = ("╔═╗", "╢╟", "║║", "╚═╝")

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
    height = max(_body_height(column) for column in drawing.columns)
    last = len(drawing.columns) - 1
    parts = [_column_lines(drawing.columns[0], height, first=True, last=False)]
    for i in range(last):
        parts.append(_edge_lines(drawing, i, height))
        parts.append(_column_lines(drawing.columns[i + 1], height, first=False, last=i + 1 == last))
    paragraphs = ["\n".join(_joined(parts[a:b])) for a, b in _bands([width_of(p[0]) for p in parts], width)]
    if drawing.sum_terms:
        paragraphs.append("\n".join(wrapped(drawing.sum_terms, lambda line: width_of(line) <= width)))
    return "\n\n".join(paragraphs) + "\n"


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


def _column_lines(column: Column, height: int, *, first: bool, last: bool) -> list[str]:
    """Return a column as lines of one width: two of heading, an empty one, and its boxes.

    Names stand outside: left of the inputs' boxes, right of the outputs'.
    """
    inner = max(len(_inside(node)) for node in column.nodes)
    box_width = inner + 4
    named = first or last
    names = max(width_of(_name(node)) for node in column.nodes) + 1 if named else 0
    headings = [shorten(text, HEADING_WIDTH) for text in (column.title, column.subtitle)]
    width = max(box_width + names, *map(width_of, headings), *(len(gap.text) + 2 for gap in _gaps(column)))
    if not named:
        box_width = width
    body: list[str] = []
    for slot in column.slots:
        if isinstance(slot, Gap):
            body.append(pad(f"⋮ {slot.text}", width, "^"))
            continue
        for i, line in enumerate(_box_lines(slot, inner, box_width, first, last)):
            name = _name(slot) if named and i == BOX_HEIGHT // 2 else ""
            if first:
                line = pad(f"{name} ", width - box_width, ">") + line
            elif last:
                line = pad(f"{line} {name}", width)
            body.append(line)
    blank = " " * width
    above = (height - len(body)) // 2
    below = height - above - len(body)
    return [*(pad(text, width, "^") for text in headings), blank, *[blank] * above, *body, *[blank] * below]


def _box_lines(node: Node, inner: int, width: int, first: bool, last: bool) -> list[str]:
    """Return a unit's box, and the edges that reach it on both sides."""
    top, joined, plain, bottom = MARKED if node.highlighted else PLAIN
    left = (width - inner - 4) // 2
    right = width - inner - 4 - left
    number = str(node.unit) if node.value is not None and not first else ""
    lid = top[0] + number + top[1] * (inner + 2 - len(number)) + top[2]
    middle = (
        (plain[0] if first else joined[0]) + f" {_inside(node):^{inner}} " + (plain[1] if last else joined[1])
    )
    return [
        " " * left + lid + " " * right,
        (" " if first else "─") * left + middle + (" " if last else "─") * right,
        " " * left + bottom[0] + bottom[1] * (inner + 2) + bottom[2] + " " * right,
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
    marked = [node for node in drawing.columns[layer + 1].nodes if node.highlighted]
    if not marked:
        return {}
    return {
        node.unit: f" {compact(drawing.weight(layer, node, marked[0]))} "
        for node in drawing.columns[layer].nodes
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


def _name(node: Node) -> str:
    return "" if node.name == str(node.unit) else shorten(node.name, NAME_WIDTH)


def _inside(node: Node) -> str:
    return str(node.unit) if node.value is None else compact(node.value)


def _gaps(column: Column) -> list[Gap]:
    return [slot for slot in column.slots if isinstance(slot, Gap)]


def _slot_height(slot: Node | Gap) -> int:
    return 1 if isinstance(slot, Gap) else BOX_HEIGHT


def _body_height(column: Column) -> int:
    return sum(map(_slot_height, column.slots))
