from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nncli
from nncli.inspect.rows import pick
from nncli.nn.layers import Dense
from nncli.nn.network import Network
from nncli.text import width_of
from nncli.views.draw import Gap, chosen, drawing, wrapped
from nncli.views.draw_text import draw_text


@given(st.integers(1, 500), st.integers(6, 20), st.data())
@settings(max_examples=100, deadline=None)
def test_chosen_units(count: int, most: int, data: st.DataObject) -> None:
    """A column shows units in order, counts those that it leaves out, and never the marked one among them."""
    marked = data.draw(st.none() | st.integers(0, count - 1))
    slots = chosen(count, most, marked)
    units = [slot for slot in slots if not isinstance(slot, Gap)]
    assert units == sorted(set(units))
    assert len(units) + sum(slot.count for slot in slots if isinstance(slot, Gap)) == count
    assert len(slots) <= most + 1
    assert marked is None or marked in units
    assert count > most or len(units) == count
    assert units[0] == 0
    assert units[-1] == count - 1


def test_terminal_drawing(configs: Path) -> None:
    """In a terminal the network is drawn in boxes, with the highlighted neuron's weights and sum."""
    network = nncli.load(configs / "neuron.yaml")
    features = np.array([1.0, 2.0, 3.0])
    picture = drawing(
        network, name="neuron.yaml", picked=pick(network, features[None]), highlight=(0, 0), most=7
    )
    assert draw_text(picture, 80).splitlines() == [
        " inputs            layers[0]",
        "   3               1 linear",
        "",
        "   ╭───╮",
        "x0 │ 1 ├─ 0.2 ──┐",
        "   ╰───╯        │",
        "   ╭───╮        │  ╔0════╗",
        "x1 │ 2 ├─ 0.8 ──┼──╢ 2.3 ║",
        "   ╰───╯        │  ╚═════╝",
        "   ╭───╮        │",
        "x2 │ 3 ├─ -0.5 ─┘",
        "   ╰───╯",
        "",
        "layers[0] unit 0: z = 1 × 0.2 + 2 × 0.8 + 3 × (-0.5) + 2 = 2.3 → linear → 2.3",
    ]


def test_terminal_drawing_without_a_row(configs: Path) -> None:
    """Without a row the boxes hold the units' numbers, and the sum is written with names."""
    network = nncli.load(configs / "neuron.yaml")
    text = draw_text(drawing(network, name="neuron.yaml", highlight=(0, 0), most=7), 80)
    assert "╢ 0 ║" in text
    assert text.endswith("\nlayers[0] unit 0: z = 0.2 × x0 + 0.8 × x1 + (-0.5) × x2 + 2 → a = z\n")


@pytest.mark.parametrize("width", [60, 80, 200])
def test_terminal_width(width: int, make_network: Callable[..., Network]) -> None:
    """A deep network is broken into bands that fit the terminal, whatever the width."""
    network = make_network(3, *[4] * 8, 2)
    features = np.ones(3)
    text = draw_text(
        drawing(network, name="deep", picked=pick(network, features[None]), highlight=(4, 1), most=7), width
    )
    assert max(width_of(line) for line in text.splitlines()) <= width
    for layer in range(9):
        assert f"layers[{layer}]" in text


def test_wide_layers_in_the_terminal(make_network: Callable[..., Network]) -> None:
    """A wide layer shows how many units were left out, on both sides of a highlighted one in its middle."""
    text = draw_text(drawing(make_network(3, 128, 2), name="wide", highlight=(0, 50), most=7), 80)
    assert "⋮ +48 more" in text
    assert "⋮ +75 more" in text
    assert "╢ 50  ╟" in text


def test_long_sums_are_shortened(make_network: Callable[..., Network]) -> None:
    """Of a long sum the largest products are written, and how many more there are."""
    network = make_network(100, 2)
    features = np.random.RandomState(0).randn(100)
    picture = drawing(network, name="long", picked=pick(network, features[None]), highlight=(0, 1))
    assert "+ … 92 more" in picture.sum_terms
    assert len(picture.sum_terms) == 8 + 2 + 1


def test_wrapped() -> None:
    """Pieces are joined into lines as long as they fit; none is torn apart."""
    assert wrapped(["aaa", "bb", "cccc", "d"], lambda line: len(line) <= 6) == ["aaa bb", "cccc d"]


def test_names_of_single_units() -> None:
    """A unit whose only name is its number is not labelled twice."""
    layer = Dense(weights=np.ones((1, 1)), biases=np.zeros(1))
    text = draw_text(drawing(Network(layers=(layer,), inputs=("x0",)), name="one"), 80)
    assert text.count("x0") == 1
    assert text.splitlines()[-2].endswith("┤ 0 │")
