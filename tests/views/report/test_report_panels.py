"""The page's panels below the first screen: matrices, copies, rows, steps, bars, confusions."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from nncli.nn.activations import ACTIVATIONS
from nncli.nn.network import Network

Build = Callable[..., Network]
Save = Callable[..., Path]

CONFIGS = Path(__file__).parents[3] / "configs"
POINTS = np.random.RandomState(3).randn(9, 2)


def copied(browser: Any, words: str) -> str:
    """Press a copy button and return what it gives."""
    browser.js(
        "document.querySelector('#copied').value = '';"
        "[...document.querySelectorAll('#copies button')].find(b => b.textContent === arguments[0]).click()",
        words,
    )
    browser.until("document.querySelector('#copied').value !== ''")
    return str(browser.js("return document.querySelector('#copied').value"))


def state(browser: Any, script: str) -> Any:
    """Return a piece of what the page knows."""
    return browser.js(f"return nncli.state{script}")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_numpy_copy_gives_z_and_a(browser: Any, save: Save, network_of: Build, dtype: str) -> None:
    """The text that is copied runs, and computes the layer's z and a, whatever the activation."""
    names = list(ACTIVATIONS)
    network = network_of(3, *[4] * len(names), activations=names, dtype=dtype, scale=0.5)
    X = np.random.RandomState(4).randn(2, 3).astype(dtype)
    browser.open(save(network, X))
    for layer, (z, a) in enumerate(network.trace(X[:1])):
        browser.js(f"location.hash = '#{layer}.1'")
        browser.until(f"nncli.state.layer === {layer}")
        text = copied(browser, "NumPy")
        found: dict[str, Any] = {}
        exec(text, found)
        assert found["W"].dtype == found["a"].dtype == np.dtype(dtype)
        np.testing.assert_allclose(found["z"], z, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(found["a"], a, rtol=1e-6, atol=1e-6)


def in_shell(line: str, folder: Path) -> Any:
    """Return what a command line prints as JSON, `nncli` being this one."""
    folder.joinpath("nncli").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m nncli "$@"\n')
    folder.joinpath("nncli").chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", f'PATH="$PWD:$PATH"; {line.strip()} --format json'],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize(
    "options",
    [(), ("rows of 'mine'.csv", "--label", "kind", "--delimiter", ";", "--set", "layers.0.units=5")],
)
def test_the_explain_line_gives_the_same_numbers(
    browser: Any, tmp_path: Path, options: tuple[str, ...], moved: bool
) -> None:
    """The copied command line, run in the same folder, explains the neuron as the page does, changes too."""
    (tmp_path / "rows of 'mine'.csv").write_text("kind;x0;x1\n0;1;2\n1;-0.5;0.25\n")
    (tmp_path / "net.yaml").write_text((CONFIGS / "spiral.yaml").read_text())
    command = [sys.executable, "-m", "nncli", "report", "net.yaml", *options, "-o", "page.html"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    browser.open(tmp_path / "page.html", "#0.2")
    box = browser.find("#row")
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys("1", Keys.TAB)
    if moved:
        slider = browser.find("#sliders input[type=range]")
        browser.js("arguments[0].focus()", slider)
        slider.send_keys(Keys.ARROW_LEFT)
        box = browser.find(".what[data-kind=weight]")
        box.send_keys(Keys.CONTROL, "a")
        box.send_keys("0.25", Keys.TAB)
    line = copied(browser, "nncli explain")
    assert ("echo" in line) == ("--set layers.0.weights" in line) == moved
    found = in_shell(line, tmp_path)
    shown = state(browser, ".trace[0]")
    assert (found["layer"], found["unit"]) == (0, 2)
    assert found["sum"] == pytest.approx(shown["z"][2], abs=1e-6)
    assert found["result"] == pytest.approx(shown["a"][2], abs=1e-6)
    assert [term["value"] for term in found["inputs"]] == pytest.approx(shown["x"], abs=1e-6)


def test_the_latex_copy_has_every_number_of_a_small_layer(browser: Any, save: Save, spiral: Network) -> None:
    """The formula shows x, W, b, z and a; a wide matrix is cut with dots."""
    browser.open(save(spiral, POINTS), "#1.0")
    text = copied(browser, "LaTeX")
    assert text.count(r"\begin{array}") == text.count(r"\end{array}") == 5
    assert r"\operatorname{softmax}(z)" in text
    for number in [*spiral.layers[1].weights.flat, *spiral.trace(POINTS[:1])[1].a.flat]:
        assert f"{float(f'{number:.6g}')!r}".split("e")[0] in text


def test_pointing_at_a_sum_lights_its_row_and_column(browser: Any, save: Save, spiral: Network) -> None:
    """A z that has the pointer or the focus lights the row x and its column of W; a press chooses it."""
    browser.open(save(spiral, POINTS), "#1.0")
    cells = browser.driver.find_elements("css selector", ".matrix button")
    browser.js("arguments[0].scrollIntoView({block: 'center'})", cells[2])
    ActionChains(browser.driver).move_to_element(cells[2]).perform()
    lit = "return [...document.querySelectorAll('.matrix')].map(m => m.querySelectorAll('td.lit').length)"
    assert browser.js(lit) == [4, 4, 1, 1, 1]
    z = spiral.trace(POINTS[:1])[1].z[0]
    assert "z[2] = x @ W[:, 2] + b[2]" in browser.text("#lit")
    assert f"= {z[2]:.3f}"[:-1] in browser.text("#lit")
    cells[2].click()
    assert browser.js("return location.hash") == "#1.2"
    browser.driver.switch_to.active_element.send_keys(Keys.ARROW_LEFT)
    assert "z[1] = x" in browser.text("#lit")


def test_a_wide_layer_is_shown_as_pixels(browser: Any, save: Save, network_of: Build) -> None:
    """A matrix of more than 16 rows or columns is an image; the arrow keys go along its sums."""
    network = network_of(30, 20, 3, activations=("relu", "softmax"))
    browser.open(save(network, np.ones((2, 30))), "#0.4")
    sizes = "return [...document.querySelectorAll('#strip canvas')].map(c => [c.height, c.width])"
    assert browser.js(sizes) == [[1, 30], [30, 20], [1, 20], [1, 20], [1, 20]]
    sums = browser.find("#strip canvas[role=slider]")
    browser.js("arguments[0].focus()", sums)
    sums.send_keys(Keys.ARROW_RIGHT)
    assert sums.get_attribute("aria-valuenow") == "5"
    sums.send_keys(Keys.ENTER)
    assert browser.js("return location.hash") == "#0.5"


def listed(browser: Any) -> list[int]:
    """Return the rows in the list."""
    return [
        int(row)
        for row in browser.js(
            "return [...document.querySelectorAll('#listed button')].map(b => b.dataset.row)"
        )
    ]


def test_rows_are_listed_wrong_first_and_least_sure_first(browser: Any, save: Save, spiral: Network) -> None:
    """Both orders are those of the network's own predictions."""
    X = np.random.RandomState(5).randn(15, 2)
    p = spiral(X)
    labels = [spiral.outputs[(best + (i % 4 == 0)) % 3] for i, best in enumerate(p.argmax(axis=1))]
    wrong = [i for i in range(15) if i % 4 == 0]
    browser.open(save(spiral, X, labels=labels))
    assert listed(browser) == list(range(15))
    assert "4 of them wrong" in browser.text("#list-note")
    Select(browser.find("#order")).select_by_visible_text("wrong first")
    assert sorted(listed(browser)[:4]) == wrong
    assert browser.js("return document.querySelectorAll('#listed .wrong').length") == 4
    Select(browser.find("#order")).select_by_visible_text("least sure")
    assert listed(browser) == np.argsort(p.max(axis=1), kind="stable").tolist()
    first = browser.find("#listed button")
    browser.js("arguments[0].focus()", first)
    first.send_keys(Keys.ARROW_DOWN, Keys.NULL)
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.find("#row").get_attribute("value") == str(listed(browser)[1])


def test_rows_of_plain_values_come_with_the_largest_error_first(
    browser: Any, save: Save, network_of: Build
) -> None:
    """A network that gives one number lists the rows by their distance from the target."""
    network = network_of(1, 3, 1, activations=("tanh", "linear"))
    X = np.linspace(-1, 1, 7)[:, None]
    errors = np.array([0.5, 3, 0, 2, 1, 0.25, 4])
    browser.open(save(network, X, labels=[str(y) for y in network(X)[:, 0] + errors]))
    Select(browser.find("#order")).select_by_visible_text("largest error first")
    assert listed(browser) == np.argsort(-errors).tolist()


def test_a_confusion_cell_opens_its_rows(browser: Any, save: Save, spiral: Network) -> None:
    """A press on a number of the matrix lists the page's rows of that true and that predicted class."""
    best = spiral(POINTS).argmax(axis=1)
    labels = [spiral.outputs[0]] * 9
    counts = [np.bincount(best, minlength=3).tolist(), [0] * 3, [0] * 3]
    metrics = {
        "rows": 9, "accuracy": 0.1, "classes": ["red", "green", "blue"], "precision": [None] * 3,
        "recall": [0.5] * 3, "f1": [0.5] * 3, "support": [9, 0, 0], "confusion": counts,
    }  # fmt: skip
    browser.open(save(spiral, POINTS, labels=labels, metrics=metrics))
    there = int(best.max())
    browser.find(f"[aria-label$='predicted {spiral.outputs[there]}']").click()
    assert listed(browser) == np.flatnonzero(best == there).tolist()
    assert f"predicted {spiral.outputs[there]}" in browser.text("#list-note")
    browser.find("#order-fields button:last-of-type").click()
    assert len(listed(browser)) == 9


def test_many_classes_list_their_largest_confusions(browser: Any, save: Save, network_of: Build) -> None:
    """Of more than 40 classes the largest confusions are shown, and the worst class first."""
    n = 45
    network = network_of(3, n, activations=("softmax",))
    counts = np.zeros((n, n), int)
    counts[3, 7], counts[40, 2], counts[5, 5] = 4, 9, 100
    scores = np.linspace(1, 0.1, n).tolist()
    metrics = {
        "rows": 113, "accuracy": 0.9, "classes": list(map(str, range(n))), "precision": scores,
        "recall": scores, "f1": scores, "support": [1] * n, "confusion": counts.tolist(),
    }  # fmt: skip
    browser.open(save(network, np.ones((2, 3)), labels=["3", "40"], metrics=metrics))
    tables = browser.driver.find_elements("css selector", "#measures tbody")
    assert tables[0].text.splitlines()[0].startswith("44 ")
    assert tables[-1].text.splitlines() == ["40 2 9", "3 7 4"]


def test_histograms_set_zeros_apart(browser: Any, save: Save, network_of: Build) -> None:
    """The zeros of a ReLU layer are said, and are in no bar; bars below zero have the other colour."""
    network = network_of(2, 6, 2, activations=("relu", "linear"))
    X = np.random.RandomState(2).randn(40, 2)
    browser.open(save(network, X))
    share = round(100 * (network.trace(X)[0].a == 0).mean())
    assert f"Not in the bars: {share} % exactly 0." in browser.text("#histograms")
    minus = "return [...document.querySelectorAll('figure')].map(s => s.querySelectorAll('.minus').length)"
    assert [n > 0 for n in browser.js(minus)] == [False, True]


def test_step_by_step(browser: Any, save: Save, spiral: Network) -> None:
    """The button and the arrow keys go from the inputs to the activation and on to the next layer."""
    browser.open(save(spiral, POINTS), "#0.1")
    button = browser.find("#stepper button")
    button.click()
    seen = []
    for _ in range(7):
        seen.append(browser.js("return location.hash"))
        browser.driver.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    winner = int(spiral(POINTS[:1]).argmax())
    assert seen == [*(f"#0.1@{i}" for i in range(5)), f"#1.{winner}@0", f"#1.{winner}@1"]
    button.send_keys(Keys.ARROW_LEFT)
    assert browser.js("return location.hash") == f"#1.{winner}@1"
    button.click()
    assert browser.js("return location.hash") == f"#1.{winner}"


def test_the_address_opens_a_step(browser: Any, save: Save, spiral: Network) -> None:
    """#1.2@3 shows unit 2 of layers[1] with its bias just added, and nothing of what comes later."""
    browser.open(save(spiral, POINTS), "#1.2@3")
    z = spiral.trace(POINTS[:1])[1].z[0, 2]
    assert browser.text("#step").startswith("3 bias: ")
    assert f"{z:.2f}" in browser.text("#step")
    hidden = "return getComputedStyle(document.querySelector('#value')).visibility"
    assert browser.js(hidden) == "hidden"
    browser.js("location.hash = '#1.2@4'")
    browser.until("nncli.state.step === 4")
    assert browser.js(hidden) == "visible"
    browser.js("location.hash = '#1.2@9'")
    browser.until("nncli.state.step !== 4")
    assert browser.console() == []


def test_a_pinned_row_is_compared_with_another(browser: Any, save: Save, spiral: Network) -> None:
    """Neurons and tables show the pinned row's values beside those on show, and the difference."""
    browser.open(save(spiral, POINTS), "#0.1")
    browser.find("#pin").click()
    assert not browser.find("#compared-terms").is_displayed()
    browser.find("[aria-label='Next row']").click()
    z = spiral.trace(POINTS[:2])[0].z[:, 1]
    numbers = "return [...document.querySelectorAll(arguments[0] + ' data')].map(data => Number(data.value))"
    there = "#compared-terms tbody tr:nth-last-child(2)"
    assert browser.js(numbers, there) == pytest.approx([z[1], z[0], z[1] - z[0]], abs=1e-9)
    p = spiral(POINTS[:2])[:, 0]
    there = "#compared-scores tbody tr:first-child"
    assert browser.js(numbers, there) == pytest.approx([p[1], p[0], p[1] - p[0]], abs=1e-9)
    a = spiral.trace(POINTS[:2])[0].a[:, 1]
    neuron = browser.find("[data-layer='0'][data-unit='1']")
    assert neuron.get_attribute("aria-label").endswith("row 0: " + (f"{a[0]:.2f}" if a[0] else "0.00"))
    assert "◂" in browser.js("return document.querySelector('.winner .name').textContent")
    browser.find("[aria-label='Previous row']").click()
    browser.find("#pin").click()
    browser.find("[aria-label='Next row']").click()
    assert not browser.find("#compared-terms").is_displayed()


def test_wrong_rows_are_crossed_on_the_map(browser: Any, save: Save, spiral: Network) -> None:
    """A cross for every row whose label is not the prediction."""
    best = spiral(POINTS).argmax(axis=1)
    labels = [spiral.outputs[(int(k) + (i < 4)) % 3] for i, k in enumerate(best)]
    browser.open(save(spiral, POINTS, labels=labels))
    browser.until("document.querySelectorAll('.crosses path').length === 4")
    assert "4 rows" in browser.text("#wrong-note")


def test_a_finger_scrolls_over_the_map_and_picks_with_a_tap(
    browser: Any, save: Save, spiral: Network
) -> None:
    """A swipe over the map scrolls the page and changes no input; a tap takes the place's inputs."""
    phone = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    browser.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def finger(*places: tuple[float, float]) -> None:
        for at, (x, y) in enumerate(places):
            touch = {"type": "touchMove" if at else "touchStart", "touchPoints": [{"x": x, "y": y}]}
            browser.driver.execute_cdp_cmd("Input.dispatchTouchEvent", touch)
        browser.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    try:
        browser.open(save(spiral, POINTS))
        browser.js("document.querySelector('.points').scrollIntoView({block: 'center'})")
        box = browser.js("return document.querySelector('.points').getBoundingClientRect().toJSON()")
        x, y = box["left"] + box["width"] * 0.75, box["top"] + box["height"] * 0.6
        row = state(browser, ".row")
        finger((x, y))
        browser.until(f"nncli.state.moved || nncli.state.row !== {row}")
        before, *shown = browser.js("return [scrollY, nncli.state.row, ...nncli.state.x]")
        finger(*((x + k, y - 14 * k) for k in range(12)))
        browser.until(f"scrollY > {before} + 50")
        assert browser.js("return [nncli.state.row, ...nncli.state.x]") == shown
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


@pytest.mark.parametrize("width", [390, 1024, 2400])
@pytest.mark.parametrize("sizes", [(2, 4, 3), (30, *[12] * 9, 20)])
def test_on_paper_nothing_is_cut(
    browser: Any, save: Save, network_of: Build, sizes: tuple[int, ...], width: int
) -> None:
    """Laid out for paper every panel is within a sheet with all of its content, whatever the width was."""
    network = network_of(*sizes, activations=["tanh"] * (len(sizes) - 2) + ["softmax"])
    browser.show(width)
    browser.open(save(network, np.random.RandomState(3).randn(30, sizes[0]), labels=["1"] * 30))
    browser.js("dispatchEvent(new Event('beforeprint'))")
    boxes = browser.js(
        "return [...document.querySelectorAll('.panel:not([hidden])')].map(p => {"
        " const {width, height, right} = p.getBoundingClientRect();"
        " const inside = [...p.querySelectorAll('svg, canvas, td, th, p')].filter(e => e.checkVisibility()"
        "   && !e.closest('.unseen')).map(e => e.getBoundingClientRect().right);"
        " return [width, height, Math.max(right, ...inside) - right];})"
    )
    for wide, high, over in boxes:
        assert wide <= 701
        assert high <= 941
        assert over <= 0.5
    browser.js("dispatchEvent(new Event('afterprint'))")
    assert browser.js("return document.documentElement.className") == ""
    assert browser.js("return [...document.querySelectorAll('.panel')].every(p => !p.style.zoom)")


def test_the_picture_is_saved_as_a_file_of_its_own(
    browser: Any, save: Save, network_of: Build, tmp_path: Path
) -> None:
    """The SVG file needs no style sheet, has every neuron's picture in it, and no name can break it."""
    network = network_of(2, 4, 3, activations=("relu", "softmax"), outputs=("<b>&\x00\x1b", "v", "w"))
    folder = tmp_path / "saved"
    browser.driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)}
    )
    browser.open(save(network, POINTS))
    browser.until("document.querySelector('#diagram canvas').width > 0")
    browser.find("#save").click()
    for _ in range(100):
        if found := list(folder.glob("*.svg")):
            break
        time.sleep(0.05)
    tree = ElementTree.parse(found[0])
    names = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert "image" in names
    assert not names & {"script", "foreignObject", "canvas", "style"}
    attributes = {name for element in tree.iter() for name in element.attrib}
    assert not attributes & {"class", "id", "style", "tabindex", "role"}
    assert all(element.get("fill") for element in tree.iter() if element.tag.endswith("text"))


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1400, "light")])
def test_axe_finds_no_violation_in_what_is_opened(
    browser: Any, axe: str, save: Save, network_of: Build, width: int, scheme: str
) -> None:
    """With a step, a pinned row, a copied text and a changed weight the checker has nothing to say."""
    scale = {"mean": np.full(2, 0.5), "std": np.full(2, 2.0)}
    network = network_of(2, 20, 3, activations=("relu", "softmax"), outputs=("red", "green", "blue"), **scale)
    metrics = {
        "rows": 9, "accuracy": 0.1, "classes": ["red", "green", "blue"], "precision": [None] * 3,
        "recall": [0.5] * 3, "f1": [0.5] * 3, "support": [9, 0, 0], "confusion": [[1, 2, 3]] * 3,
    }  # fmt: skip
    browser.show(width, scheme)
    browser.open(save(network, POINTS, labels=["red"] * 9, metrics=metrics), "#1.2")
    browser.find("#pin").click()
    browser.js("document.querySelector(\"[aria-label='Next row']\").click()")
    box = browser.find(".what")
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys("1", Keys.TAB)
    copied(browser, "LaTeX")
    check = (
        "const done = arguments[0]; axe.run().then(r => done(r.violations.map("
        "v => `${v.impact} ${v.id}: ${v.nodes.map(n => n.html).slice(0, 3)}`)), e => done([String(e)]))"
    )
    browser.js(axe)
    for place in ("#1.2@2", "#0.1", "#0.1@4"):
        browser.js(f"location.hash = '{place}'")
        browser.until(f"location.hash === '{place}' && nncli.state.layer === {place[1]}")
        assert browser.driver.execute_async_script(check) == []
    assert browser.console() == []


@pytest.mark.parametrize("wish", ["no-preference", "reduce"])
def test_nothing_moves_for_who_wants_it_still(browser: Any, save: Save, spiral: Network, wish: str) -> None:
    """The products run along the edges, but with reduced motion the step is shown without movement."""
    feature = {"name": "prefers-reduced-motion", "value": wish}
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    browser.open(save(spiral, POINTS), "#1.0@0")
    browser.js(
        "window.moved = 0; const count = nodes => nodes.forEach(node => moved += node.tagName === 'circle');"
        "new MutationObserver(changes => changes.forEach(change => count(change.addedNodes)))"
        ".observe(document.querySelector('#speech'), {childList: true})"
    )
    browser.find("[aria-label='Next step']").click()
    if wish == "reduce":
        browser.until("document.querySelector('#step').textContent.startsWith('1 products')")
        browser.js("return new Promise(done => setTimeout(done, 200))")
        assert browser.js("return moved") == 0
    else:
        browser.until("moved === 4")
