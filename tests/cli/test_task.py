"""The spec's key ``task``: who says what the outputs mean, and every command that agrees."""

import json

import pytest

import nncli
from nncli import models

LOGITS = """\
inputs: [a, b]
outputs: [no, yes, maybe]
layers:
  - {weights: [[1, 2], [3, -4], [0, 1]], activation: ACTIVATION}
"""
ROWS = "a,b,y\n1,2,no\n3,4,maybe\n0.5,0.1,yes\n"
CLASSES = ["--set", "task=classification"]


@pytest.fixture(params=["linear", "log_softmax"])
def logits(request, tmp_path, monkeypatch):
    """Work in a folder with a spec of logits, the same as model files, and rows with labels."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(LOGITS.replace("ACTIVATION", request.param))
    (tmp_path / "rows.csv").write_text(ROWS)
    for suffix in (".onnx", ".safetensors"):
        models.write_network(nncli.load("net.yaml"), tmp_path / f"net{suffix}")
    return request.param


@pytest.mark.parametrize("net", ["net.yaml", "net.onnx", "net.safetensors"])
def test_run_puts_the_prediction_before_the_outputs(cli, logits, net):
    """Only where somebody says that the numbers are classes' logits."""
    header = "y,output_no,output_yes,output_maybe"
    assert cli("run", net, "rows.csv").stdout.splitlines()[0] == header
    lines = cli("run", net, "rows.csv", *CLASSES).stdout.splitlines()
    assert lines[0] == "y,prediction,output_no,output_yes,output_maybe"
    assert [line.split(",")[:2] for line in lines[1:]] == [["no", "no"], ["maybe", "no"], ["yes", "yes"]]
    assert cli("run", net, "rows.csv", "--set", "task=regression").stdout.splitlines()[0] == header


@pytest.mark.parametrize("net", ["net.yaml", "net.onnx"])
def test_the_commands_agree(cli, logits, net):
    """Two of three rows are right, whoever tells it."""
    scores = json.loads(cli("eval", net, "rows.csv", "--label", "y", *CLASSES, "-f", "json").stdout)
    assert (scores["task"], scores["accuracy"]) == ("classification", 2 / 3)
    result = cli("plot", "confusion", net, "rows.csv", "--label", "y", *CLASSES, "-o", "c.svg")
    assert result.exit_code == 0
    for kind in ("regions", "data"):
        assert cli("plot", kind, net, "rows.csv", "--label", "y", *CLASSES, "-o", "p.svg").exit_code == 0
    assert "prediction: no\n" in cli("explain", net, "rows.csv", *CLASSES, "--label", "y").stdout
    assert cli("draw", net, "rows.csv", *CLASSES, "--label", "y").exit_code == 0
    assert ", classification, " in cli("summary", net, *CLASSES).stdout
    assert json.loads(cli("summary", net, *CLASSES, "-f", "json").stdout)["task"] == "classification"
    assert cli("report", net, "rows.csv", "--label", "y", *CLASSES, "-o", "r.html").exit_code == 0


def test_one_label_is_no_regression_of_several_outputs(cli, logits):
    """Who says regression wants a label column for each output."""
    result = cli("eval", "net.yaml", "rows.csv", "--label", "y", "--set", "task=regression")
    assert result.exit_code == 1
    assert "the network has 3 outputs" in result.stderr
    assert cli("eval", "net.yaml", "rows.csv", "--label", "y").exit_code == 0  # nobody says anything


@pytest.mark.parametrize(
    ("activation", "units", "task", "wrong"),
    [
        ("relu", 3, "classification", "the last layer is 3 relu units"),
        ("sigmoid", 2, "classification", "the last layer is 2 sigmoid units"),
        ("linear", 1, "classification", "the last layer is one linear unit"),
        ("softmax", 3, "regression", "a softmax gives probabilities"),
        ("sigmoid", 1, "classification", None),
        ("sigmoid", 1, "regression", None),
        ("softmax", 3, "classification", None),
        ("relu", 3, "regression", None),
    ],
)
@pytest.mark.parametrize("suffix", [".yaml", ".onnx"])
def test_the_task_is_held_against_the_last_layer(cli, tmp_path, activation, units, task, wrong, suffix):
    """What a layer can't give is refused, of a spec and of a model file."""
    text = f"inputs: 2\nlayers: [{{units: {units}, activation: {activation}}}]\n"
    (tmp_path / "net.yaml").write_text(text)
    models.write_network(nncli.load(tmp_path / "net.yaml"), tmp_path / "net.onnx")
    result = cli("check", tmp_path / f"net{suffix}", "--set", f"task={task}")
    assert result.exit_code == (2 if wrong else 0)
    assert (wrong or "") in result.stderr
