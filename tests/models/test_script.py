from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from nncli import models
from nncli.jobs.compute import number_names
from nncli.models import script
from nncli.nn.activations import ACTIVATIONS
from nncli.nn.layers import Dense
from nncli.nn.network import Network

RNG = np.random.default_rng(0)


def network(
    activation: str = "tanh", last: str = "softmax", dtype: str = "float64", units: int = 3, **options: object
) -> Network:
    """Return a random network of 4 inputs."""
    layers = tuple(
        Dense(
            weights=RNG.normal(size=shape).astype(dtype),
            biases=RNG.normal(size=shape[1]).astype(dtype),
            activation=name,
        )
        for shape, name in (((4, 5), activation), ((5, units), last))
    )
    return replace(Network(layers=layers, inputs=("x0", "x1", "x2", "x3")), **options)  # type: ignore[arg-type] # of any of its fields


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Network], ModuleType]:
    """Write a network as a script and import it."""

    def write(network: Network) -> ModuleType:
        models.write_network(network, tmp_path / "net.py")
        module = ModuleType("net")
        exec(compile((tmp_path / "net.py").read_text(), "net.py", "exec"), module.__dict__)
        return module

    return write


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_script_computes_what_the_network_does(
    activation: str, dtype: str, written: Callable[[Network], ModuleType]
) -> None:
    """`forward` of the script equals the network to the last places, with every activation."""
    original = network(activation, dtype=dtype)
    X = RNG.normal(0, 3, (50, 4))
    outputs = written(original).forward(X)
    assert outputs.dtype == original.dtype
    np.testing.assert_array_max_ulp(outputs, original(X), 64)


def test_the_script_keeps_alpha_and_input_scaling(written: Callable[[Network], ModuleType]) -> None:
    """What is not a weight is in the script, too."""
    original = network("leaky_relu", mean=np.array([1.0, 2, 3, 4]), std=np.array([0.1, 1, 2, 3]))
    original = replace(original, layers=(replace(original.layers[0], alpha=0.3), original.layers[1]))
    X = RNG.normal(0, 3, (50, 4))
    np.testing.assert_array_max_ulp(written(original).forward(X), original(X), 64)


def test_the_script_sums_as_the_book_does(written: Callable[[Network], ModuleType]) -> None:
    """A network in the manner of nnfs.init() gives the same bits as a script."""
    plain = network(dtype="float32")
    original = replace(plain, layers=tuple(replace(layer, sum_dtype=np.float64) for layer in plain.layers))
    X = RNG.normal(0, 3, (50, 4))
    np.testing.assert_array_equal(written(original).forward(X), original.forward(X))


def test_many_weights_are_written_as_bytes(
    written: Callable[[Network], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network too large to read gives the same numbers from a shorter script."""
    original = network(dtype="float32")
    X = RNG.normal(0, 3, (50, 4))
    readable = written(original)
    monkeypatch.setattr(script, "READABLE", 10)
    module = written(original)
    np.testing.assert_array_equal(module.forward(X), readable.forward(X))
    assert "b64decode" in script.script(original)


@pytest.mark.parametrize(
    ("last", "units", "outputs"),
    [
        ("softmax", 3, None),
        ("softmax", 3, ("a", "'b'", "c d")),
        ("sigmoid", 1, ("no", "yes")),
        ("linear", 2, None),
    ],
)
def test_the_script_is_a_program(
    last: str, units: int, outputs: tuple[str, ...] | None, tmp_path: Path
) -> None:
    """Run as a program it reads CSV by name and prints the outputs under nncli's names."""
    names = ("a", 'b"', "c,d", "ü")
    original = network(last=last, units=units, inputs=names, outputs=outputs)
    models.write_network(original, tmp_path / "net.py")
    X = RNG.normal(0, 3, (5, 4))
    rows = io.StringIO()
    writer = csv.writer(rows)
    writer.writerow(["id", *reversed(names)])
    writer.writerows([f"n{i}", *map(float, row[::-1])] for i, row in enumerate(X))

    done = subprocess.run(
        [sys.executable, tmp_path / "net.py"], input=rows.getvalue().encode(), capture_output=True, check=True
    )

    header, *lines = csv.reader(io.StringIO(done.stdout.decode()))
    assert header == number_names(original)
    np.testing.assert_array_max_ulp(np.array(lines, float), original(X), 64)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("1,2,3\n", "error: expected the columns x0, x1, x2, x3"),
        ("x0,x1,x2,x3\n1,2,3,many\n", "error: could not convert string to float: "),
    ],
)
def test_the_script_tells_what_is_wrong_with_rows(rows: str, message: str, tmp_path: Path) -> None:
    """Rows that don't fit end the program with one line."""
    models.write_network(network(), tmp_path / "net.py")
    done = subprocess.run(
        [sys.executable, tmp_path / "net.py"], input=rows, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


def test_the_script_reads_rows_without_a_header(tmp_path: Path) -> None:
    """Numbers in the first line are a row: the columns then go by position."""
    original = network()
    models.write_network(original, tmp_path / "net.py")
    done = subprocess.run(
        [sys.executable, tmp_path / "net.py"], input="1,2,3,4\n", capture_output=True, text=True, check=True
    )
    assert len(done.stdout.splitlines()) == 2
    numbers = np.array([done.stdout.splitlines()[1].split(",")], float)
    np.testing.assert_array_max_ulp(numbers, original([[1, 2, 3, 4]]), 64)
