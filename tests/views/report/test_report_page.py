"""The report's page, touched in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from nncli.inspect.activity import Activity
from nncli.inspect.explain import explain_neuron
from nncli.inspect.notes import neuron_notes
from nncli.inspect.rows import pick
from nncli.nn.activations import ACTIVATIONS
from nncli.nn.layers import Dense
from nncli.nn.network import Network

Build = Callable[..., Network]
Save = Callable[..., Path]

CONFIGS = Path(__file__).parents[3] / "configs"

POINTS = np.random.RandomState(3).randn(9, 2)


def shown_scores(browser: Any) -> list[float]:
    """Return the outputs that the page shows, whole."""
    return [
        float(value)
        for value in browser.js("return [...document.querySelectorAll('#scores data')].map(d => d.value)")
    ]


def set_number(browser: Any, selector: str, value: object) -> None:
    """Type a number into a box and leave it."""
    box = browser.find(selector)
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys(str(value), Keys.TAB)


@pytest.mark.parametrize(
    ("activation", "dtype"),
    [
        *((name, "float64") for name in ACTIVATIONS),
        *((name, "float32") for name in ("linear", "gelu", "softmax")),
    ],
)
def test_every_activation_gives_the_commands_numbers(
    browser: Any, save: Save, activation: str, dtype: str, network_of: Build
) -> None:
    """The page's outputs equal the network's to 1e-6, whatever the activation and the dtype."""
    network = network_of(2, 5, 3, activations=(activation, activation), dtype=dtype)
    far = 100 if dtype == "float64" else 3  # float32 sums of large numbers differ beyond 1e-6 by themselves
    X = np.concatenate([POINTS, far * POINTS, np.zeros((1, 2))]).astype(dtype)
    browser.open(save(network, X))
    expected = network(X)
    computed = browser.js(
        "return arguments[0].map(x => [...nncli.forward(x).at(-1).a])", X.astype(float).tolist()
    )
    np.testing.assert_allclose(computed, expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(shown_scores(browser), expected[0], rtol=1e-6, atol=1e-6)


def test_a_scaled_input_and_a_float64_sum_give_the_networks_numbers(
    browser: Any, save: Save, network_of: Build
) -> None:
    """Input scaling and the book's float64 sums over float32 weights are computed as in the command."""
    plain = network_of(2, 3, activations=("tanh",), dtype="float32")
    layer = plain.layers[0]
    exact = Dense(weights=layer.weights, biases=layer.biases, activation="tanh", sum_dtype=np.float64)
    network = Network(
        layers=(exact,), inputs=plain.inputs, mean=np.array([100.0, -3.0]), std=np.array([10.0, 0.5])
    )
    X = POINTS * [10, 0.5] + [100, -3]
    browser.open(save(network, X))
    np.testing.assert_allclose(shown_scores(browser), network(X)[0], rtol=1e-6, atol=1e-6)


def test_a_click_on_a_neuron_shows_its_arithmetic(browser: Any, save: Save, spiral: Network) -> None:
    """Clicking a neuron shows inputs, weights, bias, sum and result, and names the neuron in the address."""
    browser.open(save(spiral, POINTS))
    browser.find("[data-layer='1'][data-unit='2']").click()
    shown = browser.text("#neuron")
    assert "layers[1], unit 2 — blue" in shown
    assert browser.js("return location.hash") == "#1.2"
    z, a = (float(array[0, 2]) for array in spiral.trace(POINTS[:1])[1])
    values = [
        float(v)
        for v in browser.js("return [...document.querySelectorAll('#neuron data')].map(d => d.value)")
    ]
    assert any(abs(value - z) < 1e-12 for value in values)
    assert float(browser.js("return document.querySelector('#value data').value")) == pytest.approx(
        a, abs=1e-12
    )


def test_the_tab_key_reaches_every_neuron_in_order(browser: Any, save: Save, spiral: Network) -> None:
    """Tabbing from the first neuron chooses one after the other, and arrow keys move within the picture."""
    browser.open(save(spiral, POINTS))
    browser.js("document.querySelector('.neuron').focus()")
    seen = []
    for _ in range(7):
        seen.append(browser.js("return location.hash"))
        browser.driver.switch_to.active_element.send_keys(Keys.TAB)
    assert seen == ["#0.0", "#0.1", "#0.2", "#0.3", "#1.0", "#1.1", "#1.2"]
    browser.js("document.querySelector('.neuron').focus()")
    for key, there in ((Keys.ARROW_DOWN, "#0.1"), (Keys.ARROW_RIGHT, "#1.0"), (Keys.ARROW_LEFT, "#0.0")):
        browser.driver.switch_to.active_element.send_keys(key)
        if key == Keys.ARROW_LEFT:
            break
        assert browser.js("return location.hash") == there
    assert browser.js("return location.hash").startswith("#0.")
    assert browser.js("return document.activeElement.getAttribute('aria-pressed')") == "true"


