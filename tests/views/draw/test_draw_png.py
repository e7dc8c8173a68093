from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import nncli
from nncli.errors import MissingExtraError, OutputError
from nncli.nn.network import Network
from nncli.views.draw import drawing
from nncli.views.draw_png import draw_png


def test_png(configs: Path) -> None:
    """A PNG has two pixels for each unit of the SVG, and is the same every time."""
    picture = drawing(nncli.load(configs / "spiral.yaml"), name="spiral.yaml")
    png = draw_png(picture)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    small = struct.unpack(">II", draw_png(picture, zoom=1)[16:24])
    assert struct.unpack(">II", png[16:24]) == (2 * small[0], 2 * small[1])
    assert draw_png(picture) == png


def test_letters_are_drawn(configs: Path) -> None:
    """Letters come from the font that we bring along: another text gives another picture."""
    network = nncli.load(configs / "spiral.yaml", ["outputs=[red, green, blue]"])
    other = nncli.load(configs / "spiral.yaml", ["outputs=[rot, grün, blau]"])
    assert draw_png(drawing(network, name="n")) != draw_png(drawing(other, name="n"))


def test_letters_of_other_scripts(configs: Path) -> None:
    """Letters that our font lacks don't stop the picture."""
    network = nncli.load(configs / "spiral.yaml", ["outputs=[赤, 緑, 青]"])
    assert draw_png(drawing(network, name="n")).startswith(b"\x89PNG")


def test_large_pictures(make_network: Callable[..., Network]) -> None:
    """A very deep network gets fewer pixels, and one that nobody could see is refused."""
    png = draw_png(drawing(make_network(2, *[1] * 150, 2), name="deep"))
    width, height = struct.unpack(">II", png[16:24])
    assert width > 10_000
    assert width * height < 26_000_000
    with pytest.raises(
        OutputError, match=r"^a network of 1001 layers is too large for a \.png; write an \.svg$"
    ):
        draw_png(drawing(make_network(2, *[1] * 1000, 2), name="deep"))


def test_without_the_extra(configs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package the message says what to install."""
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'nncli-inference\[png\]'"):
        draw_png(drawing(nncli.load(configs / "spiral.yaml"), name="n"))
