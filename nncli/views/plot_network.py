"""Charts of a network: its activations, its weights and its mistakes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.text import shorten
from nncli.views.palette import NEGATIVE, POSITIVE
from nncli.views.plot import DRAWABLE, NAME_WIDTH, colours_of, new_figure
from nncli.views.plot_images import MOST_TILES, tiles

MOST_COUNTS = 20
"""More classes than this have no counts in their cells."""
MOST_NAMES = 60
"""Names along an axis; of more every second is shown, or fewer."""
MOST_MISTAKES = 30
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
        _histogram(axes, finite)
        axes.set_title(shorten(name, NAME_WIDTH))
        axes.set(xlabel="activation", ylabel="count")
        if note := _notice(a):
            axes.text(0.97, 0.95, note, transform=axes.transAxes, ha="right", va="top", fontsize=9)
    return figure


def weights(layers: Sequence[tuple[str, NDArray[Any]]], title: str, side: int | None = None) -> Any:
    """Draw a heat map of each layer's weights; ``layers`` are names and (n_inputs, n_units).

    Where the inputs are a picture of ``side`` x ``side`` pixels, each unit of the first layer has its own.
    """
    n_columns = min(3, len(layers))
    n_rows = math.ceil(len(layers) / n_columns)
    figure = new_figure(4.2 * n_columns, 3.6 * n_rows + 0.4)
    figure.suptitle(title)
    for number, (name, W) in enumerate(layers):
        axes = figure.add_subplot(n_rows, n_columns, number + 1)
        if number == 0 and side is not None:
            sheet = tiles(W.astype(np.float64), side)
            limit = float(np.nanmax(np.abs(sheet))) or 1.0
            figure.colorbar(axes.imshow(sheet, **colours_of(-limit, limit)), ax=axes)
            axes.set_axis_off()
            first = f"\nthe first {MOST_TILES} units" if W.shape[1] > MOST_TILES else ""
            axes.set_title(shorten(name, NAME_WIDTH) + first)
            continue
        matrix, block = _shrunk(W.T.astype(np.float64))
        limit = float(np.nanmax(np.abs(matrix))) or 1.0
        here = (-0.5, W.shape[0] - 0.5, W.shape[1] - 0.5, -0.5)  # inputs and units, not blocks of them
        image = axes.imshow(matrix, **colours_of(-limit, limit), aspect="auto", extent=here)
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
    """Draw a confusion matrix, (n_classes, n_classes) with a row per true class, as shares of the rows.

    Of many classes the picture stays small: names get small, then every other one goes, and the largest
    confusions are written beside it.
    """
    n = len(names)
    side = min(4 + 0.45 * n, 10.5)
    is_large = n > MOST_COUNTS
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = new_figure(side + (2.6 if is_large else 1), side)
    axes = figure.add_subplot(title=title, xlabel="predicted", ylabel="true")
    # a rare mistake among many classes is a faint cell, so faint ones are lifted
    image = axes.imshow(np.sqrt(shares) if is_large else shares, cmap="Blues", vmin=0, vmax=1)
    bar = figure.colorbar(
        image,
        ax=axes,
        label="share of the true class",
        shrink=0.6,
        location="bottom" if is_large else "right",
        pad=0.02,
        aspect=40,
    )
    step = math.ceil(n / MOST_NAMES)
    size = min(10.0, max(5.5, 72 * 0.75 * side / n * step))
    labels = [shorten(name, 18 if is_large else NAME_WIDTH) for name in names][::step]
    turned = 90 if is_large else 45 if len("".join(labels)) > 60 else 0
    axes.set_xticks(range(0, n, step), labels, rotation=turned, fontsize=size)
    axes.set_yticks(range(0, n, step), labels, fontsize=size)
    if is_large:
        bar.set_ticks(np.sqrt([0, 0.01, 0.1, 0.25, 0.5, 1]), labels=["0", "1%", "10%", "25%", "50%", "100%"])
        figure.text(1 - 2.4 / (side + 2.6), 0.9, _largest(counts, names), va="top", fontsize=8)
        figure.get_layout_engine().set(rect=(0.01, 0, 0.99 - 2.5 / (side + 2.6), 1))
        return figure
    for true, predicted in np.argwhere(counts):
        colour = "white" if shares[true, predicted] > 0.5 else "#222222"
        count = f"{counts[true, predicted]:,}"
        axes.text(predicted, true, count, ha="center", va="center", color=colour, fontsize=9)
    return figure


def _largest(counts: NDArray[np.int64], names: Sequence[str]) -> str:
    """Return the largest confusions as lines."""
    mistakes = counts * (1 - np.eye(len(names), dtype=np.int64))
    order = np.argsort(-mistakes, axis=None, kind="stable")[:MOST_MISTAKES]
    pairs = [divmod(int(place), len(names)) for place in order]
    lines = [
        f"{shorten(names[true], 14)} → {shorten(names[predicted], 14)}: {mistakes[true, predicted]:,}"
        for true, predicted in pairs
        if mistakes[true, predicted]
    ]
    return "\n".join(["largest confusions", "true → predicted", "", *lines]) if lines else "no confusions"


def _histogram(axes: Any, values: NDArray[np.float64]) -> None:
    """Draw bars, blue above zero and orange below; zero is between two bars."""
    if not len(values):
        return
    low, high = min(values.min(), 0.0), max(values.max(), 0.0)
    if (values > 0).all() or (values < 0).all():
        low, high = values.min(), values.max()
    edges = np.histogram_bin_edges(values, bins=50, range=(low, high))
    if low < 0 < high:
        width = (high - low) / 50
        edges = width * np.arange(math.floor(low / width), math.ceil(high / width) + 1)
    for part, colour in ((values[values > 0], POSITIVE.light), (values[values < 0], NEGATIVE.light)):
        if len(part):
            axes.hist(part, bins=edges, color=colour)


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
