"""The colours and marks of every picture: drawings, charts, the terminal and the report's page.

Blue means above zero and orange below it, for weights, products and activations alike, and nothing else has
these two colours. Classes have colours of their own. The seven are apart for eyes without red or without
green cones too (an OKLab distance of 0.12 and more), on white and on dark paper. No colour speaks
alone: what is negative is dashed or has its sign, and a class has a shape, a dash or a label besides.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Shade(NamedTuple):
    """One meaning's colour on light and on dark paper."""

    light: str
    dark: str


class Shape(NamedTuple):
    """A class's mark: an SVG path around (0, 0) of radius 1.8, matplotlib's marker, a terminal's sign."""

    path: str
    marker: Any
    sign: str


POSITIVE = Shade("#0072b2", "#56b4e9")
NEGATIVE = Shade("#c04e00", "#f39a4b")
PAPER = Shade("#ffffff", "#0d1117")
INK = Shade("#1f2328", "#e6edf3")
DIM = Shade("#57606a", "#9aa4ae")

ON_TERMINAL = ("38;5;32", "38;5;166")
"""The two signs in a terminal of 256 colours: readable on black and on white."""

MOST_FILL = 0.55
"""The strongest fill behind a number; it stays readable."""

CLASSES = ("#6A2C91", "#DCC11B", "#00959E", "#FFADCB", "#862B11", "#7D9BF6", "#6B7A0F")
CLASSES_ON_DARK = ("#934FD5", "#DCC11B", "#00959E", "#FFADCB", "#9D5444", "#7D9BF6", "#79A12E")
"""The same on dark paper: lighter where a small mark would be lost."""
SHAPES = (
    Shape("M-1.3 0a1.3 1.3 0 1 0 2.6 0a1.3 1.3 0 1 0-2.6 0Z", "o", "●"),
    Shape("M0-1.6L1.5 1.2H-1.5Z", "^", "▲"),
    Shape("M-1.2-1.2H1.2V1.2H-1.2Z", "s", "■"),
    Shape("M0-1.8L1.5 0L0 1.8L-1.5 0Z", "D", "◆"),
    Shape("M-.5-1.5H.5V-.5H1.5V.5H.5V1.5H-.5V.5H-1.5V-.5H-.5Z", "P", "✚"),
    Shape("M0 1.6L1.5-1.2H-1.5Z", "v", "▼"),
    Shape("M-.9-1.5H.9L1.6 0L.9 1.5H-.9L-1.6 0Z", "H", "⬢"),
    Shape("M0-1.7L.5-.5L1.7 0L.5 .5L0 1.7L-.5 .5L-1.7 0L-.5-.5Z", (4, 1, 0), "✦"),
)
"""One more than colours: a colour and a shape together tell 56 classes apart."""
DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (8, 2, 2, 2)))
"""matplotlib's line styles for curves of classes; with the colours they tell 28 apart."""

SCALE = ("#00224e", "#434e6c", "#7d7c78", "#bcae6c", "#fee838")
"""From small to large where zero means nothing: cividis."""


def colour_of(number: int) -> str:
    """Return a class's colour."""
    return CLASSES[number % len(CLASSES)]


def shape_of(number: int) -> Shape:
    """Return a class's shape."""
    return SHAPES[number % len(SHAPES)]


def dash_of(number: int) -> Any:
    """Return the line style of a class's curve."""
    return DASHES[number % len(DASHES)]


def strength(value: Any, largest: Any) -> float:
    """Return how strong a value's fill is, from 0 to `MOST_FILL`, where ``largest`` has the strongest."""
    share = abs(float(value)) / float(largest) if largest else 0.0
    return MOST_FILL * min(share, 1.0) if share == share else 0.0


def style() -> str:
    """Return CSS whose variables are the signs' and the classes' colours, for light and dark pages."""
    shades = map(Shade, CLASSES, CLASSES_ON_DARK)
    colours = {"positive": POSITIVE, "negative": NEGATIVE}
    colours |= {f"class-{number}": shade for number, shade in enumerate(shades)}
    light, dark = (
        " ".join(f"--{name}: {getattr(shade, paper)};" for name, shade in colours.items())
        for paper in Shade._fields
    )
    on_dark = f"@media (prefers-color-scheme: dark) {{ :root:not(.printing) {{ {dark} }} }}"
    return f":root {{ {light} }}\n{on_dark}\n"


def for_page() -> dict[str, Any]:
    """Return what the page's scripts know of colours and marks."""
    return {
        "classes": len(CLASSES),
        "shapes": [shape.path for shape in SHAPES],
        "scale": SCALE,
    }
