"""The palette: what the colour-blind see of it, and that marks tell classes apart without it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from nncli.views import palette

EYES = {  # Machado, Oliveira and Fernandes 2009, the full deficiency, over linear RGB
    "all cones": np.eye(3),
    "no green cones": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no red cones": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
}
LMS = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
]
OKLAB = [
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
]


def linear(colour):
    """Return a colour's linear RGB."""
    channels = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def distance(one, two, eyes):
    """Return how far apart two colours are in OKLab for such eyes."""
    seen = [(EYES[eyes] @ linear(colour)).clip(0, 1) for colour in (one, two)]
    return np.linalg.norm(np.subtract(*(OKLAB @ np.cbrt(LMS @ rgb) for rgb in seen)))


def contrast(one, two):
    """Return the contrast of WCAG 2 between two colours."""
    low, high = sorted(linear(colour) @ [0.2126, 0.7152, 0.0722] for colour in (one, two))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("eyes", EYES)
def test_classes_and_signs_are_apart_for_every_eye(eyes):
    """No two classes look alike, nor do the two signs, nor a class like a sign's colour, on either paper."""
    for positive, negative in zip(palette.POSITIVE, palette.NEGATIVE, strict=True):
        assert distance(positive, negative, eyes) > 0.2
        assert min(distance(c, s, eyes) for c in palette.CLASSES[:4] for s in (positive, negative)) > 0.05
    for classes, paper in ((palette.CLASSES, "light"), (palette.CLASSES_ON_DARK, "dark")):
        assert min(distance(*pair, eyes) for pair in combinations(classes, 2)) > 0.12
        signs = [getattr(shade, paper) for shade in (palette.POSITIVE, palette.NEGATIVE)]
        assert min(distance(c, s, eyes) for c in classes[:4] for s in signs) > 0.05


def test_small_marks_of_classes_stand_out_from_dark_paper():
    """Every class has WCAG's contrast of 3 for graphics on dark paper."""
    assert min(contrast(colour, palette.PAPER.dark) for colour in palette.CLASSES_ON_DARK) >= 3


@pytest.mark.parametrize("paper", ["light", "dark"])
def test_text_on_the_strongest_fill_can_be_read(paper):
    """A number keeps WCAG's contrast of 4.5 on the strongest fill, and each sign's line has 3 on paper."""
    sheet, ink = getattr(palette.PAPER, paper), getattr(palette.INK, paper)
    for shade in (palette.POSITIVE, palette.NEGATIVE):
        colour = getattr(shade, paper)
        channels = [
            round(
                palette.MOST_FILL * int(colour[at : at + 2], 16)
                + (1 - palette.MOST_FILL) * int(sheet[at : at + 2], 16)
            )
            for at in (1, 3, 5)
        ]
        assert contrast("#{:02x}{:02x}{:02x}".format(*channels), ink) >= 4.5
        assert contrast(colour, sheet) >= 3


def test_marks_tell_classes_apart_without_colours_repeating_together():
    """A colour and a shape together are another pair for each of 56 classes, a colour and a dash for 28."""
    assert len({(palette.colour_of(i), palette.shape_of(i).sign) for i in range(56)}) == 56
    assert len({(palette.colour_of(i), str(palette.dash_of(i))) for i in range(28)}) == 28


def test_strength_is_a_share_of_the_largest():
    """A fill is as strong as its value's share, whatever the sign; nothing is drawn for 0 or NaN."""
    assert palette.strength(-2.0, 4.0) == palette.strength(2.0, 4.0) == palette.MOST_FILL / 2
    assert palette.strength(9.0, 4.0) == palette.MOST_FILL
    assert palette.strength(0.0, 0.0) == palette.strength(float("nan"), 4.0) == 0.0
