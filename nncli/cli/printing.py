"""What people read goes to standard output here."""

from __future__ import annotations


def print_text(text: str) -> None:
    """Write text to standard output, as UTF-8 whatever the locale says."""
    from nncli.files import open_output

    with open_output(None) as stream:
        stream.write(text.encode(errors="backslashreplace"))
