"""The JSON Schema says about a spec what the checker says, as far as a schema can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nncli.errors import SpecError
from nncli.netspec import parse_spec
from nncli.netspec.keys import LAYER, SPEC
from nncli.netspec.reader import read_tree
from nncli.netspec.schema import json_schema

NET = "inputs: 2\nlayers: [{units: 3}]\n"


@pytest.fixture(scope="module")
def judge() -> Any:
    """Return a validator of the schema, itself a valid schema."""
    jsonschema.Draft202012Validator.check_schema(json_schema())
    return jsonschema.Draft202012Validator(json_schema())


def tree(text: str) -> Any:
    """Return a text's data as JSON knows it."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(child) for key, child in value.items()}
        return [plain(child) for child in value] if isinstance(value, list) else value

    return plain(read_tree(text, "net.yaml").root)


def test_the_projects_specs_are_valid(judge: Any, configs: Path) -> None:
    """Every small spec satisfies the schema."""
    for path in sorted(configs.glob("*.yaml")):
        judge.validate(tree(path.read_text(encoding="utf-8")))


GOOD = [
    "layers: [{weights: [1, 2, 3]}]",
    "layers: [{weights: [[1, 2], [3, 4]], biases: [1, 2]}]",
    "weights: w.npz\nlayout: units_inputs\nlayers: [{activation: relu}, {activation: softmax}]",
    NET + "data: {spiral: }",
    NET + "data: {file: rows.csv, label: species}",
    NET + "outputs: [1, two, 3.5]\nscale: {mean: [1, 2]}",
    "inputs: [a, b]\nlayers: [{units: 3, activation: leaky_relu, alpha: 0.2, weight_scale: 1, name: first}]",
]


@pytest.mark.parametrize("text", GOOD)
def test_a_good_spec_satisfies_both(judge: Any, text: str) -> None:
    """What the checker takes, the schema takes."""
    parse_spec(text, "net.yaml")
    judge.validate(tree(text))


BAD = [
    "inputs: 2",
    "layers: [{units: 3}]",
    "inputs: 2\nlayers: []",
    "inputs: 0\nlayers: [{units: 3}]",
    "inputs: [a, a]\nlayers: [{units: 3}]",
    "inputs: 2\nlayers: [{activation: relu}]",
    "inputs: 2\nlayers: [{units: 0}]",
    "inputs: 2\nlayers: [{units: 3, activaton: relu}]",
    "inputs: 2\nlayers: [{units: 3, activation: sofmax}]",
    "inputs: 2\nlayers: [{units: 3, activation: relu, alpha: 1}]",
    "inputs: 2\nlayers: [{units: 3, alpha: 1}]",
    "inputs: 2\nlayers: [{weights: [[1, x]]}]",
    "inputs: 2\nlayers: [{weights: [[1, 2]], weight_scale: 1}]",
    "weights: w.npz\nlayers: [{weights: [[1, 2]]}]",
    "weights: w.npz\nlayers: [{units: 1}, {biases: [1]}]",
    NET + "seed: -1",
    NET + "seed: 4294967296",
    NET + "nnfs: yes",
    NET + "nnfs: true\ndtype: float64",
    NET + "dtype: float16",
    NET + "layout: units_inputs",
    NET + "scale: {}",
    NET + "data: {}",
    NET + "data: {spiral: {}, file: rows.csv}",
    NET + "data: {spiral: {}, label: a}",
    NET + "data: {spiral: {classes: 257}}",
    NET + "data: {values: []}",
    NET + "optimizer: adam",
    "- 1",
]


@pytest.mark.parametrize("text", BAD)
def test_a_bad_spec_satisfies_neither(judge: Any, text: str) -> None:
    """What the schema refuses, the checker refuses."""
    assert not judge.is_valid(tree(text))
    with pytest.raises(SpecError):
        parse_spec(text, "net.yaml")


def test_every_key_has_a_sentence() -> None:
    """Editors show what a key is for."""
    for name, key in {**SPEC, **LAYER}.items():
        assert len(key.help) > 10, name
    properties = json_schema()["properties"]
    assert {name: key["description"] for name, key in properties.items()} == {
        name: key.help for name, key in SPEC.items()
    }


@pytest.mark.parametrize(
    ("path", "rest"),
    [
        (("seed",), NET),
        (("nnfs",), NET),
        (("layers", "activation"), NET),
        (("layers", "weight_scale"), NET),
        (("data", "spiral", "samples"), "data: {spiral: {}}\n" + NET),
        (("data", "spiral", "classes"), "data: {spiral: {}}\n" + NET),
        (("data", "sine", "samples"), "data: {sine: {}}\n" + NET.replace("2", "1")),
    ],
)
def test_a_default_is_what_the_schema_says(path: tuple[str, ...], rest: str) -> None:
    """A key that is left out means the value that editors show for it."""
    key, spec = json_schema(), parse_spec(rest, "net.yaml")
    for step in path:
        key = key["properties"][step]
        key = key.get("items", key)
    parts = {"data": spec.data, "layers": spec.layers[0]}
    assert getattr(parts.get(path[0], spec), path[-1]) == key["default"]


def test_the_command_spiral_draws_what_the_spec_would(cli: Any) -> None:
    """`nncli spiral` has the spec's defaults of its own options."""
    ours, written = cli("spiral", "--data-only"), parse_spec("data: {spiral: {}}\n" + NET, "net.yaml").data
    assert len(ours.stdout.splitlines()) == 1 + written.samples * written.classes
