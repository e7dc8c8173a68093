"""What stands before a matrix and has none of its own: shifts, scalings and choices of columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.models import steps as s

Array = NDArray[Any]


class Waiting:
    """Steps that wait for the matrix that takes them up.

    Attributes
    ----------
    width
        How many features come to the first of them; None where nothing tells yet.
    """

    def __init__(self, width: int | None) -> None:
        self.width = width
        self._steps: list[s.Elementwise | s.Take] = []

    def __bool__(self) -> bool:
        return bool(self._steps)

    @property
    def at(self) -> str:
        """The place of the last one."""
        return self._steps[-1].at

    @property
    def moves_columns(self) -> bool:
        """Whether what comes out are other columns than those that come, or in another order."""
        columns = self._all()
        for step in self._steps:
            if isinstance(step, s.Take):
                columns = columns[step.columns]
        return not np.array_equal(columns, self._all())

    def add(self, step: s.Elementwise | s.Take, width: int | None) -> None:
        """Let a step wait, to which so many features come."""
        if not self._steps:
            self.width = width
        self._steps.append(step)

    def clear(self) -> None:
        """Forget the steps: they are taken up."""
        self._steps = []

    def take_scale(self) -> tuple[Array, Array] | None:
        """Take a shift, and the scaling behind it, away from the beginning.

        Returns
        -------
        mean, std : (width,)
            ``(x - mean) / std`` does the same. None where the steps begin otherwise.
        """
        if not self._steps or self.width is None:
            return None
        columns = self._all()
        rest = list(self._steps)
        while rest and isinstance(taken := rest[0], s.Take):
            columns = columns[taken.columns]
            del rest[0]
        takes, scaled = self._steps[: len(self._steps) - len(rest)], len(rest)
        mean, std = np.zeros(self.width), np.ones(self.width)
        if rest and isinstance(rest[0], s.Shift):
            mean[columns] = -rest[0].by
            del rest[0]
        if rest and isinstance(scaling := rest[0], s.Multiply | s.Divide) and (scaling.by > 0).all():
            by = scaling.by.astype(np.float64)
            std[columns] = by if isinstance(scaling, s.Divide) else 1 / by
            if not np.isfinite(std.astype(scaling.by.dtype)).all():
                return None
            del rest[0]
        if len(rest) == scaled or len(set(columns.tolist())) < len(columns):
            return None
        self._steps = [*takes, *rest]
        return mean, std

    def folded(self, weights: Array, biases: Array) -> tuple[Array, Array]:
        """Return what does the work of the steps, too.

        Parameters
        ----------
        weights : (n_features, n_units)
            float64, as the biases, (n_units,): they take what the last step gives.

        Returns
        -------
        weights, biases
            The same for the features that come to the first step, (width, n_units) and (n_units,).
        """
        assert self.width is not None
        columns = self._all()
        factor, offset = np.ones(self.width), np.zeros(self.width)
        for step in self._steps:
            match step:
                case s.Shift(_, by):
                    offset = offset + by
                case s.Multiply(_, by):
                    factor, offset = factor * by, offset * by
                case s.Divide(_, by):
                    factor, offset = factor / by, offset / by
                case s.Take(_, taken):
                    columns, factor, offset = columns[taken], factor[taken], offset[taken]
        biases = offset @ weights + biases
        weights = factor[:, None] * weights
        if self.moves_columns:
            spread = np.zeros((self.width, weights.shape[1]))
            np.add.at(spread, columns, weights)
            weights = spread
        return weights, biases

    def _all(self) -> Array:
        return np.arange(self.width or 0)
