"""How a command's help looks: examples first, then arguments and options under headings.

Typer shows headings only with rich, whose import takes longer than all the rest of the help.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from typer.core import TyperCommand, TyperGroup

HEADINGS = ("Arguments", "Options", "The network", "Input", "Output", "Running")
"""In this order; an option names its heading with ``rich_help_panel``."""

_WIDEST = 80
_NAMES = 26
"""How wide the column of names is at most."""

_DOCUMENTATION = "Documentation: README.md of the project; nncli help COMMAND for each command."


class Command(TyperCommand):
    """A command whose help is ours."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return what follows the command's name: the arguments, then that there are options."""
        arguments = [p for p in self.params if p.param_type_name == "argument"]
        shown = [_metavar(p) if p.required else f"[{_metavar(p).strip('[]')}]" for p in arguments]
        return [*shown, "[OPTIONS]"]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        under: dict[str, list[tuple[str, str]]] = {heading: [] for heading in HEADINGS}
        for parameter in self.get_params(ctx):
            under[_heading(parameter)].append((_names(parameter), _explained(parameter)))
        formatter.write("\n".join(_page(self, ctx, under)))


class Group(TyperGroup):
    """The list of commands; a command's heading is its ``rich_help_panel``."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return what follows ``nncli``."""
        return ["COMMAND", "[ARGUMENTS]", "[OPTIONS]"]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        under: dict[str, list[tuple[str, str]]] = {}
        for name, command in self.commands.items():
            summary = (command.help or "").partition("\n")[0]
            under.setdefault(getattr(command, "rich_help_panel", None) or "Commands", []).append(
                (name, summary)
            )
        under["Options"] = [(_names(p), _explained(p)) for p in self.get_params(ctx)]
        formatter.write("\n".join(_page(self, ctx, under)))


def _page(command: Any, ctx: Any, under: dict[str, list[tuple[str, str]]]) -> Iterator[str]:
    """Yield the lines of a help."""
    width = _width()
    usage = " ".join(["Usage:", ctx.command_path, *command.collect_usage_pieces(ctx)])
    yield from [*_wrapped(usage, width), ""]
    for paragraph in (command.help or "").split("\n\n"):
        first, _, rest = paragraph.partition("\n")
        if first == "\b":
            yield from [f"  {line}".rstrip() for line in rest.split("\n")]
        else:
            yield from _wrapped(paragraph, width)
        yield ""
    for heading, rows in under.items():
        if rows:
            yield f"{heading}:"
            yield from _columns(rows, width)
            yield ""
    yield _DOCUMENTATION


def _columns(rows: list[tuple[str, str]], width: int) -> Iterator[str]:
    """Yield lines with the names at the left and what they mean at the right."""
    left = min(_NAMES, max(len(name) for name, _ in rows))
    for name, text in rows:
        lines = _wrapped(text, width - left - 4)
        if len(name) > left:
            yield f"  {name}"
        else:
            yield f"  {name:<{left}}  {lines.pop(0)}".rstrip()
        yield from [f"{'':{left + 4}}{line}" for line in lines]


def _width() -> int:
    from shutil import get_terminal_size

    return max(50, min(_WIDEST, get_terminal_size().columns))


def _wrapped(text: str, width: int) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def _heading(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return "Arguments"
    if parameter.name == "help":
        return "Running"
    return parameter.rich_help_panel or "Options"


def _names(parameter: Any) -> str:
    """Return ``-o, --output FILE``."""
    if parameter.param_type_name == "argument":
        return _metavar(parameter).strip("[]")
    names = ", ".join(sorted(parameter.opts, key=len))
    return names if parameter.is_flag else f"{names} {_metavar(parameter)}"


def _metavar(parameter: Any) -> str:
    choices: Iterable[str] | None = getattr(parameter.type, "choices", None)
    return parameter.metavar or ("|".join(choices) if choices else parameter.name.upper())


def _explained(parameter: Any) -> str:
    """Return the sentence about a parameter, with its default."""
    text = parameter.help or ""
    value = parameter.default
    if parameter.required or value is None or value is False or not getattr(parameter, "show_default", True):
        return text
    return f"{text.removesuffix('.')} (default: {value})."
