"""The report's page for every reader: narrow and wide, light and dark, and harmless."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from nncli.errors import NncliError
from nncli.jobs.sample import Sample
from nncli.nn.layers import Dense
from nncli.nn.network import Network
from nncli.views.report import page

Build = Callable[..., Network]
Save = Callable[..., Path]

HOSTILE = (
    "</script><img src=x onerror=window.harmed=1>",
    "<!--<script>",
    "'\"><svg onload=window.harmed=1>",
    "${window.harmed=1} {{7*7}}",
    "\u2028\u2029\x00\x1b[31m\ud800",
    "a" * 300,
    "שלום\u202eevil",
)
METRICS = {
    "rows": 4, "accuracy": 0.5, "cross_entropy": 0.7, "classes": list(HOSTILE), "precision": [0.5] * 7,
    "recall": [0.5] * 7, "f1": [0.5] * 7, "support": [1] * 7, "confusion": [[1] * 7] * 7,
}  # fmt: skip


@pytest.fixture
def pages(save: Save, network_of: Build, tmp_path: Path) -> dict[str, Callable[[], Path]]:
    """Return writers of pages that stretch the layout in different ways."""
    random = np.random.RandomState(1)
    iris = ("sepal_length", "sepal_width", "petal_length", "petal_width")
    points = random.randn(40, 2)
    labels = [HOSTILE[i % 7] for i in range(40)]
    wide = network_of(784, 128, 64, 10, activations=("relu", "relu", "softmax"), scale=0.1)
    deep = network_of(3, *[12] * 8, 1, activations=("hard_sigmoid", "log_softmax") * 4 + ("sigmoid",))
    named = network_of(4, 8, 3, activations=("tanh", "softmax"), inputs=iris, outputs=("setosa", "v", "w"))
    hostile = network_of(
        2, 3, 7, activations=("relu", "softmax"), inputs=(HOSTILE[0], HOSTILE[5]), outputs=HOSTILE
    )
    layers = zip(hostile.layers, (HOSTILE[0], HOSTILE[5]), strict=True)
    hostile = replace(hostile, layers=tuple(replace(layer, name=name) for layer, name in layers))
    return {
        "iris": lambda: save(named, random.rand(150, 4)),
        "wide": lambda: save(wide, random.rand(20, 784), labels=["3"] * 20, complete=False),
        "deep": lambda: save(deep, np.zeros((0, 3))),
        "hostile": lambda: save(hostile, points, labels, METRICS, title="</title><b>.yaml"),
    }


KINDS = ["iris", "wide", "deep", "hostile"]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_wider_than_the_window(
    browser: Any, pages: dict[str, Callable[[], Path]], kind: str
) -> None:
    """The page never scrolls sideways, from small phones to wide screens, opened so or turned to it."""
    path = pages[kind]()
    panels = "return [...document.querySelectorAll('.panel')].every(p => p.scrollWidth <= p.clientWidth)"
    for opened, turned in ((320, 2400), (1400, 800), (800, 360)):
        browser.show(opened)
        browser.open(path)
        for width in (opened, turned):
            browser.show(width)
            browser.until(f"innerWidth === {width}")
            assert browser.js("return document.documentElement.scrollWidth") <= width
            assert browser.js(panels)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1400, "dark")])
def test_axe_finds_no_violation(
    browser: Any, axe: str, pages: dict[str, Callable[[], Path]], kind: str, width: int, scheme: str
) -> None:
    """The accessibility checker has nothing to say, in either theme, narrow or wide."""
    browser.show(width, scheme)
    browser.open(pages[kind](), "#0.1")
    browser.js(axe)
    found = browser.driver.execute_async_script(
        "const done = arguments[0]; axe.run().then(r => done(r.violations.map("
        "v => `${v.impact} ${v.id}: ${v.nodes.map(n => n.html).slice(0, 3)}`)), e => done([String(e)]))"
    )
    assert found == []


def test_the_themes_differ(browser: Any, pages: dict[str, Callable[[], Path]]) -> None:
    """A reader who prefers dark gets light text on dark ground."""
    path = pages["iris"]()
    grounds = []
    for scheme in ("light", "dark"):
        browser.show(scheme=scheme)
        browser.open(path)
        colour = browser.js("return getComputedStyle(document.body).backgroundColor")
        grounds.append(sum(map(int, re.findall(r"\d+", colour)[:3])))
    assert grounds[0] > 600
    assert grounds[1] < 150


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_asks_for_nothing_and_complains_of_nothing(
    watched: Any, pages: dict[str, Callable[[], Path]], kind: str
) -> None:
    """Opening the page requests the file alone and leaves the console empty."""
    path = pages[kind]()
    watched.open(path)
    watched.until("'ready' in document.documentElement.dataset")
    sent = [address for address in watched.requests() if not address.startswith("data:")]
    assert sent == [path.as_uri()]
    assert watched.console() == []


def test_the_policy_forbids_other_code(browser: Any, pages: dict[str, Callable[[], Path]]) -> None:
    """An inserted script, handler or style has no effect."""
    browser.open(pages["iris"]())
    browser.js(
        "const script = document.createElement('script'); script.textContent = 'window.harmed = 1';"
        "document.body.append(script);"
        "document.body.insertAdjacentHTML('beforeend', arguments[0]); document.getElementById('b').click()",
        '<b id=b style="display:none" onclick="window.harmed=1">b</b>',
    )
    assert browser.js("return window.harmed") is None
    assert browser.js("return getComputedStyle(document.getElementById('b')).display") == "inline"


def test_hostile_names_stay_text(browser: Any, pages: dict[str, Callable[[], Path]]) -> None:
    """Names from a spec and labels from a file that look like markup are shown, not run."""
    browser.open(pages["hostile"](), "#1.0")
    assert browser.js("return window.harmed") is None
    assert not browser.driver.find_elements("css selector", "img, [onload], [onerror], b")
    assert browser.text("h1") == "</title><b>.yaml"
    assert HOSTILE[0] in browser.text("#neuron")
    assert HOSTILE[0] in browser.text("#sliders")
    assert browser.js("return nncli.network.outputs") == [name.replace("\ud800", "?") for name in HOSTILE]


def test_the_file_can_hold_any_name(network_of: Build) -> None:
    """The page is plain UTF-8, and its data block contains no angle bracket that could end it."""
    network = network_of(2, 7, activations=("softmax",), inputs=HOSTILE[:2], outputs=HOSTILE)
    html = page(network, Sample(features=np.zeros((1, 2))), "\ud800\x00<net>.yaml")
    html.encode()
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert data
    assert "<" not in data[1]


def test_a_wide_network_is_shortened_and_its_hidden_units_can_be_chosen(
    browser: Any, pages: dict[str, Callable[[], Path]]
) -> None:
    """784-128-64-10 shows few neurons of each layer; a link to one of the others brings it in."""
    browser.open(pages["wide"](), "#0.77")
    assert len(browser.js("return [...document.querySelectorAll('.neuron')]")) < 45
    assert "+784" not in browser.text("#diagram")
    assert "more" in browser.text("#diagram")
    assert browser.find("[data-layer='0'][data-unit='77']").get_attribute("aria-pressed") == "true"
    assert "… 776 more" in browser.text("#neuron")
    browser.find("#every").click()
    assert browser.js("return document.querySelectorAll('#neuron tbody tr').length") == 784


def test_one_of_many_inputs_can_be_moved(browser: Any, pages: dict[str, Callable[[], Path]]) -> None:
    """With 784 inputs one slider moves the input that is chosen."""
    browser.open(pages["wide"]())
    assert len(browser.js("return [...document.querySelectorAll('input[type=range]')]")) == 1
    browser.js(
        "const s = document.querySelector('#input'); s.value = 300; s.dispatchEvent(new Event('change'))"
    )
    before = browser.js("return document.querySelector('#scores data').value")
    box = browser.find(".slider input[type=number]")
    assert box.get_attribute("aria-label") == "x300, exact value"
    box.send_keys(Keys.CONTROL + "a", Keys.NULL, "50\t")
    assert browser.js("return document.querySelector('#scores data').value") != before


def test_nameless_pixels_are_shown_as_a_picture(browser: Any, pages: dict[str, Callable[[], Path]]) -> None:
    """784 nameless inputs are a picture of 28 by 28, where a click chooses the input to move."""
    browser.open(pages["wide"]())
    picture = browser.find(".picture")
    browser.js("arguments[0].scrollIntoView({block: 'center'})", picture)
    size = picture.size["width"]
    ActionChains(browser.driver).move_to_element_with_offset(picture, size // 4, -size // 4).click().perform()
    assert browser.find("#input").get_attribute("value") in {
        str(7 * 28 + 21),
        str(6 * 28 + 21),
        str(7 * 28 + 20),
    }
    browser.open(pages["iris"]())
    assert not browser.driver.find_elements("css selector", ".picture")


def test_a_network_too_large_for_a_page_is_refused() -> None:
    """Beyond some millions of parameters there is one clear line instead of a page that no browser opens."""
    layer = Dense(weights=np.zeros((2100, 2000), "float32"), biases=np.zeros(2000, "float32"))
    network = Network(layers=(layer,), inputs=tuple(map(str, range(2100))))
    with pytest.raises(
        NncliError, match=r"^net\.yaml: the network has 4,202,000 parameters; a page holds at most"
    ):
        page(network, Sample(features=np.zeros((1, 2100))), "net.yaml")
