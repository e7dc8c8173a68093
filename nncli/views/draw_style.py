"""A drawing's style sheet.

Every rule begins with `SCOPE`: a drawing may stand inside another page, and styles nothing there.
"""

from __future__ import annotations

from nncli.views.palette import CLASSES, CLASSES_ON_DARK, DIM, INK, NEGATIVE, PAPER, POSITIVE

SCOPE = ".nncli-drawing"
RULES = (
    (".page", "fill:{paper}"),
    ("text", "fill:{ink};font-family:system-ui,-apple-system,'Segoe UI',Arial,sans-serif;font-size:12px"),
    (".title", "font-weight:bold"),
    (".dim", "fill:{dim}"),
    (".small", "font-size:10px"),
    (".middle", "text-anchor:middle"),
    (".end", "text-anchor:end"),
    (".node", "fill:{paper};stroke:{dim};stroke-width:1.5"),
    (".winner", "stroke:{ink};stroke-width:4"),
    (".marked", "stroke:{mark};stroke-width:4"),
    (".dot", "fill:{dim}"),
    (".positive", "fill:{positive}"),
    (".negative", "fill:{negative}"),
    (".edge", "fill:none;stroke:{positive}"),
    (".edge.negative", "stroke:{negative};stroke-dasharray:7 4"),
    (".fill", "pointer-events:none"),
    (".frame", "fill:none;stroke:{dim};stroke-width:0.5"),
    (".class", "stroke:{ink};stroke-width:0.35"),
    (".crowded", "opacity:0.5"),
    (".faint", "opacity:{faint}"),
)
ON_DARK = tuple(
    (f'.class[fill="{light}"]', f"fill:{dark}")
    for light, dark in zip(CLASSES, CLASSES_ON_DARK, strict=True)
    if light != dark
)
SHADES = {"paper": PAPER, "ink": INK, "dim": DIM, "positive": POSITIVE, "negative": NEGATIVE}
COLOURS = {
    "light": {"mark": "#9a6700", "faint": "0.16", **{name: shade.light for name, shade in SHADES.items()}},
    "dark": {"mark": "#e3b341", "faint": "0.22", **{name: shade.dark for name, shade in SHADES.items()}},
}


def style(dark: bool) -> str:
    """Return the rules, with ``dark`` those for dark pages too."""

    def lines_of(paper: str) -> str:
        rules = RULES + (ON_DARK if paper == "dark" else ())
        lines = [f"{SCOPE} {selector}{{{rule.format(**COLOURS[paper])}}}" for selector, rule in rules]
        return "\n" + "\n".join(lines) + "\n"

    return lines_of("light") + (f"@media (prefers-color-scheme:dark){{{lines_of('dark')}}}\n" if dark else "")
