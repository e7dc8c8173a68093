"""Every way to be wrong that we know, with the exact message: the cases are in the folder bad/."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nncli.errors import SpecError
from nncli.netspec import parse_spec

BAD = Path(__file__).parent / "bad"


def cases() -> Iterator[Any]:
    """Yield the blocks of the files: ``# name``, lines of the spec after ``|``, then the messages."""
    for file in sorted(BAD.glob("*.txt")):
        for block in file.read_text(encoding="utf-8").split("\n\n"):
            name, *lines = block.strip("\n").split("\n")
            text = "".join(line[2:] + "\n" for line in lines if line.startswith("|"))
            messages = tuple(line for line in lines if not line.startswith("|"))
            yield pytest.param(text, messages, id=f"{file.stem}: {name[2:]}")


@pytest.mark.parametrize(("text", "messages"), list(cases()))
def test_the_message_says_where_and_what(text: str, messages: tuple[str, ...]) -> None:
    """A bad spec gets a line for each problem: its place, what is wrong, what would be right."""
    with pytest.raises(SpecError) as raised:
        parse_spec(text, "net.yaml")
    assert raised.value.problems == messages


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "net.yaml: the spec is empty; it needs 'inputs' and 'layers'"),
        ("outputs: [\x1b[31m]", r"net.yaml:1:11: the character '\x1b' is not allowed in YAML"),
        ("a: 1\r\nb: 2\rc: 3\x85é: \x07", r"net.yaml:4:4: the character '\x07' is not allowed in YAML"),
        ("a: 1\nb: \x00", r"net.yaml:2:4: the character '\x00' is not allowed in YAML"),
        ("seed: 1" + "0" * 400, f"net.yaml:1:7: seed: 1{'0' * 38}… is too large; 4294967295 at most"),
        ("seed: " + "9" * 9000, f"net.yaml:1:7: seed: '{'9' * 39}…' is not a whole number of at least 0"),
        ("seed: 0x" + "f" * 99, f"net.yaml:1:7: seed: 0x{'f' * 37}… is too large; 4294967295 at most"),
        (
            f"layers: [{{weights: [1, 1{'0' * 400}]}}]",
            f"net.yaml:1:24: layers[0].weights[1]: 1{'0' * 38}… is out of the range of numbers",
        ),
        ("k" * 99 + ": 1", f"net.yaml:1:1: unknown key '{'k' * 39}…'"),
        ("'a\\nb': 1", r"net.yaml:1:1: unknown key 'a\\nb'"),
    ],
)
def test_odd_text_is_shown_escaped_and_short(text: str, message: str) -> None:
    """Control characters and endless numbers reach a message escaped and shortened."""
    with pytest.raises(SpecError) as raised:
        parse_spec(text, "net.yaml")
    assert any(line.startswith(message) for line in raised.value.problems)


def test_every_problem_is_told_at_once_in_the_order_of_the_file() -> None:
    """A spec with problems everywhere gets all of them in one run."""
    text = "\n".join(
        [
            "sed: 0",
            "nnfs: yes",
            "inputs: [a, a]",
            "layers:",
            "  - {units: 3, activaton: relu, biases: [1, x]}",
            "  - {units: 3, activation: sofmax}",
            "  - {weights: [[1, 2]]}",
            "outputs: [red, green]",
            "data: {spiral: {samples: 0}, vertical: {}}",
        ]
    )
    with pytest.raises(SpecError) as raised:
        parse_spec(text, "net.yaml")
    assert [problem.split(" ")[0] for problem in raised.value.problems] == [
        "net.yaml:1:1:",
        "net.yaml:2:7:",
        "net.yaml:3:13:",
        "net.yaml:5:16:",
        "net.yaml:5:45:",
        "net.yaml:6:28:",
        "net.yaml:7:15:",
        "net.yaml:8:10:",
        "net.yaml:9:7:",
        "net.yaml:9:26:",
    ]


def test_a_million_problems_are_counted_not_shown() -> None:
    """A file of the wrong sort fills no terminal: the first problems and their number are enough."""
    text = "layers: [{weights: [" + ", ".join(["x"] * 900) + "]}]"
    with pytest.raises(SpecError) as raised:
        parse_spec(text, "net.yaml")
    assert len(raised.value.problems) == 51
    assert raised.value.problems[-1] == "net.yaml: and 850 more problems"


def test_looking_for_problems_ends_somewhere() -> None:
    """A thousand problems are enough to know that there are more."""
    text = "layers: [{weights: [" + ", ".join(["x"] * 3000) + "]}, " + "{unit: 1}, " * 100 + "]"
    with pytest.raises(SpecError) as raised:
        parse_spec(text, "net.yaml")
    assert raised.value.problems[-1] == "net.yaml: and at least 950 more problems"
