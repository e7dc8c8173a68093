from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
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
from nncli.views.chosen import Gap, chosen
from nncli.views.draw import drawing, wrapped
from nncli.views.draw_text import coloured, draw_text
from nncli.views.palette import ON_TERMINAL


@given(st.integers(1, 100), st.integers(7, 20), st.data())
@settings(max_examples=100, deadline=None)
def test_chosen_units(count: int, most: int, data: st.DataObject) -> None:
    """A column shows units in order, counts those that it leaves out, and always shows the marked ones."""
    kept = data.draw(st.sets(st.integers(0, count - 1), max_size=2))
    order = data.draw(st.none() | st.permutations(range(count)).map(np.array))
    slots = chosen(count, most, kept, order)
    units = [slot for slot in slots if not isinstance(slot, Gap)]
    assert units == sorted(set(units))
    assert len(units) + sum(slot.count for slot in slots if isinstance(slot, Gap)) == count
    assert len(slots) <= most
    assert kept <= set(units)
    assert count > most or len(units) == count
    if order is None:
        assert (units[0], units[-1]) == (0, count - 1)
    else:
        assert set(order[: len(units) - len(kept)]) <= set(units)


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
    """Without a row the boxes hold words, no numbers like values, and the sum is written with names."""
    network = nncli.load(configs / "neuron.yaml")
    text = draw_text(drawing(network, name="neuron.yaml", highlight=(0, 0), most=7), 80)
    assert "╢ unit 0 ║" in text
    assert "│ x0 ├" in text
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
    assert "╢ unit 50  ╟" in text


def test_long_sums_are_shortened(make_network: Callable[..., Network]) -> None:
    """Of a long sum the largest products are written, and how many more there are."""
    network = make_network(100, 2)
    features = np.random.RandomState(0).randn(100)
    picture = drawing(network, name="long", picked=pick(network, features[None]), highlight=(0, 1))
    assert "+ … 92 more" in picture.sum_terms
    assert len(picture.sum_terms) == 8 + 2 + 1
    products = features * network.layers[0].weights[:, 1]
    largest = np.argsort(-np.abs(products))
    shown = {node.unit for node in picture.columns[0].nodes}
    assert set(largest[:15]) == shown
    assert all(f"[x{unit}]" in " ".join(picture.sum_terms) for unit in largest[:8])


def test_wrapped() -> None:
    """Pieces are joined into lines as long as they fit; none is torn apart."""
    assert wrapped(["aaa", "bb", "cccc", "d"], lambda line: len(line) <= 6) == ["aaa bb", "cccc d"]


def test_names_of_single_units() -> None:
    """A unit whose only name is its number is not labelled twice."""
    layer = Dense(weights=np.ones((1, 1)), biases=np.zeros(1))
    text = draw_text(drawing(Network(layers=(layer,), inputs=("x0",)), name="one"), 80)
    assert text.count("x0") == 1
    assert text.splitlines()[-2].endswith("┤ unit 0 │")


def test_values_are_short_and_honest(configs: Path, make_network: Callable[..., Network]) -> None:
    """Nothing is written as -0, and a short number is written whole."""
    network = nncli.load(configs / "layer.yaml")
    text = draw_text(drawing(network, name="n", picked=pick(network, np.array([[1, 2, 3, 2.5]]))), 80)
    assert "┤ 2.385 │" in text
    still = make_network(1, 1)
    still.layers[0].weights[:] = -1.0
    still.layers[0].biases[:] = 0.0
    assert "-0" not in draw_text(drawing(still, name="n", picked=pick(still, np.array([[-0.0]]))), 80)


def test_the_predicted_output_is_marked_and_shown(configs: Path) -> None:
    """Of many classes the predicted one is among those that are drawn, and marked, in characters too."""
    network = nncli.load(configs / "spiral.yaml", ["layers.1.units=100", "data.spiral.classes=100"])
    picked = pick(network, np.array([[0.3, -0.4]]))
    best = int(picked.traces[-1].a[0].argmax())
    picture = drawing(network, name="n", picked=picked, most=7)
    assert [node.unit for node in picture.columns[-1].nodes if node.wins] == [best]
    text = draw_text(picture, 80)
    assert any(f"╭{best}─" in one and two.endswith("│  ←") for one, two in pairwise(text.splitlines()))
    assert f"row 0: prediction {best}" in text


def test_one_probability_is_named_after_its_class() -> None:
    """The single output of a two-class network says whose probability it is."""
    layer = Dense(weights=np.ones((2, 1)), biases=np.zeros(1), activation="sigmoid")
    network = Network(layers=(layer,), inputs=("a", "b"), outputs=("well", "sick"))
    text = draw_text(drawing(network, name="n", picked=pick(network, np.array([[-1.0, -1.0]]))), 60)
    assert "P(sick)" in text
    assert text.endswith("row 0: prediction well\n")


