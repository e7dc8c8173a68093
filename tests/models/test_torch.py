"""Files of `torch.save`, judged by what PyTorch computed with the models."""

from __future__ import annotations

import io
import pickle
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from nncli import models
from nncli.errors import ModelError, NncliWarning
from nncli.netspec.model import LayerSpec

SAVED = Path(__file__).parent / "fixtures" / "torch_saved"
RELU = [LayerSpec(None, "relu"), LayerSpec(None, "linear")]


@pytest.mark.parametrize(
    "name",
    [
        "sequential.pt",
        "named.pt",
        "parallel.pt",
        "compiled.pt",
        "tied.pt",
        "one_bias_less.pt",
        "bfloat16.pt",
        "float16.pt",
        "float64.pt",
        "checkpoint.ckpt",
        "lightning.ckpt",
        "parameters.bin",
        "lists.pth",
    ],
)
def test_a_state_dict_computes_what_pytorch_does(name: str) -> None:
    """At the top or in a checkpoint, under any wrapper's names, in any real dtype, tied or not."""
    with np.load(SAVED / "expected.npz") as expected:
        X, wanted = expected["X"], expected[name.split(".")[0]]
    n_layers = 3 if name in ("sequential.pt", "tied.pt") else 2
    network = models.read_network(SAVED / name, activations=[RELU[0]] * (n_layers - 1) + RELU[1:])
    assert network.dtype == (np.float64 if name == "float64.pt" else np.float32)
    np.testing.assert_allclose(network(X), wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("name", ["norm_after_linear", "norm_before_linear", "norm_first_and_last"])
def test_batch_normalisations_beside_a_linear_layer_are_folded(
    name: str, suffix: str, tmp_path: Path
) -> None:
    """The numbers of a Sequential's modules show what is next to what; the assumed epsilon is said."""
    path = SAVED / f"{name}.pt"
    if suffix == ".safetensors":
        tensors = tensors_of(path)
        path = tmp_path / "net.safetensors"
        save_file(tensors, path)
    with np.load(SAVED / "expected.npz") as expected:
        X, wanted = expected["X"], expected[name]
    with pytest.warns(NncliWarning, match="are read with an epsilon of 1e-05, PyTorch's default"):
        network = models.read_network(path, activations=RELU)
    np.testing.assert_allclose(network(X), wanted, rtol=1e-4, atol=1e-5)


def tensors_of(path: Path) -> dict[str, Any]:
    """Return the tensors of a `.pt` file as our own reader sees them."""
    from nncli.models import torch

    archive = torch._Archive(path, torch._members(path))
    content = archive.content()
    assert isinstance(content, dict)
    return {name: np.ascontiguousarray(archive.array(tensor, name)) for name, tensor in content.items()}


WAY_OUT = (
    "where you trained it, torch.save(model.state_dict(), 'model.pt') or "
    "safetensors.torch.save_file(model.state_dict(), 'model.safetensors') writes one that is read"
)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "module.pt",
            "is a pickled 'torch.nn.modules.container.Sequential'; opening it would run its code: " + WAY_OUT,
        ),
        ("script.pt", "is a TorchScript program, which only PyTorch can run: " + WAY_OUT),
        (
            "old.pt",
            "has PyTorch's format of before version 1.6; in Python, torch.save(torch.load('old.pt', "
            "weights_only=True), 'model.pt') writes today's",
        ),
        ("two.pt", "holds more than one state_dict: 'gan.d', 'gan.g'; save one of them alone"),
        ("complex.pt", "tensor '0.weight' is a 'torch.ComplexFloatStorage', no plain real numbers"),
        ("float8.pt", "tensor '0.weight' is a 'torch._utils._rebuild_tensor_v3', no plain real numbers"),
        ("convolution.pt", "tensor 'weight' has 4 dimensions; weights have 2"),
        (
            "norm_unknown.pt",
            "the batch normalisation '2' has no linear layer at the number before or after its own, so what "
            "lies between is unknown; export the model with torch.onnx.export and convert that",
        ),
    ],
)
def test_what_is_no_dense_state_dict_is_refused_with_its_reason(name: str, message: str) -> None:
    """Each other thing that PyTorch saves is refused for what it is, with the way out."""
    with pytest.raises(ModelError) as error:
        models.read_network(SAVED / name, activations=RELU)
    assert str(error.value) == f"{SAVED / name}: {message}"


@pytest.mark.parametrize("suffix", [".pkl", ".params", ".pth"])
def test_the_content_tells_pytorchs_files(suffix: str, tmp_path: Path) -> None:
    """A state_dict under another suffix is read; a plain pickle of arrays under `.pt` is, too."""
    path = tmp_path / f"net{suffix}"
    path.write_bytes((SAVED / "parameters.bin").read_bytes())
    network = models.read_network(path, activations=RELU)
    plain = tmp_path / "plain.pt"
    plain.write_bytes(pickle.dumps([(layer.weights, layer.biases[None]) for layer in network.layers]))
    again = models.read_network(plain, activations=RELU)
    np.testing.assert_array_equal(again.layers[1].weights, network.layers[1].weights)


