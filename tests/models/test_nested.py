"""Lists and dicts of arrays, pickled or as JSON, and files of one array each."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncli
from nncli import models
from nncli.errors import ModelError, UsageError
from nncli.models import weights_only
from nncli.netspec.model import LayerSpec
from nncli.nn.network import Network

RNG = np.random.default_rng(0)
SIZES = (4, 5, 6, 3)
W = [RNG.normal(size=(a, b)) for a, b in pairwise(SIZES)]
"""Stored (inputs, units)."""
T = [weights.T for weights in W]
B = [RNG.normal(size=n) for n in SIZES[1:]]
ACTIVATIONS = [LayerSpec(None, "sigmoid"), LayerSpec(None, "sigmoid"), LayerSpec(None, "softmax")]
COLUMNS = [biases[:, None] for biases in B]
ROWS = [biases[None] for biases in B]

NESTED = {
    "a dict by number": {f"W{i}": W[i] for i in range(3)} | {f"b{i}": B[i] for i in range(3)},
    "a dict by word": {"w_in": T[0], "b_in": B[0], "w_h": T[1], "b_h": B[1], "w_out": T[2], "b_out": B[2]},
    "a dict of layers": {f"layer{i}": {"W": W[i], "b": B[i]} for i in range(3)},
    "flax": {"params": {f"Dense_{i}": {"kernel": W[i], "bias": B[i]} for i in range(3)}},
    "a dict of lists": {"weights": T, "biases": COLUMNS},
    "with sizes": {"sizes": list(SIZES), "weights": T, "biases": COLUMNS, "cost": "CrossEntropyCost"},
    "coefs": {"coefs_": W, "intercepts_": B},
    "a list of pairs": list(zip(W, B, strict=True)),
    "a list of pairs, rows": list(zip(W, ROWS, strict=True)),
    "a list of pairs, columns": list(zip(T, COLUMNS, strict=True)),
    "two lists": [W, B],
    "two lists, columns": [T, COLUMNS],
    "one after the other": [part for pair in zip(T, B, strict=True) for part in pair],
    "one after the other, rows": [part for pair in zip(W, ROWS, strict=True) for part in pair],
    "a list of dicts": [{"w": w, "b": b} for w, b in zip(W, B, strict=True)],
}


def assert_read(network: Network) -> None:
    """Compare a network with the arrays that it was made of."""
    for layer, weights, biases in zip(network.layers, W, B, strict=True):
        np.testing.assert_array_equal(layer.weights, weights)
        np.testing.assert_array_equal(layer.biases, biases)


def as_lists(found: Any) -> Any:
    """Return the lists of numbers in place of arrays."""
    if isinstance(found, dict):
        return {key: as_lists(item) for key, item in found.items()}
    if isinstance(found, list | tuple):
        return [as_lists(item) for item in found]
    return found.tolist() if isinstance(found, np.ndarray) else found


@pytest.mark.parametrize("suffix", [".pkl", ".json"])
@pytest.mark.parametrize("name", NESTED)
def test_arrays_in_lists_and_dicts_are_layers(name: str, suffix: str, tmp_path: Path) -> None:
    """However people put their arrays together, the names, places and shapes tell the layers."""
    path = tmp_path / f"net{suffix}"
    found = NESTED[name]
    path.write_bytes(pickle.dumps(found) if suffix == ".pkl" else json.dumps(as_lists(found)).encode())
    assert_read(models.read_network(path, activations=ACTIVATIONS))


@pytest.mark.parametrize("suffix", [".pkl", ".json"])
def test_matrices_alone_in_a_list_may_begin_at_either_end(suffix: str, tmp_path: Path) -> None:
    """Without biases a list fits forwards and backwards: it is refused, and layout or order decide."""
    path = tmp_path / f"net{suffix}"
    path.write_bytes(pickle.dumps(T) if suffix == ".pkl" else json.dumps(as_lists(T)).encode())
    with pytest.raises(ModelError, match=r"4 -> 5 -> 6 -> 3 \(0, 1, 2\) or 3 -> 6 -> 5 -> 4 \(2, 1, 0\)"):
        models.read_network(path, activations=ACTIVATIONS)
    network = models.read_network(path, activations=ACTIVATIONS, layout="units_inputs")
    assert [layer.n_units for layer in network.layers] == [5, 6, 3]
    backwards = models.read_network(path, activations=ACTIVATIONS, order=["2", "1", "0"])
    np.testing.assert_array_equal(backwards.layers[0].weights, T[2])


def test_biases_of_one_size_in_json_are_a_vector_each(tmp_path: Path) -> None:
    """Lists of equal length look like a matrix; the name says what they are."""
    square = [RNG.normal(size=(3, 3)), RNG.normal(size=(3, 3))]
    path = tmp_path / "net.json"
    biases = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    path.write_text(json.dumps({"weights": as_lists(square), "biases": biases}))
    network = models.read_network(path, activations=ACTIVATIONS[1:], layout="inputs_units")
    np.testing.assert_array_equal(network.layers[1].biases, [4, 5, 6])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("[" * 10**6, "not a JSON text: "),
        ('{"weights": [[1, "a"]]}', "holds no arrays of numbers"),
        ("[[1, 2], [3]]", "unused tensors '0.weights', '0.biases': not a dense layer's"),
        ("[[1e999, 2]]", "tensor 'weights': [0, 0] is inf, not a finite number"),
        ('{"W": [[1, NaN]], "b": [1]}', "tensor 'W': [0, 1] is nan, not a finite number"),
        ('{"W": [[' + "9" * 5000 + "]]}", "not a JSON text: "),
        ('{"W": [[' + "9" * 400 + "]]}", "holds no arrays of numbers"),
        ("[" + "1," * (9 * 2**20) + "1]", "is larger than 16 MiB; save large weights with np.savez"),
    ],
    ids=lambda text: text[:20],
)
def test_json_that_is_no_network_is_one_line(text: str, message: str, tmp_path: Path) -> None:
    """What is no list of numbers is refused with the place and the reason."""
    path = tmp_path / "net.json"
    path.write_text(text)
    with pytest.raises(ModelError) as error:
        models.read_network(path, activations=ACTIVATIONS)
    assert str(error.value).startswith(f"{path}: {message}")


def test_a_file_for_each_layer_is_read(cli: Callable[..., Any], tmp_path: Path) -> None:
    """`--weights` and `--biases` name .npy or text files, first layer first; the shapes tell the layout."""
    for i in range(3):
        np.save(tmp_path / f"w{i}.npy", W[i])
        np.savetxt(tmp_path / f"b{i}.txt", B[i])
        np.savetxt(tmp_path / f"t{i}.csv", T[i], delimiter=",", header="a comment")

    def files(name: str) -> str:
        return ",".join(str(tmp_path / name.format(i)) for i in range(3))

    options = ["--activations", "sigmoid,sigmoid,softmax", "--outputs", "a,b,c"]
    for weights in ("w{}.npy", "t{}.csv"):
        out = tmp_path / "net.yaml"
        done = cli("convert", out, "--weights", files(weights), "--biases", files("b{}.txt"), *options)
        assert (done.exit_code, done.stderr) == (0, "")
        network = nncli.load(out)
        assert_read(network)
        assert network.outputs == ("a", "b", "c")
    without = cli("convert", out, "--weights", files("w{}.npy"), *options)
    assert without.exit_code == 0
    assert not nncli.load(out).layers[0].biases.any()


def test_a_file_for_each_layer_says_what_is_missing(cli: Callable[..., Any], tmp_path: Path) -> None:
    """Too few files, one twice, none to write, or none of numbers: one line, and which exit code."""
    np.save(tmp_path / "w.npy", W[0])
    np.save(tmp_path / "s.npy", np.eye(3))
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty.txt").write_text("")
    w, out = tmp_path / "w.npy", tmp_path / "net.yaml"
    relu, stored = ["--activations", "relu"], ["--layout", "inputs_units"]
    cases: list[tuple[int, str, list[Any]]] = [
        (2, "say one file to read and one to write, or --weights and the one to write", [out]),
        (2, "say one file to read and one to write", [out, out, "--weights", w]),
        (2, "--biases goes together with --weights", [out, out, "--biases", w]),
        (2, "--biases: 2 files for the 1 of --weights", [out, "--weights", w, "--biases", f"{w},{w}"]),
        (2, "every file must be named only once", [out, "--weights", f"{w},{w}", *relu]),
        (2, "holds weights only: say the activation", [out, "--weights", w, *stored]),
        (2, "--activations: 2 names, but", [out, "--weights", w, "--activations", "relu,relu", *stored]),
        (2, "--order: the order of --weights is that of the layers", [out, "--weights", w, "--order", "a"]),
        (1, "is square", [out, "--weights", tmp_path / "s.npy", *relu]),
        (1, "is neither an .npy file nor a text of numbers", [out, "--weights", tmp_path / "bad.csv", *relu]),
        (1, "holds an array of shape (0, 1)", [out, "--weights", tmp_path / "empty.txt", *relu]),
        (1, "no such file", [out, "--weights", tmp_path / "none.npy", *relu]),
    ]
    for exit_code, message, args in cases:
        done = cli("convert", *args)
        assert (done.exit_code, message in done.stderr) == (exit_code, True), done.stderr
        assert done.stderr.count("\n") == 1
        assert not out.exists()


def test_a_spec_may_name_any_weights_file(tmp_path: Path) -> None:
    """`weights: net.pkl` is read as a spec's weights, checked against what it says."""
    (tmp_path / "net.pkl").write_bytes(pickle.dumps(NESTED["a list of pairs"]))
    spec = tmp_path / "net.yaml"
    spec.write_text("weights: net.pkl\nlayers: [{units: 5}, {units: 6}, {units: 3}]\n")
    assert_read(nncli.load(spec))


def test_separate_files_are_checked_by_the_library_too(tmp_path: Path) -> None:
    """The function behind the options refuses what they refuse."""
    with pytest.raises(UsageError, match="only once"):
        weights_only.read_separate([tmp_path / "a", tmp_path / "a"], None, activations=None)
