"""A comparison in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def text(values: Mapping[str, Any]) -> str:
    """Return the report as lines."""
    largest = values["largest_difference"]
    size = f"{values['rows']:,} rows x {len(values['columns'])} columns"
    lines = [
        f"compared            {size} with {values['with']}",
        f"largest difference  {'none at all' if largest == 0 else repr(largest)}",
    ]
    if largest != 0 and values["row"] is not None:
        lines.append(f"  at                {_words(values)}")
    lines.append(f"tolerance           {values['atol']:g} + {values['rtol']:g} x |value|")
    lines.append(f"beyond it           {values['beyond']:,} values")
    if values["compares_predictions"]:
        n = values["different_predictions"]
        rows = min(values["rows"], values["rows_there"])
        lines.append(f"predictions         {n:,} of {rows:,} differ")
        if n:
            lines.append(f"  first             {_words(values['first_different_prediction'])}")
    if (more := values["rows"] - values["rows_there"]) != 0:
        lines.append(f"rows on one side    {abs(more):,} {'here' if more > 0 else 'there'}")
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


def _words(place: Mapping[str, Any]) -> str:
    here, there = repr(place["here"]), repr(place["there"])
    return f"row {place['row']}, column {place['column']}: {here} here, {there} there"
