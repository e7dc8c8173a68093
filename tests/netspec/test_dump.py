"""A dumped spec shows every default and reads back as the same spec."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli.netspec import dump_spec, parse_spec, read_spec
from nncli.netspec.model import FileData, GeneratedData, LayerSpec, Scale, Spec, ValuesData
from nncli.nn.activations import ACTIVATIONS, default_alpha


def test_every_default_is_shown() -> None:
    """What the user left out is written out."""
    spec = parse_spec(
        """
inputs: 2
layers:
  - {units: 3, activation: elu}
  - weights: [[1, 2, 0.1], [3, 4, 1e-7]]
outputs: [no, two words]
data: {spiral: }
""",
        "net.yaml",
    )
    assert dump_spec(spec) == (
        """\
seed: 0
nnfs: false
dtype: float64
inputs: 2
layers:
  - units: 3
    activation: elu
    alpha: 1.0
    weight_scale: 0.1
  - units: 2
    activation: linear
    weights:
      - [1.0, 2.0, 0.1]
      - [3.0, 4.0, 1e-07]
    biases: [0.0, 0.0]
outputs: ["no", "two words"]
data:
  spiral:
    samples: 100
    classes: 3
"""
    )


def test_files_and_labels_are_shown() -> None:
    """Paths are those of the working directory."""
    text = """
weights: w.npz
layout: inputs_units
layers: [{activation: relu}]
data: {file: rows.csv, label: species}
"""
    spec = parse_spec(text, "net.yaml", Path("nets"))
    assert dump_spec(spec) == (
        """\
seed: 0
nnfs: false
weights: "nets/w.npz"
layout: inputs_units
layers:
  - activation: relu
data:
  file: "nets/rows.csv"
  label: species
"""
    )


def test_the_projects_specs_read_back(configs: Path) -> None:
    """Each of the small specs means the same after a dump."""
    paths = sorted(configs.glob("*.yaml"))
    assert paths
    for path in paths:
        spec = read_spec(path)
        assert parse_spec(dump_spec(spec), spec.name) == spec


finite = st.floats(allow_nan=False, allow_infinity=False)
# A spec is UTF-8, so no lone surrogates; everything else is a name.
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
tricky = st.sampled_from(
    ["no", "12", "1e3", "~", "null", "true", "True", "a: b", "- a", "#x", "'", '"', "\\", "é", " "]
)


def names(n: int) -> st.SearchStrategy[tuple[str, ...]]:
    """Return a strategy for n different names."""
    return st.lists(texts | tricky, min_size=n, max_size=n, unique=True).map(tuple)


def vectors(n: int) -> st.SearchStrategy[tuple[float, ...]]:
    """Return a strategy for n numbers."""
    return st.lists(finite, min_size=n, max_size=n).map(tuple)


@st.composite
def layers(draw: st.DrawFn, n_inputs: int, units: int) -> LayerSpec:
    """Draw a layer of a shape."""
    activation = draw(st.sampled_from(sorted(ACTIVATIONS)))
    alpha = default_alpha(activation)
    divides = ACTIVATIONS[activation].alpha_divides
    numbers: st.SearchStrategy[Any] = st.floats(1e-3, 1e3) if divides else finite
    if ACTIVATIONS[activation].alpha_per_unit:
        numbers |= vectors(units)
    inline = draw(st.booleans())
    rows = draw(st.lists(vectors(n_inputs), min_size=units, max_size=units)) if inline else []
    return LayerSpec(
        units=units,
        activation=activation,
        alpha=None if alpha is None else draw(numbers),
        weights=tuple(rows) if inline else None,
        biases=draw(vectors(units)) if inline else draw(st.none() | vectors(units)),
        weight_scale=0.1 if inline else draw(finite),
        name=draw(st.none() | texts | tricky),
    )


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    """Draw a valid spec."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    chain = tuple(draw(layers(a, b)) for a, b in pairwise(sizes))
    n_outputs = 2 if sizes[-1] == 1 and chain[-1].activation == "sigmoid" else sizes[-1]
    nonzero = finite.filter(bool)
    scale = st.builds(
        Scale,
        mean=vectors(sizes[0]),
        std=st.lists(nonzero, min_size=sizes[0], max_size=sizes[0]).map(tuple),
    )
    rows = st.lists(vectors(sizes[0]), min_size=1, max_size=3).map(tuple)
    sources: list[st.SearchStrategy[Any]] = [
        st.none(),
        st.builds(ValuesData, rows=rows),
        st.builds(FileData, path=st.just(Path("data/rows: 1.csv")), label=st.none() | texts | tricky),
    ]
    if sizes[0] == 2:
        sources.append(
            st.builds(GeneratedData, kind=st.just("spiral"), samples=st.integers(1, 9), classes=st.just(3))
        )
    nnfs = draw(st.booleans())
    return Spec(
        name="net.yaml",
        seed=draw(st.integers(0, 2**32 - 1)),
        nnfs=nnfs,
        dtype="float32" if nnfs else draw(st.sampled_from(["float32", "float64"])),
        inputs=draw(st.just(sizes[0]) | names(sizes[0])),
        scale=draw(st.none() | scale),
        layers=chain,
        outputs=draw(st.none() | names(n_outputs)),
        data=draw(st.one_of(sources)),
    )


@settings(max_examples=100, deadline=None)
@given(specs())
def test_any_spec_reads_back(spec: Spec) -> None:
    """Dump then read is the identity: numbers to the last bit, names to the last character."""
    assert parse_spec(dump_spec(spec), "net.yaml") == spec


@pytest.mark.parametrize(
    "name", ["no", "Yes", "on", "y", "True", "null", "12", "1_000", "0x1F", "a b", "a:", "~", "é"]
)
def test_a_name_that_another_reader_may_take_for_something_else_is_quoted(name: str) -> None:
    """YAML 1.1 reads `no` as false; quotes keep it text for everybody."""
    text = f'inputs: ["{name}"]\nlayers: [{{units: 1}}]'
    assert f'inputs: ["{name}"]\n' in dump_spec(parse_spec(text, "net.yaml"))
