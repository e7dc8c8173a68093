"""What a comparison of two sets of results has found."""

from __future__ import annotations

from typing import Any

import numpy as np

from nncli.jobs.compare import Comparison, Difference


def report(comparison: Comparison, other: str) -> dict[str, Any]:
    """Return what was found, as JSON can hold it."""
    return {
        "with": other,
        "agrees": comparison.agrees,
        "rows": comparison.rows_here,
        "rows_there": comparison.rows_there,
        "columns": list(comparison.names),
        "largest_difference": _number(max(comparison.largest, 0.0)),
        **_place(comparison.largest_at),
        "atol": comparison.tolerance.atol,
        "rtol": comparison.tolerance.rtol,
        "beyond": comparison.n_beyond,
        "worst": _place(comparison.worst_at) if comparison.n_beyond else None,
        "compares_predictions": comparison.has_predictions,
        "different_predictions": comparison.n_predictions,
        "first_different_prediction": _place(comparison.prediction_at) if comparison.n_predictions else None,
    }


def _place(place: Difference | None) -> dict[str, Any]:
    if place is None:
        return {"row": None, "column": None, "here": None, "there": None}
    return {
        "row": place.row,
        "column": place.column,
        "here": _number(place.here),
        "there": _number(place.there),
    }


def _number(value: float | str) -> float | str:
    """Return a number as it is, and what JSON can't hold as text."""
    return value if isinstance(value, str) or np.isfinite(value) else str(value)
