"""Wide rows of nothing but numbers, read as JSON: Arrow takes its time for each column of each block."""

from __future__ import annotations

import re
import struct

import numpy as np
import orjson

from nncli.tables.batch import Batch
from nncli.tables.csv_exact import Wanted

_MINUS_ZERO = re.compile(rb"-0(?![.eE0-9])")


def parse_numbers(data: bytes, wanted: Wanted) -> Batch | None:
    """Read whole rows; None where most columns are of no use, or a cell is no number in JSON.

    What is one there is one in a CSV file, too, with the same value and the same space around it:
    but for ``-0``, which JSON reads as an integer, without its sign.
    """
    n_columns = len(wanted.columns)
    if wanted.kept or wanted.delimiter != "," or 2 * len(wanted.features) < n_columns:
        return None
    if b"t" in data or b"f" in data:  # true and false would be 1 and 0
        return None
    lines = data.removesuffix(b"\n").split(b"\n")
    row = struct.Struct(f"{n_columns}d")
    numbers = np.empty((len(lines), n_columns))
    try:
        for i, line in enumerate(lines):
            row.pack_into(numbers.data, i * row.size, *orjson.loads(b"[" + line + b"]"))
    except (orjson.JSONDecodeError, struct.error):  # a word, or too few numbers
        return None
    if any(_MINUS_ZERO.search(lines[i]) for i in np.flatnonzero(~numbers.all(axis=1))):
        return None
    return Batch(numbers.take(wanted.features, axis=1))
