"""Damaged and hostile files: one line each, nothing executed, memory bounded."""

from __future__ import annotations

import io
import json
import pickle
import random
import struct
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from nncli import models
from nncli.errors import ModelError, NncliError
from nncli.models.safetensors import encode
from nncli.netspec.model import LayerSpec
from nncli.nn.layers import Dense
from nncli.nn.network import Network

FIXTURES = Path(__file__).parent / "fixtures"
WEIGHTS: dict[str, Any] = {"0.weight": np.ones((3, 2), np.float32), "0.bias": np.zeros(3, np.float32)}
ACTIVATIONS = [LayerSpec(None, "relu")]


def npz(**members: bytes | np.ndarray[Any, Any]) -> bytes:
    """Return an archive of arrays, or of whatever bytes stand for them."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content if isinstance(content, bytes) else npy(content))
    return file.getvalue()


def npy(array: np.ndarray[Any, Any]) -> bytes:
    """Return the bytes of an array, pickled where it holds objects."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def header(text: str) -> bytes:
    """Return an `.npy` file of a header alone."""
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode("latin-1")


def safetensors(tensors: dict[str, Any], data: bytes = b"", size: int | None = None) -> bytes:
    """Return a file with any header."""
    text = json.dumps(tensors).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text + data


def entry(begin: int, end: int, shape: tuple[int, ...] = (2, 2), dtype: str = "F32") -> dict[str, Any]:
    """Return a tensor's entry in a safetensors header."""
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


@pytest.mark.parametrize(
    ("suffix", "content", "message"),
    [
        (".npz", b"", "the file is empty"),
        (".npz", b"PK\x03\x04", "not a sound zip archive: "),
        (".npz", npz(w=np.array([{}], dtype=object)), "'w.npy' holds Python objects; only arrays of numbers"),
        (".npz", npz(w=np.zeros(2, "f8,i4")), "'w.npy' holds something else than plain numbers"),
        (".npz", npz(w=np.zeros((2, 2), np.longdouble)), "tensor 'w' holds "),
        (".npz", npz(w=np.zeros((2, 2), complex)), "tensor 'w' holds complex128, not floating-point numbers"),
        (".npz", npz(w=b"no array"), "'w.npy' is not a NumPy array"),
        (".npz", npz(w=header("__import__('os').system('x')")), "'w.npy' has no header of a NumPy array"),
        (
            ".npz",
            npz(w=header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 1000000000), }")),
            "'w.npy' of shape (1000000000, 1000000000) and float64 does not hold as many bytes as that needs",
        ),
        (
            ".npz",
            npz(w=header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -1), }") + bytes(8)),
            "'w.npy' of shape (-1, -1) and float64 does not hold as many bytes as that needs",
        ),
        (
            ".npz",
            npz(w=header("{'descr': '<f9', 'fortran_order': False, 'shape': (1,), }")),
            "'w.npy' has no header of a NumPy array",
        ),
        (".npz", npz(w=header("{'descr': '<f8', (")), "'w.npy' has no header of a NumPy array"),
        (".npz", npz(w=header("(" * 9000)), "'w.npy' has no header of a NumPy array"),
        (".npz", npz(w=header("{}")[:9]), "'w.npy' has no header of a NumPy array"),
        (".npz", npz(w=b"\x93NUMPY\x09\x00" + bytes(100)), "'w.npy' has no header of a NumPy array"),
        (
            ".npz",
            npz(w=bytes(100 * 2**20)),
            "would unpack to 104,857,600 bytes, more than 16 times its size: refused;"
            " an honest file passes when it is saved without compression",
        ),
        (".safetensors", b"", "the file is empty"),
        (".safetensors", safetensors({}, size=2**60), "not a sound safetensors file: "),
        (".safetensors", safetensors({}, size=100), "not a sound safetensors file: "),
        (
            ".safetensors",
            safetensors({"a": entry(0, 16), "b": entry(8, 24)}, bytes(24)),
            "not a sound safetensors file: ",
        ),
        (".safetensors", safetensors({"a": entry(0, 2**60)}, bytes(16)), "not a sound safetensors file: "),
        (".safetensors", safetensors({}), "holds no tensors"),
        (
            ".safetensors",
            safetensors({"0.weight": entry(0, 4, dtype="F8_E4M3")}, bytes(4)),
            "tensor '0.weight' holds F8_E4M3; ",
        ),
        (
            ".safetensors",
            safetensors(
                {"__metadata__": {"nncli_spec": "layers: !!evil"}, "0.weight": entry(0, 16)}, bytes(16)
            ),
            "nncli_spec:1:9: ",
        ),
        (
            ".safetensors",
            safetensors({"__metadata__": {"nncli_spec": "weights: w.npz\nlayers: [{}]"}}),
            "nncli_spec: says not every number of inputs and units",
        ),
        (
            ".safetensors",
            safetensors(
                {
                    "__metadata__": {"nncli_spec": "inputs: 1\ndtype: float32\nlayers: [{units: 1}]"},
                    "0.weight": entry(0, 8, (1, 1), "F64"),
                },
                struct.pack("<d", 1e300),
            ),
            "nncli_spec:3:10: layers[0].weights: 1e+300 is too large for float32",
        ),
        (".keras", b"PK", "not a sound zip archive: "),
        (".keras", npz(), "holds no config.json and model.weights.h5, which Keras 3 writes"),
    ],
)
def test_a_hostile_file_is_one_line(suffix: str, content: bytes, message: str, tmp_path: Path) -> None:
    """Files that lie, explode or hold more than numbers are refused with their name and the place."""
    path = tmp_path / f"model{suffix}"
    path.write_bytes(content)
    with pytest.raises(NncliError) as error:
        models.read_network(path)
    assert str(error.value).startswith(f"{path}: {message}")
    assert "\n" not in str(error.value)


