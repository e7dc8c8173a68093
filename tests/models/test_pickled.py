from __future__ import annotations

import pickle
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncli import models
from nncli.errors import ModelError, UsageError
from nncli.netspec.model import LayerSpec

RNG = np.random.default_rng(0)
PARAMETERS: list[tuple[Any, Any]] = [
    (RNG.normal(size=(2, 3)).astype(np.float32), RNG.normal(size=(1, 3)).astype(np.float32)),
    (np.asfortranarray(RNG.normal(size=(3, 3))), RNG.normal(size=(1, 3))),
]
"""What the book's `Model.get_parameters` returns: (weights, biases) per layer, stored (inputs, units)."""
ACTIVATIONS = [LayerSpec(None, "relu"), LayerSpec(None, "softmax")]


def saved(tmp_path: Path, content: object, protocol: int = pickle.DEFAULT_PROTOCOL) -> Path:
    """Write a pickle as the book's `save_parameters` does."""
    path = tmp_path / "fashion_mnist.parms"
    path.write_bytes(content if isinstance(content, bytes) else pickle.dumps(content, protocol))
    return path


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_the_books_parameters_are_read(protocol: int, tmp_path: Path) -> None:
    """Every protocol of pickle gives the same layers; a square matrix keeps its orientation."""
    network = models.read_network(saved(tmp_path, PARAMETERS, protocol), activations=ACTIVATIONS)
    for layer, (weights, biases) in zip(network.layers, PARAMETERS, strict=True):
        np.testing.assert_array_equal(layer.weights, weights)
        np.testing.assert_array_equal(layer.biases, biases[0])


class Evil:
    """Pickles as a call of something."""

    def __init__(self, *call: Any) -> None:
        self.call = call

    def __reduce__(self) -> Any:
        return self.call[0], tuple(self.call[1:])


def stack_global(module: str, name: str) -> bytes:
    """Return the opcodes that look a name up without the GLOBAL opcode."""
    short = b"".join(b"\x8c" + bytes([len(text)]) + text.encode() for text in (module, name))
    return b"\x80\x04" + short + b"\x93"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"cos\nsystem\n(S'touch executed'\ntR.", "the pickle asks for 'os.system': refused, not executed"),
        (
            stack_global("posix", "system") + b"\x8c\x0etouch executed\x85R.",
            "the pickle asks for 'posix.system': refused, not executed",
        ),
        (
            stack_global("builtins", "eval") + b"\x8c\x011\x85R.",
            "the pickle asks for 'builtins.eval': refused, not executed",
        ),
        (
            stack_global("numpy", "ndarray.tofile") + b".",
            "the pickle asks for 'numpy.ndarray.tofile': refused, not executed",
        ),
        (b"(S'touch executed'\nios\nsystem\n.", "the pickle's INST makes more than arrays: refused"),
        (b"Pid\n.", "the pickle's PERSID makes more than arrays: refused"),
        (pickle.dumps(Evil(np.save, "executed", 1)), "the pickle asks for 'numpy.save'"),
        (
            b"\x80\x04\x95",
            "not a sound pickle of arrays: ",
        ),
        (
            pickle.dumps([(np.array([[1, "a"]], dtype=object), np.zeros(1))]),
            "an array of 'O8' is more than numbers: refused",
        ),
        (pickle.dumps({"weights": 1}), "holds no arrays of numbers"),
        (pickle.dumps(Fraction(1)), "the pickle asks for 'fractions.Fraction': refused, not executed"),
        (pickle.dumps([]), "holds no arrays of numbers"),
        (pickle.dumps([(1, 2)]), "holds no arrays of numbers"),
        (pickle.dumps([[np.zeros((2, 2))]]), "'0.0' is square and the names follow no convention"),
        (b"", "the file is empty"),
        (b"\x80\x04N\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.", "not a sound pickle of arrays: "),
        (b"\x80\x05\x96\xff\xff\xff\xff\xff\x00\x00\x00.", "not a sound pickle of arrays: "),
        (b"\x80\x04Nr\xff\xff\xff\x7f.", "not a sound pickle: a memo number is too large"),
        (
            b"cnumpy\ndtype\n}S'a'\nI1\nsb.",
            "the pickle changes what it may only call: refused, not executed",
        ),
        (
            b"c_codecs\nencode\n(S'x'\nS'rot13'\ntR.",
            "codecs.encode for something else than bytes: refused, not executed",
        ),
    ],
)
def test_a_pickle_that_is_more_than_arrays_is_refused(
    content: bytes, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a pickle asks for besides arrays is named and refused, and nothing is executed."""
    monkeypatch.chdir(tmp_path)
    path = saved(tmp_path, content)
    with pytest.raises(ModelError) as error:
        models.read_network(path, activations=ACTIVATIONS)
    assert str(error.value).startswith(f"{path}: {message}")
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_an_array_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    """A shape is believed only where the file holds the bytes for it."""
    honest = pickle.dumps([(np.zeros((2, 3)), np.zeros((1, 3)))], 2)
    assert honest.count(b"K\x02K\x03\x86") == 1
    path = saved(tmp_path, honest.replace(b"K\x02K\x03\x86", b"J\xff\xff\xff\x7fK\x03\x86"))
    with pytest.raises(ModelError, match=r"shape \(2147483647, 3\) does not hold as many bytes"):
        models.read_network(path, activations=ACTIVATIONS)


def test_one_array_many_times_is_refused(tmp_path: Path) -> None:
    """A small file can't fill the memory by naming one array again and again."""
    square = np.zeros((100, 100))
    path = saved(tmp_path, [(square, np.zeros((1, 100)))] * 1000)
    with pytest.raises(ModelError, match=r"would unpack to more than its size: refused$"):
        models.read_network(path, activations=ACTIVATIONS)


def test_a_model_of_scikit_learn_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """A pickled estimator is recognised, not opened, and the message holds a line that exports it."""
    from sklearn.neural_network import MLPClassifier

    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(MLPClassifier()))
    with pytest.raises(ModelError, match=r"a scikit-learn model; .* np\.savez\('model\.npz', "):
        models.read_network(path)