class Storage:
    """Pickles as a persistent id, as PyTorch's storages do."""

    def __init__(self, size: int, key: str = "0", kind: str = "FloatStorage") -> None:
        self.size, self.key, self.kind = size, key, kind


class Call:
    """Pickles as a call of a function of any name."""

    def __init__(self, name: str, *args: Any) -> None:
        self.name, self.args = name, args


def dumped(content: Any) -> bytes:
    """Return a pickle with stand-ins for names that nobody here has."""
    out = io.BytesIO()

    python: Any = vars(pickle)["_Pickler"]  # the one written in Python, whose parts can be replaced

    class Pickler(python):
        def save(self, item: Any, save_persistent_id: bool = True) -> None:
            if isinstance(item, Storage):
                self.write(b"(X\x07\x00\x00\x00storage")
                self.write(f"ctorch\n{item.kind}\n".encode())
                for part in (item.key, "cpu", item.size):
                    self.save(part)
                self.write(b"tQ")
            elif isinstance(item, Call):
                self.write(b"c" + b"\n".join(text.encode() for text in item.name.rsplit(".", 1)) + b"\n")
                self.save(item.args)
                self.write(b"R")
            else:
                super().save(item, save_persistent_id)

    Pickler(out, 2).dump(content)
    return out.getvalue()


def tensor(
    storage: Any, shape: tuple[Any, ...], strides: tuple[Any, ...] | None = None, offset: Any = 0
) -> Call:
    """Return a tensor as PyTorch pickles it."""
    if strides is None:
        strides = (shape[1], 1) if len(shape) == 2 else (1,)
    return Call("torch._utils._rebuild_tensor_v2", storage, offset, shape, strides, False, {})


