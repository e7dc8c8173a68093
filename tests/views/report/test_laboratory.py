"""The laboratory: pictures in the neurons, edges that speak, and what if a number were another one."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from nncli.nn.layers import Dense
from nncli.nn.network import Network

Build = Callable[..., Network]
Save = Callable[..., Path]

POINTS = np.random.RandomState(3).randn(9, 2)
LABELS = ["red", "green", "blue"] * 3


def shown_scores(browser: Any) -> list[float]:
    """Return the outputs that the page shows, whole."""
    script = "return [...document.querySelectorAll('#scores data')].map(d => Number(d.value))"
    values: list[float] = browser.js(script)
    return values


def change(browser: Any, kind: str, at: int, keys: str) -> Any:
    """Press keys in a number box of the chosen neuron: of an input, a weight or the bias."""
    box = browser.find(f".what[data-kind={kind}][data-at='{at}']")
    box.click()
    box.send_keys(keys)
    return box


def typed(value: object) -> str:
    """Return the keys that put a value in the place of what a box holds."""
    return f"{Keys.CONTROL}a{Keys.NULL}{value}"


def with_number(network: Network, layer: int, name: str, at: Any, value: float) -> Network:
    """Return a network in which one weight or bias is another."""
    layers = list(network.layers)
    array = getattr(layers[layer], name).copy()
    array[at] = value
    layers[layer] = replace(layers[layer], **{name: array})
    return replace(network, layers=tuple(layers))


def test_a_changed_weight_changes_everything(browser: Any, save: Save, spiral: Network) -> None:
    """The outputs, the score over all rows and the map are those of the network with that weight."""
    browser.open(save(spiral, POINTS, labels=LABELS), "#1.2")
    browser.until("document.querySelector('#score').textContent !== ''")
    change(browser, "weight", 3, typed(-2.5))
    changed = with_number(spiral, 1, "weights", (3, 2), -2.5)
    np.testing.assert_allclose(shown_scores(browser), changed(POINTS[:1])[0], atol=1e-12)
    assert browser.text("#changes").startswith("1 change")
    names = np.array(spiral.outputs)[changed(POINTS).argmax(axis=1)]
    accuracy = float(np.mean(names == np.array(LABELS)))
    browser.until(f"document.querySelector('#score').textContent.includes('accuracy {accuracy:.4f}')")
    picked = changed(POINTS)[range(9), [0, 1, 2] * 3]
    assert f"loss {-np.log(picked).mean():.4f}" in browser.text("#score")


def test_arrow_keys_make_clean_steps_and_escape_gives_back(browser: Any, save: Save, spiral: Network) -> None:
    """An arrow key goes to the next number of two digits; Escape brings the old number and result back."""
    browser.open(save(spiral, POINTS), "#0.1")
    before = shown_scores(browser)
    box = change(browser, "weight", 0, Keys.ARROW_UP + Keys.ARROW_UP)
    value = box.get_attribute("value")
    assert len(value.strip("-0.").replace(".", "")) <= 2
    np.testing.assert_allclose(
        shown_scores(browser), with_number(spiral, 0, "weights", (0, 1), float(value))(POINTS[:1])[0]
    )
    box.send_keys(Keys.ESCAPE)
    assert shown_scores(browser) == before
    assert not browser.find("#changes").is_displayed()


def test_undo_gives_every_change_back(browser: Any, save: Save, spiral: Network) -> None:
    """Weights, biases and inputs are as they were; the line says how many changes there are until then."""
    browser.open(save(spiral, POINTS), "#0.1")
    before = shown_scores(browser)
    change(browser, "weight", 0, typed(3))
    change(browser, "bias", 0, typed(-1))
    change(browser, "input", 1, typed(0.25))
    assert browser.text("#changes").startswith("3 changes")
    browser.find("#changes button").click()
    assert shown_scores(browser) == before
    assert not browser.find("#changes").is_displayed()
    assert float(browser.find(".what[data-kind=bias]").get_attribute("value")) == pytest.approx(
        float(spiral.layers[0].biases[1]), abs=1e-5
    )


def test_a_box_in_use_stays(browser: Any, save: Save, network_of: Build) -> None:
    """However the products change, the box in use stays where it is; once left, the largest are listed."""
    browser.open(
        save(network_of(30, 3, activations=("tanh",)), np.random.RandomState(1).randn(2, 30)), "#0.1"
    )
    box = browser.find(".what[data-kind=weight]")
    at = box.get_attribute("data-at")
    box.click()
    box.send_keys(typed(0))
    browser.js("return new Promise(done => setTimeout(done, 600))")
    box.send_keys(".5")
    assert browser.js("return document.activeElement.dataset.at") == at
    box.send_keys(typed(0))
    browser.js("document.activeElement.blur()")
    browser.until(f"!document.querySelector(\".what[data-kind=weight][data-at='{at}']\")")


SPECS = {
    "inline": "inputs: 2\nlayers:\n- {activation: relu, weights: [[1, -2], [0.5, 1], [2, 2]]}\n"
    "- {activation: softmax, weights: [[1, 2, 3], [-1, 0.5, 0.25]], biases: [0.5, 0]}\n"
    "data: {values: [[0.5, 1], [-1, 2]]}\n",
    "drawn": "nnfs: true\ninputs: 2\n"
    "layers:\n- {units: 3, activation: relu}\n- {units: 3, activation: softmax}\n"
    "data: {spiral: {samples: 4, classes: 3}}\n",
    "file": "inputs: 2\nlayers:\n- {activation: tanh}\n- {activation: softmax}\nweights: net.npz\n"
    "data: {values: [[0.5, 1], [-1, 2]]}\n",
}


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("kind", list(SPECS))
def test_the_copied_line_gives_the_pages_numbers(
    browser: Any, tmp_path: Path, network_of: Build, kind: str, moved: bool
) -> None:
    """`nncli run … --set …`, as the page writes it, prints what the page shows."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / "net.yaml").write_text(SPECS[kind])
    arrays = [array for layer in network_of(2, 3, 3, activations=("tanh", "softmax")).layers
              for array in (layer.weights, layer.biases)]  # fmt: skip
    w0, b0, w1, b1 = arrays
    np.savez(folder / "net.npz", w0=w0, b0=b0, w1=w1, b1=b1)
    nncli = f"{shlex.quote(sys.executable)} -m nncli"
    run = partial(subprocess.run, shell=True, cwd=tmp_path, capture_output=True, text=True, check=True)
    run(f"{nncli} report 'a folder/net.yaml' -o page.html")
    browser.open(tmp_path / "page.html", "#1.1")
    change(browser, "weight", 2, typed("-1.25"))
    change(browser, "bias", 0, typed("0.75"))
    browser.js("location.hash = '#0.2'")
    browser.until("document.querySelector('#neuron h3').textContent.startsWith('layers[0], unit 2')")
    change(browser, "weight", 1, typed("3e-1"))
    if moved:
        change(browser, "input", 0, typed("-0.125"))
    assert browser.text("#changes").startswith(f"{3 + moved} changes")
    browser.find("#changes button:last-of-type").click()
    line = browser.js("return document.querySelector('#command').value").replace("nncli run", f"{nncli} run")
    row = 0 if moved else browser.js("return nncli.state.row")
    done = run(f"{line} -f json --keep none")
    printed = list(json.loads(done.stdout)[row].values())[1:]
    np.testing.assert_allclose(shown_scores(browser), printed, rtol=1e-6, atol=1e-6)
    assert browser.console() == []


