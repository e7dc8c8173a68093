"""``nncli compare A B [DATA]``: two networks over the same rows."""

import json
from pathlib import Path

import numpy as np
import pytest

import nncli
from nncli import models

A = """\
inputs: [a, b]
outputs: [no, yes, maybe]
layers:
  - {weights: [[1, 2], [3, -4], [0, 1]], activation: softmax}
"""
SAME_BY_NAME = """\
inputs: [b, a]
outputs: [maybe, no, yes]
layers:
  - {weights: [[1, 0], [2, 1], [-4, 3]], activation: softmax}
"""
ROWS = "c,b,id,a\n1,2,x,3\n4,5,y,0.5\n7,8,z,9\n"


@pytest.fixture
def folder(tmp_path, monkeypatch, configs):
    """Work in a folder with networks that say the same in several ways."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(A)
    (tmp_path / "same.yaml").write_text(SAME_BY_NAME)
    (tmp_path / "rows.csv").write_text(ROWS)
    network = nncli.load(configs / "iris.yaml")
    for suffix in (".onnx", ".safetensors", ".yaml", ".npz"):
        models.write_network(network, tmp_path / f"iris{suffix}")
    (tmp_path / "iris").write_bytes((tmp_path / "iris.onnx").read_bytes())
    return tmp_path


def compared(cli, *args):
    """Return the report of a comparison, and the result of the command."""
    result = cli("compare", *args, "-f", "json")
    return json.loads(result.stdout), result


@pytest.mark.parametrize("other", ["iris.onnx", "iris.safetensors", "iris.yaml", "iris"])
def test_a_network_agrees_with_itself_in_another_format(cli, folder, configs, other):
    """The suffix or the content tells that the second argument is a network; not a bit differs."""
    report, result = compared(
        cli, configs / "iris.yaml", other, configs / "iris.csv", "--atol", 0, "--rtol", 0
    )
    assert (result.exit_code, result.stderr) == (0, "")
    assert (report["with"], report["rows"], report["rows_there"]) == (other, 150, 150)
    assert (report["largest_difference"], report["different_predictions"]) == (0, 0)


def test_without_data_the_first_network_s_own_rows_are_run(cli, folder, configs):
    """The spec's data go through both."""
    report, result = compared(cli, configs / "iris.yaml", "iris.onnx")
    assert (result.exit_code, report["rows"]) == (0, 150)
    assert cli("compare", "iris.onnx", configs / "iris.yaml").exit_code == 1  # the first one has none


def test_standard_input_is_data(shell, folder, configs):
    """Rows come from a pipe, asked for or not."""
    table = (configs / "iris.csv").read_text()
    for data in ([], ["-"]):
        result = shell("compare", "iris.onnx", "iris.yaml", *data, stdin=table, cwd=folder)
        assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize("options", [[], ["--on-missing", "null"], ["--dtype", "float32"], ["-j", 1]])
def test_each_network_finds_columns_and_classes_by_its_own_names(cli, folder, options):
    """Inputs and outputs in another order are the same network."""
    for pair in (("a.yaml", "same.yaml"), ("same.yaml", "a.yaml")):
        report, result = compared(cli, *pair, "rows.csv", *options)
        assert (result.exit_code, report["different_predictions"]) == (0, 0)
    (folder / "rows.csv").write_text("1,2\n3,4\n")  # without names there is the order alone
    assert compared(cli, "a.yaml", "same.yaml", "rows.csv", "--no-header")[0]["rows"] == 2


def test_the_other_network_may_need_other_columns(cli, folder):
    """A column that only one of them takes is read for it."""
    (folder / "b.yaml").write_text(
        A.replace("[a, b]", "[a, b, c]")
        .replace("2]", "2, 0]")
        .replace("-4]", "-4, 0]")
        .replace("1]]", "1, 0]]")
    )
    report, result = compared(cli, "a.yaml", "b.yaml", "rows.csv")
    assert (result.exit_code, report["largest_difference"]) == (0, 0)
    (folder / "rows.csv").write_text("a,b\n1,2\n")
    result = cli("compare", "a.yaml", "b.yaml", "rows.csv")
    assert result.exit_code == 1
    assert result.stderr == "rows.csv: b.yaml takes a, b, c; not there: c\n"


def test_a_network_without_names_takes_the_columns_of_the_first(cli, folder, configs):
    """Weights alone have no names; they take what the named network takes, in its order."""
    activations = ("--activations", "relu,softmax")
    spec = nncli.load(configs / "iris.yaml")
    table = np.genfromtxt(configs / "iris.csv", delimiter=",", skip_header=1, usecols=range(4))
    expected = spec(table) - nncli.load("iris.npz", activations=["relu", "softmax"])(table)
    report, result = compared(cli, configs / "iris.yaml", "iris.npz", *activations)
    assert report["largest_difference"] == np.abs(expected).max()
    assert result.exit_code == 1
    report, _ = compared(
        cli, "iris.npz", configs / "iris.yaml", configs / "iris.csv", "--label", "species", *activations
    )
    assert report["largest_difference"] == np.abs(expected).max()


def test_flipped_predictions_are_counted_and_the_first_is_shown(cli, folder):
    """The row and both classes, in words and in JSON, and exit 1."""
    (folder / "b.yaml").write_text(A.replace("[0, 1]", "[9, 9]"))
    report, result = compared(cli, "a.yaml", "b.yaml", "rows.csv")
    assert result.exit_code == 1
    flipped = report["different_predictions"]
    first = report["first_different_prediction"]
    assert (flipped, first) == (3, {"row": 0, "column": "prediction", "here": "no", "there": "maybe"})
    text = cli("compare", "a.yaml", "b.yaml", "rows.csv").stdout
    assert "predictions         3 of 3 differ\n" in text
    assert "  first             row 0, column prediction: 'no' here, 'maybe' there\n" in text


