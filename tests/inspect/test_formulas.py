from __future__ import annotations

import math

import numpy as np
import pytest

from nncli.inspect.explain import explain_neuron
from nncli.inspect.formulas import arithmetic, formula
from nncli.inspect.rows import pick
from nncli.nn.activations import ACTIVATIONS
from nncli.nn.layers import Dense
from nncli.nn.network import Network

MATHS = {name: getattr(math, name) for name in ("exp", "tanh", "erf", "sqrt", "pi", "log")}
MATHS |= {"max": max, "min": min, "abs": abs}


def neuron_of(activation: str, z: float, dtype: str = "float64") -> Network:
    """Return a network whose only layer has the sums z, 0.5 and -1 for the input 1."""
    weights = np.array([[z, 0.5, -1.0]], dtype)
    layer = Dense(weights=weights, biases=np.zeros(3, dtype), activation=activation)
    return Network(layers=(layer,), inputs=("x0",))


@pytest.mark.parametrize("z", [-3.0, -0.25, 0.0, 0.75, 4.0])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_written_arithmetic_is_right(activation: str, z: float) -> None:
    """Python computes from the written arithmetic what the network computes, for every activation."""
    network = neuron_of(activation, z)
    neuron = explain_neuron(network, pick(network, np.array([1.0])[None]), 0, 0, spec="net.yaml")
    assert eval(neuron.arithmetic, {"__builtins__": {}}, MATHS) == pytest.approx(neuron.result, abs=2e-7)


def test_alpha_is_filled_in() -> None:
    """A formula shows the layer's own alpha, else the default."""
    biases = np.zeros(1)
    own = Dense(weights=np.ones((1, 1)), biases=biases, activation="leaky_relu", alpha=0.3)
    default = Dense(weights=np.ones((1, 1)), biases=biases, activation="leaky_relu")
    assert formula(own) == "z if z > 0 else 0.3 * z"
    assert arithmetic(own, 0, np.float64(-2.0)) == "0.3 * (-2.0)"
    assert arithmetic(default, 0, np.float64(-2.0)) == "0.01 * (-2.0)"


def test_each_unit_has_its_own_slope() -> None:
    """Of a prelu with a slope for each unit, a neuron shows its own, and the layer the word."""
    layer = Dense(weights=np.ones((1, 2)), biases=np.zeros(2), activation="prelu", alpha=(0.5, 0.1))
    assert formula(layer) == "z if z > 0 else alpha * z"
    assert formula(layer, 1) == "z if z > 0 else 0.1 * z"
    assert arithmetic(layer, 1, np.float64(-2.0)) == "0.1 * (-2.0)"
