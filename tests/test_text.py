"""Names of anyone's files, as people read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.text import cut, listed, pad, printable, shorten, shown, width_of

WIDTHS = {
    "abc": 3,
    "größe": 5,
    "e\u0301": 1,
    "花びら": 6,
    "ｱｲｳ": 3,
    "한국": 4,
    "\u2764\ufe0f": 2,
    "\U0001f44d\U0001f3fd": 2,
    "\U0001f469\u200d\U0001f4bb": 2,
    "\U0001f3f3\ufe0f\u200d\U0001f308": 2,
    "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7": 4,
}
"""Texts and the cells in which a terminal shows them, as the package wcwidth counts."""
NAMES = ["花びら", "\U0001f469\u200d\U0001f4bb", "plain"]

texts = st.text(st.characters(exclude_categories=[]) | st.sampled_from("".join(WIDTHS)), max_size=60)


@pytest.mark.parametrize(("text", "width"), WIDTHS.items())
def test_the_width_of_a_text(text: str, width: int) -> None:
    """A text is as wide as a terminal shows it: accents add nothing, an emoji of many parts is one."""
    assert width_of(text) == width
    assert width_of(f"{text} {text}") == 2 * width + 1
    assert printable(text) == text


@given(texts, st.integers(1, 30))
def test_a_shortened_text_fits(text: str, width: int) -> None:
    """Whatever a name holds, it is printable, fits, and is whole where there is room."""
    short = shorten(text, width)
    assert width_of(short) <= width
    assert printable(short) == short
    assert width_of(pad(short, 40)) == 40
    if width_of(printable(text)) <= width:
        assert short == printable(text)


def test_a_name_is_cut_in_its_middle_between_signs() -> None:
    """A long name keeps its ends, and no emoji is torn."""
    assert shorten("花びらの長さ", 7) == "花…さ"
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abc…fg"
    assert shorten(NAMES[1] * 9, 6) == f"{NAMES[1]}…{NAMES[1]}"
    assert shorten("x" * 10**7, 6) == "xxx…xx"


def test_control_characters_are_escaped() -> None:
    """Nothing in a name steers a terminal; a joiner that joins no emoji is seen."""
    assert printable("a\x1b[31m\n\ud800") == "a\\x1b[31m\\n\\ud800"
    assert printable("a\u200db ö\u200d\ud800") == "a\\u200db ö\\u200d\\ud800"


@given(texts.filter(lambda text: "\u200d" not in text and len(text) <= 40))
def test_a_quoted_text_is_pythons(text: str) -> None:
    """A message quotes a text as Python does."""
    assert shown(text) == repr(text)


def test_a_long_text_is_cut_at_its_end_in_a_message() -> None:
    """A message shows the first characters of a cell, and the first names of a list."""
    assert shown("x" * 41) == f"'{'x' * 39}…'"
    assert cut("x\n" * 41, 5) == "x\\nx\\n…"
    assert listed(["a", "b"]) == "a, b"
    assert listed(["a", "b", "c"], 2) == "a, b, … (3 in all)"


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Return a spec whose inputs, layers and classes have names of wide characters, and rows."""
    names = ", ".join(NAMES)
    weights = "[[1, 0, 0], [0, 1, 0], [0, 0, 1]]"
    (tmp_path / "net.yaml").write_text(
        f"inputs: [{names}]\noutputs: [{names}]\ndata: {{file: rows.csv, label: kind}}\n"
        f"layers:\n  - {{name: 花, weights: {weights}, activation: softmax}}\n",
        encoding="utf-8",
    )
    rows = ["0,0,0", "3,1,2", "2,3,1"]
    lines = [f"{row},{name}" for row, name in zip(rows, NAMES, strict=True)]
    (tmp_path / "rows.csv").write_text("\n".join([",".join([*NAMES, "kind"]), *lines, ""]), encoding="utf-8")
    return tmp_path / "net.yaml"


@pytest.mark.parametrize(
    ("command", "first"),
    [
        (["run", "-f", "table"], "kind"),
        (["eval"], "class"),
        (["eval"], "true"),
        (["summary"], "layer"),
        (["explain", "--row", "0"], "  unit"),
    ],
)
def test_tables_align_wide_characters(cli: Any, foreign: Path, command: list[str], first: str) -> None:
    """Every table's lines are equally wide, whatever the script of its names; the last column is numbers."""
    name, *options = command
    printed = cli(name, foreign, *options).stdout
    table = next(part for part in printed.split("\n\n") if part.startswith(first)).splitlines()
    assert len(table) > 2
    assert any(NAMES[0] in line or "花" in line for line in table)
    assert len({width_of(line) for line in table}) == 1, printed
