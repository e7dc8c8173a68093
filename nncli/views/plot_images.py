"""Charts of pixels: rows as the pictures that they are, and the weights that look at them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.nn.network import Network
from nncli.text import shorten
from nncli.views.plot import colours_of, new_figure

MOST_IMAGES = 40
ACROSS = 8
LEAST_SIDE = 7
"""Smaller squares are tables that happen to have so many columns."""
MOST_TILES = 64
GAP = 1
"""Empty pixels between two tiles."""


def side_of(network: Network) -> int | None:
    """Return how many pixels a side the inputs have, or None where they are no square picture.

    They are one where their number is the square of 7 or more, and their names differ in numbers only.
    """
    side = math.isqrt(network.n_inputs)
    if side < LEAST_SIDE or side * side != network.n_inputs:
        return None
    if network.named_inputs and len({re.sub(r"\d+", "0", name) for name in network.inputs}) > 1:
        return None
    return side


def images(X: NDArray[Any], side: int, captions: Sequence[str], title: str) -> Any:
    """Draw rows, (n_rows, side * side), as pictures with a caption each."""
    shown = X[:MOST_IMAGES].astype(np.float64)
    n_rows = math.ceil(len(shown) / ACROSS)
    figure = new_figure(1.3 * ACROSS + 0.6, 1.5 * n_rows + 0.6)
    figure.suptitle(title)
    colours = colours_of(shown.min(), shown.max())
    if shown.min() >= 0:
        colours = {"cmap": "gray", "vmin": 0, "vmax": shown.max() or 1.0}
    for number, row in enumerate(shown):
        axes = figure.add_subplot(n_rows, ACROSS, number + 1)
        image = axes.imshow(row.reshape(side, side), **colours)
        axes.set_axis_off()
        axes.set_title(shorten(captions[number], 16), fontsize=8, color="black")
    figure.colorbar(image, ax=figure.axes, shrink=min(1.0, 3 / n_rows), pad=0.02)
    return figure


def tiles(weights: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Return the pictures of units' weights, (side * side, n_units), beside and below each other.

    Between them is NaN, which is drawn as nothing.
    """
    n = min(weights.shape[1], MOST_TILES)
    across = math.ceil(math.sqrt(n))
    down = math.ceil(n / across)
    step = side + GAP
    sheet = np.full((down * step - GAP, across * step - GAP), np.nan)
    for unit in range(n):
        y, x = unit // across * step, unit % across * step
        sheet[y : y + side, x : x + side] = weights[:, unit].reshape(side, side)
    return sheet