def test_the_way_out_of_scikit_learn_is_the_one_of_the_class(tmp_path: Path) -> None:
    """No forest or scaler is told to export weights that it has not; a pipeline goes through ONNX."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    ways_out = {
        "a scikit-learn RandomForestClassifier, and no network of dense layers": RandomForestClassifier(),
        "under the key scale: mean is its mean_, std its scale_": StandardScaler(),
        "a scikit-learn Pipeline; .* export it with skl2onnx": make_pipeline(StandardScaler()),
    }
    for way_out, model in ways_out.items():
        path = saved(tmp_path, pickle.dumps(model))
        with pytest.raises(ModelError, match=way_out) as error:
            models.read_network(path)
        assert "coefs_" not in str(error.value)


def test_a_compressed_joblib_is_recognised(tmp_path: Path) -> None:
    """A compressed pickle can only be joblib's: the same way out."""
    import joblib

    path = tmp_path / "model.pkl"
    joblib.dump([1, 2, 3], path, compress=3)
    with pytest.raises(ModelError, match=r"a scikit-learn model; .* np\.savez"):
        models.read_network(path)


def test_odd_escapes_of_a_pickle_warn_nobody(tmp_path: Path) -> None:
    """What Python thinks of a string's escapes is no message of ours."""
    path = tmp_path / "model.pkl"
    path.write_bytes(b"S'\\u'\n.")
    with pytest.raises(ModelError, match="holds no arrays of numbers"):
        models.read_network(path)


@pytest.mark.parametrize(("name", "way_out"), [("m.joblib", "skl2onnx")])
def test_files_that_are_never_read_tell_the_way_out(name: str, way_out: str, tmp_path: Path) -> None:
    """A suffix that people have and nncli never opens leads to one that it reads."""
    with pytest.raises(ModelError, match=way_out):
        models.read_network(tmp_path / name)


def test_the_activations_must_be_said(tmp_path: Path) -> None:
    """Without activations the error shows an argument with one for each layer."""
    with pytest.raises(UsageError, match=r"of each layer, for example activations=\['relu', 'softmax'\]$"):
        models.read_network(saved(tmp_path, PARAMETERS))
