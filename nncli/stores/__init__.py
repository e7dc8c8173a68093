"""Where bytes are: files and standard streams. A result is complete, or not there at all."""

from nncli.stores.files import is_terminal, open_output, read_bytes, reason
from nncli.stores.places import Found, Stamp, expand, is_folder, is_same, stamp

__all__ = [
    "Found",
    "Stamp",
    "expand",
    "is_folder",
    "is_same",
    "is_terminal",
    "open_output",
    "read_bytes",
    "reason",
    "stamp",
]
