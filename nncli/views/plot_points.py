"""Charts of points: the data, and a network's decisions around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.text import shorten
from nncli.views.palette import CLASSES, INK
from nncli.views.plot import DRAWABLE, NAME_WIDTH, colours_of, look_of, new_figure

MOST_FEATURES = 4
"""Data of more features are shown by their first ones, in pairs."""
MOST_LEGEND = 30
"""More classes than this have no legend."""
GRID = 300
"""Points along each side of a decision map."""


@dataclass(frozen=True)
class Groups:
    """What points are coloured by: a class each, or a number.

    Parameters
    ----------
    title
        What the colours mean.
    codes : (n_points,)
        A class number each, -1 where there is none; None where values are shown.
    names
        The classes' names.
    values : (n_points,)
        A number each, where there are no classes.
    wrong : (n_points,)
        Which points the network takes for another class.
    """

    title: str
    codes: NDArray[np.intp] | None = None
    names: Sequence[str] = ()
    values: NDArray[np.float64] | None = None
    wrong: NDArray[np.bool_] | None = None


def data(X: NDArray[Any], names: Sequence[str], groups: Groups, title: str) -> Any:
    """Draw points: one feature against the label, two as a map, more in pairs."""
    if X.shape[1] > 2:
        return _pairs(X[:, :MOST_FEATURES], names, groups, title)
    figure = new_figure(6.4, 5.2)
    axes = figure.add_subplot(title=title)
    if X.shape[1] == 1:
        if groups.codes is None:
            assert groups.values is not None
            axes.plot(X[:, 0], groups.values, ".", color=INK.light, markersize=4)
        else:
            _scatter(figure, axes, np.column_stack([X[:, 0], groups.codes]), groups)
            axes.set_yticks([])
        axes.set(xlabel=shorten(names[0], NAME_WIDTH), ylabel=shorten(groups.title, NAME_WIDTH))
    else:
        _scatter(figure, axes, X, groups)
        axes.set(xlabel=shorten(names[0], NAME_WIDTH), ylabel=shorten(names[1], NAME_WIDTH))
    return figure


def regions(
    network: Callable[[NDArray[Any]], NDArray[Any]],
    classify: Callable[[NDArray[Any]], tuple[NDArray[np.intp], NDArray[Any]]] | None,
    X: NDArray[Any],
    names: Sequence[str],
    title: str,
    *,
    groups: Groups | None = None,
) -> Any:
    """Draw what a network of two inputs says everywhere around the points.

    Parameters
    ----------
    network
        (n, 2) -> (n, n_outputs)
    classify
        Outputs to class numbers and how sure each is, 0 to 1; None where the first output is
        shown as a number.
    X : (n_points, 2)
        Points to show on the map; their surroundings are its extent.
    """
    low, high = _extent(X)
    xs, ys = np.linspace(low[0], high[0], GRID), np.linspace(low[1], high[1], GRID)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    outputs = network(grid)
    figure = new_figure(6.8, 5.4)
    x, y = (shorten(name, NAME_WIDTH) for name in names[:2])
    axes = figure.add_subplot(title=title, xlabel=x, ylabel=y)
    extent = (low[0], high[0], low[1], high[1])
    if classify is None:
        _value_map(
            figure, axes, outputs[:, 0].astype(np.float64).clip(-DRAWABLE, DRAWABLE), extent, X, groups
        )
    else:
        codes, sure = classify(outputs)
        axes.imshow(_tinted(codes, sure), extent=extent, origin="lower", aspect="auto")
        for code in np.unique(codes[codes >= 0])[:-1]:
            inside = (codes <= code).astype(float).reshape(GRID, GRID)
            axes.contour(xs, ys, inside, levels=[0.5], colors="#333333", linewidths=0.6)
        if groups is not None:
            _scatter(figure, axes, X, groups)
    axes.set(xlim=extent[:2], ylim=extent[2:])
    return figure


def _pairs(X: NDArray[Any], names: Sequence[str], groups: Groups, title: str) -> Any:
    n = X.shape[1]
    figure = new_figure(2.4 * n + 1.4, 2.4 * n)
    figure.suptitle(title)
    for row in range(n):
        for column in range(n):
            axes = figure.add_subplot(n, n, row * n + column + 1)
            if row == column:
                axes.hist(X[:, row].astype(np.float64), bins=30, color="#999999")
            else:
                _scatter(figure, axes, X[:, [column, row]], groups, size=16)
            if row == n - 1:
                axes.set_xlabel(shorten(names[column], NAME_WIDTH))
            if column == 0:
                axes.set_ylabel(shorten(names[row], NAME_WIDTH))
    return figure


def _value_map(
    figure: Any,
    axes: Any,
    values: NDArray[np.float64],
    extent: tuple[float, float, float, float],
    X: NDArray[Any],
    groups: Groups | None,
) -> None:
    """Draw a map of numbers, (GRID * GRID,); points with numbers are on the same scale."""
    label, everything = "output", values
    if groups is not None and groups.values is not None:
        label = f"output; points: {shorten(groups.title, NAME_WIDTH)}"
        everything = np.append(values, groups.values)
    finite = everything[np.isfinite(everything)]
    limits = colours_of(*((finite.min(), finite.max()) if finite.size else (0.0, 1.0)))
    image = axes.imshow(values.reshape(GRID, GRID), extent=extent, origin="lower", aspect="auto", **limits)
    figure.colorbar(image, ax=axes, label=label)
    if groups is not None and groups.values is not None:
        axes.scatter(X[:, 0], X[:, 1], c=groups.values, s=26, edgecolors="#555555", linewidths=0.6, **limits)
    elif groups is not None:
        _scatter(figure, axes, X, groups)


def _scatter(figure: Any, axes: Any, X: NDArray[Any], groups: Groups, *, size: float = 26) -> None:
    """Draw points, (n_points, 2), each in its class's colour and marker, and say once what they mean."""
    first = not figure.legends and len(figure.axes) <= 2
    size = size if len(X) <= 500 else size * 0.6
    if groups.codes is None:
        assert groups.values is not None
        colours = colours_of(groups.values.min(), groups.values.max())
        edge = {"edgecolors": "#555555", "linewidths": 0.4}
        points = axes.scatter(X[:, 0], X[:, 1], c=groups.values, s=size, **edge, **colours)
        if first:
            figure.colorbar(points, ax=figure.axes, label=shorten(groups.title, NAME_WIDTH))
        return
    for code in np.unique(groups.codes):
        inside = groups.codes == code
        axes.scatter(
            X[inside, 0],
            X[inside, 1],
            s=size,
            **look_of(code),
            label="none" if code < 0 else shorten(groups.names[code], NAME_WIDTH),
        )
    if groups.wrong is not None and groups.wrong.any():
        marks = {"marker": "x", "s": size * 0.8, "c": INK.light, "linewidths": 0.9}
        axes.scatter(*X[groups.wrong].T, label=f"wrong: {int(groups.wrong.sum()):,}", **marks)
    if first and len(np.unique(groups.codes)) <= MOST_LEGEND:
        handles, labels = axes.get_legend_handles_labels()
        title = shorten(groups.title, NAME_WIDTH)
        figure.legend(handles, labels, title=title, loc="outside right center", frameon=False)


def _extent(X: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the corners of the points' surroundings, or of the square around zero."""
    if not len(X):
        return np.array([-1.0, -1.0]), np.array([1.0, 1.0])
    low, high = X.min(axis=0).astype(np.float64), X.max(axis=0).astype(np.float64)
    margin = np.where(high > low, (high - low) * 0.08, 1.0)
    return low - margin, high + margin


def _tinted(codes: NDArray[np.intp], sure: NDArray[Any]) -> NDArray[np.float64]:
    """Return an image of light class colours, stronger where the class is surer, grey for none."""
    from matplotlib.colors import to_rgb

    palette = np.array([to_rgb(colour) for colour in CLASSES])
    strength = (0.2 + 0.4 * sure.astype(np.float64))[:, None]
    image = np.where(codes[:, None] < 0, 0.8, 1 - strength * (1 - palette[codes % len(CLASSES)]))
    return image.reshape(GRID, GRID, 3)
