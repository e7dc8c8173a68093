"""What all charts share: our style, and the door to matplotlib.

Charts are drawn in `style` on figures of their own and touch no global state. Colours and marks are those
of `nncli.views.palette`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from nncli.errors import DataError, MissingExtraError, Remedy
from nncli.jobs.inputs import Input
from nncli.views.palette import INK, NEGATIVE, POSITIVE, SCALE, colour_of, shape_of

_LABEL = Remedy("label", "{problem}: labels=['COLUMN']")
DRAWABLE = 1e100
"""Numbers beyond this overflow in the arithmetic of axes."""
NAME_WIDTH = 30
"""Characters of a name, about."""
RC = {
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#444444",
    "text.parse_math": False,  # a dollar in a name is a dollar
    "svg.hashsalt": "nncli",  # the same chart has the same bytes
}


@contextmanager
def style() -> Iterator[None]:
    """Draw and save in our style, whatever the user's settings; every chart needs it.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise MissingExtraError("plot", "plot") from error
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(RC)
        yield


def colours_of(low: float, high: float) -> dict[str, Any]:
    """Return matplotlib's colours of a range: blue above zero and orange below, or no sign at all."""
    from matplotlib.colors import LinearSegmentedColormap

    if low < 0 < high:
        signs = LinearSegmentedColormap.from_list("signs", [NEGATIVE.light, "#ffffff", POSITIVE.light])
        most = max(-low, high)
        return {"cmap": signs, "vmin": -most, "vmax": most}
    return {"cmap": LinearSegmentedColormap.from_list("scale", SCALE), "vmin": low, "vmax": high}


def look_of(code: int) -> dict[str, Any]:
    """Return how matplotlib draws the points of a class; -1 stands for none of the classes."""
    if code < 0:
        return {"c": INK.light, "marker": "x", "linewidths": 0.4}
    return {"c": colour_of(code), "marker": shape_of(code).marker, "edgecolors": "white", "linewidths": 0.4}


def no_labels(rows: Input) -> DataError:
    """Return the error of a chart that needs the true classes of rows that have none."""
    problem = "name the column of the true classes"
    if len(rows.table.columns) == len(rows.features):
        problem = "every column goes into the network; give rows with one of the true classes, and name it"
    return DataError(f"{rows.table.name}: {problem}", remedies=[_LABEL])


def new_figure(width: float, height: float) -> Any:
    """Return an empty figure of so many inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=150)


def save(figure: Any, stream: BinaryIO, format: str) -> None:
    """Write a figure as png, svg or pdf, without dates: the same chart has the same bytes."""
    metadata = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[format]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a name in a script that the font lacks
        figure.savefig(stream, format=format, metadata=metadata)
