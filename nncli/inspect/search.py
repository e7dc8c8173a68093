"""Which recipe gives somebody's numbers: the known mistakes, alone and two at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, combinations_with_replacement, islice, product
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nncli.inspect.case import Case, Mistake, Variant
from nncli.inspect.matching import Target
from nncli.inspect.mistakes import MISTAKES
from nncli.inspect.recipe import Array, Calculator, Recipe
from nncli.jobs.compare import Tolerance
from nncli.nn.network import LayerTrace, Stage

FEW_ROWS = 16
"""On so many rows a recipe is tried before it is on all."""

PAIRS_WORK = 3_000_000_000
"""How many operations we spend on two mistakes at a time, …"""
RECIPE_WORK = 200_000
"""… and about how many a recipe costs besides its sums, …"""
USUAL_LAYERS = 3
"""… in a network of so many layers."""
SUMS_AT_ONCE = 8
"""So many operations of sums take the time of one."""

ENOUGH = 50
"""So many fits are not searched further."""
FEWEST_SINGLE = 300
"""So many single mistakes are tried, whatever that takes."""
ACTIVATION_WORK = 30
"""About how many operations an activation takes."""
MOST_WHOLE = 100
"""Two mistakes of which one needs all rows are tried where these cost no more than so many recipes."""

CHANCE_BITS = 8
"""How much more somebody's numbers must say than which of all recipes it was, for a fit not to be luck."""

AS_GOOD = 8
"""A fit this many times as far off as the best one is as good, …"""
ROUNDING = 1e-3
"""… and so is one this small a share of the tolerance away."""

Made = tuple[Mistake, Variant]
"""A mistake and the way in which it was made."""


