"""What one sees of the page: nothing overlaps, is cut, flickers or is left half empty."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncli.nn.layers import Dense
from nncli.nn.network import Network
from nncli.views.palette import CLASSES, CLASSES_ON_DARK

Build = Callable[..., Network]
Save = Callable[..., Path]

POINTS = np.random.RandomState(3).randn(30, 2)
FAMILY = "👨‍👩‍👧‍👦"


@pytest.fixture
def deep(network_of: Build) -> Network:
    """Return a network of ten layers."""
    sizes = (8, 12, 10, 8, 6, 8, 12, 10, 6)
    return network_of(3, *sizes, 3, activations=("tanh",) * 9 + ("softmax",), scale=0.6)


def boxes(browser: Any, selector: str) -> list[dict[str, float]]:
    """Return where elements are in the window."""
    script = "[...document.querySelectorAll(arguments[0])].map(e => e.getBoundingClientRect().toJSON())"
    found: list[dict[str, float]] = browser.js(f"return {script}", selector)
    return found


def test_a_deep_network_says_that_it_goes_on(browser: Any, save: Save, deep: Network) -> None:
    """On a phone a button says how many columns lie beyond the edge and goes there, as the choice does."""
    browser.show(390)
    browser.open(save(deep, np.zeros((4, 3)) + 0.5))
    onward = ".beyond:not(.before)"
    browser.until(f"document.querySelector('{onward}').textContent.includes('more →')")
    assert not browser.find(".beyond.before").is_displayed()
    browser.find(onward).click()
    browser.until("!document.querySelector('.beyond.before').hidden")
    browser.js("location.hash = '#9.1'")
    browser.until("document.querySelector('[data-layer=\"9\"][data-unit=\"1\"]').matches('.chosen')")
    browser.until(f"document.querySelector('{onward}').hidden")
    (neuron,) = boxes(browser, "[data-layer='9'][data-unit='1'] rect")
    assert 0 < neuron["left"] < neuron["right"] < 390


@pytest.mark.parametrize("width", [390, 768, 1400])
def test_what_the_edges_say_stays_between_their_columns(
    browser: Any, save: Save, deep: Network, width: int
) -> None:
    """Of ten layers the chosen one's edges have room for their products: these touch no neuron or value."""
    browser.show(width)
    browser.open(save(deep, np.full((4, 3), -0.5)), "#4.1")
    browser.until("document.querySelectorAll('#speech text').length > 5")
    edge = min(box["left"] for box in boxes(browser, "[data-layer='4'] :is(rect, .value)"))
    words = boxes(browser, "#speech text")
    assert max(box["right"] for box in words) <= edge
    start = max(box["right"] for box in boxes(browser, "[data-layer='3'] rect"))
    assert min(box["left"] for box in words) >= start


@pytest.mark.parametrize("width", [768, 1400, 2400])
def test_the_picture_fits_beside_the_windows_scroll_bar(
    browser: Any, save: Save, spiral: Network, width: int
) -> None:
    """A picture as wide as its panel doesn't scroll sideways, though the page is longer than the window."""
    browser.show(width)
    browser.open(save(spiral, POINTS))
    sideways = "const b = document.querySelector('#diagram .scroll'); return b.scrollWidth - b.clientWidth"
    assert browser.js(sideways) == 0


def test_a_narrow_gap_has_few_edges_and_says_how_many_are_left_out(
    browser: Any, save: Save, deep: Network
) -> None:
    """Of ten layers the strongest edges are drawn, and the chosen neuron's; the rest is counted."""
    browser.show(768)
    browser.open(save(deep, np.full((4, 3), 0.5)), "#4.1")
    browser.until("document.querySelectorAll('#speech text').length > 5")
    drawn = browser.js(
        "return [...document.querySelectorAll('.edges > g')].map(g => g.querySelectorAll('path').length)"
    )
    words = browser.js(
        "return [...document.querySelectorAll('.edges > g')].map(g => g.querySelector('text')?.textContent)"
    )
    counts = [int(np.prod(layer.weights.shape)) for layer in deep.layers]
    assert max(drawn) <= 30
    assert words[2] == f"+{counts[2] - drawn[2]} edges"
    assert len(browser.js("return [...document.querySelectorAll('.edge.incoming')]")) == 8


@pytest.mark.parametrize("width", [390, 1400])
def test_an_inputs_box_shows_every_digit(browser: Any, save: Save, spiral: Network, width: int) -> None:
    """The number beside a slider is whole, with all the digits that a float64 may have."""
    browser.show(width)
    browser.open(save(spiral, np.full((4, 2), -0.25724901095196473)))
    browser.js("globalThis.box = document.querySelector('.slider [type=number]')")
    assert browser.js("return [box.value, box.scrollWidth - box.clientWidth]") == ["-0.25724901095196473", 0]


def test_on_a_very_wide_screen_the_rows_stand_below_the_map(
    browser: Any, save: Save, spiral: Network
) -> None:
    """The column beside the network has the list of rows too, until the window narrows."""
    browser.show(2400)
    browser.open(save(spiral, POINTS))
    (rows,), (result,) = boxes(browser, "#rows-panel"), boxes(browser, "#result")
    assert rows["left"] == result["left"]
    assert rows["top"] >= result["bottom"]
    browser.show(1400)
    browser.until("document.querySelector('#lower #rows-panel + #metrics')")


