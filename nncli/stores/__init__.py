"""Where bytes are: files and standard streams. A result is complete, or not there at all."""

from nncli.stores.files import is_terminal, open_output, read_bytes, reason

__all__ = ["is_terminal", "open_output", "read_bytes", "reason"]
