"""Files of Keras 2 and 3, `.keras` and HDF5, with Keras's own numbers; and what no dense network can do."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from nncli import models
from nncli.errors import ModelError, NncliError, UsageError
from nncli.models.assemble import parse_activations
from nncli.nn.network import Network

FIXTURES = Path(__file__).parent / "fixtures"
KERAS = FIXTURES / "keras"
MODELS = sorted(
    path for path in KERAS.iterdir() if path.suffix in (".keras", ".h5") and "weights" not in path.name
)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.name)
def test_a_file_of_keras_computes_what_keras_does(path: Path) -> None:
    """Both versions and both formats, nested models, columns by name, pixels, bfloat16."""
    version, _, name = path.stem.rpartition("_")
    network = models.read_network(path)
    with np.load(KERAS / f"{version}_expected.npz") as found:
        X, expected, names = found[f"{name}_X"], found[name], found[f"{name}_inputs"].tolist()
    if network.named_inputs:
        assert sorted(network.inputs) == sorted(names)
        X = X[:, [names.index(each) for each in network.inputs]]
    tolerance = 2e-2 if name == "bfloat" else 1e-6  # Keras computes in bfloat16 itself
    np.testing.assert_allclose(network(X), expected.reshape(len(X), -1), rtol=1e-5, atol=tolerance)


CASES = {
    "flatten-flat-input.keras": [[0.54381710, 0.00571333, 0.45046961], [0.83451414, 0.03326740, 0.13221842]],
    "rescaling.keras": [[0.32729864, 0.33770546, 0.33499590], [0.33186120, 0.33544949, 0.33268931]],
    "normalization-scalars.keras": [
        [0.68095893, 0.08415318, 0.23488785],
        [0.79499662, 0.10303158, 0.10197180],
    ],
    "reshape-head.keras": [[-4.48437452], [-0.41501969]],
    "tf-2-13.keras": [[0.33333334, 0.33333334, 0.33333334], [0.44809446, 0.18000759, 0.37189791]],
    "legacy-h5.h5": [[0.33333334, 0.33333334, 0.33333334], [0.44809446, 0.18000759, 0.37189791]],
    "keras-dict-input.keras": [[0.00699563, 0.99300438], [0.59122169, 0.40877834]],
}


@pytest.mark.parametrize("name", CASES)
def test_files_that_people_had_trouble_with(name: str) -> None:
    """Each gives the numbers that Keras prints."""
    network = models.read_network(FIXTURES / "cases" / name)
    X = np.array([[1, 2, 3, 4], [0.5, -1, 0, 2]], np.float32)
    np.testing.assert_allclose(network(X), CASES[name], rtol=1e-5, atol=1e-6)


def datasets(file: Any) -> list[tuple[str, Any]]:
    """Return the paths and the numbers of all datasets."""
    found: list[tuple[str, Any]] = []

    def visit(path: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found.append((path, item[()]))

    file.visititems(visit)
    return found


def repacked(tmp_path: Path, rename: Callable[[str], str]) -> Path:
    """Write the nested model of Keras 2 with its groups under other names."""
    target = tmp_path / "model.keras"
    with zipfile.ZipFile(KERAS / "tf_keras_nested.keras") as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith(".h5"):
                renamed = io.BytesIO()
                with h5py.File(io.BytesIO(data)) as old, h5py.File(renamed, "w") as new:
                    for path, numbers in datasets(old):
                        new.create_dataset(rename(path), data=numbers)
                data = renamed.getvalue()
            archive.writestr(name, data)
    return target


OLD = "_layer_checkpoint_dependencies"


def of_windows(path: str) -> str:
    """Return a path as Keras wrote it on Windows: one group, with backslashes."""
    groups, _, variable = path.partition("/vars/")
    return groups.replace("/", "\\") + "/vars/" + variable


@pytest.mark.parametrize(
    "rename",
    [
        lambda path: path.replace("layers/", f"{OLD}/"),
        of_windows,
        lambda path: path.rpartition("/")[0].replace("/", "\\") + "/" + path.rpartition("/")[2],
        lambda path: of_windows(path.replace("layers/", f"{OLD}/")),
    ],
    ids=["2.13", "Windows", "Windows, vars and all", "2.13 on Windows"],
)
def test_groups_under_their_older_names(tmp_path: Path, rename: Callable[[str], str]) -> None:
    """Other versions, and Windows, name the groups in the archive otherwise."""
    expected = models.read_network(KERAS / "tf_keras_nested.keras")
    network = models.read_network(repacked(tmp_path, rename))
    X = np.ones((3, 4), np.float32)
    np.testing.assert_array_equal(network(X), expected(X))


def test_layers_that_were_counted_twice(tmp_path: Path) -> None:
    """Some files of Keras 2.13 leave out every other number of a class: dense, dense_2, dense_4."""

    def rename(path: str) -> str:
        doubled = re.sub(r"_([12])(?=/)", lambda count: f"_{2 * int(count[1])}", path)
        return of_windows(doubled.replace("layers/", f"{OLD}/"))

    network = models.read_network(repacked(tmp_path, rename))
    X = np.ones((3, 4), np.float32)
    np.testing.assert_array_equal(network(X), models.read_network(KERAS / "tf_keras_nested.keras")(X))


def test_a_log_softmax_is_a_classifier() -> None:
    """Nothing but a classifier ends so: the largest number is the prediction."""
    network = models.read_network(KERAS / "keras_rest.keras")
    assert (network.task, network.kind) == ("classification", "logits")
    assert [layer.activation for layer in network.layers][:2] == ["prelu", "relu6"]
    slopes = network.layers[0].alpha
    assert isinstance(slopes, tuple)
    assert len(slopes) == 4


def test_hard_sigmoid_is_that_of_the_files_version() -> None:
    """Keras 2 clips 0.2 x + 0.5, Keras 3 x / 6 + 0.5; in HDF5 files too."""
    slopes = {}
    for name in ("keras_rest.keras", "tf_keras_rest.h5"):
        layers = models.read_network(KERAS / name).layers
        slopes[name] = next(layer.alpha for layer in layers if layer.activation == "hard_sigmoid")
    assert slopes == {"keras_rest.keras": None, "tf_keras_rest.h5": 0.2}


@pytest.mark.parametrize("name", ["keras.weights.h5", "tf_keras_weights.h5"])
def test_weights_alone_need_the_activations(tmp_path: Path, name: str, cli: Any) -> None:
    """A file of `save_weights` says nothing of what follows each layer."""
    done = cli("convert", KERAS / name, tmp_path / "net.yaml")
    assert (done.exit_code, "--activations relu,softmax" in done.stderr) == (2, True)
    network = models.read_network(KERAS / name, activations=parse_activations("relu,softmax"))
    assert [(layer.n_inputs, layer.n_units) for layer in network.layers] == [(4, 3), (3, 2)]


def test_a_whole_model_tells_its_activations() -> None:
    """Whoever says them again is told so."""
    with pytest.raises(UsageError, match=r"^activations: .* tells that itself"):
        models.read_network(KERAS / "tf_keras_rest.h5", activations=parse_activations("relu"))


def test_a_spec_may_take_the_weights_out_of_either(tmp_path: Path, cli: Any) -> None:
    """A spec's weights file is one of weights, or a whole model's."""
    for name, units in (("tf_keras_weights.h5", 3), ("tf_keras_bfloat.h5", 3)):
        spec = tmp_path / "net.yaml"
        spec.write_text(f"layers: [{{units: {units}}}, {{units: 2}}]\nweights: {KERAS / name}\n")
        done = cli("check", spec)
        assert (done.exit_code, done.stderr) == (0, "")


# ---- refused, each for what is wrong with it


def changed(tmp_path: Path, change: Callable[[Any], None], source: str = "tf_keras_nested.h5") -> Path:
    """Write a copy of an HDF5 file after a change."""
    target = tmp_path / "model.h5"
    target.write_bytes((KERAS / source).read_bytes())
    with h5py.File(target, "a") as file:
        change(file)
    return target


def config_changed(edit: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return a change of the model's config."""

    def change(file: Any) -> None:
        model = json.loads(file.attrs["model_config"])
        edit(model)
        file.attrs["model_config"] = json.dumps(model)

    return change


