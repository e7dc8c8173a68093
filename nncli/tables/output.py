"""Where tables go; the room's name for `nncli.files.open_output`."""

from nncli.files import open_output

__all__ = ["open_output"]