def test_a_heap_of_texts_without_end_is_refused(tmp_path: Path) -> None:
    """A text whose size leads to an empty free space had the HDF5 library walk on the spot for ever."""
    good = (FIXTURES / "cases" / "legacy-h5.h5").read_bytes()
    start = good.index(b"GCOL")
    end, at = start + int.from_bytes(good[start + 8 : start + 16], "little"), start + 16
    while good[at : at + 2] != bytes(2):  # number 0 is the free space at the end
        at += 16 + -(-int.from_bytes(good[at + 8 : at + 16], "little") // 8) * 8
    assert at < end
    path = tmp_path / "net.h5"
    path.write_bytes(good[: at + 8] + bytes(8) + good[at + 16 :])
    with pytest.raises(ModelError, match="a heap of texts is damaged"):
        models.read_network(path)


def test_a_text_that_is_longer_than_its_file_is_refused(tmp_path: Path) -> None:
    """The HDF5 library took the memory for it, two gigabytes for a changed bit, before it saw that."""
    good = (FIXTURES / "cases" / "legacy-h5.h5").read_bytes()
    place = struct.pack("<Q", good.index(b"GCOL"))
    at = good.index(place)
    path = tmp_path / "net.h5"
    path.write_bytes(good[: at - 1] + b"\x70" + good[at:])
    with pytest.raises(ModelError, match="a text is longer than the file"):
        models.read_network(path)


def keras_with(tmp_path: Path, change: Callable[[h5py.Group], None]) -> Path:
    """Write a copy of a Keras model with a change in its first Dense layer's variables."""
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(FIXTURES / "sequential.keras") as source, zipfile.ZipFile(path, "w") as archive:
        weights = io.BytesIO(source.read("model.weights.h5"))
        with h5py.File(weights, "r+") as file:
            change(file["layers/dense/vars"])
        archive.writestr("config.json", source.read("config.json"))
        archive.writestr("model.weights.h5", weights.getvalue(), zipfile.ZIP_DEFLATED)
    return path


def external_link(group: h5py.Group) -> None:
    """Let a variable be another file's."""
    del group["0"]
    group["0"] = h5py.ExternalLink("/etc/passwd", "/")


def soft_link(group: h5py.Group) -> None:
    """Let a variable be a link to somewhere, maybe itself."""
    del group["0"]
    group["0"] = h5py.SoftLink("/layers/dense/vars/0")


def external_data(group: h5py.Group) -> None:
    """Let a variable's numbers lie in another file."""
    del group["0"]
    group.create_dataset("0", (4, 6), "f4", external=[("/etc/passwd", 0, 96)])


def bomb(group: h5py.Group) -> None:
    """Let a variable be huge, and nothing of it stored."""
    del group["0"]
    group.create_dataset("0", (10**6, 10**6), "f4", chunks=(1000, 1000), fillvalue=1)


def objects(group: h5py.Group) -> None:
    """Let a variable hold text."""
    del group["0"]
    group["0"] = ["text"]


def not_finite(group: h5py.Group) -> None:
    """Let a weight be no number."""
    group["0"][1, 2] = np.nan


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (external_link, "'0' is no plain member of the HDF5 file: refused"),
        (soft_link, "'0' is no plain member of the HDF5 file: refused"),
        (external_data, "'hidden': variable 0 lies in another file: refused"),
        (bomb, "'hidden': variable 0 would unpack to more than 16 times the file's size: refused"),
        (objects, "'hidden': variable 0 holds object, not floating-point numbers"),
        (not_finite, "'hidden': variable 0: [1, 2] is nan, not a finite number"),
    ],
)
def test_hostile_hdf5_is_refused(change: Callable[[h5py.Group], None], message: str, tmp_path: Path) -> None:
    """HDF5's ways to other files, and to much memory, stay closed."""
    path = keras_with(tmp_path, change)
    with pytest.raises(ModelError) as error:
        models.read_network(path)
    assert str(error.value) == f"{path}: {message}"


