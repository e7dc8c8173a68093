from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import nncli
from nncli.inspect.rows import pick
from nncli.nn.layers import Dense
from nncli.nn.network import Network
from nncli.views.draw import drawing
from nncli.views.draw_svg import draw_svg
from nncli.views.heat import band
from nncli.views.palette import colour_of, shape_of
from nncli.views.svg import fitted, text_width

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "<script>alert('&')</script>",
    "\x1b[31m\ud800\ufffe\x00",
    ']]>"--><',
    "W" * 100,
    "花びらの長さ" * 9,
)


def parsed(svg: str) -> ElementTree.Element:
    """Return an SVG's root; it is well-formed XML."""
    return ElementTree.fromstring(svg.encode())


def test_hostile_names(make_network: Callable[..., Network]) -> None:
    """Names from anyone's file stay text, and long ones are cut with the full name in a title."""
    network = make_network(5, 3, 5, inputs=HOSTILE, outputs=HOSTILE)
    root = parsed(
        draw_svg(drawing(network, name="<b>.yaml", picked=pick(network, np.ones(5)[None]), highlight=(1, 0)))
    )
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {
        *("svg", "title", "desc", "style", "rect", "path", "circle", "text")
    }
    assert all(
        not name.startswith("on") and "href" not in name for each in root.iter() for name in each.attrib
    )
    titles = [each.text or "" for each in root.iter(f"{SVG}title")]
    assert "W" * 100 in titles
    assert "<script>alert('&')</script>" in titles


def test_words_for_screen_readers(configs: Path) -> None:
    """The picture is one image with a title and a description that says what it shows."""
    network = nncli.load(configs / "neuron.yaml")
    picture = drawing(
        network, name="n.yaml", picked=pick(network, np.array([1.0, 2, 3])[None]), highlight=(0, 0)
    )
    root = parsed(draw_svg(picture))
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "nncli-title nncli-desc"
    assert root[0].text == "Neural network n.yaml, row 0"
    assert root[1].text == (
        "Columns from left to right: inputs: 3; layers[0]: 1 linear. Highlighted is layers[0] unit 0."
        " layers[0] unit 0: z = 1 × 0.2 + 2 × 0.8 + 3 × (-0.5) + 2 = 2.3 → linear → 2.3."
        " Outputs of row 0: 0 2.3."
    )


def test_edges_tell_sign_and_size(configs: Path) -> None:
    """An edge is dashed where its weight is negative, and as wide as the weight is large."""
    root = parsed(draw_svg(drawing(nncli.load(configs / "neuron.yaml"), name="n.yaml")))
    edges = [each.attrib for each in root.iter(f"{SVG}path")][:3]
    assert [edge["class"] for edge in edges] == ["edge", "edge", "edge negative"]
    widths = [float(edge["stroke-width"]) for edge in edges]
    assert widths[1] > widths[2] > widths[0] > 0


def test_highlight(make_network: Callable[..., Network]) -> None:
    """Only the highlighted neuron's own edges are not faint, and its weights and bias are written."""
    network = make_network(3, 4, 2)
    root = parsed(draw_svg(drawing(network, name="n.yaml", highlight=(0, 2))))
    classes = [each.attrib["class"] for each in root.iter(f"{SVG}path")]
    assert sum("faint" not in each for each in classes) == 3 + 2  # and two in the legend
    assert [each.attrib["class"] for each in root.iter(f"{SVG}circle")].count("node marked") == 1
    words = [each.text or "" for each in root.iter(f"{SVG}text")]
    assert any(each.startswith("bias ") for each in words)


def test_same_bytes(make_network: Callable[..., Network]) -> None:
    """The same network gives the same picture."""
    pictures = {draw_svg(drawing(make_network(3, 4, 2), name="n.yaml")) for _ in range(3)}
    assert len(pictures) == 1


@pytest.mark.parametrize("weight", [np.nan, np.inf, 0.0])
def test_odd_weights(weight: float, make_network: Callable[..., Network]) -> None:
    """Weights that are no finite numbers, or all zero, still give a picture."""
    network = make_network(2, 2)
    network.layers[0].weights[:] = weight
    assert "nan" not in draw_svg(drawing(network, name="n.yaml")).split("</desc>")[1].split("<path", 2)[1]


