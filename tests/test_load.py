from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncli
from nncli import models
from nncli.errors import DataError, SpecError


def test_importing_the_package_loads_nothing_heavy() -> None:
    """`import nncli` brings in the standard library's smallest parts only."""
    code = "import sys, nncli; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    heavy = {
        "numpy",
        "yaml",
        "typer",
        "nnfs",
        "pyarrow",
        "orjson",
        "importlib.metadata",
        "rich",
        "matplotlib",
    }
    assert heavy.isdisjoint(done.stdout.split())


def test_load_gives_a_callable_network(configs: Path) -> None:
    """The three lines of the documentation work, and give the notebook's probabilities."""
    network = nncli.load(configs / "spiral.yaml")
    X = np.array([[0.0, 0.0], [0.5, 0.5]])
    assert network(X).shape == (2, 3)
    assert network(X)[0].tolist() == pytest.approx([1 / 3] * 3)


def test_a_network_says_what_it_is(configs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At Python's prompt it is its file and its layers, not an address in memory."""
    monkeypatch.chdir(configs)
    assert repr(nncli.load("spiral.yaml")) == "<network spiral.yaml: 2 -> 3 relu -> 3 softmax>"


def test_load_takes_overrides(configs: Path) -> None:
    """Overrides are those of --set."""
    network = nncli.load(str(configs / "spiral.yaml"), ["layers.0.units=8"])
    assert network.layers[0].n_units == 8


def test_load_reads_the_weights_file(tmp_path: Path) -> None:
    """A spec that names a weights file gets its arrays."""
    arrays: dict[str, Any] = {"fc.weight": np.array([[1.0, 0], [0, 1], [1, 1]]), "fc.bias": np.ones(3)}
    np.savez(tmp_path / "w.npz", **arrays)
    (tmp_path / "net.yaml").write_text("inputs: 2\nlayers:\n  - {units: 3}\nweights: w.npz\n")
    assert nncli.load(tmp_path / "net.yaml")([[1, 2]]).tolist() == [[2, 3, 4]]


def test_load_reads_model_files(configs: Path, tmp_path: Path) -> None:
    """Other tools' model files are read as they are."""
    network = nncli.load(configs / "iris.yaml")
    models.write_network(network, tmp_path / "iris.onnx")
    X = np.random.RandomState(0).rand(9, network.n_inputs)
    np.testing.assert_allclose(nncli.load(tmp_path / "iris.onnx")(X), network(X), rtol=1e-5)


def test_load_tells_what_is_wrong(tmp_path: Path) -> None:
    """A bad spec raises the error that the command line prints."""
    (tmp_path / "net.yaml").write_text("inputs: 2\nlayers:\n  - {units: 2, activaton: relu}\n")
    with pytest.raises(SpecError, match="did you mean 'activation'"):
        nncli.load(tmp_path / "net.yaml")


def test_the_version_is_the_package_s() -> None:
    """`__version__` has one source; other unknown names are unknown."""
    assert nncli.__version__ == version("nncli-inference")
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        nncli.lode  # noqa: B018 - reading it is the test


def test_a_masked_value_is_no_number(configs: Path) -> None:
    """What NumPy masks is missing: the number under the mask is not computed with."""
    network = nncli.load(configs / "iris.yaml")
    X = np.ma.masked_greater(np.array([[5.0, 3.0, 1.0, 0.2]]), 4)
    with pytest.raises(DataError, match=r"masked values; X\.filled"):
        network(X)
    np.testing.assert_array_equal(network(X.filled(1)), network([[1, 3, 1, 0.2]]))