def originals() -> dict[str, bytes]:
    """Return a good file of every format."""
    stored = io.BytesIO()
    np.savez(stored, **WEIGHTS)
    weights, bias = WEIGHTS.values()
    return {
        ".npz": stored.getvalue(),
        ".safetensors": safetensors_of_a_network(),
        ".pkl": pickle.dumps([(weights.T, bias[None])]),
        ".pickle": pickle.dumps([(weights.T, bias[None])], 0),
        ".params": pickle.dumps({"W1": weights, "b1": bias, "sizes": [2, 3], "lr": np.float32(0.1)}),
        ".json": json.dumps(
            {"sizes": [2, 3], "weights": [weights.tolist()], "biases": [[0.5], [1e-3], [2]]}
        ).encode(),
        ".keras": (FIXTURES / "sequential.keras").read_bytes(),
    }


def safetensors_of_a_network() -> bytes:
    """Return a file with our own metadata: the network's spec beside its weights."""
    layer = Dense(weights=WEIGHTS["0.weight"].T, biases=np.zeros(3, np.float32), activation="relu")
    network = Network(layers=(layer,), inputs=("x0", "x1"))
    return encode(replace(network, mean=np.ones(2, np.float32), std=np.ones(2, np.float32)))


def mutated(good: bytes, rng: random.Random) -> bytes:
    """Return a copy with some bits flipped, bytes overwritten, or its end cut off."""
    data = bytearray(good)
    for _ in range(rng.choice([1, 1, 1, 3, 10])):
        at = rng.randrange(max(1, len(data)))
        match rng.randrange(4):
            case 0 if data:
                data[at] ^= 1 << rng.randrange(8)
            case 1 if data:
                data[at] = rng.choice([0, 255, 127, 128, rng.randrange(256)])
            case 2:
                data[at : at + 8] = struct.pack("<q", rng.choice([-1, 2**31, 2**60, 2**63 - 1]))
            case _:
                del data[at : at + rng.randrange(1, 20)]
    return bytes(data[: rng.randrange(len(data) + 1)] if rng.random() < 0.2 else data)


def assert_read_or_refused(path: Path, activations: list[LayerSpec] | None = None) -> None:
    """Read a file that may be damaged; any error but our own fails the test."""
    problems = []
    try:
        models.read_network(path, activations=activations)
    except NncliError as error:
        problems = list(error.problems)
    assert len(problems) <= 1
    assert all(problem.startswith((str(path), "activations: ")) for problem in problems)


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".pkl", ".pickle", ".params", ".json"])
def test_no_damage_surprises_a_reader(suffix: str, tmp_path: Path) -> None:
    """Any mutation of a good file is read or refused by our own error, with little memory."""
    good, rng = originals()[suffix], random.Random(0)
    activations = None if suffix == ".safetensors" else ACTIVATIONS
    path = tmp_path / f"model{suffix}"
    tracemalloc.start()
    for _ in range(500):
        path.write_bytes(mutated(good, rng))
        assert_read_or_refused(path, activations)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2**20


def test_no_damage_surprises_the_reader_of_keras_models(tmp_path: Path) -> None:
    """Damage of the config and of the HDF5 file, behind the archive's checksums, is refused too."""
    with zipfile.ZipFile(FIXTURES / "sequential.keras") as archive:
        good = {name: archive.read(name) for name in ("config.json", "model.weights.h5")}
    path = tmp_path / "model.keras"
    rng = random.Random(0)
    for i in range(200):
        broken = list(good)[i % 2]
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in good.items():
                archive.writestr(name, mutated(data, rng) if name == broken else data)
        assert_read_or_refused(path)


@pytest.mark.parametrize("name", ["checkpoint.ckpt", "norm_after_linear.pt", "lists.pth", "module.pt"])
def test_no_damage_surprises_the_reader_of_pytorchs_files(name: str, tmp_path: Path) -> None:
    """Damage of the pickle and the tensors, behind the archive's checksums, and of the archive is refused."""
    good = FIXTURES / "torch_saved" / name
    with zipfile.ZipFile(good) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    path, rng = tmp_path / "model.pt", random.Random(0)
    tracemalloc.start()
    for i in range(200):
        broken = [next(m for m in members if m.endswith("data.pkl")), rng.choice(list(members))][i % 4 == 2]
        if i % 4 == 3:
            path.write_bytes(mutated(good.read_bytes(), rng))
        else:
            with zipfile.ZipFile(path, "w") as archive:
                for member, data in members.items():
                    archive.writestr(member, mutated(data, rng) if member == broken else data)
        with warnings.catch_warnings(action="ignore"):
            assert_read_or_refused(path, [LayerSpec(None, "relu")] * 2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * 2**20


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    """A folder, a missing file and an endless device are errors, not a wait."""
    (tmp_path / "folder.npz").mkdir()
    (tmp_path / "endless.npz").symlink_to("/dev/zero")
    for name, message in [
        ("folder.npz", "is a directory"),
        ("missing.npz", "no such file or directory"),
        ("endless.npz", "is not a regular file"),
    ]:
        with pytest.raises(ModelError) as error:
            models.read_network(tmp_path / name, activations=ACTIVATIONS)
        assert str(error.value) == f"{tmp_path / name}: {message}"
