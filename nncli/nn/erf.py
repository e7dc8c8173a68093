"""The complementary error function for arrays; NumPy has none, and SciPy is large.

Rational approximations of W. J. Cody, "Rational Chebyshev approximations for the error function",
Math. Comp. 23 (1969), 631-637, with the coefficients of his routine CALERF (netlib, specfun).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Numerator and denominator of each range, the highest power first.
ERF_NEAR_ZERO = (
    (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2,
     3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)  # fmt: skip
ERFC_MIDDLE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
     2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
     1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
     3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip
ERFC_TAIL = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
     1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1, 6.05183413124413191e-2,
     2.33520497626869185e-3),
)  # fmt: skip


def erfc(x: Array) -> Array:
    """Return 1 - erf(x) for every x, to about 1e-15 of the value; the shape and dtype are kept."""
    shape, dtype = x.shape, x.dtype
    x = x.astype(np.float64).ravel()
    y = np.abs(x)
    result = np.full_like(x, np.nan)

    near = y <= 0.46875
    result[near] = 1 - x[near] * ratio(ERF_NEAR_ZERO, y[near] * y[near])

    middle = (y > 0.46875) & (y <= 4)
    result[middle] = exp_minus_square(y[middle]) * ratio(ERFC_MIDDLE, y[middle])

    tail = y > 4
    z = np.minimum(y[tail], 30.0)  # erfc is 0 from 27 on
    s = 1 / (z * z)
    result[tail] = exp_minus_square(z) * (1 / np.sqrt(np.pi) - s * ratio(ERFC_TAIL, s)) / z

    mirrored = x < -0.46875
    result[mirrored] = 2 - result[mirrored]
    return result.reshape(shape).astype(dtype)


def ratio(polynomials: tuple[tuple[float, ...], tuple[float, ...]], x: Array) -> Array:
    """Return the quotient of two polynomials at x, by Horner's rule."""
    numerator, denominator = (np.polyval(coefficients, x) for coefficients in polynomials)
    quotient: Array = numerator / denominator
    return quotient


def exp_minus_square(y: Array) -> Array:
    """Return exp(-y**2); rounding y**2 would cost digits, so y is split at its sixteenths."""
    head = np.trunc(y * 16) / 16
    return np.exp(-head * head) * np.exp(-(y - head) * (y + head))
