"""Charts of a network: its activations, its weights and its mistakes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.text import shorten
from nncli.views.plot import COLOURS, DRAWABLE, NAME_WIDTH, new_figure

MOST_CELLS = 256
"""A larger matrix is shown as means of its blocks."""


def activations(layers: Sequence[tuple[str, NDArray[Any]]], title: str) -> Any:
    """Draw a histogram of each layer's activations; ``layers`` are names and (n_rows, n_units)."""
    n_columns = min(3, len(layers))
    n_rows = math.ceil(len(layers) / n_columns)
    figure = new_figure(4 * n_columns, 3 * n_rows + 0.4)
    figure.suptitle(title)
    for number, (name, outputs) in enumerate(layers):
        a = outputs.astype(np.float64)
        axes = figure.add_subplot(n_rows, n_columns, number + 1)
        finite = a[(np.abs(a) <= DRAWABLE) & (a != 0)]  # zeros would dwarf the rest
        axes.hist(finite, bins=50, color=COLOURS[number % len(COLOURS)])
        axes.set_title(shorten(name, NAME_WIDTH))
        axes.set(xlabel="activation", ylabel="count")
        if note := _notice(a):
            axes.text(0.97, 0.95, note, transform=axes.transAxes, ha="right", va="top", fontsize=9)
    return figure


def weights(layers: Sequence[tuple[str, NDArray[Any]]], title: str) -> Any:
    """Draw a heat map of each layer's weights; ``layers`` are names and (n_inputs, n_units)."""
    n_columns = min(3, len(layers))
    n_rows = math.ceil(len(layers) / n_columns)
    figure = new_figure(4.2 * n_columns, 3.6 * n_rows + 0.4)
    figure.suptitle(title)
    for number, (name, W) in enumerate(layers):
        axes = figure.add_subplot(n_rows, n_columns, number + 1)
        matrix, block = _shrunk(W.T.astype(np.float64))
        limit = float(np.nanmax(np.abs(matrix))) or 1.0
        here = (-0.5, W.shape[0] - 0.5, W.shape[1] - 0.5, -0.5)  # inputs and units, not blocks of them
        image = axes.imshow(matrix, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto", extent=here)
        note = f"\nmeans of {block[0]} x {block[1]} blocks" if block != (1, 1) else ""
        axes.set_title(shorten(name, NAME_WIDTH) + note)
        axes.set(xlabel="input", ylabel="unit")
        for axis, n in ((axes.xaxis, W.shape[0]), (axes.yaxis, W.shape[1])):
            if block == (1, 1) and n <= 12:
                axis.set_ticks(range(n))
            else:
                axis.get_major_locator().set_params(integer=True)
        figure.colorbar(image, ax=axes)
    return figure


def confusion(counts: NDArray[np.int64], names: Sequence[str], title: str) -> Any:
    """Draw a confusion matrix, (n_classes, n_classes) with a row per true class, as shares of the rows."""
    n = len(names)
    side = min(4 + 0.45 * n, 14)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = new_figure(side + 1, side)
    axes = figure.add_subplot(title=title, xlabel="predicted", ylabel="true")
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(image, ax=axes, label="share of the true class", shrink=0.8)
    if n <= 40:
        labels = [shorten(name, NAME_WIDTH) for name in names]
        axes.set_xticks(range(n), labels, rotation=45 if len("".join(labels)) > 60 else 0)
        axes.set_yticks(range(n), labels)
    if n <= 20:
        for true, predicted in np.argwhere(counts):
            colour = "white" if shares[true, predicted] > 0.5 else "#222222"
            count = f"{counts[true, predicted]:,}"
            axes.text(predicted, true, count, ha="center", va="center", color=colour, fontsize=9)
    return figure


def _notice(a: NDArray[Any]) -> str:
    """Say what a histogram hides: zeros, units that are zero in every row, NaN and the like."""
    lines = []
    zeros = a == 0
    if zeros.any():
        lines.append(f"and {zeros.mean():.0%} are 0")
    if off := int(zeros.all(axis=0).sum()):
        lines.append(f"{off} of {a.shape[1]} units in every row")
    if beyond := int((~(np.abs(a) <= DRAWABLE)).sum()):
        lines.append(f"and {beyond:,} are beyond drawing")
    return "\n".join(lines)


def _shrunk(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """Return a matrix small enough to show, and the size of the blocks that its cells are means of."""
    block = tuple(math.ceil(n / MOST_CELLS) for n in matrix.shape)
    for axis, size in enumerate(block):
        if size > 1:
            starts = np.arange(0, matrix.shape[axis], size)
            sizes = np.diff(starts, append=matrix.shape[axis])
            sums = np.add.reduceat(matrix, starts, axis=axis)
            matrix = sums / (sizes if axis == 1 else sizes[:, None])
    return matrix, (block[0], block[1])
