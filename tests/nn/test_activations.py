from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nncli.nn.activations import ACTIVATIONS, celu, default_alpha, elu, hard_sigmoid, leaky_relu, prelu
from nncli.nn.erf import erfc

ROWWISE = {"softmax", "log_softmax"}
POINTWISE = sorted(ACTIVATIONS.keys() - ROWWISE)

# The formulas as textbooks and PyTorch's documentation write them, one number at a time.
TEXTBOOK: dict[str, Callable[[float], float]] = {
    "linear": lambda z: z,
    "relu": lambda z: max(0.0, z),
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": lambda z: (math.exp(z) - math.exp(-z)) / (math.exp(z) + math.exp(-z)),
    "relu6": lambda z: min(6.0, max(0.0, z)),
    "leaky_relu": lambda z: z if z > 0 else 0.01 * z,
    "prelu": lambda z: z if z > 0 else 0.25 * z,
    "celu": lambda z: max(0.0, z) + min(0.0, math.exp(z) - 1),
    "elu": lambda z: z if z > 0 else math.exp(z) - 1,
    "selu": lambda z: 1.0507009873554805 * (z if z > 0 else 1.6732632423543772 * (math.exp(z) - 1)),
    "gelu": lambda z: z / 2 * (1 + math.erf(z / math.sqrt(2))),
    "gelu_tanh": lambda z: z / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
    "silu": lambda z: z / (1 + math.exp(-z)),
    "softplus": lambda z: math.log(1 + math.exp(z)),
    "mish": lambda z: z * math.tanh(math.log(1 + math.exp(z))),
    "hard_swish": lambda z: z * min(6.0, max(0.0, z + 3)) / 6,
    "softsign": lambda z: z / (1 + abs(z)),
    "hard_sigmoid": lambda z: min(1.0, max(0.0, z / 6 + 0.5)),
}

AT_MINUS_INFINITY = {
    "linear": -math.inf,
    "leaky_relu": -math.inf,
    "prelu": -math.inf,
    "celu": -1.0,
    "elu": -1.0,
    "selu": -1.7580993408473766,
    "tanh": -1.0,
    "softsign": -1.0,
}


def test_every_pointwise_activation_has_a_textbook_formula_here() -> None:
    """A new activation needs its formula in this file."""
    assert sorted(TEXTBOOK) == POINTWISE


@pytest.mark.parametrize("name", POINTWISE)
def test_it_is_the_textbook_formula(name: str) -> None:
    """Each activation gives what its formula gives, to a few last digits."""
    z = np.linspace(-8, 8, 1001).reshape(7, 143)
    expected = np.array([TEXTBOOK[name](x) for x in z.ravel().tolist()]).reshape(z.shape)
    np.testing.assert_allclose(ACTIVATIONS[name](z), expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_dtype_and_the_shape_are_kept(name: str, dtype: type) -> None:
    """A float32 stays a float32, whatever constants the formula holds."""
    result = ACTIVATIONS[name](np.ones((2, 3), dtype))
    assert result.dtype == dtype
    assert result.shape == (2, 3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_large_sums_overflow_nowhere(name: str, dtype: type) -> None:
    """Large weighted sums give finite results without a warning."""
    z: NDArray[Any] = np.array([[-1e30, -1e4, -745.2, -100, -0.0, 0, 100, 710, 1e4, 1e30]], dtype)
    assert np.isfinite(ACTIVATIONS[name](z)).all()


@pytest.mark.parametrize("name", POINTWISE)
def test_infinities_give_the_limit_and_nan_stays_nan(name: str) -> None:
    """At an infinity each activation has its limit; NaN never becomes a number."""
    low, high, unknown = ACTIVATIONS[name](np.array([[-np.inf, np.inf, np.nan]]))[0]
    assert low == AT_MINUS_INFINITY.get(name, 0.0)
    assert high == {"sigmoid": 1, "tanh": 1, "softsign": 1, "hard_sigmoid": 1, "relu6": 6}.get(name, np.inf)
    assert np.isnan(unknown)


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_probabilities_sum_to_one(z: list[float]) -> None:
    """Softmax is a distribution for any weighted sums, and log_softmax is its logarithm."""
    probabilities = ACTIVATIONS["softmax"](np.array([z]))
    assert np.isclose(probabilities.sum(), 1)
    np.testing.assert_allclose(np.exp(ACTIVATIONS["log_softmax"](np.array([z]))), probabilities, atol=1e-12)


def test_log_softmax_keeps_what_softmax_rounds_to_zero() -> None:
    """The logarithm of a tiny probability is a number, not minus infinity."""
    assert ACTIVATIONS["log_softmax"](np.array([[0.0, 2000.0]])).tolist() == [[-2000.0, 0.0]]


def test_alpha_is_the_parameter_of_five() -> None:
    """The activations that take an alpha, and their defaults, are known from their functions."""
    defaults = {name: default_alpha(name) for name in ACTIVATIONS}
    assert {name: alpha for name, alpha in defaults.items() if alpha is not None} == {
        "leaky_relu": 0.01,
        "prelu": 0.25,
        "elu": 1.0,
        "celu": 1.0,
        "hard_sigmoid": 1 / 6,
    }


def test_alpha_changes_the_result() -> None:
    """Alpha is the slope or the scale that the formula says."""
    z = np.array([[-2.0, 2.0]])
    assert leaky_relu(z, 0.5).tolist() == [[-1.0, 2.0]]
    assert elu(z, 2.0).tolist() == [[2 * math.expm1(-2), 2.0]]
    assert hard_sigmoid(z, 0.2).tolist() == [[0.5 - 0.4, 0.5 + 0.4]]
    assert celu(z, 4.0).tolist() == [[4 * math.expm1(-0.5), 2.0]]
    assert prelu(-z, (0.5, 0.25)).tolist() == [[2.0, -0.5]]


def test_erfc_agrees_with_the_standard_library() -> None:
    """Every range of the approximation, and its borders, are right to 1e-15 of the value."""
    x = np.concatenate(
        [np.linspace(-7, 26, 20001), [-np.inf, np.inf, 0.46875, -0.46875, 4, -4, 1e300, 1e-300]]
    )
    expected = np.array([math.erfc(value) for value in x.tolist()])
    np.testing.assert_allclose(erfc(x), expected, rtol=1.1e-15, atol=0)
