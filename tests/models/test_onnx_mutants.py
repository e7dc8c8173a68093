"""Damaged and altered ONNX files: an error or a network, and never a wrong one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnxruntime.capi import onnxruntime_pybind11_state

from nncli.errors import NncliError
from nncli.models.onnx import read
from nncli.models.onnx.operators import OPERATORS

FIXTURES = Path(__file__).parent / "fixtures" / "onnx"
NAMES = [name.rpartition(".")[2] for name in OPERATORS] + [
    "Erf",
    "Abs",
    "Exp",
    "Log",
    "Clip",
    "Where",
    "Shape",
]

RUNTIME_ERRORS = tuple(
    getattr(onnxruntime_pybind11_state, name)
    for name in ("Fail", "InvalidArgument", "InvalidGraph", "NotImplemented", "RuntimeException")
)


def mutants(data: bytes, n: int, seed: int) -> Iterator[bytes]:
    """Yield damaged copies: cut off, bits flipped, bytes replaced, pieces doubled or left out."""
    random = np.random.default_rng(seed)
    for _ in range(n):
        changed = bytearray(data)
        for _ in range(random.integers(1, 4)):
            at, length = int(random.integers(len(changed))), int(random.integers(1, 30))
            match random.integers(5):
                case 0:
                    changed[at] ^= 1 << int(random.integers(8))
                case 1:
                    changed[at] = int(random.integers(256))
                case 2:
                    del changed[at : at + length]
                case 3:
                    changed[at:at] = changed[at : at + length]
                case 4:
                    del changed[max(at, 100) :]
        yield bytes(changed)


@pytest.mark.parametrize("name", ["elu_dynamo.onnx", "normalized_script.onnx", "viewed_script.onnx"])
def test_damaged_files_give_an_error_or_a_network(
    tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """No mutation of a file gives a traceback, a hang, or noise; what is still read can run."""
    for path in FIXTURES.glob("*.data"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    path = tmp_path / "net.onnx"
    read_anyway = 0
    for mutant in mutants((FIXTURES / name).read_bytes(), 400, seed=len(name)):
        path.write_bytes(mutant)
        try:
            network = read(path)
        except NncliError:
            continue
        read_anyway += 1
        with np.errstate(all="ignore"):  # a flipped exponent may well overflow
            assert network(np.zeros((2, network.n_inputs), network.dtype)).shape == (2, network.n_outputs)
    assert 0 < read_anyway < 400
    assert capfd.readouterr() == ("", "")


def altered(model: Any, random: np.random.Generator) -> Any:
    """Return a copy of a model with one node that is another one: its inputs, operator or settings."""
    copy = type(model)()
    copy.CopyFrom(model)
    nodes, tensors = copy.graph.node, copy.graph.initializer
    at = int(random.integers(len(nodes)))
    node, other = nodes[at], tensors[int(random.integers(len(tensors)))].name
    match random.integers(6):
        case 0 if node.input:
            del node.input[int(random.integers(len(node.input)))]
        case 1 if node.input:
            node.input[int(random.integers(len(node.input)))] = other
        case 2:
            node.op_type = NAMES[int(random.integers(len(NAMES)))]
        case 3 if node.attribute:
            attribute = node.attribute[int(random.integers(len(node.attribute)))]
            if attribute.type == attribute.INT:
                attribute.i = int(random.integers(-2, 3))
            elif attribute.type == attribute.FLOAT:
                attribute.f = float(random.normal())
        case 4:
            node.input.append(other)
        case 5:
            insert_behind(copy.graph, at, NAMES[int(random.integers(len(NAMES)))])
    return copy


def insert_behind(graph: Any, at: int, op: str) -> None:
    """Let all later nodes, and the output, take what a new node makes of a node's output."""
    name = graph.node[at].output[0]
    for each in list(graph.node)[at + 1 :]:
        for i, taken in enumerate(each.input):
            if taken == name:
                each.input[i] = "inserted"
    if graph.output[0].name == name:
        graph.output[0].name = "inserted"
    graph.node.insert(at + 1, onnx.helper.make_node(op, [name], ["inserted"]))


@pytest.mark.parametrize("seed", range(3))
def test_altered_graphs_are_read_right_or_refused(tmp_path: Path, seed: int) -> None:
    """Where onnxruntime runs an altered graph and we read it, both compute the same."""
    onnxruntime.set_default_logger_severity(4)
    models = [onnx.load(path) for path in sorted(FIXTURES.glob("*_script.onnx"))]
    random, path = np.random.default_rng(seed), tmp_path / "net.onnx"
    compared = 0
    for _ in range(200):
        path.write_bytes(altered(models[int(random.integers(len(models)))], random).SerializeToString())
        try:
            network = read(path)
        except NncliError:
            continue
        try:
            session = onnxruntime.InferenceSession(path)
            entry = session.get_inputs()[0]
            X = random.standard_normal((7, *entry.shape[1:])).astype(np.float32)
            (expected,) = session.run(None, {entry.name: X})
        except RUNTIME_ERRORS:
            continue
        np.testing.assert_allclose(network(X.reshape(7, -1)), expected, rtol=1e-4, atol=1e-5)
        compared += 1
    assert compared > 20
