from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Cli = Callable[..., Any]


def test_all_layers(cli: Cli, configs: Path) -> None:
    """Without a unit all layers of the row are shown, with the network's own numbers."""
    result = cli("explain", configs / "spiral.yaml", "--row", 1)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[2:22] == [
        "  x0 = 0.002995557",
        "  x1 = 0.009646608",
        "",
        "layers[0]: 2 → 3, relu",
        "",
        "  unit  z (sum + bias)             a",
        "     0  -0.0010475188   0.0           off",
        "     1   0.0011395362   0.0011395362",
        "     2  -0.00047983503  0.0           off",
        "",
        "layers[1]: 3 → 3, softmax",
        "",
        "  unit   z (sum + bias)           a",
        "     0  -0.000018183971  0.33331734",
        "     1  -0.000015235776  0.3333183",
        "     2   0.0001228128    0.33336434",
        "",
        "prediction: 2",
        "",
        "* layers[0]: 2 of 3 ReLU units are off in this row (units 0, 2): their sums are not above 0,"
        " so they pass on 0",
    ]


def test_run_and_explain_agree(cli: Cli, configs: Path) -> None:
    """What is explained is what run prints with --trace, for every row."""
    traced = json.loads(cli("run", configs / "iris.yaml", "--trace", "-f", "json").stdout)
    for number in (0, 77, 149):
        row = json.loads(cli("explain", configs / "iris.yaml", "--row", number, "-f", "json").stdout)
        for layer in row["layers"]:
            for unit in layer["units"]:
                names = (f"layer{layer['layer']}_z_{unit['unit']}", f"layer{layer['layer']}_a_{unit['unit']}")
                expected = [traced[number][name] for name in names]
                assert [unit["sum"], unit["activation"]] == expected
        assert row["prediction"] == traced[number]["prediction"]


def test_float32_agrees_to_the_bit(cli: Cli, tmp_path: Path) -> None:
    """A float32 row is computed in the place of its tile, as run does, up to a last tile that is not full."""
    spec, rows = tmp_path / "net.yaml", tmp_path / "rows.npy"
    spec.write_text(
        "inputs: 50\ndtype: float32\n"
        "layers: [{units: 33, activation: relu}, {units: 3, activation: softmax}]\n"
    )
    n_rows = 5000
    np.save(rows, np.random.RandomState(0).randn(n_rows, 50).astype(np.float32))
    cli("run", spec, rows, "-o", tmp_path / "out.npy", "--trace")
    outputs = np.load(tmp_path / "out.npy")
    for number in (0, 7, 3001, n_rows - 1):
        row = json.loads(cli("explain", spec, rows, "--row", number, "-f", "json").stdout)
        shown = [unit["activation"] for unit in row["layers"][1]["units"]]
        assert np.array(shown, np.float32).tolist() == outputs[number].tolist()


def test_one_neuron_of_other_data(cli: Cli, configs: Path, tmp_path: Path) -> None:
    """A neuron is found by its output's name, a row in the data that were given."""
    (tmp_path / "rows.csv").write_text("x1,name,x0\n1,a,2\n3,b,4\n")
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "inputs: 2\nlayers:\n  - {units: 2, weights: [[1, 2], [3, 4]], biases: [0.5, -1], activation: relu}\n"
        "outputs: [cat, dog]\n"
    )
    result = cli("explain", spec, tmp_path / "rows.csv", "--row", 1, "--unit", "dog", "-f", "json")
    neuron = json.loads(result.stdout)
    assert neuron["inputs"] == [
        {"name": "x0", "value": 4.0, "weight": 3.0, "product": 12.0},
        {"name": "x1", "value": 3.0, "weight": 4.0, "product": 12.0},
    ]
    assert (neuron["layer"], neuron["unit"], neuron["name"]) == (0, 1, "dog")
    assert (neuron["bias"], neuron["sum"], neuron["result"]) == (-1.0, 23.0, 23.0)
    assert (neuron["formula"], neuron["arithmetic"]) == ("max(0, z)", "max(0, 23.0)")
    assert neuron["softmax"] is None


