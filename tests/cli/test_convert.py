from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

import nncli
from nncli import models
from nncli.models import specfile

FIXTURES = Path(__file__).parents[1] / "models" / "fixtures"
LAYOUT = ["--layout", "inputs_units"]
CONFIGS = sorted(path.stem for path in (Path(__file__).parents[2] / "configs").glob("*.yaml"))


@pytest.mark.parametrize("name", CONFIGS)
def test_a_converted_spec_runs_to_the_same_bytes(
    name: str, configs: Path, cli: Callable[..., Any], tmp_path: Path
) -> None:
    """A spec made of a spec freezes the drawn weights and keeps everything else, data included."""
    frozen = tmp_path / "frozen.yaml"
    assert cli("convert", configs / f"{name}.yaml", frozen).exit_code == 0
    assert "weight_scale" not in frozen.read_text()
    assert cli("run", frozen).stdout == cli("run", configs / f"{name}.yaml").stdout


@pytest.mark.parametrize("way", [(".yaml",), (".safetensors",), (".npz",), (".yaml", ".safetensors", ".yml")])
@pytest.mark.parametrize("name", ["iris", "spiral", "softmax"])
def test_round_trips_give_equal_bits(
    name: str, way: tuple[str, ...], configs: Path, cli: Callable[..., Any], tmp_path: Path
) -> None:
    """Whatever formats a network goes through, its weights come back the same."""
    original = nncli.load(configs / f"{name}.yaml")
    source = configs / f"{name}.yaml"
    for i, suffix in enumerate(way):
        target = tmp_path / f"step{i}{suffix}"
        assert cli("convert", source, target).exit_code == 0
        source = target
    last = tmp_path / "last.yaml"
    activations = ",".join(layer.activation for layer in original.layers)
    options = ["--activations", activations] if way[-1] == ".npz" else []
    assert cli("convert", source, last, *options).exit_code == 0
    back = nncli.load(last)
    assert back.dtype == original.dtype
    for ours, theirs in zip(back.layers, original.layers, strict=True):
        np.testing.assert_array_equal(ours.weights, theirs.weights)
        np.testing.assert_array_equal(ours.biases, theirs.biases)
        assert ours.activation == theirs.activation
    if way[-1] != ".npz":
        X = np.random.default_rng(0).normal(size=(100, original.n_inputs))
        np.testing.assert_array_equal(back(X), original(X))
        assert (back.inputs, back.outputs) == (original.inputs, original.outputs)


