from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncli
from nncli.inspect.rows import pick
from nncli.nn.network import Network
from nncli.views.draw import drawing
from nncli.views.draw_svg import draw_svg
from nncli.views.palette import CLASSES, CLASSES_ON_DARK

HOSTILE = ("<script>alert('&')</script>", "\x1b[31m\ufffe\x00", ']]>"--><', "W" * 100, "花びらの長さ" * 9)

BOXES = """
const boxes = [...document.querySelectorAll('text')].map(t => {
  const b = t.getBoundingClientRect();
  const own = [...t.childNodes].filter(n => n.nodeType === 3).map(n => n.data).join('');
  return {text: own, left: b.left, right: b.right, top: b.top, bottom: b.bottom};
});
const page = document.documentElement.getBoundingClientRect();
return {boxes, width: page.width, height: page.height};
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["tiny", "spiral", "wide", "deep", "names", "plain"])
def test_nothing_overlaps(
    name: str, scheme: str, browser: Any, tmp_path: Path, make_network: Callable[..., Network]
) -> None:
    """In a real browser no label is clipped, and no two labels overlap."""
    networks = {
        "tiny": (make_network(1, 1), (0, 0), True),
        "spiral": (make_network(2, 3, 3, outputs=("red", "green", "blue")), (0, 1), True),
        "wide": (make_network(784, 128, 64, 10), (1, 50), True),
        "deep": (make_network(3, *[4] * 8, 2), (5, 2), True),
        "names": (make_network(5, 3, 5, inputs=HOSTILE, outputs=HOSTILE), (0, 1), True),
        "plain": (make_network(20, 14, 2), (0, 13), False),
    }
    network, highlight, with_row = networks[name]
    X = np.random.RandomState(5).randn(1, network.n_inputs) * 1e-3
    picked = pick(network, X) if with_row else None
    picture = drawing(network, name=f"{name}.yaml", picked=picked, highlight=highlight)
    file = tmp_path / f"{name}.svg"
    file.write_text(draw_svg(picture), encoding="utf-8")
    browser.show(scheme=scheme)
    browser.open(file)
    assert browser.console() == []
    page = browser.js(BOXES)
    boxes = [box for box in page["boxes"] if box["text"].strip()]
    for box in boxes:
        assert box["left"] >= 0, box
        assert box["top"] >= 0, box
        assert box["right"] <= page["width"], box
        assert box["bottom"] <= page["height"], box
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            apart = (
                one["right"] <= other["left"] + 1
                or other["right"] <= one["left"] + 1
                or one["bottom"] <= other["top"] + 4  # a line's box is higher than its letters
                or other["bottom"] <= one["top"] + 4
            )
            assert apart, (one, other)


def test_dark_pages(browser: Any, tmp_path: Path, configs: Path) -> None:
    """A reader who prefers dark pages gets a dark picture."""
    file = tmp_path / "net.svg"
    file.write_text(draw_svg(drawing(nncli.load(configs / "spiral.yaml"), name="spiral.yaml")))
    colours = []
    for scheme in ("light", "dark"):
        browser.show(scheme=scheme)
        browser.open(file)
        colours.append(browser.js("return getComputedStyle(document.querySelector('.page')).fill"))
    assert colours == ["rgb(255, 255, 255)", "rgb(13, 17, 23)"]


def test_classes_on_dark_pages(browser: Any, tmp_path: Path, configs: Path) -> None:
    """A class's mark has the colour that the palette gives it on such paper, as in the report."""
    file = tmp_path / "net.svg"
    file.write_text(draw_svg(drawing(nncli.load(configs / "spiral.yaml"), name="spiral.yaml")))
    for scheme, colours in (("light", CLASSES), ("dark", CLASSES_ON_DARK)):
        browser.show(scheme=scheme)
        browser.open(file)
        fill = browser.js("return getComputedStyle(document.querySelector('.class')).fill")
        assert fill == f"rgb({', '.join(str(int(colours[0][at : at + 2], 16)) for at in (1, 3, 5))})"