def test_the_chosen_neurons_edges_say_its_products(browser: Any, save: Save, spiral: Network) -> None:
    """Each edge of the chosen neuron has value × weight = product; pointing lights it and its line."""
    browser.open(save(spiral, POINTS), "#0.1")
    words = browser.js("return [...document.querySelectorAll('#speech text')].map(t => t.textContent)")
    x, w = POINTS[0], spiral.layers[0].weights[:, 1]
    assert words[0] == f"{x[0]:.2f} × {w[0]:.2f} = {x[0] * w[0]:.2f}"
    line = browser.find("#sum tbody tr:nth-child(2)")
    ActionChains(browser.driver).move_to_element(line.find_element("css selector", "th")).perform()
    browser.until("document.querySelectorAll('#speech .hit.lit').length === 1")
    assert "lit" in browser.js("return document.querySelectorAll('#speech .hit')[1].classList.value")
    browser.js("document.querySelectorAll('#speech .hit')[0].dispatchEvent(new PointerEvent('pointerenter'))")
    assert "lit" in browser.find("#sum tbody tr").get_attribute("class").split()


def test_picture_and_table_speak_of_the_largest_products(browser: Any, save: Save, network_of: Build) -> None:
    """Of many units those are drawn that the table lists; winner and true class are always among them."""
    network = network_of(40, 30, 100, activations=("tanh", "softmax"))
    X = np.random.RandomState(1).randn(3, 40)
    browser.open(save(network, X, labels=["77"] * 3), "#1.5")
    drawn = "[...document.querySelectorAll('.neuron')].filter(n => n.dataset.layer === '{}')"
    units = "return " + drawn + ".map(n => Number(n.dataset.unit))"
    products = network.trace(X[:1])[0].a[0] * network.layers[1].weights[:, 5]
    largest = sorted(np.argsort(-np.abs(products))[:8].tolist())
    assert browser.js(units.format(0)) == largest
    listed = browser.js(
        "return [...document.querySelectorAll('#sum tbody tr')].map(r => Number(r.dataset.term))"
    )
    assert listed == largest
    assert {5, 77, int(network(X[:1]).argmax())} <= set(browser.js(units.format(1)))
    assert "edges left out" in browser.text("#diagram")


