"""What a shell completes beside the names of commands and options."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from nncli.cli.mistakes import NETWORKS


def mend_words() -> None:
    """Undo that bash takes ``--dtype=f`` for three words: Typer takes the ``=`` for the value."""
    words = os.environ.get("COMP_WORDS", "")
    mended = re.sub(r" (--[\w-]+) =(?= \S)", r" \1", words)
    if mended != words:
        n_words = int(os.environ.get("COMP_CWORD", "0")) - (words.count(" = ") - mended.count(" = "))
        os.environ.update(COMP_WORDS=mended, COMP_CWORD=str(n_words))


def columns(incomplete: str) -> list[str]:
    """Return the columns of the table on the command line that an unfinished list of them may go on with."""
    before, comma, _ = incomplete.rpartition(",")
    taken = before.split(",")
    return [f"{before}{comma}{name}" for name in _header() if name not in taken and "," not in name]


def kept(incomplete: str) -> list[str]:
    """Return what ``--keep`` takes: a word, or columns."""
    return ["others", "all", "none", *columns(incomplete)]


def _header() -> list[str]:
    from nncli.errors import NncliError
    from nncli.tables import open_table

    for path in _tables():
        try:
            with open_table(path) as table:
                return table.columns
        except (NncliError, OSError):
            continue
    return []


def _tables() -> Iterator[Path]:
    """Yield the files on the command line that are no networks."""
    import shlex

    line = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS") or ""
    try:
        words = shlex.split(line)
    except ValueError:  # a quotation that has not ended yet
        words = line.split()
    for path in map(Path, words[2:]):
        if path.suffix.lower() not in NETWORKS and path.is_file():
            yield path