def test_many_weights_go_beside_the_spec(
    configs: Path, cli: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A spec with many weights names a safetensors file next to it, which holds the same bits."""
    monkeypatch.setattr(specfile, "INLINE", 5)
    assert cli("convert", configs / "spiral.yaml", tmp_path / "net.yaml").exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.safetensors", "net.yaml"]
    assert "weights: net.safetensors" in (tmp_path / "net.yaml").read_text().replace('"', "")
    assert cli("run", tmp_path / "net.yaml").stdout == cli("run", configs / "spiral.yaml").stdout


def test_the_same_network_gives_the_same_bytes(configs: Path, tmp_path: Path) -> None:
    """Nothing of the day or of the machine is in a written file."""
    network = nncli.load(configs / "iris.yaml")
    for suffix in (".npz", ".safetensors", ".yaml", ".py"):
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir(exist_ok=True)
            models.write_network(network, tmp_path / folder / f"net{suffix}")
        assert (tmp_path / "a" / f"net{suffix}").read_bytes() == (
            tmp_path / "b" / f"net{suffix}"
        ).read_bytes()


def test_npz_and_safetensors_have_our_names_and_rows_of_neurons(
    configs: Path, cli: Callable[..., Any], tmp_path: Path
) -> None:
    """Weights are stored as layers.0.weights, (units, inputs), readable by NumPy alone."""
    result = cli("convert", configs / "spiral.yaml", tmp_path / "net.npz")
    network = nncli.load(configs / "spiral.yaml")
    with np.load(tmp_path / "net.npz") as tensors:
        assert sorted(tensors) == [f"layers.{i}.{what}" for i in (0, 1) for what in ("biases", "weights")]
        np.testing.assert_array_equal(tensors["layers.0.weights"], network.layers[0].weights.T)
    assert result.stdout == ""
    assert "holds the weights alone" in result.stderr


def test_names_and_activations_come_from_the_command_line(cli: Callable[..., Any], tmp_path: Path) -> None:
    """Weights alone become a complete spec with what the options say."""
    parameters = [
        (np.ones((2, 3)), np.zeros((1, 3))),
        (np.ones((3, 1)), np.zeros((1, 1))),
    ]
    (tmp_path / "book.pkl").write_bytes(pickle.dumps(parameters))
    options = ["--activations", "leaky_relu:0.2, sigmoid", "--inputs", "width,height", "--outputs", "no,yes"]
    result = cli("convert", tmp_path / "book.pkl", tmp_path / "net.yaml", *options)
    assert (result.exit_code, result.stderr) == (0, "")
    network = nncli.load(tmp_path / "net.yaml")
    assert (network.inputs, network.outputs) == (("width", "height"), ("no", "yes"))
    assert [(layer.activation, layer.alpha) for layer in network.layers] == [
        ("leaky_relu", 0.2),
        ("sigmoid", None),
    ]


def test_a_keras_model_runs_as_a_spec(cli: Callable[..., Any], tmp_path: Path) -> None:
    """From .keras to predictions with two commands."""
    with np.load(FIXTURES / "keras_expected.npz") as expected:
        np.save(tmp_path / "rows.npy", expected["X"])
        assert cli("convert", FIXTURES / "functional.keras", tmp_path / "net.yaml").exit_code == 0
        run = cli("run", tmp_path / "net.yaml", tmp_path / "rows.npy", "-o", tmp_path / "out.npy")
        assert run.exit_code == 0
        np.testing.assert_allclose(np.load(tmp_path / "out.npy"), expected["functional"], atol=1e-6)


@pytest.mark.parametrize(
    ("args", "exit_code", "message"),
    [
        (
            ["{w}", "net.yaml", *LAYOUT],
            2,
            "holds weights only: say the activation of each layer, for example",
        ),
        (["{w}", "net.yaml", "--activations", "rleu"], 2, "unknown activation 'rleu' (did you mean 'relu'?)"),
        (["{w}", "net.yaml", "--activations", "relu:1"], 2, "--activations: relu takes no alpha"),
        (["{w}", "net.yaml", "--activations", "elu:x"], 2, "--activations: 'x' is not a number"),
        (["{w}", "net.yaml", "--activations", "elu:inf"], 2, "--activations: 'inf' is not a finite number"),
        (["{w}", "net.yaml", *LAYOUT, "--activations", "relu,relu"], 2, "--activations: 2 names, but "),
        (["{w}", "net.yaml", "--activations", "relu"], 1, "'W' is square and the names follow no convention"),
        (
            ["{w}", "net.yaml", "--activations", "relu", *LAYOUT, "--inputs", "a"],
            2,
            "--inputs: 1 names for the network's 2 inputs",
        ),
        (
            ["{w}", "net.yaml", "--activations", "relu", *LAYOUT, "--outputs", "a,a"],
            2,
            "--outputs: every name must be there, and only once",
        ),
        (["{spec}", "net.yaml", "--activations", "relu"], 2, "--activations: "),
        (["{keras}", "net.yaml", "--layout", "units_inputs"], 2, "--layout: "),
        (
            ["{spec}", "net.txt"],
            2,
            "net.txt: no model file that nncli writes; its suffix must be one of .yaml, ",
        ),
        (["model.tflite", "net.yaml"], 1, "model.tflite: no such file"),
        (["missing.npz", "net.yaml", "--activations", "relu"], 1, "missing.npz: no such file or directory"),
        (["{spec}", "no/such/net.yaml"], 1, "no/such/net.yaml: no such file or directory"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    args: list[str], exit_code: int, message: str, configs: Path, shell: Callable[..., Any], tmp_path: Path
) -> None:
    """A file at fault ends with 1, a command line at fault with 2, and nothing is written."""
    np.savez(tmp_path / "w.npz", W=np.eye(2), b=np.zeros(2))
    places = {"w": "w.npz", "spec": configs / "spiral.yaml", "keras": FIXTURES / "functional.keras"}
    result = shell("convert", *(arg.format(**places) for arg in args), cwd=tmp_path)
    assert result.exit_code == exit_code
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["w.npz"]


def test_words_and_order_decide_what_the_alphabet_did(cli: Callable[..., Any], tmp_path: Path) -> None:
    """`wih` comes before `who`; where names say nothing, the readings are shown and `--order` chooses."""
    wih, who = np.arange(20.0).reshape(5, 4), np.arange(10.0).reshape(2, 5)
    np.savez(tmp_path / "words.npz", who=who, wih=wih)
    save_file({"p": wih, "a": who}, tmp_path / "open.safetensors")
    options = ["--activations", "sigmoid,sigmoid"]
    target = tmp_path / "net.yaml"

    assert cli("convert", tmp_path / "words.npz", target, *options).exit_code == 0
    np.testing.assert_array_equal(nncli.load(target).layers[0].weights, wih.T)

    refused = cli("convert", tmp_path / "open.safetensors", target, *options)
    assert refused.exit_code == 1
    assert "4 -> 5 -> 2 (p, a) or 2 -> 5 -> 4 (a, p) would fit; say --order p,a" in refused.stderr

    assert cli("convert", tmp_path / "open.safetensors", target, *options, "--order", "a,p").exit_code == 0
    np.testing.assert_array_equal(nncli.load(target).layers[0].weights, who)
    wrong = cli("convert", tmp_path / "open.safetensors", target, *options, "--order", "a,b")
    assert (wrong.exit_code, "must name every matrix" in wrong.stderr) == (2, True)
