"""A comparison in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def text(values: Mapping[str, Any]) -> str:
    """Return the report as lines."""
    largest = values["largest_difference"]
    n_rows, n_columns = values["rows"], len(values["columns"])
    size = f"{n_rows:,} row{'s' * (n_rows != 1)} x {n_columns} column{'s' * (n_columns != 1)}"
    lines = [
        f"compared            {size} with {values['with']}",
        f"largest difference  {'none at all' if largest == 0 else repr(largest)}",
    ]
    if largest != 0 and values["row"] is not None:
        lines.append(f"  at                {_words(values)}")
    lines.append(f"tolerance           {values['atol']:g} + {values['rtol']:g} x |value|")
    lines.append(f"beyond it           {values['beyond']:,} value{'s' * (values['beyond'] != 1)}")
    if values["compares_predictions"]:
        n = values["different_predictions"]
        rows = min(values["rows"], values["rows_there"])
        lines.append(f"predictions         {n:,} of {rows:,} differ")
        if n:
            lines.append(f"  first             {_words(values['first_different_prediction'])}")
    if (more := values["rows"] - values["rows_there"]) != 0:
        lines.append(f"rows on one side    {abs(more):,} {'here' if more > 0 else 'there'}")
    lines += [f"fails               {reason}" for reason in reasons(values)]
    return "\n".join(lines) + "\n"


def verdicts(values: Mapping[str, Any]) -> list[str]:
    """Say what does not agree, a line for each reason."""
    return [f"{values['with']}: {reason}" for reason in reasons(values)]


def reasons(values: Mapping[str, Any]) -> list[str]:
    """Return all that makes a comparison fail."""
    found = []
    if values["rows"] != values["rows_there"]:
        found.append(f"{values['rows_there']:,} rows where the network gives {values['rows']:,}")
    if n := values["beyond"]:
        noun = "value" if n == 1 else "values"
        found.append(f"{n:,} {noun} beyond the tolerance; the worst at {_words(values['worst'])}")
    if n := values["different_predictions"]:
        differ = "1 prediction differs" if n == 1 else f"{n:,} predictions differ"
        found.append(f"{differ}; the first at {_words(values['first_different_prediction'])}")
    return found


def _words(place: Mapping[str, Any]) -> str:
    here, there = repr(place["here"]), repr(place["there"])
    return f"row {place['row']}, column {place['column']}: {here} here, {there} there"
