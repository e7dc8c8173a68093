"""Overrides change the tree before anybody checks it."""

from __future__ import annotations

import pytest

from nncli.errors import SpecError, UsageError
from nncli.netspec import parse_spec
from nncli.netspec.model import GeneratedData, ValuesData

NET = """\
inputs: 2
layers:
  - {units: 3, activation: relu}
  - {units: 3, activation: softmax}
data:
  spiral: {samples: 100}
"""


@pytest.mark.parametrize(
    ("setting", "read"),
    [
        ("seed=3", lambda spec: spec.seed == 3),
        (" seed = 3 ", lambda spec: spec.seed == 3),
        ("layers.0.units=8", lambda spec: [layer.units for layer in spec.layers] == [8, 3]),
        ("layers.1={units: 5}", lambda spec: spec.layers[1].units == 5),
        ("layers.0.name=a=b", lambda spec: spec.layers[0].name == "a=b"),
        ("layers=[{units: 1}]", lambda spec: len(spec.layers) == 1),
        ("data.spiral.samples=5", lambda spec: spec.data.samples == 5),
        (
            "data={vertical: {samples: 5}}",
            lambda spec: spec.data == GeneratedData(kind="vertical", samples=5, classes=3),
        ),
        ("data={values: [1, 2]}", lambda spec: spec.data == ValuesData(rows=((1.0, 2.0),))),
        ("outputs=[no, 012, 1e3]", lambda spec: spec.outputs == ("no", "012", "1e3")),
        ("scale.mean=[1, 2]", lambda spec: spec.scale.mean == (1.0, 2.0)),
        ("dtype=float32", lambda spec: spec.dtype == "float32"),
    ],
)
def test_a_dotted_path_sets_any_value(setting, read) -> None:
    """A path of keys and list indexes names what changes; missing keys are made."""
    assert read(parse_spec(NET, "net.yaml", overrides=[setting]))


def test_later_overrides_win() -> None:
    """They are applied in the order of the command line."""
    assert parse_spec(NET, "net.yaml", overrides=["seed=1", "seed=2"]).seed == 2


def test_overrides_alone_can_be_a_spec() -> None:
    """An empty text can be filled in."""
    assert parse_spec("", "net.yaml", overrides=["inputs=2", "layers=[{units: 1}]"]).inputs == 2


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("seed", "override seed: must be KEY=VALUE, such as seed=3 or layers.0.units=8"),
        ("=3", "override =3: must be KEY=VALUE, such as seed=3 or layers.0.units=8"),
        ("a..b=3", "override a..b=3: must be KEY=VALUE, such as seed=3 or layers.0.units=8"),
        (
            "layers.2.units=3",
            "override layers.2.units=3: 'layers' is a list of 2 items, counted from 0; it has no item '2'",
        ),
        (
            "layers.-1.units=3",
            "override layers.-1.units=3: 'layers' is a list of 2 items, counted from 0; it has no item '-1'",
        ),
        (
            "layers.0.units.x=3",
            "override layers.0.units.x=3: 'layers[0].units' is 3, neither a mapping nor a list",
        ),
        (
            "seed=[1",
            "override seed=[1: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence"
            " that begins on line 1",
        ),
        ("seed=!!int 3", "override seed=!!int 3: tag '!!int' is not allowed in a spec"),
        ("data={a: 1, a: 2}", "override data={a: 1, a: 2}: key 'a' is there twice, first on line 1"),
        ("seed=-1", "override seed=-1: seed: -1 is not a whole number of at least 0"),
        ("sede=1", "override sede=1: unknown key 'sede' (did you mean 'seed'?)"),
        (
            "layers.0={unit: 1}",
            "override layers.0={unit: 1}: layers[0]: unknown key 'unit' (did you mean 'units'?)",
        ),
        (
            "layers.0.activation=rel",
            "override layers.0.activation=rel: "
            "layers[0].activation: unknown activation 'rel' (did you mean 'relu'?)",
        ),
        (
            "data.spiral.samples=0",
            "override data.spiral.samples=0: data.spiral.samples: 0 is not a whole number of at least 1",
        ),
        ("a." * 70 + "b=1", "override " + "a." * 70 + "b=1: nested more than 64 levels deep"),
    ],
)
def test_a_bad_override_is_the_command_lines_fault(setting: str, message: str) -> None:
    """The message names the override as it was written."""
    with pytest.raises(UsageError) as raised:
        parse_spec(NET, "net.yaml", overrides=[setting])
    assert message in raised.value.problems


def test_a_scalar_document_takes_no_override() -> None:
    """Where the spec is no mapping there is nothing to set."""
    with pytest.raises(UsageError, match="override seed=1: the spec is 2, neither a mapping nor a list"):
        parse_spec("2", "net.yaml", overrides=["seed=1"])


def test_problems_of_the_file_come_before_those_of_overrides() -> None:
    """Where both are at fault the spec is, and both are told."""
    with pytest.raises(SpecError) as raised:
        parse_spec("sed: 1\n" + NET, "net.yaml", overrides=["nnfs=yes"])
    assert raised.value.problems == (
        "net.yaml:1:1: unknown key 'sed' (did you mean 'seed'?)",
        "override nnfs=yes: nnfs: 'yes' is not true or false",
    )


def test_an_overridden_value_has_the_override_as_its_place() -> None:
    """Whoever complains about a value later can name where it came from."""
    changes = ["layers.0={units: 8}", "layers.0.name=first", "scale.mean=[1, 2]", "scale.std=[1, 2]"]
    spec = parse_spec(NET, "net.yaml", overrides=changes)
    assert spec.place("layers", 0, "units") == "override layers.0={units: 8}"
    assert spec.place("layers", 0, "name") == "override layers.0.name=first"
    assert spec.place("scale", "mean", 1) == "override scale.mean=[1, 2]"
    assert spec.place("scale", "std", 1) == "override scale.std=[1, 2]"
    assert spec.place("layers", 1, "units") == "net.yaml:4:13"
