"""A small document, and its spellings: aligned text for a terminal, Markdown, and HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nncli.views.text import table


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that says what follows."""

    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns under a header; ``align`` as in `nncli.views.text.table`."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    align: str


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Lines of arithmetic, kept as they are."""

    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Notes:
    """Sentences, each a point of a list."""

    notes: Sequence[str]


Block = Heading | Grid | Arithmetic | Notes


def as_text(blocks: Iterable[Block]) -> str:
    """Return a document for a terminal."""
    parts = []
    for block in blocks:
        match block:
            case Heading(text):
                parts.append(text)
            case Grid(header, rows, align):
                parts.append("\n".join(table(header, rows, align, indent="  ")))
            case Arithmetic(lines):
                parts.append("\n".join(f"  {line}" for line in lines))
            case Notes(notes):
                parts.append("\n".join(f"* {note}" for note in notes))
    return "\n\n".join(parts) + "\n"


def as_markdown(blocks: Iterable[Block]) -> str:
    """Return a document in GitHub's Markdown."""
    parts = []
    for block in blocks:
        match block:
            case Heading(text):
                parts.append(f"### {escaped(text)}")
            case Grid(header, rows, align):
                parts.append("\n".join(_markdown_table(header, rows, align)))
            case Arithmetic(lines):
                parts.append("\n".join(f"    {line}" for line in lines))
            case Notes(notes):
                parts.append("\n".join(f"- {escaped(note)}" for note in notes))
    return "\n\n".join(parts) + "\n"


def as_html(blocks: Iterable[Block]) -> str:
    """Return a document as HTML that runs nothing and styles nothing but itself, whatever it holds."""
    parts = []
    for block in blocks:
        match block:
            case Heading(text):
                parts.append(f"<p><strong>{html.escape(text)}</strong></p>")
            case Grid(header, rows, align):
                body = "\n".join(_html_line(row, align, "td") for row in rows)
                head = _html_line(header, align, "th")
                parts.append(f"<table>\n<thead>{head}</thead>\n<tbody>\n{body}\n</tbody>\n</table>")
            case Arithmetic(lines):
                parts.append(f"<pre>{html.escape(chr(10).join(lines))}</pre>")
            case Notes(notes):
                points = "".join(f"<li>{html.escape(note)}</li>" for note in notes)
                parts.append(f"<ul>{points}</ul>")
    return "\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is, whatever it holds."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", text)


def _html_line(cells: Sequence[str], align: str, tag: str) -> str:
    sides = ["left" if how == "<" else "right" for how in align]
    filled = (
        f'<{tag} style="text-align: {side}">{html.escape(cell)}</{tag}>'
        for cell, side in zip(cells, sides, strict=True)
    )
    return f"<tr>{''.join(filled)}</tr>"


def _markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]], align: str) -> list[str]:
    rule = [":--" if how == "<" else "--:" for how in align]
    return [_line([escaped(cell) for cell in header]), _line(rule)] + [
        _line([escaped(cell) for cell in row]) for row in rows
    ]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
