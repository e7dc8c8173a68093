"""Names and cells of anyone's files as people read them: escaped, quoted, cut, as wide as on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

ELLIPSIS = "…"

MOST_DECIMALS = 17
"""So many digits tell every number of 64 bits from its neighbours: more are never asked for."""

_JOINERS = "\u200c\u200d"
"""Between two emoji the second makes them one; between two letters they shape words of many scripts."""
_JOINER = _JOINERS[1]
_AS_EMOJI = "\ufe0f"
"""Behind a sign it asks for its wide, coloured form."""


def printable(text: str) -> str:
    """Return text on one line, with nothing that could steer a terminal: control characters are escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or _joins(text, i) else _escaped(c) for i, c in enumerate(text))


def cut(text: str, most: int = 40) -> str:
    """Return the first characters of a text as messages show them, with an ellipsis where there are more."""
    return printable(_first(text, most))


def shown(text: str, most: int = 40) -> str:
    """Do as `cut`, in quotes."""
    first = _first(text, most)
    quote = '"' if "'" in first and '"' not in first else "'"
    return quote + printable(first.replace("\\", "\\\\").replace(quote, f"\\{quote}")) + quote


def listed(names: Sequence[str], most: int = 12) -> str:
    """Return the first names of a list, and how many there are where that is not all.

    They are as the command line takes them: with quotes around what has a comma, blanks at an end or nothing.
    """
    first = ", ".join(map(_as_cell, names[:most]))
    return first if len(names) <= most else f"{first}, {ELLIPSIS} ({len(names)} in all)"


def _as_cell(name: str) -> str:
    short = shorten(name, 40)
    is_plain = name and name == name.strip() and "," not in name and not name.startswith('"')
    return short if is_plain else '"' + short.replace('"', '""') + '"'


def shorten(text: str, width: int) -> str:
    """Return printable text of at most ``width`` terminal cells, with an ellipsis where it was cut.

    It is cut in the middle: names often differ at their ends.
    """
    most = 20 * width  # characters that are looked at: a name may be a megabyte
    if len(text) <= most and width_of(text := printable(text)) <= width:
        return text
    at_the_end = (width - 1) // 2
    begin = _fitting(list(signs(printable(text[:most]))), width - 1 - at_the_end)
    end = _fitting(list(signs(printable(text[-most:])))[::-1], at_the_end)
    return "".join(begin) + ELLIPSIS + "".join(end[::-1])


def width_of(text: str) -> int:
    """Return how many terminal cells a text takes."""
    return len(text) if text.isascii() else sum(cells for _, cells in signs(text))


def pad(text: str, width: int, align: str = "<") -> str:
    """Return text filled with spaces to ``width`` cells; ``align`` is ``<``, ``>`` or ``^``."""
    room = max(0, width - width_of(text))
    left = {"<": 0, ">": room, "^": room // 2}[align]
    return " " * left + text + " " * (room - left)


def _first(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + ELLIPSIS


def _joins(text: str, at: int) -> bool:
    """Whether a character joins the two around it, neither of which is escaped, or spells a region's flag."""
    if _is_tag(text[at]):
        before = text[max(0, at - 6) : at]
        return "\U0001f3f4" in before and all(map(_is_tag, before.rpartition("\U0001f3f4")[2]))
    around = text[max(0, at - 1) : at] + text[at + 1 : at + 2]
    is_seen = [not c.isascii() and c.isprintable() for c in around]
    return text[at] in _JOINERS and is_seen == [True, True]


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _fitting(signs: Sequence[tuple[str, int]], width: int) -> list[str]:
    """Return the first signs that fit into so many terminal cells."""
    kept = []
    for sign, cells in signs:
        width -= cells
        if width < 0:
            break
        kept.append(sign)
    return kept


def signs(text: str) -> Iterator[tuple[str, int]]:
    """Yield each letter with its accents, and each emoji, with the terminal cells that it takes."""
    from unicodedata import east_asian_width  # few texts need it; it takes a millisecond of every start

    sign, cells = "", 0
    for c in text:
        if sign and _belongs(c, sign):
            sign += c
            cells = 2 if c == _AS_EMOJI or _is_half_flag(c) else cells
            continue
        if sign:
            yield sign, cells
        sign, cells = c, 0 if _is_mark(c) else 2 if east_asian_width(c) in "WF" else 1
    if sign:
        yield sign, cells


def _belongs(c: str, sign: str) -> bool:
    """Whether a character is part of the sign before it."""
    skin = "\U0001f3fb" <= c <= "\U0001f3ff" and not sign.isascii()
    flag = _is_half_flag(c) and len(sign) == 1 and _is_half_flag(sign)
    return sign[-1] == _JOINER or skin or flag or _is_mark(c)


def _is_mark(c: str) -> bool:
    from unicodedata import category

    return category(c) in ("Mn", "Me", "Cf")


def _is_tag(c: str) -> bool:
    return "\U000e0020" <= c <= "\U000e007f"


def _is_half_flag(c: str) -> bool:
    return "\U0001f1e6" <= c <= "\U0001f1ff"
