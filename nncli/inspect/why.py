"""Why somebody's numbers differ from the network's: what is said of the mistakes that give them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nncli.inspect.case import Case, Mistake, Variant
from nncli.inspect.recipe import recipe_of
from nncli.inspect.search import Findings, Fit, Search
from nncli.jobs.beside import Beside
from nncli.jobs.compare import Tolerance
from nncli.jobs.inputs import Input
from nncli.models import Model

MOST_SAID = 4
"""So many explanations are said, …"""
MOST_ALIKE = 3
"""… and of those that give the same numbers so many."""

Report = dict[str, Any]


def why(model: Model, rows: Input, ways: Sequence[Beside]) -> tuple[Beside, Report]:
    """Return the way to read the other numbers that explains them best, and what is said of it.

    Returns
    -------
    beside
        The reading that agrees, or that fewest mistakes explain; else the first.
    report
        ``explanations``, the simplest first, each with ``mistakes`` (``name``, ``layers``, ``sentence`` and
        ``right``) and ``first``, the number where the two part; ``turned``: whether the other numbers lie
        turned over; ``tried`` of ``possible`` combinations of mistakes; ``rows`` that were looked at.
    """
    for way in ways:
        if way.comparison.agrees:
            return way, _report(way, None, [])
    best: tuple[int, Beside, Report] | None = None
    for way in ways:
        if way.has_nan or not min(map(len, way.theirs.values())):
            continue
        case = case_of(model, rows, way)
        search = Search(case, way.X, way.row_numbers, way.theirs, way.comparison.tolerance)
        found = search.run()
        said = [_explanation(search, group) for group in found.fits[:MOST_SAID]]
        n_mistakes = len(found.fits[0][0].made) if found.fits else 3
        if best is None or n_mistakes < best[0]:
            best = n_mistakes, way, _report(way, found, said)
    if best is None:
        return ways[0], _report(ways[0], None, [])
    return best[1], best[2]


def case_of(model: Model, rows: Input, way: Beside) -> Case:
    """Return what mistakes may be about."""
    order = tuple(int(i) for i in np.argsort(rows.features, kind="stable"))
    return Case(model.spec, model.network, recipe_of(model.network), way.comparison.rows_here, order)


def _report(way: Beside, found: Findings | None, explanations: list[Report]) -> Report:
    return {
        "explanations": explanations,
        "more": 0 if found is None else len(found.fits) - len(explanations),
        "turned": way.reading.turned,
        "nan": way.has_nan,
        "decimals": way.decimals,
        "ignored": list(way.reading.ignored),
        "rows": min(map(len, way.theirs.values())),
        "tried": 0 if found is None else found.n_tried,
        "possible": 0 if found is None else found.n_possible,
    }


def _explanation(search: Search, group: list[Fit]) -> Report:
    """Return what is said of mistakes that give the same numbers: other ones first, then other places."""
    by_names: dict[tuple[str, ...], Fit] = {}
    by_places: dict[Any, Fit] = {}
    for fit in group:
        by_names.setdefault(tuple(mistake.name for mistake, _ in fit.made), fit)
        by_places.setdefault(fit.key, fit)
    fit, *others = by_names.values()
    others += [other for other in by_places.values() if other not in by_names.values()]
    return {
        "mistakes": [_said(search, mistake, variant) for mistake, variant in fit.made],
        "first": _first(search, fit),
        "same_numbers": [
            [_said(search, mistake, variant) for mistake, variant in other.made]
            for other in others[:MOST_ALIKE]
        ],
    }


def _said(search: Search, mistake: Mistake, variant: Variant) -> Report:
    words = {**variant.words, "layers": _listed(variant.layers)}
    return {
        "name": mistake.name,
        "layers": list(variant.layers),
        "sentence": mistake.sentence.format(**words),
        "right": mistake.right.format(**words),
    }


def _listed(layers: Sequence[int]) -> str:
    names = [f"layers[{number}]" for number in layers]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _first(search: Search, fit: Fit) -> Report | None:
    """Return the first number that differs, in the order of the layers, and of the rows."""
    right, wrong = search.traces(search.case.right), search.traces(fit.recipe)
    for number, (ours, others) in enumerate(zip(right, wrong, strict=True)):
        for which in ("z", "a"):
            here = getattr(ours, which)
            there = search.target.theirs.get((number, which))
            if there is None:
                there = getattr(others, which)
            n_rows = min(len(here), len(there), search.target.n_rows)
            place = _differs(here[:n_rows], there[:n_rows], search.target.tolerance)
            if place is not None:
                row, unit = place
                return {
                    "layer": number,
                    "values": which,
                    "row": int(search.row_numbers[row]),
                    "unit": unit,
                    "here": float(here[row, unit]),
                    "there": float(there[row, unit]),
                }
    return None


def _differs(here: Any, there: Any, tolerance: Tolerance) -> tuple[int, int] | None:
    with np.errstate(all="ignore"):
        beyond = ~(np.abs(here - there) <= tolerance.around(there)) & (here != there)
    if not beyond.any():
        return None
    row, unit = np.unravel_index(int(beyond.argmax()), beyond.shape)
    return int(row), int(unit)