@pytest.mark.parametrize(
    ("fragment", "title"),
    [
        ("#1.2", "layers[1], unit 2"),
        ("#0.3", "layers[0], unit 3"),
        ("#9.9", "layers[0], unit 0"),
        ("#1.99", "layers[0], unit 0"),
        ("#<img>", "layers[0], unit 0"),
    ],
)
def test_a_deep_link_opens_its_neuron(
    browser: Any, save: Save, spiral: Network, fragment: str, title: str
) -> None:
    """An address with #1.2 opens unit 2 of layers[1]; one without such a neuron opens the first."""
    browser.open(save(spiral, POINTS), fragment)
    assert browser.text("#neuron h3").startswith(title)
    assert ("There is no neuron" in browser.text("#neuron")) == ("9" in fragment)
    browser.js("location.hash = '#0.2'")
    browser.until("document.querySelector('#neuron h3').textContent.startsWith('layers[0], unit 2')")
    assert browser.console() == []


def test_a_slider_moves_its_input_and_everything_follows(browser: Any, save: Save, spiral: Network) -> None:
    """An arrow key on a slider changes the input, the outputs, the diagram and the arithmetic."""
    browser.open(save(spiral, POINTS, labels=["red"] * 9))
    before = browser.text("#neuron")
    slider = browser.find("#sliders input[type=range]")
    slider.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    x0 = float(browser.find("#sliders input[type=number]").get_attribute("value"))
    assert x0 > POINTS[0, 0]
    expected = spiral(np.array([[x0, POINTS[0, 1]]]))[0]
    np.testing.assert_allclose(shown_scores(browser), expected, atol=1e-9)
    assert browser.text("#neuron") != before
    assert "Moved away from row 0" in browser.text("#rows")
    browser.find("#rows button:last-of-type").click()
    np.testing.assert_allclose(shown_scores(browser), spiral(POINTS[:1])[0], atol=1e-9)


def test_any_row_can_be_chosen(browser: Any, save: Save, spiral: Network) -> None:
    """A row's number brings its inputs, its label and its result; one beyond the end brings the last."""
    labels = ["red", "green", "blue"] * 3
    browser.open(save(spiral, POINTS, labels=labels))
    set_number(browser, "#row", 4)
    np.testing.assert_allclose(shown_scores(browser), spiral(POINTS[4:5])[0], atol=1e-9)
    assert "its label is green" in browser.text("#rows")
    assert browser.text("#prediction") == spiral.outputs[int(spiral(POINTS[4:5]).argmax())]
    set_number(browser, "#row", 700)
    assert browser.find("#row").get_attribute("value") == "8"


def test_the_announcement_tells_the_result_once_inputs_rest(
    browser: Any, save: Save, spiral: Network
) -> None:
    """A live region says the prediction in words."""
    browser.open(save(spiral, POINTS))
    best = spiral.outputs[int(spiral(POINTS[:1]).argmax())]
    browser.until(f"document.querySelector('[aria-live]').textContent.startsWith('Prediction {best}')")


def test_the_decision_map_reads_and_moves_the_inputs(browser: Any, save: Save, spiral: Network) -> None:
    """The pointer over the map reads the network's answer there, and a press moves the inputs."""
    browser.open(save(spiral, POINTS, labels=["red", "green", "blue"] * 3))
    browser.until("'ready' in document.querySelector('#map').dataset")
    assert len(browser.js("return [...document.querySelectorAll('.square .point')]")) == 9
    assert (
        len(
            set(
                browser.js(
                    "return [...document.querySelectorAll('.square .point')].map(p => p.getAttribute('d'))"
                )
            )
        )
        == 3
    )
    square = browser.find(".points")
    browser.js("arguments[0].scrollIntoView({block: 'center'})", square)
    resting = browser.text("#readout")
    ActionChains(browser.driver).move_to_element_with_offset(square, 60, -90).perform()
    assert browser.text("#readout") != resting
    assert "Moved away" not in browser.text("#rows")
    ActionChains(browser.driver).click().perform()
    x = [
        float(box.get_attribute("value"))
        for box in browser.driver.find_elements("css selector", ".slider input[type=number]")
    ]
    np.testing.assert_allclose(shown_scores(browser), spiral(np.array([x]))[0], atol=1e-9)
    assert "Moved away" in browser.text("#rows")