def test_keys_are_documented(cli: Cli, configs: Path) -> None:
    """Every key of the JSON is listed in the help."""
    words = set(cli("explain", "--help").stdout.replace(",", " ").replace("(", " ").replace(")", " ").split())
    words |= {word.removesuffix("[]").rstrip(".") for word in words}
    row = json.loads(cli("explain", configs / "spiral.yaml", "-f", "json").stdout)
    neuron = json.loads(cli("explain", configs / "spiral.yaml", "--unit", 0, "-f", "json").stdout)
    for keys in (row, row["layers"][0], row["layers"][0]["units"][0], neuron, neuron["inputs"][0]):
        assert set(keys) <= words


def test_markdown(cli: Cli, configs: Path) -> None:
    """Markdown has the same document in tables."""
    result = cli("explain", configs / "output_neuron.yaml", "--unit", 0, "-f", "markdown")
    assert "| x3 | 2.5 | 1.0 | 2.5 | 2.8 |" in result.stdout.splitlines()
    assert result.stdout.endswith("    a = z\n      = 4.8\n")


def test_standard_input(shell: Cli, configs: Path) -> None:
    """Rows may come from standard input."""
    result = shell("explain", configs / "spiral.yaml", "-", "--row", 2, stdin="x0,x1\n1,1\n2,2\n0.5,0.25\n")
    assert result.exit_code == 0
    assert "  x0 = 0.5\n  x1 = 0.25\n" in result.stdout


@pytest.mark.parametrize(
    ("args", "exit_code", "message"),
    [
        (["--row", 300], 1, "there is no row 300; the 300 rows are counted from 0"),
        (["--row", -1], 2, "--row -1: rows are counted from 0"),
        (["--layer", 2], 2, "--layer 2: the network has layers 0 to 1"),
        (["--layer", -1], 2, "--layer -1: the network has layers 0 to 1"),
        (["--layer", 0, "--unit", 3], 2, "--unit 3: layers[0] has units 0 to 2"),
        (["--unit", "red"], 2, "--unit red: layers[1] has units 0 to 2"),
        (
            ["--unit", "gren", "--set", "outputs=[red, green, blue]"],
            2,
            "--unit gren: layers[1] has units 0 to 2 (did you mean 'green'?)",
        ),
    ],
)
def test_bad_questions(cli: Cli, configs: Path, args: list[Any], exit_code: int, message: str) -> None:
    """A row, layer or unit that is not there is one line on standard error, and nothing is printed."""
    result = cli("explain", configs / "spiral.yaml", *args)
    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert result.stderr.endswith(message + "\n")
    assert result.stderr.count("\n") == 1


def test_missing_value_in_the_row(cli: Cli, configs: Path, tmp_path: Path) -> None:
    """A row with a missing value can't be explained; other rows can."""
    rows = tmp_path / "rows.csv"
    rows.write_text("x0,x1\n1,\n3,4\n")
    assert cli("explain", configs / "spiral.yaml", rows, "--row", 1).exit_code == 0
    result = cli("explain", configs / "spiral.yaml", rows)
    assert (result.exit_code, result.stderr) == (1, f"{rows}: row 0: a value is missing\n")


def test_columns_by_position(cli: Cli, shell: Cli, configs: Path, tmp_path: Path) -> None:
    """Rows come in as run takes them: a label set aside, no header, another delimiter."""
    rows = tmp_path / "rows.csv"
    rows.write_text("a,b,kind\n1,2,x\n3,4,y\n")
    result = cli("explain", configs / "spiral.yaml", rows, "--label", "kind", "--row", 1)
    assert "  x0 = 3.0\n  x1 = 4.0\n" in result.stdout
    result = shell("explain", configs / "spiral.yaml", "-", "--no-header", "--delimiter", ";", stdin="5;6\n")
    assert "  x0 = 5.0\n  x1 = 6.0\n" in result.stdout