def test_changes_are_for_the_first_network_alone(cli, folder):
    """A spec beside itself shows what a change does."""
    assert compared(cli, "a.yaml", "a.yaml", "rows.csv")[1].exit_code == 0
    report, result = compared(cli, "a.yaml", "a.yaml", "rows.csv", "--set", "layers.0.biases=[0, 0, 100]")
    assert (result.exit_code, report["different_predictions"]) == (1, 3)


def test_logits_beside_probabilities_name_classes_too(cli, folder):
    """Their numbers differ, their predictions need not."""
    (folder / "logits.yaml").write_text(A.replace(", activation: softmax", ""))
    for pair in (("a.yaml", "logits.yaml"), ("logits.yaml", "a.yaml")):
        report, result = compared(cli, *pair, "rows.csv")
        assert (result.exit_code, report["different_predictions"]) == (1, 0)
        assert report["compares_predictions"]
    assert not compared(cli, "logits.yaml", "logits.yaml", "rows.csv")[0]["compares_predictions"]


@pytest.mark.parametrize(
    ("exit_code", "message", "args"),
    [
        (2, "--with onnxruntime: iris.onnx is the", ["a.yaml", "iris.onnx", "--with", "onnxruntime"]),
        (2, "--with s.csv: iris.onnx is the other", ["a.yaml", "iris.onnx", "rows.csv", "--with", "s.csv"]),
        (2, "rows.csv: is no spec and no model file", ["a.yaml", "rows.csv", "iris.onnx"]),
        (2, "--activations: a.yaml tells that", ["a.yaml", "iris.onnx", "--activations", "relu,softmax"]),
        (2, "iris.npz holds weights only", ["iris.onnx", "iris.npz"]),
        (1, "a.yaml has 3 outputs, one.yaml 1: there is", ["a.yaml", "one.yaml", "rows.csv"]),
        (1, "rows.csv: iris.onnx takes sepal_length", ["a.yaml", "iris.onnx", "rows.csv"]),
        (1, "nope.onnx: no such file", ["a.yaml", "nope.onnx", "rows.csv"]),
        (1, "nope.csv: no such file", ["a.yaml", "nope.csv"]),
    ],
)  # fmt: skip
def test_what_can_t_be_compared_is_one_line(cli, folder, exit_code, message, args):
    """A command line at fault ends with 2, files with 1."""
    (folder / "one.yaml").write_text("inputs: [a, b]\nlayers: [{weights: [[1, 2]]}]\n")
    result = cli("compare", *args)
    assert (result.exit_code, result.stderr.count("\n")) == (exit_code, 1)
    assert message in result.stderr


@pytest.mark.parametrize(
    ("name", "text", "is_network"),
    [
        ("rows", "x0,x1\n1,2\n", False),
        ("rows.txt", "inputs\n1\n", False),
        ("rows", "", False),
        ("rows.json", '[{"a": 1, "b": 2}]', False),
        ("rows.json", "[[1, 2], [3, 4]]", False),
        ("rows.json", '{"a": 1}\n{"a": 2}\n', False),
        ("net.json", '{"W1": [[1, 2]], "b1": [1]}', True),
        ("net.json", '[{"weights": [[1, 2]], "biases": [1]}]', True),
        ("net.json", "[[[1, 2]], [1]]", True),
        ("net.json", '{"inputs": 2, "layers": [{"units": 3}]}', True),
        ("net", "# a network\n\ninputs: 2\nlayers: [{units: 3}]\n", True),
        ("net.txt", "---\nseed: 1\n", True),
        ("net.yaml", "", True),
    ],
)
def test_a_network_is_told_from_a_table(tmp_path, name, text, is_network):
    """By the suffix, else by the first thing that the file says."""
    (tmp_path / name).write_text(text)
    assert models.is_network(tmp_path / name) is is_network


def test_rows_on_one_side_have_a_line(cli, folder):
    """What makes it exit with 1 is in the report, too."""
    assert cli("run", "a.yaml", "rows.csv", "-o", "scores.csv").exit_code == 0
    lines = (folder / "scores.csv").read_text().splitlines()
    (folder / "scores.csv").write_text("\n".join(lines[:-1]) + "\n")
    result = cli("compare", "a.yaml", "rows.csv", "--with", "scores.csv")
    assert result.exit_code == 1
    assert "rows on one side    1 here\n" in result.stdout
    report, _ = compared(cli, "a.yaml", "rows.csv", "--with", "scores.csv")
    assert (report["rows"], report["rows_there"], report["agrees"]) == (3, 2, False)


def test_the_other_network_finds_names_in_any_form_of_unicode(cli, folder):
    """As the first one does; a name that is there twice is no answer to which one goes in."""
    Path("named.yaml").write_text('inputs: ["é", b]\nlayers: [{units: 2}]\nseed: 1\n', encoding="utf-8")
    Path("rows.csv").write_text("e\u0301,b\n1,2\n", encoding="utf-8")
    assert cli("compare", "named.yaml", "named.yaml", "rows.csv").exit_code == 0
    Path("other.yaml").write_text("inputs: [b, c]\nlayers: [{units: 2}]\nseed: 1\n")
    Path("rows.csv").write_text("é,b,c,c\n1,2,3,4\n", encoding="utf-8")
    done = cli("compare", "named.yaml", "other.yaml", "rows.csv")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "the header names 'c' twice" in done.stderr
