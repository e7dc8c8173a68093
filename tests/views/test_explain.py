from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nncli
from nncli.inspect.activity import Activity
from nncli.inspect.explain import explain_neuron, explain_row
from nncli.inspect.notes import neuron_notes
from nncli.inspect.numbers import exact
from nncli.inspect.rows import pick
from nncli.nn.activations import ACTIVATIONS
from nncli.nn.layers import Dense
from nncli.nn.network import Network
from nncli.views.document import as_markdown, as_text
from nncli.views.explain_words import words


def random_network(sizes: list[int], activation: str, *, nnfs: bool = False, scaled: bool = False) -> Network:
    """Return a network with drawn weights and biases."""
    draw = np.random.RandomState(sum(sizes))
    dtype = np.float32 if nnfs else np.float64
    layers = tuple(
        Dense(
            weights=draw.randn(n_inputs, n_units).astype(dtype),
            biases=draw.randn(n_units).astype(dtype),
            activation=activation,
            sum_dtype=np.float64 if nnfs else None,
        )
        for n_inputs, n_units in pairwise(sizes)
    )
    return Network(
        layers=layers,
        inputs=tuple(f"x{i}" for i in range(sizes[0])),
        mean=np.full(sizes[0], 0.5, dtype) if scaled else None,
        std=np.full(sizes[0], 2, dtype) if scaled else None,
    )


@pytest.mark.parametrize("nnfs", [False, True])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_numbers_are_the_networks_own(activation: str, nnfs: bool) -> None:
    """Sum and result of every unit are the network's own to the bit, and both are printed in full."""
    network = random_network([3, 5, 4], activation, nnfs=nnfs)
    features = np.array([0.3, -1.7, 2.2])
    traces = network.trace(features[None])
    for layer, trace in enumerate(traces):
        for unit in range(trace.z.shape[1]):
            neuron = explain_neuron(network, pick(network, features[None]), layer, unit, spec="net.yaml")
            assert (neuron.sum, neuron.result) == (trace.z[0, unit], trace.a[0, unit])
            text = as_text(words(neuron))
            assert f" {exact(trace.z[0, unit])}\n" in text
            assert f"= {exact(trace.a[0, unit])}\n" in text
    assert traces[-1].a[0].tolist() == network(features[None])[0].tolist()


