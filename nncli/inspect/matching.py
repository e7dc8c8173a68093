"""How near a network's numbers come to somebody's, and whether that can be luck."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from nncli.inspect.recipe import Array
from nncli.jobs.compare import Tolerance
from nncli.nn.network import LayerTrace, Stage

SAID_ONCE = 64
"""So many different numbers of a unit are looked at to see how much they say."""


class Target:
    """Somebody's numbers, and how near others must come.

    Parameters
    ----------
    theirs : {(layer, "z" or "a"): (n_rows, n_units)}
    """

    def __init__(self, theirs: Mapping[Stage, Array], tolerance: Tolerance) -> None:
        self.theirs = dict(sorted(theirs.items(), key=lambda item: (item[0][0], item[0][1] == "a")))
        self.tolerance = tolerance
        self.n_rows = min(map(len, theirs.values()))
        self._allowed = {
            stage: tolerance.around(values) + np.finfo(np.float64).tiny for stage, values in theirs.items()
        }

    def rows(self, numbers: NDArray[np.intp]) -> Target:
        """Return the target of some of the rows."""
        return Target({stage: values[numbers] for stage, values in self.theirs.items()}, self.tolerance)

    def error(self, traces: Iterable[LayerTrace], *, shuffled: bool = False) -> float:
        """Return the largest difference as a share of the tolerance; infinity as soon as one is beyond it."""
        if shuffled:
            return self._in_any_order(list(traces))
        worst = 0.0
        last = max(layer for layer, _ in self.theirs)
        for number, trace in enumerate(traces):
            for which in ("z", "a"):
                stage = (number, which)
                if stage in self.theirs:
                    values = getattr(trace, which)[: self.n_rows]
                    own = self._worst(stage, values)
                    if not own <= 1:  # NaN, too
                        return math.inf
                    worst = max(worst, own)
            if number == last:
                break
        return worst

    def picked(self, traces: Iterable[LayerTrace]) -> list[Array]:
        """Return the numbers that are compared, those of the first rows."""
        traces = list(traces)
        return [getattr(traces[layer], which)[: self.n_rows] for layer, which in self.theirs]

    def bits(self, error: float) -> float:
        """Return how much a fit says that comes so near: the bits of all different numbers that it gives.

        Numbers where activations end, or that come of sums that are all 0, say nothing: many networks
        give them. A number within its own error of another of its unit says nothing new.
        """
        return sum(
            _bits(
                values[:, unit],
                max(error, 1e-9) * float(self._allowed[stage][:, unit].max()),
                self.tolerance.atol,
                values.shape[1],
            )
            for stage, values in self.theirs.items()
            for unit in range(values.shape[1])
        )

    def _worst(self, stage: Stage, values: Array) -> float:
        theirs = self.theirs[stage]
        shares = np.abs(values - theirs) / self._allowed[stage]
        worst = float(shares.max())
        if worst == worst:
            return worst
        shares[values == theirs] = 0  # infinities
        return float(shares.max())  # NaN is beyond every tolerance

    def _in_any_order(self, traces: list[LayerTrace]) -> float:
        """Return the largest error with each of their rows beside its like, each of ours taken once."""
        ours = np.hstack([getattr(traces[layer], which) for layer, which in self.theirs])
        theirs = np.hstack(list(self.theirs.values()))
        tolerance = np.hstack([self._allowed[stage] for stage in self.theirs])
        if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
            return math.inf
        along = np.random.RandomState(0).rand(ours.shape[1])  # near rows have near projections
        projected = ours @ along
        order = np.argsort(projected, kind="stable")
        width = tolerance @ along
        first = np.searchsorted(projected[order], theirs @ along - width)
        end = np.searchsorted(projected[order], theirs @ along + width, "right")
        if (first >= end).any():
            return math.inf
        return _assigned(ours[order], theirs, tolerance, first, end)


def _assigned(ours: Array, theirs: Array, tolerance: Array, first: Array, end: Array) -> float:
    taken = np.zeros(len(ours), np.bool_)
    worst = 0.0
    for row in range(len(theirs)):
        near = np.flatnonzero(~taken[first[row] : end[row]]) + first[row]
        if not len(near):
            return math.inf
        errors = (np.abs(ours[near] - theirs[row]) / tolerance[row]).max(axis=1)
        nearest = int(errors.argmin())
        if not errors[nearest] <= 1:
            return math.inf
        taken[near[nearest]] = True
        worst = max(worst, float(errors[nearest]))
    return worst


def _bits(values: Array, error: float, atol: float, n_units: int) -> float:
    """Return what the numbers of one unit say, (n_rows,), where each is known to within an error."""
    values = values[np.isfinite(values)]
    ends = (0.0, 1.0, -1.0, 0.5, 1 / n_units)
    told = values[np.all([np.abs(values - end) > max(atol, 2 * error) for end in ends], axis=0)]
    grid = np.unique(np.round(told / (2 * error))) * (2 * error)
    if not len(grid):
        return 0.0
    spread = float(np.std(values)) if len(grid) > 1 else float(np.abs(grid[0]))
    each = math.log2(max(1.0, spread / (2 * error)))
    return min(len(grid), SAID_ONCE) * each
