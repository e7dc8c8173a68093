"""A matrix as a band of coloured cells: blue above zero, orange below, stronger where it is larger."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.views import palette

MOST_CELLS = 32
"""Cells along a side; a larger matrix is shown by the strongest number of each block."""
LEVELS = 6
"""Steps of strength that a cell can have."""


def strongest(matrix: NDArray[Any]) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """Return a matrix of at most `MOST_CELLS` a side, and the size of the blocks that each number stands for.

    A block is shown by the number of it that is farthest from zero.
    """
    cells = np.asarray(matrix)
    block = [math.ceil(n / MOST_CELLS) for n in cells.shape]
    for axis, size in enumerate(block):
        if size > 1:
            starts = np.arange(0, cells.shape[axis], size)
            high = np.fmax.reduceat(cells, starts, axis=axis)
            low = np.fmin.reduceat(cells, starts, axis=axis)
            cells = np.where(high >= -low, high, low)
    return np.nan_to_num(cells.astype(np.float64)), (block[0], block[1])


def band(matrix: NDArray[Any], x: float, y: float, width: float, height: float) -> Iterator[str]:
    """Draw a matrix's cells into a rectangle: a path for each sign and level, its runs of cells in it."""
    cells, _ = strongest(matrix)
    largest = np.abs(cells).max(initial=0)
    if not largest:
        return
    shares = LEVELS * cells / largest * (1 - 1e-9)
    levels = np.where(cells < 0, np.floor(shares), np.ceil(shares)).astype(int)
    n_rows, n_columns = cells.shape
    wide, high = width / n_columns, height / n_rows
    for level in (*range(-LEVELS, 0), *range(1, LEVELS + 1)):
        places = []
        for row, line in enumerate(levels):
            for start, length in _runs(line == level):
                along, corner = length * wide, f"M{x + start * wide:.1f} {y + row * high:.1f}"
                places.append(f"{corner}h{along:.1f}v{high:.1f}h{-along:.1f}z")
        if places:
            css = "positive" if level > 0 else "negative"
            opacity = palette.strength(level, LEVELS) / palette.MOST_FILL
            yield f'<path class="cell {css}" fill-opacity="{opacity:.2f}" d="{"".join(places)}"/>'


def _runs(there: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield where runs of True start, and how long they are."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], there.astype(np.int8), [0]])))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        yield int(start), int(end - start)
