"""Sums without rounding."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli.jobs.exact_sum import ExactSum, add_squares

LAWS = settings(max_examples=100, deadline=None)

ODD = st.sampled_from([0.0, -0.0, 5e-324, -5e-324, 2.0**-1022, 1e16, 1.0, -1.0, 1.7e308, -1.7e308])
FINITE = st.floats(allow_nan=False, allow_infinity=False) | ODD
ANY = FINITE | st.sampled_from([math.inf, -math.inf, math.nan]) | st.floats()
CUTS = st.lists(st.integers(0, 25), max_size=6)


def summed(values):
    """Return the sum of numbers that are added at once."""
    total = ExactSum()
    total.add(np.array(values, dtype=np.float64))
    return total


def whole(values):
    """Return the exact sum of finite numbers."""
    return sum(map(Fraction, values), Fraction(0))


def rounded(fraction):
    """Return the float64 that is nearest."""
    try:
        return float(fraction)
    except OverflowError:
        return math.inf if fraction > 0 else -math.inf


@given(st.lists(ANY, max_size=25) | st.lists(FINITE, max_size=25), CUTS, st.randoms())
@LAWS
def test_order_and_groups_do_not_matter(values, edges, random):
    """Numbers in any order, added in any groups that are merged in any order, have one sum."""
    shuffled = random.sample(values, len(values))
    groups = [
        shuffled[a:b]
        for a, b in pairwise(sorted([0, len(values), *(min(edge, len(values)) for edge in edges)]))
    ]
    totals = [summed(group) for group in groups]
    random.shuffle(totals)
    while len(totals) > 1:
        totals[0].merge(totals.pop())
        random.shuffle(totals)
    n = max(1, len(values))
    assert repr(totals[0].over(n)) == repr(summed(values).over(n))


@given(st.lists(ANY, max_size=25) | st.lists(FINITE, max_size=25))
@LAWS
def test_the_sum_is_that_of_fsum(values):
    """Where Python's own exact sum has a value, it is the same; else it is infinite, or infinities cancel."""
    ours = summed(values).over(1)
    try:
        theirs = math.fsum(values)
    except OverflowError:  # also of a part of the numbers
        finite = all(map(math.isfinite, values))
        assert ours == rounded(whole(values)) if finite else not math.isfinite(ours)
    except ValueError:
        assert math.isnan(ours)
    else:
        assert ours == theirs or (math.isnan(ours) and math.isnan(theirs))


@given(st.lists(FINITE, min_size=1, max_size=25), st.integers(1, 10**9))
@LAWS
def test_a_mean_is_rounded_once(values, n):
    """The sum over a number is the float64 next to the exact quotient."""
    assert summed(values).over(n) == rounded(whole(values) / n)


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=20))
@LAWS
def test_single_precision_is_summed_as_it_is(values):
    """Numbers of float32 are added exactly, too."""
    total = ExactSum()
    total.add(np.array(values, dtype=np.float32))
    assert total.over(1) == math.fsum(values)


@given(
    st.lists(
        st.builds(math.ldexp, st.floats(-1, 1, allow_subnormal=False), st.integers(-300, 400)).filter(
            lambda value: value == 0 or abs(value) > 1e-100
        ),
        min_size=1,
        max_size=30,
    )
)
@LAWS
def test_squared_deviations_are_exact(values):
    """From sums of numbers and of squares comes what is left after rounding once, also far from zero."""
    squares = ExactSum()
    add_squares(squares, np.array(values))
    n = len(values)
    mean = whole(values) / n
    expected = rounded(sum((Fraction(value) - mean) ** 2 for value in values))
    assert summed(values).squared_deviations(squares, n) == expected


def test_numbers_that_are_none_have_no_deviations():
    """NaN, and infinite squares, leave nothing to tell."""
    for values in ([1.0, math.nan], [math.inf, 1.0], [1e200, 2e200]):
        squares = ExactSum()
        add_squares(squares, np.array(values))
        assert math.isnan(summed(values).squared_deviations(squares, 2))
