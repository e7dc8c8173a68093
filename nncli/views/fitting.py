"""Text for a terminal of some width: sentences go on in the next line, tables are cut, and told so."""

from __future__ import annotations

import re

from nncli.text import ELLIPSIS, width_of


def fitted(text: str, width: int, way_out: str = "") -> str:
    """Return text whose lines have at most ``width`` terminal cells.

    A sentence, also one behind the columns of a table, goes on below where it began. What is no sentence is
    cut, and a line at the end says how wide the terminal must be, and ``way_out``, what else shows all.
    """
    lines: list[str] = []
    widest = 0
    for line in text.splitlines():
        pieces = [line] if width_of(line) <= width else _continued(line, width)
        widest = max([widest, *(width_of(piece) for piece in pieces)])
        lines += [_cut(piece, width) for piece in pieces]
    if widest > width:
        lines.append(f"{ELLIPSIS} lines are cut: {widest} columns{way_out} or a pipe show all")
    return "\n".join(lines) + "\n"


def is_cut(text: str) -> bool:
    """Whether what `fitted` has returned is cut."""
    return text.rpartition("\n")[0].rpartition("\n")[2].startswith(f"{ELLIPSIS} lines are cut: ")


def _continued(line: str, width: int) -> list[str]:
    """Return a line whose last cell is a sentence as several, else as it is."""
    start = max((found.end() for found in re.finditer(r"^ *\* | {2,}", line)), default=0)
    before, words = line[:start], line[start:].split(" ")
    room = width - width_of(before)
    if room < width // 3 or len(words) < 3 or max(map(width_of, words)) > room:
        return [line]
    lines = [before + words[0]]
    indent = " " * (width_of(before) if before else 2)
    for word in words[1:]:
        if width_of(lines[-1]) + 1 + width_of(word) > width:
            lines.append(indent + word)
        else:
            lines[-1] += f" {word}"
    return lines


def _cut(line: str, width: int) -> str:
    if width_of(line) <= width:
        return line
    line = line[:width]  # a character may take no cell, but none of a table's does
    while width_of(line) > width - 1:
        line = line[:-1]
    return line + ELLIPSIS
