"""Metrics as a table for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

CLASS_FIGURES = ("precision", "recall", "f1", "support")
BIG = 12
"""A confusion matrix of more classes is told as its most frequent mistakes."""
MISTAKES = 10


def text(metrics: Mapping[str, Any]) -> str:
    """Return the metrics of `nncli.engines.evaluate` as lines, the last one ended."""
    counts = [name for name in ("skipped", "unpredicted") if metrics.get(name)]
    plain = [
        name
        for name, value in metrics.items()
        if not isinstance(value, list | str) and name not in ("rows", "skipped", "unpredicted")
    ]
    sections = [_columns([[name, _number(metrics[name])] for name in ["rows", *counts, *plain]])]
    if "classes" in metrics:
        sections += [_class_table(metrics), _confusion(metrics)]
    return "\n".join(sections)


def _class_table(metrics: Mapping[str, Any]) -> str:
    rows = [["class", *CLASS_FIGURES]]
    for number, name in enumerate(metrics["classes"]):
        rows.append([_name(name), *(_number(metrics[figure][number]) for figure in CLASS_FIGURES)])
    return _columns(rows)


def _confusion(metrics: Mapping[str, Any]) -> str:
    names = [_name(name) for name in metrics["classes"]]
    confusion: list[list[int]] = metrics["confusion"]
    if len(names) <= BIG:
        rows = [["true \\ predicted", *names]]
        rows += [[name, *map(str, row)] for name, row in zip(names, confusion, strict=True)]
        return _columns(rows)
    mistakes = sorted(
        (-n, true, predicted)
        for true, row in enumerate(confusion)
        for predicted, n in enumerate(row)
        if n and true != predicted
    )
    if not mistakes:
        return "no mistakes\n"
    rows = [["true", "predicted", "rows"]]
    rows += [[names[true], names[predicted], str(-n)] for n, true, predicted in mistakes[:MISTAKES]]
    more = len(mistakes) - MISTAKES
    return _columns(rows, left=2) + (f"… and {more} more pairs of classes\n" if more > 0 else "")


def _columns(rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Align rows of cells, the first ``left`` columns to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def _number(value: float | int | None) -> str:
    if value is None:
        return "undefined"
    return f"{value:,}" if isinstance(value, int) else f"{value:.7g}" if value >= 1000 else f"{value:.6f}"


def _name(name: object) -> str:
    """Return a class's name, short, and with nothing that could steer a terminal."""
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(name))
    return plain if len(plain) <= 24 else plain[:23] + "…"
