"""What only the user can know about how to read a table."""

from __future__ import annotations

from typing import NamedTuple

from nncli.tables.missing import MissingRule
from nncli.tables.numbers import PLAIN, Spelling


class ReadOptions(NamedTuple):
    """What is said of a table beside where it is.

    Attributes
    ----------
    header
        Whether the first row of a text names its columns; None where that is assumed.
    delimiter
        What separates the cells of a text; None: its suffix and its first row tell.
    spelling
        How its cells spell numbers and missing values.
    missing
        What becomes of rows with a missing feature.
    set_aside
        Whether wrong rows are set aside; else the first one is an error.
    """

    header: bool | None = None
    delimiter: str | None = None
    spelling: Spelling = PLAIN
    missing: MissingRule = "error"
    set_aside: bool = False
