"""What a shell completes beside the names of commands and options."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nncli.cli.mistakes import NETWORKS

NO_FILE = 3
"""The exit code that tells bash that no file can stand there."""
BASH = r"""
%(complete_func)s() {
    local IFS=$'\n'
    COMPREPLY=( $( env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD \
                   %(autocomplete_var)s=complete_bash $1 ) )
    [[ $? == NO_FILE ]] && compopt +o default
    return 0
}

complete -o default -F %(complete_func)s %(prog_name)s
""".replace("NO_FILE", str(NO_FILE))
"""Typer's own, but for the line with compopt: without it bash offers files where nothing else fits."""


def use_own_script() -> None:
    """Let Typer show and install our script for bash; there is no public way to do so."""
    from typer import _completion_shared

    _completion_shared._completion_scripts["bash"] = BASH


def mend_words() -> None:
    """Undo that bash takes ``--dtype=f`` for three words: Typer takes the ``=`` for the value."""
    words, at = _words_of_bash()
    for i in range(len(words) - 1, 0, -1):
        if words[i] == "=" and words[i - 1].startswith("--"):
            words[i : i + 1] = [""] if i == at else []
            at -= i < at
    if words:
        os.environ.update(COMP_WORDS="\n".join(words), COMP_CWORD=str(at))


def takes_file(command: Any) -> bool:
    """Whether a file can stand where bash completes: not the command's name, nor most options' values."""
    words, at = _words_of_bash()
    if at < 2:
        return False
    option = next((p for p in command.params if words[at - 1 : at] and words[at - 1] in p.opts), None)
    return option is None or option.is_flag or "FILE" in (option.metavar or "")


def _words_of_bash() -> tuple[list[str], int]:
    """Return the words of the line, and which of them is to be completed."""
    line, at = os.environ.get("COMP_WORDS", ""), int(os.environ.get("COMP_CWORD", "0"))
    return line.split("\n" if "\n" in line else " ") if line else [], at


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
