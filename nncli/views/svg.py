"""Text in SVG: how wide it gets where no font is known, cut to a width, and harmless whatever it says."""

from __future__ import annotations

import unicodedata
from xml.sax.saxutils import escape

from nncli.text import ELLIPSIS, printable, signs

FONT_SIZE = 12
"""Pixels; the drawing's style has the same."""


def text_width(text: str) -> float:
    """Return how wide a text gets at most, in pixels: no font is known, so wide letters are assumed."""
    return FONT_SIZE * sum(_sign_width(sign) for sign, _ in signs(text))


def fitted(text: str, width: float) -> str:
    """Return printable text cut to a width in pixels, in its middle: names often differ at their ends."""
    text = printable(text)
    if text_width(text) <= width:
        return text
    pieces = [sign for sign, _ in signs(text)]
    room = width - text_width(ELLIPSIS)
    end = _first_fitting(pieces[::-1], room * 0.4)[::-1]
    begin = _first_fitting(pieces, room - text_width("".join(end)))
    return "".join(begin) + ELLIPSIS + "".join(end)


def escaped(text: str) -> str:
    """Return text as XML holds it, in elements and in quotes."""
    return escape(printable(text), {'"': "&quot;"})


def written(text: str, x: float, y: float, css: str, full: str | None = None) -> str:
    """Return a text element; ``full`` is what a cut text says whole."""
    title = f"<title>{escaped(full)}</title>" if full is not None and full != text else ""
    return (
        f'<text x="{x:g}" y="{y:g}"' + (f' class="{css}"' if css else "") + f">{title}{escaped(text)}</text>"
    )


def _first_fitting(pieces: list[str], room: float) -> list[str]:
    kept = []
    for piece in pieces:
        room -= text_width(piece)
        if room < 0:
            break
        kept.append(piece)
    return kept


def _sign_width(sign: str) -> float:
    """Return the width of a letter with its accents, or of an emoji, as a share of the font's size."""
    letter = sign[0]
    if unicodedata.combining(letter):
        return 0.0
    if len(sign) > 1 and not letter.isalnum():  # an emoji of several parts
        return 1.4
    if letter in "mwMWQO@%…—×→" or unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    if letter in " .,:;!|'()[]":
        return 0.42
    if letter.isupper() or not letter.isascii():
        return 0.85
    return 0.66