def archive(path: Path, content: Any, **storages: bytes) -> Path:
    """Write an archive as PyTorch does."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("net/data.pkl", content if isinstance(content, bytes) else dumped(content))
        for key, data in storages.items():
            file.writestr(f"net/data/{key.strip('_')}", data)
    return path


FLOATS = np.arange(6, dtype="<f4").tobytes()


def test_strides_and_offsets_are_followed(tmp_path: Path) -> None:
    """A transposed view of a part of a storage holds the numbers that PyTorch sees in it."""
    view = tensor(Storage(8), (3, 2), (1, 3), 2)
    path = archive(tmp_path / "net.pt", {"0.weight": view}, _0=np.arange(8, dtype="<f4").tobytes())
    [layer] = models.read_network(path, activations=RELU[1:]).layers
    np.testing.assert_array_equal(layer.weights, [[2, 3, 4], [5, 6, 7]])


def test_big_endian_files_are_read(tmp_path: Path) -> None:
    """The archive says the order of its bytes."""
    path = archive(
        tmp_path / "net.pt", {"0.weight": tensor(Storage(6), (3, 2))}, _0=np.arange(6, dtype=">f4").tobytes()
    )
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("net/byteorder", "big")
    [layer] = models.read_network(path, activations=RELU[1:]).layers
    np.testing.assert_array_equal(layer.weights.T, [[0, 1], [2, 3], [4, 5]])


W = tensor(Storage(6), (3, 2))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (Call("os.system", "touch executed"), "the pickle asks for 'os.system': refused, not executed"),
        (
            {"0.weight": W, "x": Call("posix.system", "touch executed")},
            "the pickle asks for 'posix.system': refused, not executed",
        ),
        ({"0.weight": W, "x": Call("builtins.eval", "1")}, "the pickle asks for 'builtins.eval': refused"),
        ({"0.weight": W, "x": Call("__builtin__.eval", "1")}, "the pickle asks for '__builtin__.eval'"),
        ({"0.weight": W, "x": Call("subprocess.Popen", "ls")}, "the pickle asks for 'subprocess.Popen'"),
        (
            {"0.weight": tensor(Storage(7), (3, 2))},
            "tensor '0.weight' needs 7 numbers that the file does not",
        ),
        (
            {"0.weight": tensor(Storage(6, "9"), (3, 2))},
            "tensor '0.weight' needs 6 numbers that the file does",
        ),
        ({"0.weight": tensor(Storage(2**59), (3, 2))}, "tensor '0.weight' needs 576460752303423488 numbers"),
        (
            {"0.weight": tensor(Storage(2**60), (3, 2))},
            "not a sound PyTorch file: a storage has no possible",
        ),
        ({"0.weight": tensor(Storage(6), (3, 3))}, "tensor '0.weight' reaches beyond its 6 numbers"),
        (
            {"0.weight": tensor(Storage(6), (3, 2), offset=1)},
            "tensor '0.weight' reaches beyond its 6 numbers",
        ),
        ({"0.weight": tensor(Storage(6), (3, 2), (9, 1))}, "tensor '0.weight' reaches beyond its 6 numbers"),
        (
            {"0.weight": tensor(Storage(6), (2**30, 2**20), (0, 0))},
            "tensor '0.weight' would make more of the file than 4 times its size: refused",
        ),
        (
            {"0.weight": tensor(Storage(6), (-3, 2))},
            "not a sound PyTorch file: a tensor has no possible",
        ),
        (
            {"0.weight": tensor(Storage(6), (3, 2), (2,))},
            "not a sound PyTorch file: a tensor has no possible",
        ),
        ({"0.weight": tensor("storage", (3, 2))}, "not a sound PyTorch file: a tensor says no storage"),
        ({"0.weight": tensor(Storage(6), (0, 2))}, "tensor '0.weight' of shape (0, 2) is empty"),
        (
            {"0.w": (Call("torch._utils._rebuild_qtensor"), W)},
            "tensor '0.w' is a 'torch._utils._rebuild_qtensor'",
        ),
        ({"0.weight": 1}, "is a PyTorch file without a state_dict of tensors: " + WAY_OUT),
        ({"model": Call("__main__.Net")}, "'model' is a pickled '__main__.Net'; opening it would run its"),
        ([], "holds no arrays of numbers"),
        (3, "is a PyTorch file without a state_dict of tensors: " + WAY_OUT),
        (b"", "not a sound PyTorch file: "),
        (b"(X\x01\x00\x00\x00aQ.", "not a sound PyTorch file: "),
    ],
)
def test_a_hostile_archive_is_one_line(content: Any, message: str, tmp_path: Path, monkeypatch: Any) -> None:
    """An archive that lies, or asks for more than tensors, is refused with the reason; nothing runs."""
    monkeypatch.chdir(tmp_path)
    path = archive(tmp_path / "net.pt", content, _0=FLOATS)
    with pytest.raises(ModelError) as error:
        models.read_network(path, activations=RELU)
    assert str(error.value).startswith(f"{path}: {message}")
    assert "\n" not in str(error.value)
    assert [file.name for file in tmp_path.iterdir()] == ["net.pt"]


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    """Neither a packed archive nor one storage in many tensors makes much of a small file."""
    path = tmp_path / "net.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("net/data.pkl", bytes(200 * 2**20))
    many = {f"{i}.weight": tensor(Storage(2**20), (1024, 1024)) for i in range(200)}
    lists: Any = []
    for _ in range(60):
        lists = [lists, lists]
    tracemalloc.start()
    for content, message in ((None, "would unpack to"), (many, "would make more"), (lists, "holds no")):
        if content is not None:
            archive(path, content, _0=bytes(2**22))
        with pytest.raises(ModelError, match=message):
            models.read_network(path, activations=RELU)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200 * 2**20


def test_a_matrix_beside_the_weights_is_none_of_them(tmp_path: Path) -> None:
    """Other tensors don't hide a checkpoint's state_dict; where nothing tells them apart, it is refused."""
    beside = {"confusion": tensor(Storage(6), (2, 3))}
    path = archive(tmp_path / "net.pt", {"model": {"0.weight": W}, **beside}, _0=FLOATS)
    assert models.read_network(path, activations=RELU[1:]).n_outputs == 3
    archive(path, {"ema": {"0.weight": W}, **beside}, _0=FLOATS)
    with pytest.raises(ModelError, match=r"holds more than one state_dict: '\(the top\)', 'ema'; save one"):
        models.read_network(path, activations=RELU[1:])


def test_other_objects_are_passed_over_unbuilt(tmp_path: Path) -> None:
    """What stands beside the tensors is never made, whatever it is called with or given."""
    other = {
        "args": Call("some.Config", {"lr": 1}),
        "opt": Call("torch.optim.SGD"),
        "now": Call("datetime.date", 1),
    }
    path = archive(tmp_path / "net.pt", {"state_dict": {"0.weight": W}, **other}, _0=FLOATS)
    assert models.read_network(path, activations=RELU[1:]).n_inputs == 2


def test_more_names_than_a_file_needs_are_refused(tmp_path: Path) -> None:
    """Every name costs memory; a file has few."""
    path = archive(
        tmp_path / "net.pt", {"0.weight": W, "x": [Call(f"m.n{i}") for i in range(2000)]}, _0=FLOATS
    )
    with pytest.raises(ModelError, match=r"the pickle asks for 'm\.n"):
        models.read_network(path, activations=RELU)
