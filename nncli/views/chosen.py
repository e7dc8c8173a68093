"""Which units of a wide column are shown, and what stands in the place of the others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Gap:
    """Units that are left out of a wide column."""

    count: int

    @property
    def text(self) -> str:
        """What stands in their place."""
        return f"+{self.count:,} more"


def chosen(count: int, most: int, kept: Collection[int], order: NDArray[np.intp] | None) -> list[int | Gap]:
    """Return the units of a column that are shown, in at most ``most`` slots.

    Without an ``order`` these are the first and the last around a gap; with one, the first of it in the
    order of their numbers, and a gap for all others at the end. Those of ``kept`` are among them.
    """
    if count <= most:
        return list(range(count))
    if order is not None:
        units = sorted([*kept, *(int(unit) for unit in order if unit not in kept)][: most - 1])
        return [*units, Gap(count - len(units))]
    return _around_gaps(count, most - 2 * len(kept), set(kept))


def ranked(values: ArrayLike | Sequence[Any]) -> NDArray[np.intp]:
    """Return the places of values from the largest size to the smallest; of equal ones the first first."""
    return np.argsort(-np.nan_to_num(np.abs(np.asarray(values, dtype=np.float64))), kind="stable")


def _around_gaps(count: int, most: int, kept: set[int]) -> list[int | Gap]:
    ends = max(2, most - 1)
    shown = kept | {*range((ends + 1) // 2), *range(count - ends // 2, count)}
    slots: list[int | Gap] = []
    before = -1
    for unit in sorted(shown):
        if (skipped := unit - before - 1) > 0:
            slots.append(Gap(skipped))
        slots.append(unit)
        before = unit
    return slots