def test_scaled_inputs_show_both_numbers(configs: Path) -> None:
    """A scaled input shows the row's own number in its box and the scaled one under it."""
    network = nncli.load(configs / "iris.yaml")
    text = draw_text(drawing(network, name="n", picked=pick(network, np.array([[7, 3.2, 4.7, 1.4]]))), 80)
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if "│  7  ├" in line)
    assert "╰1.40─╯" in lines[at + 1]


@pytest.mark.parametrize("width", [60, 72, 100])
@pytest.mark.parametrize("with_row", [True, False])
def test_long_names_fit_the_terminal(
    width: int, with_row: bool, make_network: Callable[..., Network]
) -> None:
    """From 60 cells on a drawing fits, whatever its names and numbers, and families stay together."""
    names = (
        "x" * 90,
        "花びらの長さ" * 9,
        "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 9,
        "\x1b[31m" * 9,
        "e\u0301" * 90,
    )
    network = make_network(5, 40, 5, inputs=names, outputs=names)
    network = replace(network, mean=np.full(5, 0.123456789), std=np.full(5, 9.87e-7))
    picked = pick(network, np.full((1, 5), -1.23456789e-7)) if with_row else None
    text = draw_text(drawing(network, name="n", picked=picked, highlight=(1, 3), most=7, top=9), width)
    assert max(width_of(line) for line in text.splitlines()) <= width
    assert "\U0001f468\u200d\U0001f469\u200d\U0001f467" in text
    assert "\x1b" not in text


def test_top_draws_the_strongest_edges(make_network: Callable[..., Network]) -> None:
    """--top leaves that many edges in each layer, of the largest weights, and says how many there are."""
    network = make_network(4, 5, 3)
    network.layers[0].weights[0, 0] = 0.0
    picture = drawing(network, name="n", top=3)
    for number, layer in enumerate(network.layers):
        drawn = {(edge.source.unit, edge.target.unit) for edge in picture.edges(number)}
        flat = np.argsort(-np.abs(layer.weights), axis=None)[:3]
        assert drawn == {divmod(int(i), layer.n_units) for i in flat}
    assert picture.remarks == ["the strongest weights between the units shown: 3 of 19, 3 of 15"]
    assert len(drawing(network, name="n").edges(0)) == 19


def test_top_shows_the_units_of_the_strongest_edges(make_network: Callable[..., Network]) -> None:
    """In wide layers the units at the ends of the strongest edges are drawn."""
    network = make_network(300, 40, 2)
    picture = drawing(network, name="n", top=5)
    weights = network.layers[0].weights
    drawn = {(edge.source.unit, edge.target.unit) for edge in picture.edges(0)}
    assert drawn == {divmod(int(i), 40) for i in np.argsort(-np.abs(weights), axis=None)[:5]}


def test_values_are_coloured_by_sign() -> None:
    """For a terminal values and weights are blue above zero and orange below; nothing else changes."""
    layer = Dense(weights=np.array([[-0.5, 2.0, 0.0]]), biases=np.zeros(3))
    network = Network(layers=(layer,), inputs=("x",))
    text = draw_text(
        drawing(network, name="n", picked=pick(network, np.array([[2.5]])), highlight=(0, 0)), 80
    )
    painted = coloured(text)
    found = re.findall("\x1b\\[([0-9;]+)m([^\x1b]+)\x1b\\[0m", painted)
    blue, orange = ON_TERMINAL
    assert sorted(found) == sorted([(blue, "2.5"), (orange, "-0.5"), (orange, "-1.25"), (blue, "5")])
    assert re.sub("\x1b\\[[0-9;]+m", "", painted) == text


def test_a_terminal_gets_colours_and_a_pipe_none(configs: Path) -> None:
    """Colours are for a terminal, and not for one that asks for none."""
    command = [sys.executable, "-m", "nncli", "draw", str(configs / "layer.yaml"), "--row", "0"]
    own = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    for more, there in (({}, True), ({"NO_COLOR": "1"}, False)):
        ours, theirs = pty.openpty()
        subprocess.run(command, env={**own, "TERM": "xterm-256color", **more}, stdout=theirs, check=True)
        os.close(theirs)
        shown = os.read(ours, 1 << 16)
        os.close(ours)
        assert (b"\x1b[38;5;32m2.385\x1b[0m" in shown) is there
    assert b"\x1b" not in subprocess.run(command, capture_output=True, check=True).stdout


def test_a_long_first_term_is_broken_between_words() -> None:
    """A sum whose first term alone is wider than the terminal goes on in the next line."""
    names = tuple(f"{'ab花' * 9}{i}" for i in range(40))
    layer = Dense(weights=np.full((40, 1), -1.4567e-7), biases=np.zeros(1))
    network = Network(layers=(layer,), inputs=names)
    picked = pick(network, np.full((1, 40), -858.345))
    text = draw_text(drawing(network, name="n", picked=picked, highlight=(0, 0), most=7), 60)
    assert max(width_of(line) for line in text.splitlines()) <= 60
