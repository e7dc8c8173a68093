"""A model file is a spec: the one that `convert` would write of it."""

from __future__ import annotations

import gzip
import json
import pickle
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncli
from nncli import models
from nncli.errors import ModelError, NncliError, SpecError, UsageError
from nncli.models import specfile
from nncli.nn.layers import Dense
from nncli.nn.network import Network

HERE = Path(__file__).parent
FIXTURES = HERE / "fixtures"
WHOLE = [
    path
    for path in sorted(FIXTURES.rglob("*"))
    if path.suffix in (".keras", ".h5", ".onnx")
    and not path.stem.endswith("weights")
    and path.stem != "branching"
    and not path.stem.endswith(("_script", "_dynamo"))
]
"""Files that hold a whole network which nncli reads."""

OVERRIDES = [
    [],
    ["dtype=float32"],
    ["dtype=float64"],
    ["seed=7"],
    ["layers.0.activation=tanh"],
    ["layers.0.weights.0.0=0.25"],
    ["layers.0.biases.0=0.25"],
    ["data.values=[[1, 2]]"],
    ["layers.0.units=77"],
    ["inputs=[a, b, c, d, e, f, g, h]"],
    ["outputs=[a]"],
    ["task=regression"],
    ["task=classification"],
]


def outcome(path: Path, overrides: Sequence[str]) -> object:
    """Return all that can be told of a network: bits of its outputs, names, data; or that it is refused."""
    try:
        spec, network = models.open_model(path, overrides)
    except NncliError:
        return "refused"
    X = np.random.default_rng(0).normal(size=(5, network.n_inputs))
    what = (network.inputs, network.named_inputs, network.outputs, network.kind, network.dtype)
    return *what, spec.seed, spec.data, network(X).tobytes()


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.name)
def test_a_model_file_means_the_spec_that_convert_writes(
    path: Path, inline: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same changes give the same network or are refused alike, weights in the spec or beside it."""
    monkeypatch.setattr(specfile, "INLINE", 10_000 if inline else 0)
    models.write_network(models.read_network(path), tmp_path / "net.yaml")
    for overrides in OVERRIDES:
        if not inline and overrides and ("weights" in overrides[0] or "biases" in overrides[0]):
            continue  # a spec with a weights file refuses what a model file lets pass
        assert outcome(path, overrides) == outcome(tmp_path / "net.yaml", overrides), overrides


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".onnx"])
def test_a_model_file_takes_no_other_weights(iris: Callable[[str], Path], suffix: str) -> None:
    """``weights=`` beside a file that holds them is refused, and the message names both files."""
    path = iris(suffix)
    said = ["relu", "softmax"] if suffix == ".npz" else None
    with pytest.raises(
        UsageError, match=r"other\.npz: .*iris\.\w+ holds its own weights; give other\.npz in"
    ):
        models.open_model(path, ["weights=other.npz"], said)


def test_large_weights_are_never_copied_number_by_number(tmp_path: Path) -> None:
    """The arrays that a file holds are the network's own, not read back from a text."""
    random = np.random.default_rng(0)
    W = random.normal(size=(200, 60)).astype(np.float32)
    layers = (Dense(weights=W, biases=np.zeros(60, np.float32)),)
    network = Network(layers=layers, inputs=tuple(f"x{i}" for i in range(200)))
    models.write_network(network, tmp_path / "net.safetensors")
    spec, back = models.open_model(tmp_path / "net.safetensors", ["seed=1"])
    assert isinstance(spec.layers[0].weights, np.ndarray)
    assert np.shares_memory(spec.layers[0].weights, back.layers[0].weights)


@pytest.fixture
def iris(configs: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Return the iris network in a format."""

    def write(suffix: str) -> Path:
        path = tmp_path / f"iris{suffix}"
        models.write_network(nncli.load(configs / "iris.yaml"), path)
        return path

    return write


def rows(configs: Path) -> Path:
    """Return the iris table."""
    return configs / "iris.csv"


COMMANDS = [
    ("run", "{net}", "{data}", "--limit", "3"),
    ("run", "{net}", "{data}", "--set", "outputs=[a, b, c]", "--dtype", "float32", "--seed", "1"),
    ("eval", "{net}", "{data}", "--label", "species"),
    ("compare", "{net}", "{data}", "--with", "{scores}"),
    ("explain", "{net}", "{data}", "--row", "1"),
    ("explain", "{net}", "{data}", "--unit", "setosa"),
    ("draw", "{net}", "{data}", "--row", "1"),
    ("plot", "weights", "{net}", "-o", "{out}.svg"),
    ("plot", "confusion", "{net}", "{data}", "--label", "species", "-o", "{out}.svg"),
    ("report", "{net}", "{data}", "-o", "{out}.html"),
    ("summary", "{net}"),
    ("summary", "{net}", "{data}", "-f", "json"),
    ("check", "{net}"),
    ("check", "--resolved", "{net}"),
]


@pytest.mark.parametrize("suffix", [".onnx", ".safetensors", ".npz"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: "-".join(command[:2]))
def test_every_command_takes_model_files(
    command: Sequence[str], suffix: str, iris: Any, cli: Any, configs: Path, tmp_path: Path
) -> None:
    """What a command says of a model file it says of the spec that `convert` makes of it."""
    model, spec, scores = iris(suffix), tmp_path / "made_of_it.yaml", tmp_path / "scores.csv"
    activations = ["--activations", "relu,softmax"] if suffix == ".npz" else []
    assert cli("convert", model, spec, *activations).exit_code == 0
    if suffix == ".npz":
        text = spec.read_text().replace(
            "inputs: 4", "inputs: [sepal_length, sepal_width, petal_length, petal_width]"
        )
        spec.write_text(text + "outputs: [setosa, versicolor, virginica]\n")
        names = ["inputs=[sepal_length, sepal_width, petal_length, petal_width]"]
        activations += ["--set", names[0], "--set", "outputs=[setosa, versicolor, virginica]"]
    assert cli("run", spec, rows(configs), "-o", scores).exit_code == 0

    def said(net: Path, *more: str) -> tuple[Any, ...]:
        places = {"net": net, "data": rows(configs), "scores": scores, "out": tmp_path / "out"}
        name, *words = (word.format(**places) for word in command)
        done = cli(name, *more, *words)
        written = [path.read_text() for path in sorted(tmp_path.glob("out.*"))]
        written = [re.sub(r'"given":\{.*?\]\}', "", page) for page in written]  # how it was called
        parts = (done.stdout, done.stderr, *written)
        return done.exit_code, *(part.replace(str(net), "NET").replace(net.name, "NET") for part in parts)

    expected = said(spec)
    assert expected[0] == 0
    assert said(model, *activations) == expected


def test_the_spiral_runs_through_a_model_file(tmp_path: Path, configs: Path, cli: Any) -> None:
    """`spiral --spec` takes a model file; its samples and classes stand in place of data."""
    models.write_network(nncli.load(configs / "spiral_trained.yaml"), tmp_path / "net.onnx")
    models.write_network(nncli.load(configs / "spiral_trained.yaml"), tmp_path / "net.npz")
    done = cli("spiral", "--spec", tmp_path / "net.onnx", "--samples", 2)
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 7)
    done = cli("spiral", "--spec", tmp_path / "net.npz", "--activations", "relu,softmax", "--samples", 2)
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 7)
    assert cli("spiral", "--activations", "relu,softmax").exit_code == 2


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("iris.yaml", []),
        ("iris.onnx", []),
        ("iris.safetensors", []),
        ("iris.npz", ["--activations", "relu,softmax"]),
        ("cases/legacy-h5.h5", []),
        ("cases/rescaling.keras", []),
        ("cases/logistic-regression.onnx", []),
        ("torch_saved/sequential.pt", ["--activations", "relu,relu,softmax"]),
        ("torch_saved/checkpoint.ckpt", ["--activations", "relu,softmax"]),
    ],
)
def test_one_line_scores_a_trained_network(
    name: str, options: list[str], iris: Any, cli: Any, tmp_path: Path
) -> None:
    """Rows in, accuracy out, for every format; here the labels are what the network says itself."""
    path = iris(Path(name).suffix) if name.startswith("iris") else FIXTURES / name
    network = nncli.load(path, activations=options[1].split(",") if options else None)
    X = np.random.default_rng(0).normal(size=(20, network.n_inputs)).round(3)
    table = tmp_path / "rows.csv"
    header = ",".join([*network.inputs, "y"])
    names = network.outputs or range(network.n_outputs)
    answers = [names[code] for code in network(X).argmax(axis=1)]
    lines = [",".join(map(str, [*row, answer])) for row, answer in zip(X, answers, strict=True)]
    table.write_text("\n".join([header, *lines, ""]))
    done = cli("eval", path, table, "--label", "y", *options)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "accuracy        1.000000\n" in done.stdout


def test_bench_takes_a_model_file(iris: Any, cli: Any) -> None:
    """`bench` measures a model file, one of weights too."""
    assert cli("bench", iris(".onnx"), "--seconds", 0, "--limit", 100).exit_code == 0
    weights = iris(".npz"), "--activations", "relu,softmax"
    assert cli("bench", *weights, "--seconds", 0, "--limit", 100).exit_code == 0


@pytest.mark.parametrize("name", ["net", "net.dat", "net.model", "net.tar"])
@pytest.mark.parametrize("suffix", [".yaml", ".onnx", ".safetensors", ".npz", ".keras", ".pt", ".pkl"])
def test_an_unknown_suffix_leaves_it_to_the_content(
    suffix: str, name: str, iris: Any, tmp_path: Path
) -> None:
    """A file under any name is read as what it holds."""
    kept = {".keras": FIXTURES / "sequential.keras", ".pt": FIXTURES / "torch_saved" / "sequential.pt"}
    if suffix == ".pkl":
        path = tmp_path / "iris.pkl"
        path.write_bytes(pickle.dumps([(np.ones((2, 3)), np.ones((1, 3)))]))
    else:
        path = kept.get(suffix) or iris(suffix)
    assert models.suffix_of(path) == suffix
    (tmp_path / name).write_bytes(path.read_bytes())
    assert models.suffix_of(tmp_path / name) == suffix


@pytest.mark.parametrize("size", [0x0280, 0x0480, 0x8B1F, 0x0100, 0x9D1F, 0x0A00])
@pytest.mark.parametrize("name", ["net.safetensors", "net"])
def test_a_size_that_looks_like_another_format_is_a_size(size: int, name: str, tmp_path: Path) -> None:
    """.safetensors starts with its header's size, whose bytes may be those of a pickle or of gzip."""
    head = json.dumps({"fc.weight": {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]}}).encode()
    path = tmp_path / name
    path.write_bytes(size.to_bytes(8, "little") + head.ljust(size) + np.ones(2, np.float32).tobytes())
    assert nncli.load(path, activations=["linear"]).layers[0].weights.tolist() == [[1.0], [1.0]]


def test_a_spec_may_be_called_json(tmp_path: Path) -> None:
    """JSON is YAML: a spec in it is a spec, and nested lists are weights."""
    spec = {"inputs": 2, "layers": [{"units": 3}]}
    for indent in (None, 2):
        (tmp_path / "net.json").write_text(json.dumps(spec, indent=indent))
        assert nncli.load(tmp_path / "net.json").n_outputs == 3
    (tmp_path / "net.json").write_text(json.dumps({"W1": [[1.0, 2.0, 3.0]], "b1": [1.0, 1.0, 1.0]}))
    assert nncli.load(tmp_path / "net.json", activations=["relu"]).n_inputs == 1


def unknown_zip(path: Path) -> None:
    """Write an archive of something else."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        lambda path: path.write_bytes(b"\0\1\2\3"),
        lambda path: path.write_bytes(b"\x93NUMPY\1\0"),
        unknown_zip,
    ],
    ids=["png", "bytes", "npy", "zip"],
)
@pytest.mark.parametrize("name", ["net", "net.dat"])
def test_what_no_content_tells_is_refused(
    name: str, write: Callable[[Path], Any], tmp_path: Path, cli: Any
) -> None:
    """Neither name nor content: one line that names the formats which are known, and exit 1."""
    write(tmp_path / name)
    for done in (cli("run", tmp_path / name), cli("convert", tmp_path / name, tmp_path / "out.yaml")):
        assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
        assert "neither its name nor its content is that of a network" in done.stderr
        assert ".onnx, .keras" in done.stderr


def test_a_compressed_network_is_told_as_such(iris: Any, tmp_path: Path) -> None:
    """What is in it would be read once it is unpacked."""
    (tmp_path / "net.onnx.gz").write_bytes(gzip.compress(iris(".onnx").read_bytes()))
    with pytest.raises(ModelError, match="is compressed with gzip"):
        models.open_model(tmp_path / "net.onnx.gz")
    assert not models.is_network(tmp_path / "net.onnx.gz")  # rows are read packed


def test_a_text_of_unknown_suffix_is_a_spec(tmp_path: Path) -> None:
    """So its mistakes are told with their lines, and an empty file is an empty spec."""
    (tmp_path / "net.txt").write_text("inputs: 2\nlayers:\n  - {units: 3, activaton: relu}\n")
    with pytest.raises(SpecError, match=r"net.txt:3:16: .*did you mean 'activation'"):
        models.open_model(tmp_path / "net.txt")
    (tmp_path / "empty").write_text("")
    with pytest.raises(SpecError, match="the spec is empty"):
        models.open_model(tmp_path / "empty")


def test_a_file_of_weights_asks_for_activations(iris: Any, cli: Any, configs: Path) -> None:
    """The message shows the option and the line that makes a spec; both do."""
    path = iris(".npz")
    done = cli("run", path, rows(configs))
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    assert "for example --activations relu,softmax;" in done.stderr
    assert f"nncli convert {path} net.yaml --activations relu,softmax" in done.stderr
    network = nncli.load(path, activations=["relu", "softmax"])
    assert network.kind == "classes"
    assert nncli.load(path, ["layers.0.alpha=0.5"], ["leaky_relu:0.2", "softmax"]).layers[0].alpha == 0.5
    with pytest.raises(UsageError, match=r"3 names, but .* has 2 layers"):
        nncli.load(path, activations=["relu", "relu", "softmax"])
    with pytest.raises(UsageError, match=r"1 name, but .* has 2 layers"):
        nncli.load(path, activations="relu")


@pytest.mark.parametrize("suffix", [".yaml", ".onnx"])
def test_a_whole_network_tells_its_activations_itself(suffix: str, iris: Any) -> None:
    """Activations beside a file that says them are refused."""
    with pytest.raises(UsageError, match="tells that itself"):
        nncli.load(iris(suffix), activations=["relu", "softmax"])


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["outputs=[a,b]"], r"^override outputs=\[a,b\]: outputs: 2 names for the last layer's 3 units$"),
        (
            ["inputs=[a,b]"],
            r"^override inputs=\[a,b\]: inputs: 2 inputs, but the weights of layers\[0\] are for 4$",
        ),
        (["inputs=5"], r"^override inputs=5: inputs: 5 inputs, but the weights of layers\[0\] are for 4$"),
        (
            ["layers.1.units=2"],
            r"^override layers.1.units=2: layers\[1\].units: 2, but .* weights for 3 units$",
        ),
        (["layers.1.activation=sotfmax"], r"^override layers.1.activation=sotfmax: .*did you mean 'softmax'"),
        (["layers.2.activation=relu"], r"^override layers.2.activation=relu: 'layers' is a list of 2 items"),
        (["layer.0.units=3"], r"^override layer.0.units=3: unknown key 'layer'"),
        (["task=regression"], r"^override task=regression: task: a softmax gives"),
    ],
)
def test_a_change_that_does_not_fit_is_told_without_lines_of_a_text(
    overrides: list[str], message: str, iris: Any
) -> None:
    """The option is the place, one line for each, and no line of YAML that nobody wrote."""
    with pytest.raises(UsageError, match=message):
        models.open_model(iris(".onnx"), overrides)


def test_what_else_is_wrong_names_the_model_file(iris: Any) -> None:
    """Where the file itself does not fit a change, it is named without a line."""
    path = iris(".onnx")
    with pytest.raises(NncliError, match=r"iris.onnx: layers\[1\].weights: 3 numbers in a row"):
        models.open_model(path, ["layers.0={units: 2, weights: [[1, 2, 3, 4], [1, 2, 3, 4]]}"])


def test_a_missing_model_file_is_told_as_such(tmp_path: Path) -> None:
    """Whatever its suffix, a file that is not there is not there."""
    for name in ("net", "net.yaml"):
        with pytest.raises(SpecError, match="no such file"):
            models.open_model(tmp_path / name)
    with pytest.raises(ModelError, match="no such file"):
        models.open_model(tmp_path / "net.onnx")


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
SUFFIXES = (*models.READERS, *models.WEIGHTS_READERS)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (LFS, "is a Git LFS pointer, not the file itself: `git lfs pull` fetches that"),
        (
            b"\n<!DOCTYPE html><html>404</html>",
            "is a web page (HTML), and no model: download the file itself",
        ),
    ],
)
def test_what_stands_in_a_models_place_is_named(
    suffix: str, content: bytes, message: str, tmp_path: Path
) -> None:
    """Nothing, what Git leaves of a large file, and the page about a file are told as what they are."""
    path = tmp_path / f"net{suffix}"
    path.write_bytes(content)
    for said in (None, ["relu", "softmax"]):
        with pytest.raises(ModelError) as error:
            models.open_model(path, (), said)
        assert str(error.value) == f"{path}: {message}"


def test_a_model_under_another_formats_name_is_told_as_what_it_is(
    iris: Callable[[str], Path], tmp_path: Path
) -> None:
    """A suffix that lies is the reason, whatever else is said; between PyTorch's and pickles none does."""
    sources = {".onnx": iris(".onnx"), ".npz": iris(".npz"), ".safetensors": iris(".safetensors")}
    sources |= {".pt": FIXTURES / "torch_saved" / "named.pt", ".h5": FIXTURES / "cases" / "legacy-h5.h5"}
    pickles = {suffix for suffix, format in models.WEIGHTS_READERS.items() if format in ("torch", "pickled")}
    for found, source in sources.items():
        alike = pickles if found == ".pt" else {".h5", ".hdf5", ".keras"} if found == ".h5" else {found}
        for suffix in {*SUFFIXES} - alike:
            path = tmp_path / f"wrong{suffix}"
            path.write_bytes(source.read_bytes())
            for said in (None, ["relu", "softmax"]):
                with pytest.raises(ModelError) as error:
                    models.open_model(path, (), said)
                wrong = f"{path}: its name says {suffix}, but its content is that of a {found} file"
                assert str(error.value).startswith(wrong)
