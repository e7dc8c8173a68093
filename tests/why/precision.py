"""How often ``compare --why`` names the right mistake, and none where there is none.

``python -m tests.why.precision 500`` runs 500 networks of each kind, and prints both figures.
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


def measure(n_networks: int) -> tuple[int, int, list[str]]:
    """Return in how many networks the right mistake was named, in how many none, and all that went wrong."""
    n_right = n_silent = 0
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        for seed in range(n_networks):
            case = planted(seed)
            names = names_in(said_of(case, seed // KINDS_AT_ONCE, Path(name)))
            n_right += [case.mistake] in names
            if [case.mistake] not in names:
                wrong.append(f"seed {seed}: {case.mistake}: {names or 'nothing'}")
            names = names_in(said_of(other_weights(seed), seed, Path(name)))
            n_silent += not names
            if names:
                wrong.append(f"seed {seed}: other weights: {names}")
    return n_right, n_silent, wrong


if __name__ == "__main__":
    n = int(sys.argv[1])
    right, silent, failures = measure(n)
    print(*failures, sep="\n")
    print(f"the right mistake named   {right} of {n} ({right / n:.1%})")
    print(f"none named, none there    {silent} of {n} ({silent / n:.1%})")
    sys.exit(right < 0.98 * n or silent < n)
