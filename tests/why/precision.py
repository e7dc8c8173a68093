"""How often ``compare --why`` names the right mistake, and none where there is none.

``python -m tests.why.precision 500 500`` runs 500 networks with a mistake and 500 with other weights. It
prints each that went wrong, and both figures.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from nncli.cli.main import main
from tests.why.planted import Planted, other_weights, planted, write

KINDS_AT_ONCE = 18
"""Every kind of mistake is written in one way before it is in the next."""


def said_of(case: Planted, how: int, folder: Path) -> dict[str, Any]:
    """Return what the command says of somebody's results, written in one of several ways."""
    spec, file = write(case, folder, how)
    report = folder / "report.json"
    with contextlib.redirect_stderr(io.StringIO()) as messages, contextlib.suppress(SystemExit):
        main(["compare", str(spec), "--with", str(file), "--why", "-o", str(report)])
    if not report.exists():
        raise AssertionError(messages.getvalue())
    said: dict[str, Any] = json.loads(report.read_text())["why"]
    report.unlink()
    return said


def names_in(said: dict[str, Any]) -> list[list[str]]:
    """Return the names of the mistakes in each explanation, those that give the same numbers too."""
    every = [
        mistakes
        for explanation in said["explanations"]
        for mistakes in (explanation["mistakes"], *explanation["same_numbers"])
    ]
    return [[mistake["name"] for mistake in mistakes] for mistakes in every]


def count_right(n_networks: int, folder: Path) -> int:
    """Return in how many networks the mistake in them is named."""
    n_right = 0
    for seed in range(n_networks):
        case = planted(seed)
        names = names_in(said_of(case, seed // KINDS_AT_ONCE, folder))
        n_right += [case.mistake] in names
        if [case.mistake] not in names:
            print(f"seed {seed}: {case.mistake}: {names or 'nothing'}", flush=True)
    return n_right


def count_silent(n_networks: int, folder: Path) -> int:
    """Return for how many networks nothing is named where the numbers are those of other weights."""
    n_silent = 0
    for seed in range(n_networks):
        names = names_in(said_of(other_weights(seed), seed, folder))
        n_silent += not names
        if names:
            print(f"seed {seed}: other weights: {names}", flush=True)
    return n_silent


if __name__ == "__main__":
    n_planted, n_others = map(int, sys.argv[1:3])
    with tempfile.TemporaryDirectory() as name:
        right = count_right(n_planted, Path(name))
        print(f"the right mistake named   {right} of {n_planted} ({right / n_planted:.1%})", flush=True)
        silent = count_silent(n_others, Path(name))
    print(f"none named, none there    {silent} of {n_others} ({silent / n_others:.1%})")
    sys.exit(right < 0.98 * n_planted or silent < n_others)
