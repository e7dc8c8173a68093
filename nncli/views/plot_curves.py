"""Charts of curves: ROC, precision and recall, calibration, and a network of one input."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.inspect.curves import Calibration, Curve
from nncli.text import shorten, width_of
from nncli.views.palette import CLASSES, DASHES, INK, colour_of, dash_of, shape_of
from nncli.views.plot import NAME_WIDTH, look_of, new_figure

MOST_CURVES = 10
"""Of more classes those with the worst scores are drawn in colour, the others thin and grey."""
TOLD_APART = len(CLASSES) * len(DASHES)
"""Outputs of a network that have a curve: so many differ in colour or dash."""
GREY = "#b0b0b0"
PREDICTION = "the prediction"
"""What the curve over all classes is called."""


def roc(curves: Mapping[str, Curve], shares: Mapping[str, float], title: str) -> Any:
    """Draw ROC curves by class."""
    figure, axes = _square(
        curves, f"{title}, {_said(curves, 'AUC')}", "false positive rate", "true positive rate"
    )
    axes.plot([0, 1], [0, 1], ":", color="#555555", linewidth=1, label="chance")
    _draw(axes, curves, "AUC", "default")
    _legend(figure, axes)
    return figure


def precision_recall(curves: Mapping[str, Curve], shares: Mapping[str, float], title: str) -> Any:
    """Draw precision over recall by class; ``shares`` is how many rows are of each: what chance reaches."""
    figure, axes = _square(curves, f"{title}, {_said(curves, 'AP')}", "recall", "precision")
    if len(shares) == 1:
        chance = next(iter(shares.values()))
        axes.plot([0, 1], [chance, chance], ":", color="#555555", linewidth=1, label=f"chance {chance:.4f}")
    _draw(axes, curves, "AP", "steps-pre")
    _legend(figure, axes)
    return figure


def calibration(found: Mapping[str, Calibration], predicted: Calibration, title: str) -> Any:
    """Draw how often each class was true by its probability, and of many classes the prediction's own."""
    scores = {name: Curve(c.probability, c.share, c.error) for name, c in found.items()}
    names = [*found, PREDICTION] if len(found) > 1 else found
    figure, axes = _square(
        names, f"{title}, {_said(scores, 'ECE')}", "predicted probability", "share that is true"
    )
    axes.plot([0, 1], [0, 1], ":", color="#555555", linewidth=1, label="perfect")
    _draw(axes, scores, "ECE", "default", marked=True, high_is_bad=True)
    if len(found) > 1:
        label = f"{PREDICTION}: ECE {predicted.error:.6f}"
        axes.plot(predicted.probability, predicted.share, "-", color=INK.light, linewidth=2, label=label)
    _legend(figure, axes)
    return figure


def curve(
    x: NDArray[np.float64],
    outputs: NDArray[np.float64],
    names: Sequence[str],
    axis: tuple[str, str],
    title: str,
    *,
    rows: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp] | None] | None,
    bends: Sequence[float],
) -> Any:
    """Draw a network of one input: each output over x.

    Parameters
    ----------
    x : (n,)
    outputs : (n, n_outputs)
    axis
        What the two axes are called.
    rows
        The rows' x and y, and of labelled ones their class numbers, (n_rows,) each.
    bends
        Where a unit of the first layer is switched on or off.
    """
    figure = new_figure(6.8, 5.0)
    axes = figure.add_subplot(title=title, xlabel=axis[0], ylabel=axis[1])
    if rows is not None:
        _points(axes, *rows)
    for number, name in enumerate(names[:TOLD_APART]):
        look = {"color": colour_of(number), "linestyle": dash_of(number)}
        if len(names) == 1:
            look = {"color": INK.light}
        axes.plot(x, outputs[:, number], linewidth=1.8, label=shorten(name, NAME_WIDTH), **look)
    if inside := [bend for bend in bends if x[0] < bend < x[-1]]:
        axes.plot(
            inside,
            np.zeros(len(inside)),
            "|",
            color=GREY,
            markersize=14,
            markeredgewidth=1.5,
            transform=axes.get_xaxis_transform(),
            clip_on=False,
            label="a ReLU bends",
            zorder=0,
        )
    _legend(figure, axes)
    return figure


def _points(
    axes: Any, x: NDArray[np.float64], y: NDArray[np.float64], codes: NDArray[np.intp] | None
) -> None:
    if codes is None:
        axes.plot(x, y, ".", color=GREY, markersize=5, label="rows")
        return
    for code in np.unique(codes):
        inside = codes == code
        axes.scatter(x[inside], y[inside], s=18, **look_of(code))


def _square(names: Iterable[str], title: str, x: str, y: str) -> tuple[Any, Any]:
    """Return a figure and its square axes, with room beside them for a legend of such names."""
    longest = max(width_of(shorten(name, NAME_WIDTH)) for name in names)
    figure = new_figure(7.2 + 0.09 * longest, 5.2)
    axes = figure.add_subplot(title=title, xlabel=x, ylabel=y)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), box_aspect=1)
    return figure, axes


def _said(curves: Mapping[str, Curve], what: str) -> str:
    """Return the score as words: that of the only curve, or the mean of those that have one."""
    scores = [curve.score for curve in curves.values() if np.isfinite(curve.score)]
    if not scores:
        return f"no {what}: all rows are of one kind"
    n = len(scores)
    of = f" of {n} class{'es' * (n != 1)}" if n < len(curves) else ""
    return f"{'mean ' * (len(curves) > 1)}{what}{of} {np.mean(scores):.6f}"


def _draw(
    axes: Any,
    curves: Mapping[str, Curve],
    what: str,
    steps: str,
    *,
    marked: bool = False,
    high_is_bad: bool = False,
) -> None:
    """Draw curves, each in its class's colour and dash, with its score in the legend.

    Of more than `MOST_CURVES` classes the worst are drawn in colour, the worst first: the looks go by that
    order, since those of many classes repeat.
    """
    names = list(curves)
    if len(curves) > MOST_CURVES:
        sign = -1 if high_is_bad else 1
        names.sort(key=lambda name: sign * np.nan_to_num(curves[name].score, nan=sign * np.inf))
    for number, name in enumerate(names[:MOST_CURVES]):
        x, y, score = curves[name]
        code = 1 if len(curves) == 1 else number
        said = f"{what} {score:.6f}" if np.isfinite(score) else f"no {what}"
        axes.plot(
            x,
            y,
            color=colour_of(code),
            linestyle=dash_of(code),
            linewidth=1.8,
            drawstyle=steps,
            marker=shape_of(code).marker if marked else None,
            markersize=5,
            label=f"{shorten(name, NAME_WIDTH)}: {said}",
        )
    others = names[MOST_CURVES:]
    for name in others:
        axes.plot(curves[name].x, curves[name].y, color=GREY, linewidth=0.5, drawstyle=steps, zorder=1)
    if others:
        axes.plot([], [], color=GREY, linewidth=0.5, label=f"{len(others)} better ones")


def _legend(figure: Any, axes: Any) -> None:
    handles, labels = axes.get_legend_handles_labels()
    if len(handles) > 1:
        figure.legend(handles, labels, loc="outside right center", frameon=False)
