"""Whatever `convert` writes, nncli reads, and it computes the same."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nncli
from nncli import models
from nncli.models import specfile
from nncli.netspec.chain import task_problem
from nncli.netspec.model import LayerSpec, Task
from nncli.nn.activations import ACTIVATIONS, Alpha, default_alpha
from nncli.nn.layers import Dense
from nncli.nn.network import Network

HERE = Path(__file__).parent
WHOLE = (".yaml", ".safetensors", ".onnx")
"""The formats that hold a whole network."""
MADE_ELSEWHERE = [
    path
    for path in sorted((HERE / "fixtures").rglob("*"))
    if path.suffix in (".keras", ".h5", ".onnx")
    and path.stem != "branching"
    and not path.stem.endswith("weights")
]
TASKS: tuple[Task | None, ...] = (None, "classification", "regression")
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(str.strip)
"""Names of columns and classes: anything that is printed."""


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Return any network that a spec can say: scaled, named, with a task, of every activation and sum."""
    dtype = draw(st.sampled_from(["float32", "float64"]))
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    sum_dtype = np.float64 if dtype == "float32" and draw(st.booleans()) else None
    layers = []
    for n_inputs, n_units in pairwise(sizes):
        activation = draw(st.sampled_from(sorted(ACTIVATIONS)))
        alpha: Alpha | None = None
        if default_alpha(activation) is not None and draw(st.booleans()):
            alpha = draw(st.sampled_from([0.2, 1 / 3, 1.5]))
            if ACTIVATIONS[activation].alpha_per_unit and draw(st.booleans()):
                alpha = tuple(random.normal(size=n_units).tolist())
        layers.append(
            Dense(
                weights=random.normal(size=(n_inputs, n_units)).astype(dtype),
                biases=random.normal(size=n_units).astype(dtype),
                activation=activation,
                alpha=alpha,
                sum_dtype=sum_dtype,
                name=draw(st.none() | NAMES),
            )
        )
    named = draw(st.booleans())
    names = draw(st.lists(NAMES, min_size=sizes[0], max_size=sizes[0], unique=True))
    scaled = draw(st.booleans())
    tasks = [
        task
        for task in TASKS
        if task is None or not task_problem(task, layers[-1].activation, layers[-1].n_units)
    ]
    network = Network(
        layers=tuple(layers),
        task=draw(st.sampled_from(tasks)),
        inputs=tuple(names) if named else tuple(f"x{i}" for i in range(sizes[0])),
        named_inputs=named,
        mean=random.normal(size=sizes[0]).astype(dtype) if scaled else None,
        std=random.uniform(0.5, 2, sizes[0]).astype(dtype) if scaled else None,
    )
    n = network.n_names
    outputs = draw(st.none() | st.lists(NAMES, min_size=n, max_size=n, unique=True))
    return models.assemble.renamed(network, None, outputs)


def read(path: Path) -> Network:
    """Return the network of a spec or a model file, and see that both doors lead to the same."""
    network = nncli.load(path)
    if path.suffix != ".yaml":
        assert said(models.read_network(path)) == said(network)
    return network


def rows(network: Network) -> np.ndarray:
    """Return some rows for a network."""
    return np.random.default_rng(0).normal(size=(7, network.n_inputs)).astype(network.dtype)


def said(network: Network) -> object:
    """Return what a network says besides its numbers; an only unit's alpha is that of all units."""

    def alpha(layer: Dense) -> object:
        if layer.alpha is None:
            return default_alpha(layer.activation)
        return layer.alpha[0] if isinstance(layer.alpha, tuple) and len(layer.alpha) == 1 else layer.alpha

    layers = [(layer.name, layer.activation, alpha(layer)) for layer in network.layers]
    names = network.inputs, network.named_inputs, network.outputs
    return names, network.kind, network.task, network.dtype, layers


@settings(max_examples=150, deadline=None)
@given(
    network=networks(),
    suffixes=st.lists(st.sampled_from(WHOLE), min_size=1, max_size=2),
    inline=st.booleans(),
)
def test_a_written_network_is_read_back_whole(network: Network, suffixes: list[str], inline: bool) -> None:
    """Names, task, dtype, scaling and every bit come back, through one format or any two of them."""
    back = network
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(specfile, "INLINE", 10_000 if inline else 0)
        for number, suffix in enumerate(suffixes):
            path = Path(folder) / f"net{number}{suffix}"
            models.write_network(back, path)
            back = read(path)
    assert said(back) == said(network)
    X = rows(network)
    np.testing.assert_array_equal(back(X), network(X))


@settings(max_examples=60, deadline=None)
@given(network=networks())
def test_written_weights_are_read_back(network: Network) -> None:
    """An `.npz` holds the weights alone; with the activations it computes what its layers do."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.npz"
        models.write_network(network, path)
        activations = [LayerSpec(None, layer.activation, layer.alpha) for layer in network.layers]
        back = models.read_network(path, activations=activations)
    for ours, theirs in zip(back.layers, network.layers, strict=True):
        np.testing.assert_array_equal(ours.weights, theirs.weights)
        np.testing.assert_array_equal(ours.biases, theirs.biases)
        assert (ours.activation, ours.alpha) == (theirs.activation, theirs.alpha)


@settings(max_examples=60, deadline=None)
@given(network=networks())
def test_a_written_script_computes_the_same(network: Network) -> None:
    """The script of any network computes it, names and all."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.py"
        models.write_network(network, path)
        module = ModuleType("net")
        exec(compile(path.read_text(), "net.py", "exec"), module.__dict__)
    assert list(network.inputs) == module.INPUTS
    X = rows(network)
    np.testing.assert_allclose(
        module.forward(X), network(X), rtol=1e-5 if network.dtype == np.float32 else 1e-12, atol=1e-6
    )


@pytest.mark.parametrize("path", MADE_ELSEWHERE, ids=lambda path: path.name)
def test_a_network_made_elsewhere_goes_through_every_pair_of_formats(path: Path, tmp_path: Path) -> None:
    """Keras's and ONNX's networks compute the same after any two conversions."""
    original = models.read_network(path)
    X = rows(original)
    for first in WHOLE:
        models.write_network(original, tmp_path / f"first{first}")
        for second in WHOLE:
            models.write_network(read(tmp_path / f"first{first}"), tmp_path / f"second{second}")
            back = read(tmp_path / f"second{second}")
            assert said(back) == said(original)
            np.testing.assert_array_equal(back(X), original(X))
