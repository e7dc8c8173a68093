"""What people read: text to standard output, lines to standard error."""

from __future__ import annotations

import sys

from nncli.text import printable


def print_text(text: str) -> None:
    """Write text to standard output, as UTF-8 whatever the locale says."""
    from nncli.files import open_output

    with open_output(None) as stream:
        stream.write(text.encode(errors="backslashreplace"))


def say(line: str) -> None:
    """Print a line on standard error.

    It stays one line and away from the terminal's controls, whatever a file put in it.
    """
    print(printable(line), file=sys.stderr)