def test_the_decision_map_is_painted_in_the_classes_colours(browser: Any, save: Save) -> None:
    """The map's left half has the first class's colour and its right half the second's, in both themes."""
    layer = Dense(weights=np.array([[-4.0, 4.0], [0.0, 0.0]]), biases=np.zeros(2), activation="softmax")
    network = Network(layers=(layer,), inputs=("a", "b"))
    path = save(network, [[-1, -1], [1, 1]])
    canvas = "document.querySelector('#plane canvas').getContext('2d')"
    pixel = f"return [...{canvas}.getImageData(arguments[0], 80, 1, 1).data]"
    seen = []
    for scheme in ("light", "dark"):
        browser.show(scheme=scheme)
        browser.open(path)
        browser.until("'ready' in document.querySelector('#map').dataset")
        left, right = browser.js(pixel, 5), browser.js(pixel, 155)
        assert left[2] > left[0]  # blue
        assert right[0] > right[2]  # orange
        seen.append(left)
    assert seen[0] != seen[1]


def test_three_inputs_have_no_map(browser: Any, save: Save, network_of: Build) -> None:
    """A network of three inputs shows the chosen neuron in large where others have their map."""
    browser.open(save(network_of(3, 2, activations=("softmax",)), np.ones((2, 3))), "#0.1")
    assert not browser.find("#map").is_displayed()
    assert browser.text("#portrait h2") == "layers[0], unit 1"


def test_a_single_sigmoid_unit_shows_both_classes(browser: Any, save: Save, network_of: Build) -> None:
    """A binary network shows the probability of either class, named by its two outputs."""
    network = network_of(2, 1, activations=("sigmoid",), outputs=("no", "yes"))
    browser.open(save(network, POINTS, labels=["no"] * 9))
    yes = float(network(POINTS[:1])[0, 0])
    np.testing.assert_allclose(shown_scores(browser), [1 - yes, yes], atol=1e-9)
    assert browser.text("#prediction") == ("yes" if yes >= 0.5 else "no")


def test_plain_values_have_a_map_of_each_output(browser: Any, save: Save, network_of: Build) -> None:
    """A network of plain outputs lists them, and its map shows the output that is chosen."""
    network = network_of(2, 4, 2, activations=("tanh", "linear"), outputs=("up", "down"))
    browser.open(save(network, POINTS))
    np.testing.assert_allclose(shown_scores(browser), network(POINTS[:1])[0], atol=1e-9)
    browser.find("#output").send_keys("down")
    browser.until("'ready' in document.querySelector('#map').dataset")
    assert browser.console() == []


def test_a_page_without_data_begins_at_zero(browser: Any, save: Save, spiral: Network) -> None:
    """Without rows the inputs start at 0 and can be moved."""
    browser.open(save(spiral, np.empty((0, 2))))
    np.testing.assert_allclose(shown_scores(browser), spiral(np.zeros((1, 2)))[0], atol=1e-9)
    set_number(browser, "#sliders input[type=number]", "0.5")
    np.testing.assert_allclose(shown_scores(browser), spiral(np.array([[0.5, 0]]))[0], atol=1e-9)
    assert browser.console() == []


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_an_overflow_is_shown_as_what_it_is(browser: Any, save: Save, activation: str) -> None:
    """Infinite sums give the network's own numbers, NaN among them, and no prediction where there is none."""
    first = Dense(weights=np.array([[1e200, -1e200, 1.0]]), biases=np.zeros(3))
    last = Dense(weights=np.diag([1e200, 1e200, 1.0]), biases=np.zeros(3), activation=activation)
    network = Network(layers=(first, last), inputs=("x",))
    X = np.array([[1.0], [0.0]])
    browser.open(save(network, X))
    expected = network(X)
    computed = browser.js("return [[1], [0]].map(x => [...nncli.forward(x).at(-1).a].map(String))")
    np.testing.assert_allclose(np.array(computed, float), expected, rtol=1e-6, atol=1e-6)
    if activation == "softmax":
        assert browser.text("#verdict") == "No prediction: the network's numbers overflow to NaN."
    assert browser.console() == []


def test_a_dead_relu_is_pointed_out(browser: Any, save: Save) -> None:
    """A ReLU that is 0 for every row is called dead."""
    layer = Dense(weights=np.array([[1.0, -1.0]]), biases=np.array([0.0, -9.0]), activation="relu")
    browser.open(save(Network(layers=(layer,), inputs=("x",)), [[1.0], [2.0]]), "#0.1")
    assert "every one of the 2 rows" in browser.text(".notes")


