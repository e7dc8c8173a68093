"""The mistake found, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nncli.inspect.numbers import rounded
from nncli.views import comparison

Report = Mapping[str, Any]

NONE_KNOWN = "no known mistake explains it"


def text(values: Report) -> str:
    """Return the comparison, and the reason for its differences, as lines."""
    found = values["why"]
    lines = [*_remarks(found), *_lines(values)]
    return comparison.text(values) + "\n".join(lines) + "\n"


def verdicts(values: Report) -> list[str]:
    """Say what does not agree, a line for each reason, and each mistake that explains it in one sentence."""
    found = values["why"]
    said = [sentence(explanation) for explanation in found["explanations"]] or [_no_reason(values)]
    return [*comparison.verdicts(values), *(f"{values['with']}: {line}" for line in said)]


def sentence(explanation: Report) -> str:
    """Return one explanation as one sentence: the mistakes, where the numbers part, what would be right."""
    mistakes = explanation["mistakes"]
    parts = f"; they part at {_place(explanation['first'])}" if explanation["first"] else ""
    rights = "; ".join(dict.fromkeys(mistake["right"] for mistake in mistakes))
    return f"{_names(mistakes)}{parts}; right is {rights}"


def _lines(values: Report) -> list[str]:
    found = values["why"]
    if not found["explanations"]:
        return [f"why                 {_no_reason(values)}"]
    lines = []
    for number, explanation in enumerate(found["explanations"]):
        lines.append(f"{'or' if number else 'why':<20}{_names(explanation['mistakes'])}")
        if explanation["first"]:
            lines.append(f"  they part at      {_place(explanation['first'])}")
        rights = dict.fromkeys(mistake["right"] for mistake in explanation["mistakes"])
        lines += [f"  right is          {right}" for right in rights]
        lines += [f"  the same numbers  {_names(mistakes)}" for mistakes in explanation["same_numbers"]]
    if found["more"]:
        lines.append(f"or                  {found['more']:,} more that fit as well")
    return lines


def _remarks(found: Report) -> list[str]:
    lines = []
    if found["turned"]:
        lines.append("read                turned over: a row for each unit")
    if found["decimals"] is not None:
        lines.append(f"rounded             to {found['decimals']} decimals there, hence the tolerance")
    if found["ignored"]:
        lines.append(f"not compared        {', '.join(found['ignored'])}")
    return lines


def _no_reason(values: Report) -> str:
    found = values["why"]
    if values["agrees"]:
        return "nothing to explain: the numbers agree"
    if found["nan"]:
        return "no mistake is named: there is NaN among these numbers"
    rows, all_rows = found["rows"], values["rows"]
    where = f"the first {rows:,} rows" if rows < all_rows else f"{rows:,} rows"
    tried = f"{found['tried']:,}"
    if found["tried"] < found["possible"]:
        tried += f" of {found['possible']:,}"
    return f"{NONE_KNOWN} (tried {tried} ways to make one or two, on {where})"


def _names(mistakes: Sequence[Report]) -> str:
    return "; and ".join(f"{mistake['name']}: {mistake['sentence']}" for mistake in mistakes)


def _place(first: Report) -> str:
    here, there = rounded(first["here"]), rounded(first["there"])
    return (
        f"layers[{first['layer']}], {first['values']} of row {first['row']}, unit {first['unit']}:"
        f" {here} here, {there} there"
    )
