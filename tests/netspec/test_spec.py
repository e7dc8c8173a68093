"""What a valid spec means: its defaults, its forms and the places of its values."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from nncli.netspec import parse_spec, read_spec
from nncli.netspec.model import FileData, GeneratedData, LayerSpec, Scale, Spec, ValuesData

FULL = """\
seed: 7
inputs: [width, height]
scale: {std: [2, 4]}
layers:
  - units: 3
    activation: leaky_relu
  - weights:
      - [1, 2, 3]
    activation: sigmoid
    name: answer
outputs: [007, 1e3]
data: {values: [1, 2]}
"""


def spec(text: str) -> Spec:
    """Check a text that is valid."""
    return parse_spec(text, "net.yaml")


def test_everything_that_was_written_is_in_the_spec() -> None:
    """A spec holds what the text says, with the defaults of the rest."""
    assert spec(FULL) == Spec(
        name="net.yaml",
        seed=7,
        dtype="float64",
        inputs=("width", "height"),
        scale=Scale(mean=(0.0, 0.0), std=(2.0, 4.0)),
        layers=(
            LayerSpec(units=3, activation="leaky_relu", alpha=0.01),
            LayerSpec(
                units=1, activation="sigmoid", weights=((1.0, 2.0, 3.0),), biases=(0.0,), name="answer"
            ),
        ),
        outputs=("007", "1e3"),
        data=ValuesData(rows=((1.0, 2.0),)),
    )


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("spiral: {}", GeneratedData(kind="spiral", samples=100, classes=3)),
        ("spiral:", GeneratedData(kind="spiral", samples=100, classes=3)),
        ("vertical: {classes: 256}", GeneratedData(kind="vertical", samples=100, classes=256)),
        ("values: [[1, 2], [3, 4]]", ValuesData(rows=((1.0, 2.0), (3.0, 4.0)))),
        ("file: rows.csv", FileData(path=Path("data/rows.csv"))),
        ("{file: /rows.csv, label: 1}", FileData(path=Path("/rows.csv"), label="1")),
    ],
)
def test_data_has_the_defaults_of_the_nnfs_package(text: str, data: object) -> None:
    """Each source of data is read, its file relative to the spec's folder."""
    text = f"inputs: 2\nlayers: [{{units: 1}}]\ndata:\n  {text}\n"
    assert parse_spec(text, "net.yaml", Path("data")).data == data


def test_sine_has_one_feature_and_a_thousand_points() -> None:
    """The default of sine is 1000 points."""
    found = spec("inputs: 1\nlayers: [{units: 1}]\ndata: {sine: }\n").data
    assert found == GeneratedData(kind="sine", samples=1000)


@pytest.mark.parametrize(
    ("head", "dtype"),
    [
        ("", "float64"),
        ("nnfs: true\n", "float32"),
        ("nnfs: true\ndtype: float32\n", "float32"),
        ("dtype: float32\n", "float32"),
        ("weights: w.npz\n", None),
        ("weights: w.npz\nnnfs: true\n", "float32"),
        ("weights: w.npz\ndtype: float64\n", "float64"),
    ],
)
def test_the_dtype_is_decided_unless_a_weights_file_decides(head: str, dtype: str | None) -> None:
    """Without a file it is NumPy's float64, with nnfs the book's float32."""
    assert spec(f"{head}inputs: 2\nlayers: [{{units: 1}}]\n").dtype == dtype


def test_the_first_layers_weights_tell_the_inputs() -> None:
    """`inputs` may be left out where an inline matrix says how many there are."""
    assert spec("layers: [{weights: [[1, 2, 3], [4, 5, 6]]}]").inputs == 3


def test_a_weights_file_tells_inputs_and_units() -> None:
    """With a weights file the layers may say their activations only."""
    found = parse_spec("weights: w.npz\nlayout: inputs_units\nlayers: [{activation: relu}]", "n", Path("a"))
    assert (found.inputs, found.layers[0].units, found.weights) == (None, None, Path("a/w.npz"))
    assert found.layout == "inputs_units"


def test_a_flat_list_is_the_weights_of_one_neuron() -> None:
    """The notebook's single neuron needs no second pair of brackets."""
    assert spec("inputs: 3\nlayers: [{weights: [0.2, 0.8, -0.5]}]").layers[0].weights == ((0.2, 0.8, -0.5),)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("seed",), "net.yaml:1:7"),
        (("inputs", 1), "net.yaml:2:17"),
        (("layers", 0, "units"), "net.yaml:5:12"),
        (("layers", 1, "weights", 0, 2), "net.yaml:8:16"),
        (("layers", 0, "alpha"), "net.yaml:5:5"),
        (("layers", 9), "net.yaml:5:3"),
        (("dtype",), "net.yaml:1:1"),
        ((), "net.yaml:1:1"),
    ],
)
def test_every_value_has_a_place(path: tuple[str | int, ...], place: str) -> None:
    """A place is the value's line and column, or its nearest parent's where the text has no such value."""
    assert spec(FULL).place(*path) == place


def test_the_places_are_a_mapping_of_all_values() -> None:
    """They can be listed, and hold each value of the text."""
    places = spec("inputs: 2\nlayers: [{units: 1}]\n").places
    assert dict(places) == {
        (): (1, 1),
        ("inputs",): (1, 9),
        ("layers",): (2, 9),
        ("layers", 0): (2, 10),
        ("layers", 0, "units"): (2, 18),
    }
    assert len(places) == 5


def test_a_spec_that_was_never_text_has_only_a_name() -> None:
    """A spec that a program made has no lines to name."""
    made = Spec(name="made", inputs=1, layers=(LayerSpec(units=1),))
    assert made.place("layers", 0) == "made"


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """A spec may come through a pipe; its files are relative to the working directory."""
    text = b"inputs: 2\nlayers: [{units: 1}]\ndata: {file: rows.csv}\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    found = read_spec("-")
    assert found.name == "<stdin>"
    assert found.data == FileData(path=Path("rows.csv"))


def test_files_are_relative_to_the_specs_folder(tmp_path: Path) -> None:
    """A spec and its files move together."""
    path = tmp_path / "net.yaml"
    path.write_text("layers: [{activation: relu}]\nweights: w.npz\ndata: {file: rows.csv}\n")
    found = read_spec(path)
    assert found.weights == tmp_path / "w.npz"
    assert found.data == FileData(path=tmp_path / "rows.csv")