@pytest.mark.parametrize(
    ("activation", "z", "word"),
    [
        ("sigmoid", 4.5, ""),  # 0.989
        ("sigmoid", 4.7, "saturated"),  # 0.991
        ("tanh", -2.2, ""),  # -0.976
        ("tanh", -2.4, "saturated"),  # -0.984
        ("relu6", 7, "saturated"),
        ("softmax", 8, "saturated"),  # 0.9993
        ("softmax", 6, ""),
        ("softmax", 0.02, "not trained"),  # 0.338
        ("softmax", 0.06, ""),  # 0.347
    ],
)
def test_the_page_notices_what_the_command_does(
    browser: Any, save: Save, activation: str, z: float, word: str
) -> None:
    """From the same numbers on a unit is called saturated, and a softmax untrained, in the same words."""
    layer = Dense(weights=np.array([[z, 0.0, 0.0]]), biases=np.zeros(3), activation=activation)
    network = Network(layers=(layer,), inputs=("x",))
    browser.open(save(network, [[1.0]]), "#0.0")
    shown = browser.js("return [...document.querySelectorAll('.notes li')].map(note => note.textContent)")
    activity = Activity(network)
    activity.add(np.ones((1, 1)))
    picked = pick(network, np.ones((1, 1)))
    neuron = explain_neuron(network, picked, 0, 0, spec="net.yaml")
    assert shown == neuron_notes(network, picked, neuron, activity)
    assert word in " ".join(shown)
    assert bool(word) == bool(shown)


def test_metrics_are_shown(browser: Any, save: Save, spiral: Network) -> None:
    """Accuracy, the figures of each class and the confusion matrix are on the page."""
    metrics = {
        "rows": 9, "accuracy": 5 / 9, "cross_entropy": None, "classes": ["red", "green", "blue"],
        "precision": [0.5, 0.25, 1.0], "recall": [1.0, 0.5, 0.125], "f1": [0.1, 0.2, 0.3],
        "support": [3, 2, 4], "confusion": [[3, 0, 0], [0, 1, 1], [2, 1, 1]],
    }  # fmt: skip
    browser.open(save(spiral, POINTS, metrics=metrics))
    shown = browser.text("#metrics")
    assert "0.5555556" in shown
    assert "undefined" in shown
    assert "green 0.250 0.500 0.200 2" in shown
    assert "blue 2 1 1" in shown


def test_histograms_say_what_they_count(browser: Any, save: Save, spiral: Network) -> None:
    """Each layer has a histogram of its values over the page's rows, in words too."""
    browser.open(save(spiral, POINTS, complete=False))
    assert "the first 9 rows of the data" in browser.text("#activations-note")
    words = browser.js(
        "return [...document.querySelectorAll('#histograms svg')].map(s => s.getAttribute('aria-label'))"
    )
    a = spiral.trace(POINTS)[0].a
    assert len(words) == 2
    assert words[0].startswith("Histogram of 36 values: ")
    assert f"mean {a.mean():.2f}" in words[0]
    assert f"{round(100 * (a == 0).mean())} % exactly 0" in words[0]


@pytest.mark.parametrize("name", sorted(path.stem for path in CONFIGS.glob("*.yaml")))
def test_the_page_shows_the_numbers_that_run_prints(
    browser: Any, cli: Callable[..., Any], tmp_path: Path, name: str
) -> None:
    """The command's page about any spec of the project has the results of `nncli run` in it, to 1e-6."""
    path = tmp_path / "page.html"
    assert cli("report", CONFIGS / f"{name}.yaml", "-o", path).exit_code == 0
    run = cli("run", CONFIGS / f"{name}.yaml", "-f", "json", "--keep", "none", "--limit", 20)
    rows = json.loads(run.stdout)
    browser.open(path)
    for row in (0, len(rows) - 1):
        set_number(browser, "#row", row)
        expected = [value for key, value in rows[row].items() if key != "prediction"]
        np.testing.assert_allclose(shown_scores(browser), expected, rtol=1e-6, atol=1e-6)
        if "prediction" in rows[row]:
            assert browser.text("#prediction") == str(rows[row]["prediction"])
    assert browser.console() == []


def test_logits_name_a_class_where_the_network_says_so(browser: Any, save: Save) -> None:
    """The page shows the outputs and, as `run` does, the prediction before them."""
    layer = Dense(weights=np.array([[1.0, 3.0, 0.0], [2.0, -4.0, 1.0]]), biases=np.zeros(3))
    network = Network(
        layers=(layer,), inputs=("a", "b"), outputs=("no", "yes", "maybe"), task="classification"
    )
    browser.open(save(network, [[1.0, 2.0], [0.5, 0.1]]))
    assert browser.text("#prediction") == "no"
    np.testing.assert_allclose(shown_scores(browser), [5, -5, 2])
    assert browser.console() == []
