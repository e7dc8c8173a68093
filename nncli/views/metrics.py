"""Metrics as a table for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nncli.text import shorten
from nncli.views.text import table

CLASS_FIGURES = ("precision", "recall", "f1", "support")
BIG = 12
"""A confusion matrix of more classes is told as its most frequent mistakes."""
MISTAKES = 10
WIDEST = 24
"""Terminal cells of a class's name."""


def text(metrics: Mapping[str, Any]) -> str:
    """Return the metrics of `nncli.jobs.evaluate` as lines, the last one ended."""
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
    for number, name in enumerate(_names(metrics)):
        rows.append([name, *(_number(metrics[figure][number]) for figure in CLASS_FIGURES)])
    return _columns(rows)


def _confusion(metrics: Mapping[str, Any]) -> str:
    names = _names(metrics)
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


def _names(metrics: Mapping[str, Any]) -> list[str]:
    return [shorten(str(name), WIDEST) for name in metrics["classes"]]


def _columns(rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Align rows of cells, the first ``left`` columns to the left and the others to the right."""
    header, *body = rows
    align = "<" * left + ">" * (len(header) - left)
    return "\n".join(table(header, body, align)) + "\n"


def _number(value: float | int | None) -> str:
    if value is None:
        return "undefined"
    return f"{value:,}" if isinstance(value, int) else f"{value:.7g}" if value >= 1000 else f"{value:.6f}"
