"""Single weights and biases that overrides change in a network that the spec does not write down."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import nncli
from nncli.errors import UsageError

DRAWN = "seed: 4\ninputs: 2\nlayers:\n- {units: 3, activation: relu}\n- {units: 2}\n"


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    """Return a spec that draws its weights."""
    path = tmp_path / "net.yaml"
    path.write_text(DRAWN)
    return path


def test_a_drawn_weight_can_be_set_alone(drawn: Path) -> None:
    """One weight and one bias are others; all the rest stays as it was drawn."""
    plain = nncli.load(drawn)
    changed = nncli.load(drawn, ["layers.0.weights.2.1=0.5", "layers[1].biases[0]=-3"])
    weights, biases = plain.layers[0].weights.copy(), plain.layers[1].biases.copy()
    weights[1, 2], biases[0] = 0.5, -3
    np.testing.assert_array_equal(changed.layers[0].weights, weights)
    np.testing.assert_array_equal(changed.layers[1].biases, biases)
    np.testing.assert_array_equal(changed.layers[1].weights, plain.layers[1].weights)


def test_a_bare_vector_has_places_too(tmp_path: Path) -> None:
    """One neuron's weights may be written without the outer brackets; a place in them is named the same."""
    path = tmp_path / "net.yaml"
    path.write_text("layers:\n- {weights: [1, 2, 3], biases: [4]}\n")
    network = nncli.load(path, ["layers.0.weights.0.1=-5", "layers.0.biases.0=0.5"])
    np.testing.assert_array_equal(network([[1, 1, 1]]), [[-0.5]])


def test_another_override_is_applied_too(drawn: Path) -> None:
    """A weight is set in the network that the other overrides give."""
    changed = nncli.load(drawn, ["layers.0.weights.5.0=2", "layers.0.units=6", "seed=9"])
    assert changed.layers[0].weights.shape == (2, 6)
    assert changed.layers[0].weights[0, 5] == 2


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("layers.0.weights.3.0=1", r"layers\[0\] has 3 units of 2 inputs, counted from 0"),
        ("layers.0.weights.0.2=1", r"layers\[0\] has 3 units of 2 inputs"),
        ("layers.1.biases.2=1", r"layers\[1\] has 2 units of 3 inputs"),
        ("layers.0.weights.0.0=abc", "must be a number, such as 0.5"),
        ("layers.0.weights.0.0=inf", "must be a number"),
        ("layers.2.weights.0.0=1", "no item '2'"),
    ],
)
def test_a_number_that_is_not_there_is_told(drawn: Path, setting: str, message: str) -> None:
    """The message names the override and what there is."""
    with pytest.raises(UsageError, match=message):
        nncli.load(drawn, [setting])