def first_dense(model: Any) -> Any:
    """Return the config of the first dense layer."""
    return next(layer for layer in model["config"]["layers"] if layer["class_name"] == "Dense")["config"]


def to_group(file: Any) -> Any:
    """Return a group that holds a layer's weights."""
    return next(group for name, group in file["model_weights"].items() if name.startswith("dense"))


def linked(link: Any) -> Callable[[Any], None]:
    """Return a change that puts a link in the place of a weight."""

    def change(file: Any) -> None:
        group = to_group(file)
        folder, name = group.attrs["weight_names"][0].rsplit("/", 1)
        del group[folder][name]
        group[folder][name] = link

    return change


def a_loop(file: Any) -> None:
    """Put the whole file into a group of itself, and name a weight through it."""
    group = to_group(file)
    group["again"] = file["/"]
    group.attrs["weight_names"] = ["again/model_weights/" * 3 + "nowhere"]


def an_external_dataset(file: Any) -> None:
    """Keep a weight's numbers in another file."""
    group = to_group(file)
    folder, name = group.attrs["weight_names"][0].rsplit("/", 1)
    shape = group[folder][name].shape
    del group[folder][name]
    group[folder].create_dataset(name, shape, "f4", external=[("/etc/passwd", 0, 4 * int(np.prod(shape)))])


def a_bomb(file: Any) -> None:
    """Keep 4 GB of zeros in a few bytes."""
    group = to_group(file)
    folder, name = group.attrs["weight_names"][0].rsplit("/", 1)
    del group[folder][name]
    group[folder].create_dataset(name, (2**15, 2**15), "f4", chunks=(2**15, 1), compression="gzip")


