"""What people read: text to standard output, lines to standard error."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TextIO

from nncli.text import printable


def print_text(text: str) -> None:
    """Write text to standard output, as UTF-8 whatever the locale says."""
    from nncli.stores import open_output

    with open_output(None) as stream:
        stream.write(text.encode(errors="backslashreplace"))


def print_fitted(
    text: str,
    way_out: str = "",
    paint: Callable[[str], str] | None = None,
    narrower: Iterable[str] = (),
) -> None:
    """Do as `print_text`; on a terminal lines fit its width, or it is said what would show them whole.

    ``narrower`` are shorter ways to say the same, tried one after the other where the text would be cut.
    ``paint`` adds colours where a person looks who wants them.
    """
    if sys.stdout.isatty():
        from shutil import get_terminal_size

        from nncli.views.fitting import fitted, is_cut

        width = get_terminal_size().columns
        tries = (fitted(each, width, way_out) for each in chain([text], narrower))
        text = next((each for each in tries if not is_cut(each)), None) or fitted(text, width, way_out)
        text = paint(text) if paint is not None and takes_colour(sys.stdout) else text
    print_text(text)


def say(line: str) -> None:
    """Print a line on standard error.

    It stays one line and away from the terminal's controls, whatever a file put in it.
    """
    print(printable(line), file=sys.stderr)


def say_where(line: str) -> None:
    """Do as `say`, with the line's place in bold where a person looks."""
    place, colon, rest = printable(line).partition(": ")
    if colon and takes_colour(sys.stderr):
        place = f"\x1b[1m{place}\x1b[0m"
    print(f"{place}{colon}{rest}", file=sys.stderr)


def takes_colour(stream: TextIO) -> bool:
    """Whether a person looks who has not asked for plain text."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") in ("dumb", "unknown")
    return stream.isatty() and not plain


def say_written(path: str | Path | None, *, quiet: bool = False) -> None:
    """Say at a terminal that a file is written, and how large it is: ``wrote report.html, 70 kB``."""
    if quiet or path is None or str(path) == "-" or not sys.stderr.isatty():
        return
    from nncli.stores import is_url, shown_place

    if is_url(path):
        say(f"wrote {shown_place(path)}")
        return
    with suppress(OSError):
        status = os.stat(path)
        if stat.S_ISREG(status.st_mode):
            say(f"wrote {path}, {_size(status.st_size)}")


def _size(n_bytes: int) -> str:
    """Return ``812 bytes``, ``70 kB`` or ``1.3 GB``."""
    if n_bytes < 1000:
        return f"{n_bytes} byte{'s' * (n_bytes != 1)}"
    size = float(n_bytes)
    for unit in ("kB", "MB", "GB", "TB"):
        size /= 1000
        if size < 999.5 or unit == "TB":
            break
    return f"{size:.1f} {unit}" if size < 9.95 else f"{size:.0f} {unit}"