@given(st.integers(1, 40), st.integers(0, 3), st.booleans(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_products_add_up(n_inputs: int, unit: int, nnfs: bool, scaled: bool) -> None:
    """The products and the bias add up to the sum, but for rounding."""
    network = random_network([n_inputs, 4], "relu", nnfs=nnfs, scaled=scaled)
    features = np.random.RandomState(n_inputs).randn(n_inputs)
    neuron = explain_neuron(network, pick(network, features[None]), 0, unit, spec="net.yaml")
    total = sum(float(term.product) for term in neuron.inputs) + float(neuron.bias)
    assert total == pytest.approx(float(neuron.sum), rel=1e-5, abs=1e-5)
    for term in neuron.inputs:
        assert term.product == pytest.approx(float(term.value) * float(term.weight))


def test_notebook_neuron(configs: Path) -> None:
    """The notebook's neuron is written out as the notebook does it: 0.2 + 1.6 - 1.5 + 2 = 2.3."""
    network = nncli.load(configs / "neuron.yaml")
    neuron = explain_neuron(network, pick(network, np.array([1.0, 2.0, 3.0])[None]), 0, 0, spec="neuron.yaml")
    assert as_text(words(neuron)).splitlines() == [
        "neuron.yaml, row 0, layers[0], unit 0",
        "",
        "  input           value  × weight  = product  sum so far",
        "  x0                1.0       0.2        0.2         0.2",
        "  x1                2.0       0.8        1.6         1.8",
        "  x2                3.0      -0.5       -1.5         0.3",
        "  bias                                   2.0",
        "  z = sum + bias                                     2.3",
        "",
        "linear:",
        "",
        "  a = z",
        "    = 2.3",
    ]


def test_softmax_steps() -> None:
    """A softmax is shown as shifted sums, their exponentials, the exponentials' sum and the division."""
    network = random_network([3, 4], "softmax")
    features = np.array([0.3, -1.7, 2.2])
    steps = explain_neuron(network, pick(network, features[None]), 0, 2, spec="net.yaml").softmax
    assert steps is not None
    z = network.trace(features[None])[0].z[0]
    assert steps.largest == z.max()
    assert [each.shifted for each in steps.exponentials] == (z - z.max()).tolist()
    shares = [each.exponential / steps.total for each in steps.exponentials]
    assert shares == pytest.approx(network(features[None])[0].tolist())


def test_long_sums_are_shortened() -> None:
    """Of 784 products the eight largest are shown, with the subtotal of the others."""
    network = random_network([784, 3], "relu")
    features = np.random.RandomState(1).randn(784)
    neuron = explain_neuron(network, pick(network, features[None]), 0, 1, spec="net.yaml")
    lines = as_text(words(neuron)).splitlines()
    shown = [line.split()[0] for line in lines if line.startswith("  x")]
    by_size = sorted(neuron.inputs, key=lambda term: -abs(term.product))[:8]
    assert sorted(shown) == sorted(term.name for term in by_size)
    rest = next(line for line in lines if "776 more" in line)
    subtotal = sum(term.product for term in neuron.inputs if term.name not in shown)
    assert float(rest.split()[4]) == pytest.approx(subtotal, rel=1e-6)


def test_wide_softmax_is_shortened() -> None:
    """Of 100 exponentials the largest and the unit's own are shown."""
    network = random_network([3, 100], "softmax")
    features = np.array([0.3, -1.7, 2.2])
    smallest = int(np.argmin(network(features[None])[0]))
    neuron = explain_neuron(network, pick(network, features[None]), 0, smallest, spec="net.yaml")
    text = as_text(words(neuron))
    assert "… 91 more" in text
    assert f"\n  {smallest} " in text


def test_scaling_is_a_step() -> None:
    """Scaled inputs are shown before and after, and the products use the scaled ones."""
    network = random_network([2, 2], "relu", scaled=True)
    neuron = explain_neuron(network, pick(network, np.array([2.5, 0.5])[None]), 0, 0, spec="net.yaml")
    assert [each.scaled for each in neuron.scaling] == [1.0, 0.0]
    assert [term.value for term in neuron.inputs] == [1.0, 0.0]
    assert "inputs are scaled first: (value - mean) / std" in as_text(words(neuron))


def test_row_overview(configs: Path) -> None:
    """The overview shows every layer's sums and activations, and what is predicted."""
    network = nncli.load(configs / "spiral.yaml", ["outputs=[red, green, blue]"])
    picked = pick(network, np.array([[0.1, -0.4]]), number=7)
    row = explain_row(network, picked, spec="spiral.yaml")
    z, a = network.trace([[0.1, -0.4]])[1]
    assert [unit.sum for unit in row.layers[1].units] == z[0].tolist()
    assert row.prediction == ("red", "green", "blue")[int(np.argmax(a))]
    text = as_text(words(row))
    assert text.startswith("spiral.yaml, row 7\n\n  x0 = 0.1\n  x1 = -0.4\n\nlayers[0]: 2 → 3, relu\n")
    assert f"prediction: {row.prediction}\n" in text
    assert len(explain_row(network, picked, spec="", layer=1).layers) == 1


def test_wide_layers_are_shortened() -> None:
    """Of a wide layer the overview shows the units with the largest activations."""
    network = random_network([20, 50], "linear")
    features = np.random.RandomState(1).randn(20)
    text = as_text(words(explain_row(network, pick(network, features[None]), spec="net.yaml")))
    assert "42 more" in text
    assert "20 inputs, 20 of them not 0" in text
    assert exact(max(network(features[None])[0], key=abs)) in text


@pytest.mark.parametrize(
    ("activation", "outputs", "value", "predicted"),
    [
        ("sigmoid", None, 0.0, "1"),
        ("sigmoid", ("no", "yes"), -0.1, "no"),
        ("sigmoid", ("no", "yes"), np.nan, None),
        ("linear", None, 1.0, None),
    ],
)
def test_prediction(activation: str, outputs: Any, value: float, predicted: str | None) -> None:
    """A single sigmoid says 1 from one half on; plain values and NaN predict nothing."""
    layer = Dense(weights=np.ones((1, 1)), biases=np.zeros(1), activation=activation)
    network = Network(layers=(layer,), inputs=("x0",), outputs=outputs)
    row = explain_row(network, pick(network, np.array([value])[None]), spec="net.yaml")
    assert row.prediction == predicted
    assert row.layers[0].units[0].name == "0"


def test_markdown_shows_names_as_they_are() -> None:
    """Markdown tables keep hostile names inert: no table cell, link or tag can be smuggled in."""
    layer = Dense(weights=np.ones((1, 1)), biases=np.zeros(1))
    network = Network(layers=(layer,), inputs=("a|b <img>\n",))
    neuron = explain_neuron(network, pick(network, np.array([2.0])[None]), 0, 0, spec="net.yaml")
    text = as_markdown(words(neuron))
    assert "| a\\|b \\<img\\>\\\\n | 2.0 | 1.0 | 2.0 | 2.0 |" in text.splitlines()
    assert "| :-- | --: | --: | --: | --: |" in text.splitlines()
    assert "    a = z\n" in text


def test_overflow_is_shown() -> None:
    """Numbers that overflow are shown as inf and nan; nothing warns."""
    network = random_network([20, 20], "softmax")
    features = np.full(20, 1e308)
    for unit in range(20):
        text = as_text(
            words(explain_neuron(network, pick(network, features[None]), 0, unit, spec="net.yaml"))
        )
        assert "inf" in text
        assert "nan" in text


def test_notes_and_names_are_shown() -> None:
    """Layers and units are called by their names, and notes follow as points, in both spellings."""
    layer = Dense(weights=np.ones((1, 2)), biases=np.zeros(2), activation="relu", name="hidden")
    network = Network(layers=(layer,), inputs=("x0",), outputs=("cat", "dog"))
    picked = pick(network, np.array([[-1.0]]))
    neuron = explain_neuron(network, picked, 0, 1, spec="net.yaml")
    neuron = replace(neuron, notes=neuron_notes(network, picked, neuron, Activity(network)))
    note = "this ReLU is off: its sum is not above 0, so it passes on 0"
    text = as_text(words(neuron))
    assert text.startswith("net.yaml, row 0, layers[0] 'hidden', unit 1 'dog'\n")
    assert text.endswith(f"\n\n* {note}\n")
    assert as_markdown(words(neuron)).endswith(f"\n\n- {note}\n")
    assert "layers[0] 'hidden': 1 → 2, relu\n" in as_text(words(explain_row(network, picked, spec="")))


def test_long_scaling_is_shortened() -> None:
    """Of many scaled inputs the overview shows the first, a neuron those whose products it shows."""
    network = random_network([100, 2], "relu", scaled=True)
    picked = pick(network, np.random.RandomState(0).randn(1, 100))
    row = as_text(words(explain_row(network, picked, spec="")))
    assert "\n  … 88 more\n" in row
    neuron = explain_neuron(network, picked, 0, 0, spec="")
    large = sorted(neuron.inputs, key=lambda term: -abs(term.product))[:8]
    lines = as_text(words(neuron)).splitlines()
    assert all(sum(line.startswith(f"  {term.name} ") for line in lines) == 2 for term in large)


def test_softmax_layer_alone() -> None:
    """A softmax layer shows its exponentials where it was asked for alone, not in the overview of all."""
    network = random_network([3, 4, 3], "softmax")
    picked = pick(network, np.array([[0.3, -1.7, 2.2]]))
    alone = explain_row(network, picked, spec="", layer=1)
    assert alone.layers[0].softmax is not None
    text = as_text(words(alone))
    assert "a = exp(z - largest z) / sum of exp(z - largest z)\n" in text
    assert f" {exact(alone.layers[0].softmax.total)}\n" in text
    assert all(layer.softmax is None for layer in explain_row(network, picked, spec="").layers)