def a_version(text: str) -> Callable[[Any], None]:
    """Return a change of the version of Keras."""

    def change(file: Any) -> None:
        file.attrs["keras_version"] = text

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (linked(h5py.ExternalLink("other.h5", "/x")), "is no plain member of the HDF5 file: refused"),
        (linked(h5py.SoftLink("/model_weights")), "is no plain member of the HDF5 file: refused"),
        (a_loop, "is not there"),
        (an_external_dataset, "lies in another file: refused"),
        (a_bomb, "would unpack to more than 16 times the file's size: refused"),
        (a_version("1.2.2"), "Keras 1.2.2 wrote it; files of Keras 2 and 3 are read"),
        (
            config_changed(lambda model: first_dense(model).update(activation="exponential")),
            "its activation 'exponential' is not among linear, ",
        ),
        (
            config_changed(lambda model: first_dense(model).update(units=7)),
            "it has 7 units, its kernel 4",
        ),
        (
            config_changed(lambda model: model["config"].update(output_layers=[["a", 0, 0], ["b", 0, 0]])),
            "the model has 2 outputs: 'a', 'b'; a network has one",
        ),
        (
            config_changed(lambda model: model.update(class_name="Custom")),
            "the model is a 'Custom'; Sequential and Functional are read",
        ),
        (
            config_changed(lambda model: model["config"]["layers"][1].update(class_name="Conv1D")),
            "a 'Conv1D' is not among the layers that are read: ",
        ),
        (
            config_changed(lambda model: model["config"]["layers"][1].update(class_name="LSTM")),
            "a 'LSTM' is not among the layers that are read: ",
        ),
    ],
)
def test_refused_for_the_true_reason(tmp_path: Path, change: Callable[[Any], None], message: str) -> None:
    """Links, bombs, other versions and other layers: one line, which says what is wrong with the file."""
    path = changed(tmp_path, change)
    with pytest.raises(ModelError) as error:
        models.read_network(path)
    assert message in str(error.value)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


def test_models_in_models_without_end_are_refused(tmp_path: Path) -> None:
    """A config nested a thousand times is an error, and no exhausted stack."""

    def nest(model: Any) -> None:
        inner = {
            "class_name": "Sequential",
            "config": {"name": "s", "layers": list(model["config"]["layers"])},
        }
        for _ in range(100):
            inner = {"class_name": "Sequential", "config": {"name": "s", "layers": [inner]}}
        model.update(json.loads(json.dumps(inner)))

    with pytest.raises(ModelError, match=r"models in models without end|not a sound Keras model"):
        models.read_network(changed(tmp_path, config_changed(nest)))


@pytest.mark.parametrize("content", [b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + bytes(3000), b"text"])
@pytest.mark.parametrize("suffix", [".h5", ".hdf5"])
def test_what_is_no_hdf5_file_is_refused(tmp_path: Path, suffix: str, content: bytes) -> None:
    """Other bytes are an error that names the file."""
    path = tmp_path / f"net{suffix}"
    path.write_bytes(content)
    for activations in (None, parse_activations("relu")):
        with pytest.raises(ModelError, match="not a sound"):
            models.read_network(path, activations=activations)


@pytest.mark.parametrize("name", ["tf_keras_nested.h5", "tf_keras_image.h5"])
def test_hdf5_under_the_name_keras_is_read(tmp_path: Path, name: str) -> None:
    """Before 2.12, `model.save("net.keras")` wrote HDF5."""
    shutil.copy(KERAS / name, tmp_path / "net.keras")
    network, same = models.read_network(tmp_path / "net.keras"), models.read_network(KERAS / name)
    X = np.random.default_rng(0).normal(size=(3, network.n_inputs))
    np.testing.assert_array_equal(network(X), same(X))


def test_an_unadapted_normalization_is_refused(tmp_path: Path) -> None:
    """Nobody knows the mean that it would subtract."""

    def forget(model: Any) -> None:
        for layer in model["config"]["layers"]:
            if layer["class_name"] == "Normalization":
                layer["config"].update(mean=None, variance=None)

    path = changed(tmp_path, config_changed(forget), "tf_keras_columns.h5")
    with pytest.raises(ModelError, match="holds no mean and variance: it was never adapted to data"):
        models.read_network(path)


@pytest.mark.parametrize("name", [path.name for path in MODELS if path.suffix == ".h5"])
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, name: str) -> None:
    """Whatever bits flip, and wherever the file ends, it is a network or an error of ours."""
    good = (KERAS / name).read_bytes()
    rng = np.random.default_rng(len(name))
    path = tmp_path / "net.h5"
    for _ in range(40):
        data = bytearray(good)
        for at in rng.integers(0, len(data), rng.choice([1, 3, 10])):
            data[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(data[: len(data) - int(rng.integers(len(data))) * int(rng.integers(2))])
        with suppress(NncliError):
            assert isinstance(models.read_network(path), Network)
