"""The commands about specs: check, schema and init."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nncli.netspec import parse_spec, read_spec

Cli = Callable[..., Any]


@pytest.fixture
def net(tmp_path: Path) -> Callable[[str], Path]:
    """Write a spec and return its path."""

    def write(text: str) -> Path:
        path = tmp_path / "net.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_valid_spec_is_told_in_one_line(cli: Cli, configs: Path) -> None:
    """The line says what the network is."""
    path = configs / "spiral.yaml"
    result = cli("check", path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"{path}: valid: 2 -> 3 relu -> 3 softmax, 21 parameters\n"


def test_all_the_projects_specs_are_valid(cli: Cli, configs: Path) -> None:
    """Many specs are checked at once, a line each."""
    paths = sorted(configs.glob("*.yaml"))
    result = cli("check", *paths)
    assert result.exit_code == 0
    assert result.stdout.count(": valid: ") == len(paths)


def test_each_problem_is_a_line_on_standard_error(cli: Cli, net: Callable[[str], Path]) -> None:
    """Several problems of one spec are all told, and the exit code is 1."""
    path = net("sed: 1\ninputs: 2\nlayers:\n  - {units: 0}\n")
    result = cli("check", path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"{path}:1:1: unknown key 'sed' (did you mean 'seed'?)\n"
        f"{path}:4:13: layers[0].units: 0 is not a whole number of at least 1\n"
    )


def test_a_bad_spec_does_not_hide_the_good_ones(cli: Cli, net: Callable[[str], Path], configs: Path) -> None:
    """With many specs the problems of all are told, and the valid ones too."""
    bad, gone, good = net("layers: []\n"), "gone.yaml", configs / "neuron.yaml"
    result = cli("check", bad, gone, good)
    assert result.exit_code == 1
    assert result.stdout == f"{good}: valid: 3 -> 1 linear, 4 parameters\n"
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == [str(bad), str(bad), "gone.yaml"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "inputs: 1\nlayers: [{units: 1}]\ndata: {file: gone.csv}\n",
            ":3:14: data.file: {folder}/gone.csv: no such file",
        ),
        ("dtype: float32\nlayers: [{weights: [1e39]}]\n", "1e+39 is too large for float32"),
        ("layers: [{activation: relu}]\nweights: gone.npz\n", "gone.npz"),
        (
            "inputs: [a, b]\nlayers: [{units: 1}]\ndata: {file: net.yaml}\n",
            "it is a YAML file: it holds a model and no rows",
        ),
    ],
)
def test_a_valid_spec_is_one_that_runs(
    cli: Cli, net: Callable[[str], Path], tmp_path: Path, text: str, message: str
) -> None:
    """A missing file, other columns or a number that the dtype can't hold are problems too."""
    result = cli("check", net(text))
    assert result.exit_code == 1
    assert message.format(folder=tmp_path) in result.stderr


def test_a_pipe_with_a_name_is_left_for_the_run(cli: Cli, net: Callable[[str], Path], tmp_path: Path) -> None:
    """What is read from a FIFO is gone, so a check does not open it."""
    os.mkfifo(tmp_path / "rows.csv")
    result = cli("check", net("inputs: 2\nlayers: [{units: 1}]\ndata: {file: rows.csv}\n"))
    assert result.exit_code == 0


def test_resolved_prints_a_spec_with_every_default(cli: Cli, configs: Path) -> None:
    """What is printed is a spec again, and means the same."""
    path = configs / "spiral.yaml"
    result = cli("check", "--resolved", path)
    assert "weight_scale: 0.1\n" in result.stdout
    assert parse_spec(result.stdout, str(path)) == read_spec(path)


def test_overrides_are_checked_too(cli: Cli, configs: Path) -> None:
    """`--set` changes what is checked; a bad one is the command line's fault."""
    assert "-> 8 relu ->" in cli("check", configs / "spiral.yaml", "--set", "layers.0.units=8").stdout
    result = cli("check", configs / "spiral.yaml", "--set", "layers.0.units=x")
    assert result.exit_code == 2
    assert result.stderr == (
        "nncli check: --set layers.0.units=x: layers[0].units: 'x' is not a whole number of at least 1\n"
    )


def test_resolved_takes_one_spec(cli: Cli, configs: Path) -> None:
    """Two documents would be no spec."""
    path = configs / "spiral.yaml"
    result = cli("check", "--resolved", path, path)
    assert (result.exit_code, result.stderr) == (2, "nncli check: --resolved: takes one spec at a time\n")


def test_the_starter_spec_checks_and_runs(shell: Cli) -> None:
    """What `init` prints is valid and runs as it is, through pipes alone."""
    starter = shell("init").stdout
    assert shell("check", "-", stdin=starter).stdout == (
        "<stdin>: valid: 2 -> 3 relu -> 3 softmax, 21 parameters\n"
    )
    result = shell("run", "-", stdin=starter)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.count("\n") == 301


def test_the_commented_parts_of_the_starter_are_valid_too(cli: Cli) -> None:
    """A user who takes a comment's hash away has a valid spec."""
    starter = cli("init").stdout
    layer = starter.replace("  # - weights", "  - weights").replace("  #   biases", "    biases")
    layer = layer.replace("  #   activation", "    activation").replace("outputs:", "# outputs:")
    assert parse_spec(layer, "net.yaml").layers[-1].biases == (2.0, 3.0)
    values = starter.replace("  spiral:", "  # spiral:").replace("  # values", "  values")
    assert parse_spec(values, "net.yaml").data is not None
    file = starter.replace("  spiral:", "  # spiral:").replace("  # file", "  file")
    assert parse_spec(file, "net.yaml").data is not None


def test_the_schema_is_json(cli: Cli) -> None:
    """`schema` prints one JSON document for editors."""
    schema = json.loads(cli("schema").stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "layers" in schema["properties"]
