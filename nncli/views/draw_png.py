"""A drawing as PNG, through the extra ``png``: a wheel that needs no browser and no system package."""

from __future__ import annotations

import math
from importlib import resources

from nncli.errors import MissingExtraError, OutputError
from nncli.views.draw import Drawing
from nncli.views.draw_svg import draw_svg

FONT = "DejaVu Sans"
"""The font that comes with us (its Latin, Greek and Cyrillic letters), so that a picture looks the same
on every machine. It is DejaVu Sans cut down by fontTools' subsetter, without hints and features, to
U+0020-007E, U+00A0-017F, U+0370-045F and a few signs. Letters that it lacks come from the system's
fonts, where there are any."""

MOST_PIXELS = 25_000_000
"""A picture needs four bytes a pixel, and several times that while it is made."""


def draw_png(drawing: Drawing, zoom: float = 2) -> bytes:
    """Return a drawing as a PNG file's bytes, in light colours.

    ``zoom`` is pixels for each SVG unit, less where the picture gets too large.

    Raises
    ------
    MissingExtraError
        The package resvg-py is not installed.
    OutputError
        The picture is too large for a PNG.
    """
    try:
        from resvg_py import svg_to_bytes
    except ImportError as error:
        raise MissingExtraError("a PNG picture", "png") from error
    svg = draw_svg(drawing, dark=False)
    width, height = map(float, svg.split('viewBox="0 0 ', 1)[1].split('"', 1)[0].split())
    zoom = min(zoom, math.sqrt(MOST_PIXELS / (width * height)))
    if zoom < 1:
        raise OutputError(
            f"a network of {len(drawing.columns) - 1} layers is too large for a .png; write an .svg"
        )
    with resources.as_file(resources.files("nncli.views") / "fonts" / "DejaVuSans-subset.ttf") as font:
        png: bytes = svg_to_bytes(
            svg_string=svg,
            zoom=zoom,
            font_files=[str(font)],
            font_family=FONT,
            sans_serif_family=FONT,
            skip_system_fonts=not _needs_more_letters(svg),
        )
    return bytes(png)


def _needs_more_letters(svg: str) -> bool:
    """Return whether a drawing has letters beyond the Latin, Greek and Cyrillic ones of our font."""
    return any(letter > "\u045f" and letter not in "…–—‘’“”•×→←−√∞≤≥" for letter in svg)