def test_many_wrong_rows_do_not_hide_the_map(browser: Any, save: Save, spiral: Network) -> None:
    """Where most points are crossed, points and crosses are smaller, and each is still crossed."""
    X = np.random.RandomState(5).randn(300, 2)
    labels = [spiral.outputs[(int(k) + 1) % 3] for k in spiral(X).argmax(axis=1)]
    browser.show()
    browser.open(save(spiral, X, labels=labels))
    browser.until("document.querySelectorAll('.crosses path').length === 300")
    (square,) = boxes(browser, ".square")
    sizes = [box["width"] / square["width"] for box in boxes(browser, ".crosses path")]
    assert max(sizes) < 0.021


def test_a_legend_of_many_classes_says_how_many_it_leaves_out(
    browser: Any, save: Save, network_of: Build
) -> None:
    """Of 30 classes the map's legend names 24, and says that there are six more."""
    browser.open(save(network_of(2, 30, activations=("softmax",)), POINTS))
    assert browser.js("return document.querySelector('#plane .legend').lastChild.textContent") == "… 6 more"


@pytest.mark.parametrize("width", [800, 1400])
def test_the_rows_stand_beside_the_activations(browser: Any, save: Save, spiral: Network, width: int) -> None:
    """The list of rows, a narrow one, has a narrow place, and its table fills it."""
    browser.show(width)
    browser.open(save(spiral, POINTS))
    browser.until("document.querySelectorAll('#listed tbody tr').length > 0")
    (rows,), (activations,) = boxes(browser, "#rows-panel"), boxes(browser, "#activations")
    assert rows["left"] >= activations["right"]
    assert rows["top"] == activations["top"]
    (table,) = boxes(browser, "#listed table")
    assert table["width"] > 0.8 * rows["width"]


def test_a_moving_weight_has_a_coarse_map_and_a_resting_one_a_fine_one(
    browser: Any, save: Save, network_of: Build
) -> None:
    """Fine before, coarse from the first change to the last, then fine: never to and fro, nor empty."""
    browser.open(save(network_of(2, 40, 40, 3, activations=("tanh", "tanh", "softmax")), POINTS), "#1.0")
    browser.find("#decision").click()
    browser.until("'ready' in document.querySelector('#map').dataset")
    browser.driver.set_script_timeout(30)
    sides = browser.driver.execute_async_script(
        "const done = arguments[0]; const map = document.querySelector('.square canvas');"
        "const box = document.querySelector('.what[data-kind=weight]'); const seen = [map.width];"
        "let count = 0; box.focus();"
        "const watch = () => { if (seen.at(-1) !== map.width) seen.push(map.width); };"
        "const turn = setInterval(() => { watch(); box.value = ++count / 20;"
        "box.dispatchEvent(new Event('input', {bubbles: true}));"
        "if (count === 40) clearInterval(turn); }, 25);"
        "const end = setInterval(() => { watch(); if (count < 40) return;"
        "if ('ready' in document.querySelector('#map').dataset) { clearInterval(end); done(seen); } }, 5);"
    )
    assert sides == [160, 40, 160]


def test_a_units_share_of_nothing_is_not_drawn(browser: Any, save: Save) -> None:
    """Units that are off over the whole range are left out of the picture of shares, which counts them."""
    first = Dense(
        weights=np.array([[1.0, 1.0, 1.0, 1.0]]), biases=np.array([0.0, -0.5, -9.0, -9.0]), activation="relu"
    )
    last = Dense(weights=np.array([[1.0], [-2.0], [3.0], [1.0]]), biases=np.zeros(1))
    X = np.linspace(-1, 1, 11)[:, None]
    browser.open(save(Network(layers=(first, last), inputs=("x",)), X))
    browser.until("document.querySelectorAll('.curve .share-line').length > 0")
    assert browser.js("return document.querySelectorAll('.curve .share-line').length") == 2
    assert "2 units of 0 everywhere are left out" in browser.text(".curve")


def test_a_number_to_be_met_is_a_target(browser: Any, save: Save, network_of: Build) -> None:
    """Of plain values the page speaks of targets, rounded, and lists each row's error."""
    network = network_of(1, 3, 1, activations=("tanh", "linear"))
    X = np.linspace(-1, 1, 5)[:, None]
    browser.open(save(network, X, labels=["0.12345678", "1", "2", "3", "4"]))
    assert "its target is 0.12346" in browser.text("#rows")
    browser.until("document.querySelectorAll('#listed tbody tr').length === 5")
    heads = browser.js("return [...document.querySelectorAll('#listed thead th')].map(t => t.textContent)")
    assert heads == ["row", "target", "output", "error"]
    shown = float(browser.js("return document.querySelector('#listed tbody tr').lastChild.textContent"))
    assert shown == pytest.approx(abs(float(network(X[:1])[0, 0]) - 0.12345678), abs=1e-4)


def test_joined_signs_stay_whole_in_names_that_are_cut(browser: Any, save: Save, network_of: Build) -> None:
    """A long name is cut between what a reader takes for letters, never within one."""
    network = network_of(2, 3, activations=("softmax",), inputs=(FAMILY * 9 + "a family of many", "x"))
    browser.open(save(network, POINTS))
    name = browser.js("return document.querySelector('.name').lastChild.previousSibling.textContent")
    assert "…" in name
    assert set(name.split("…")[0].split(FAMILY)) == {""}
    assert len(name) < 60


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_classes_have_the_themes_colours(browser: Any, save: Save, spiral: Network, scheme: str) -> None:
    """A class's points have the colour that the palette gives it on such paper."""
    colours = CLASSES if scheme == "light" else CLASSES_ON_DARK
    browser.show(scheme=scheme)
    browser.open(save(spiral, POINTS, labels=["red"] * 30))
    fill = browser.js("return getComputedStyle(document.querySelector('.point')).fill")
    red, green, blue = (int(colours[0][at : at + 2], 16) for at in (1, 3, 5))
    assert fill == f"rgb({red}, {green}, {blue})"