class Fit(NamedTuple):
    """Mistakes that give the numbers, how far off at most as a share of the tolerance, and how they do it."""

    made: tuple[Made, ...]
    recipe: Recipe
    error: float

    @property
    def key(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The names of the mistakes, and their places."""
        return tuple((mistake.name, variant.layers) for mistake, variant in self.made)


class Findings(NamedTuple):
    """What a search has found.

    Attributes
    ----------
    fits
        The best, the simplest first, as groups of those that give the same numbers.
    n_tried, n_possible
        How many recipes were tried, and how many there are of one and of two mistakes.
    """

    fits: list[list[Fit]]
    n_tried: int
    n_possible: int


class Search:
    """The search for one network, its rows, and somebody's numbers.

    Parameters
    ----------
    X : (n_kept, n_inputs)
        The first rows, maybe more of them than there are in ``theirs``; ``row_numbers`` say which.
    theirs
        Somebody's numbers, (n_rows, n_units) each, of the first rows.
    """

    def __init__(
        self,
        case: Case,
        X: Array,
        row_numbers: NDArray[np.intp],
        theirs: Mapping[Stage, Array],
        tolerance: Tolerance,
    ) -> None:
        n_rows = min(map(len, theirs.values()))
        few = np.unique(np.linspace(0, n_rows - 1, FEW_ROWS).astype(np.intp))
        self.case = case
        self.target = Target(theirs, tolerance)
        self.row_numbers = row_numbers
        self._few = self.target.rows(few), Calculator(case.network, X[few], row_numbers[few])
        self._some = Calculator(case.network, X[:n_rows], row_numbers[:n_rows])
        self._whole = self._some if n_rows == len(X) else Calculator(case.network, X, row_numbers)
        self._seen: set[Recipe] = {case.right}
        self._n_tried = 0

    def run(self) -> Findings:
        """Try one mistake, and two where no single one fits."""
        with np.errstate(all="ignore"):  # somebody's way may overflow
            return self._run()

    def _run(self) -> Findings:
        families = [[(mistake, way) for way in mistake.variants(self.case)] for mistake in MISTAKES]
        single = [one for family in families for one in family]
        most = PAIRS_WORK // self._work()
        best = self._best(self._fitting([(one,) for one in single[: max(4 * most, FEWEST_SINGLE)]]))
        if not best:
            best = self._best(self._fitting(islice(self._pairs(families), most)))
        return Findings(best, self._n_tried, len(single) * (len(single) + 1) // 2)

    def _work(self) -> int:
        """Return about how many operations a recipe takes."""
        steps = self.case.right.steps
        sums = FEW_ROWS * self.case.network.flops_per_row // SUMS_AT_ONCE
        return RECIPE_WORK * max(len(steps), USUAL_LAYERS) // USUAL_LAYERS + sums

    def _pairs(self, families: Sequence[Sequence[Made]]) -> Iterator[tuple[Made, ...]]:
        """Yield pairs, those of mistakes with few variants first."""
        each_row = self.case.network.flops_per_row
        each_row += ACTIVATION_WORK * sum(step.layer.n_units for step in self.case.right.steps)
        if len(self._whole.row_numbers) * each_row > MOST_WHOLE * RECIPE_WORK:
            right = self.case.right
            families = [[one for one in f if not one[1].change(right).needs_all_rows] for f in families]
        both = combinations_with_replacement(families, 2)
        for a, b in sorted(both, key=lambda pair: len(pair[0]) * len(pair[1])):
            yield from combinations(a, 2) if a is b else product(a, b)

    def _fitting(self, attempts: Iterable[tuple[Made, ...]]) -> list[Fit]:
        fits: list[Fit] = []
        for made in attempts:
            recipe = self.case.right
            for _, variant in made:
                recipe = variant.change(recipe)
            if recipe in self._seen:
                continue
            self._seen.add(recipe)
            self._n_tried += 1
            error = self._error(recipe)
            if error <= 1 and not self._is_luck(error):
                fits.append(Fit(made, recipe, error))
                if len(fits) == ENOUGH:
                    break
        return fits

    def _is_luck(self, error: float) -> bool:
        return self.target.bits(error) < CHANCE_BITS + math.log2(self._n_tried)

    def _error(self, recipe: Recipe) -> float:
        if recipe.needs_all_rows:
            return self.target.error(self._whole.traces(recipe), shuffled=recipe.shuffled)
        target, calculator = self._few
        if target.error(calculator.traces(recipe)) > 1:
            return math.inf
        return self.target.error(self._some.traces(recipe))

    def _best(self, fits: list[Fit]) -> list[list[Fit]]:
        """Return the fits that are as good as the best one and no luck, grouped by their numbers."""
        fits = [fit for fit in fits if not self._is_luck(fit.error)]
        limit = max(ROUNDING, AS_GOOD * min((fit.error for fit in fits), default=0))
        groups: list[tuple[list[Array], list[Fit]]] = []
        for fit in fits:
            if fit.error > limit:
                continue
            numbers = self.target.picked(self.traces(fit.recipe))
            for others, group in groups:
                eps = _eps(numbers, np.float32 if fit.key == group[0].key else np.float64)
                if fit.recipe.shuffled == group[0].recipe.shuffled and all(
                    _same(a, b, eps) for a, b in zip(numbers, others, strict=True)
                ):
                    group.append(fit)
                    break
            else:
                groups.append((numbers, [fit]))
        return [_nearest_first(group) for _, group in groups]

    def traces(self, recipe: Recipe) -> list[LayerTrace]:
        """Return what a recipe gives for the rows that are compared."""
        calculator = self._whole if recipe.needs_all_rows else self._some
        with np.errstate(all="ignore"):
            return list(calculator.traces(recipe))


def _eps(numbers: Sequence[Array], least: DTypeLike) -> float:
    """Return the rounding of the coarser of these types."""
    return float(max(np.finfo(dtype).eps for dtype in (least, *(values.dtype for values in numbers))))


def _same(a: Array, b: Array, eps: float) -> bool:
    """Whether two results differ by nothing but rounding."""
    atol = 4 * eps * float(np.abs(a).max(initial=0))
    return bool(np.allclose(a, b, rtol=32 * eps, atol=atol, equal_nan=True))


def _nearest_first(group: list[Fit]) -> list[Fit]:
    """Put the one first that comes nearest, of those that make the first one's mistakes at its places."""
    alike = [fit for fit in group if fit.key == group[0].key]
    nearest = min(alike, key=lambda fit: fit.error)
    if nearest.error * AS_GOOD > group[0].error:
        return group
    return [nearest, *(fit for fit in group if fit is not nearest)]