def pixels(browser: Any, layer: int, unit: int) -> Any:
    """Return the picture in a neuron as numbers, (height, width, 3)."""
    found = browser.js(
        "const [layer, unit] = arguments;"
        "const c = document.querySelector(`[data-layer='${layer}'][data-unit='${unit}'] canvas`);"
        "return [c.width, ...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]",
        layer,
        unit,
    )
    return np.array(found[1:]).reshape(-1, found[0], 4)[..., :3]


def test_every_neuron_shows_its_map(browser: Any, save: Save) -> None:
    """Over two inputs a unit is blue above zero and orange below; an output has its class's colour."""
    first = Dense(weights=np.array([[1.0], [0.0]]), biases=np.zeros(1), activation="tanh")
    last = Dense(weights=np.array([[5.0, -5.0]]), biases=np.zeros(2), activation="softmax")
    browser.open(save(Network(layers=(first, last), inputs=("a", "b")), POINTS))
    browser.until("'ready' in document.querySelector('#map').dataset")
    browser.until("document.querySelector('.neuron canvas').width < 100")
    picture = pixels(browser, 0, 0).astype(int)
    assert (picture[:, 0, 0] > picture[:, 0, 2]).all()  # orange on the left
    assert (picture[:, -1, 2] > picture[:, -1, 0]).all()
    output = pixels(browser, 1, 1).astype(int)
    assert output[:, 0].sum() < output[:, -1].sum()  # class 1 is on the left
    browser.find("[data-layer='0'][data-unit='0']").click()
    assert browser.text("#map h2") == "layers[0], unit 0"
    browser.find("#decision").click()
    assert browser.text("#map h2") == "Decision map"


def test_a_first_layer_of_pixels_shows_its_weights(browser: Any, save: Save, network_of: Build) -> None:
    """A unit of 64 nameless inputs has its weights as a picture of 8 by 8."""
    network = network_of(64, 3, activations=("softmax",))
    browser.open(save(network, np.random.RandomState(0).rand(4, 64)))
    browser.until("document.querySelector('[data-unit=\"2\"] canvas').width === 8")
    blue = pixels(browser, 0, 1)[..., 2] > pixels(browser, 0, 1)[..., 0]
    np.testing.assert_array_equal(blue.ravel(), network.layers[0].weights[:, 1] > 0)


def test_one_input_has_its_curve(browser: Any, save: Save) -> None:
    """The picture of one input is y = f(x) with the data, where each ReLU bends, and each unit's share."""
    first = Dense(weights=np.array([[1.0, 1.0]]), biases=np.array([0.0, -0.5]), activation="relu")
    last = Dense(weights=np.array([[1.0], [-2.0]]), biases=np.zeros(1))
    X = np.linspace(-1, 1, 11)[:, None]
    browser.open(save(Network(layers=(first, last), inputs=("x",)), X, labels=[str(x) for x in X[:, 0]]))
    browser.until("'ready' in document.querySelector('#map').dataset")
    assert browser.text("#map h2") == "y = f(x)"
    count = "return document.querySelectorAll(arguments[0]).length"
    assert [browser.js(count, f".curve .{kind}") for kind in ("fit", "bend", "datum", "share-line")] == [
        1,
        2,
        11,
        2,
    ]
    ends = browser.js("return [...document.querySelectorAll('.curve .bend')].map(b => b.getBBox().x)")
    box = browser.js("const b = document.querySelector('.curve .frame').getBBox(); return [b.x, b.width]")
    bends = sorted((np.array(ends) - box[0]) / box[1] * 2.24 - 1.12)  # the range is 6 % wider at either end
    np.testing.assert_allclose(bends, [0, 0.5], atol=0.02)


def test_the_page_starts_with_a_row_that_shows_something(browser: Any, save: Save, spiral: Network) -> None:
    """Where the first row is all zeros another one is chosen; else it is the first."""
    browser.open(save(spiral, np.vstack([np.zeros((2, 2)), POINTS])))
    assert int(browser.find("#row").get_attribute("value")) > 1
    browser.open(save(spiral, POINTS))
    assert browser.find("#row").get_attribute("value") == "0"


@pytest.mark.parametrize(("width", "height"), [(1400, 900), (390, 844)])
def test_the_first_screen_has_network_result_and_map(
    browser: Any, save: Save, spiral: Network, width: int, height: int
) -> None:
    """On a wide screen the map is beside the network; on a phone: network, result, map."""
    browser.show(width)
    browser.open(save(spiral, POINTS, labels=LABELS))
    place = (
        "const b = document.querySelector(arguments[0]).getBoundingClientRect();"
        "return [b.left, b.top, b.bottom]"
    )
    network, result, plane = (browser.js(place, name) for name in ("#diagram", "#result", ".square"))
    assert plane[1] < height - 150
    if width > 1000:
        assert plane[0] > network[0]
        assert max(plane[2], network[2], result[2]) <= height
    else:
        assert network[2] < result[1] < result[2] < plane[1]
