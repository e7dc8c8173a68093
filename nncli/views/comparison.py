"""A comparison as JSON and as words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def report(comparison: Any, other: str) -> dict[str, Any]:
    """Return what `nncli.jobs.compare.Comparison` found, as JSON can hold it."""
    return {
        "with": other,
        "agrees": comparison.agrees,
        "rows": comparison.rows_here,
        "rows_there": comparison.rows_there,
        "columns": list(comparison.names),
        "largest_difference": _number(max(comparison.largest, 0.0)),
        **_place(comparison.largest_at),
        "atol": comparison.atol,
        "rtol": comparison.rtol,
        "beyond": comparison.n_beyond,
        "worst": _place(comparison.worst_at) if comparison.n_beyond else None,
        "different_predictions": comparison.n_predictions,
        "first_different_prediction": _place(comparison.prediction_at) if comparison.n_predictions else None,
    }


def text(values: Mapping[str, Any]) -> str:
    """Return the report as lines."""
    largest = values["largest_difference"]
    size = f"{values['rows']:,} rows x {len(values['columns'])} columns"
    lines = [
        f"compared            {size} with {values['with']}",
        f"largest difference  {'none at all' if largest == 0 else _shown(largest)}",
    ]
    if largest != 0 and values["row"] is not None:
        lines.append(f"  at                {_words(values)}")
    lines.append(f"tolerance           {values['atol']:g} + {values['rtol']:g} x |value|")
    lines.append(f"beyond it           {values['beyond']:,} values")
    return "\n".join(lines) + "\n"


def verdict(values: Mapping[str, Any]) -> str:
    """Say in a line what does not agree."""
    if values["rows"] != values["rows_there"]:
        return f"{values['with']}: {values['rows_there']:,} rows where the network gives {values['rows']:,}"
    if values["beyond"]:
        n = f"{values['beyond']:,} value{'s' if values['beyond'] > 1 else ''}"
        return f"{values['with']}: {n} beyond the tolerance; the worst at {_words(values['worst'])}"
    n = values["different_predictions"]
    differ = "1 prediction differs" if n == 1 else f"{n:,} predictions differ"
    return f"{values['with']}: {differ}; the first at {_words(values['first_different_prediction'])}"


def _place(place: Any) -> dict[str, Any]:
    if place is None:
        return {"row": None, "column": None, "here": None, "there": None}
    return {
        "row": place.row,
        "column": place.column,
        "here": _number(place.here),
        "there": _number(place.there),
    }


def _words(place: Mapping[str, Any]) -> str:
    here, there = _shown(place["here"]), _shown(place["there"])
    return f"row {place['row']}, column {place['column']}: {here} here, {there} there"


def _number(value: float | str) -> float | str:
    """Return a number as it is, and what JSON can't hold as text."""
    return value if isinstance(value, str) or np.isfinite(value) else str(value)


def _shown(value: float | str) -> str:
    return repr(value)