def test_fitted() -> None:
    """A text is cut in its middle to a width in pixels, with an ellipsis, and between signs."""
    assert fitted("short", 100) == "short"
    cut = fitted("A" + "W" * 50 + "Z", 100)
    assert (cut[0], cut[-1], cut.count("…")) == ("A", "Z", 1)
    assert text_width(cut) <= 100
    assert (
        fitted("\U0001f468\u200d\U0001f469\u200d\U0001f467" * 20, 100)
        .replace("…", "")
        .replace("\U0001f468\u200d\U0001f469\u200d\U0001f467", "")
        == ""
    )
    assert text_width("e\u0301") == text_width("e")


def test_fill_says_the_activation() -> None:
    """A circle is filled blue above 0 and orange below, stronger where larger, and not at all at 0."""
    layer = Dense(weights=np.array([[1.0, -0.5, 0.0]]), biases=np.zeros(3))
    network = Network(layers=(layer,), inputs=("x",))
    root = parsed(draw_svg(drawing(network, name="n", picked=pick(network, np.array([[2.0]])))))
    circles = [each.attrib for each in root.iter(f"{SVG}circle") if "fill " in each.attrib["class"]]
    assert [(each["class"], each["fill-opacity"]) for each in circles] == [
        ("fill positive", "0.550"),  # the input
        ("fill positive", "0.550"),
        ("fill negative", "0.275"),
    ]


def test_weights_of_zero_have_no_line(configs: Path) -> None:
    """Only weights that are not zero are lines."""
    root = parsed(draw_svg(drawing(nncli.load(configs / "softmax.yaml"), name="n")))
    weights = nncli.load(configs / "softmax.yaml").layers[0].weights
    lines = [each for each in root.iter(f"{SVG}path") if each.attrib["class"].startswith("edge")]
    assert len(lines) == np.count_nonzero(weights) + 2  # and two in the legend


def test_many_weights_are_a_band(make_network: Callable[..., Network]) -> None:
    """A dense layer is a band of cells by sign and strength; with --top it has its lines again."""
    network = make_network(64, 32, 2)
    root = parsed(draw_svg(drawing(network, name="n")))
    paths = [each.attrib["class"] for each in root.iter(f"{SVG}path")]
    assert {"cell positive", "cell negative"} <= set(paths)
    assert "64 × 32 weights" in [each.text for each in root.iter(f"{SVG}text")]
    root = parsed(draw_svg(drawing(network, name="n", top=4)))
    paths = [each.attrib["class"] for each in root.iter(f"{SVG}path")]
    assert not any(each.startswith("cell") for each in paths)
    assert sum(each.startswith("edge") for each in paths) == 4 + 4 + 2


def test_a_band_covers_every_number_that_is_not_zero() -> None:
    """The cells' area is the share of the matrix that is not zero, each in its sign's colour."""
    matrix = np.random.RandomState(1).randn(7, 9)
    matrix[matrix < 0.2] *= np.random.RandomState(2).randint(0, 2, (matrix < 0.2).sum())
    area = {"positive": 0.0, "negative": 0.0}
    for path in band(matrix, 0, 0, 90, 70):
        sign = "positive" if "positive" in path else "negative"
        area[sign] += sum(map(float, re.findall(r"h(\d+\.\d)v", path))) * 10
    assert area == {"positive": 100 * (matrix > 0).sum(), "negative": 100 * (matrix < 0).sum()}


def test_rules_stay_inside_the_drawing(configs: Path) -> None:
    """Every rule of the style is bound to the drawing, so that a page around it looks as before."""
    style = parsed(draw_svg(drawing(nncli.load(configs / "iris.yaml"), name="n")))[2].text
    rules = [line for line in style.splitlines() if "{" in line and not line.startswith("@")]
    assert rules
    assert all(line.startswith(".nncli-drawing ") for line in rules)


def test_classes_have_the_marks_of_every_picture(configs: Path) -> None:
    """Beside each output of a classifier stands its class's mark, as in charts and in the page."""
    root = parsed(draw_svg(drawing(nncli.load(configs / "iris.yaml"), name="n")))
    marks = [each.attrib for each in root.iter(f"{SVG}path") if each.attrib["class"] == "class"]
    assert [mark["fill"] for mark in marks] == [colour_of(i) for i in range(3)]
    assert [mark["d"] for mark in marks] == [shape_of(i).path for i in range(3)]
