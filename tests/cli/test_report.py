"""``nncli report``: which rows come onto the page, and what is refused."""

from __future__ import annotations

import base64
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

NET = """\
inputs: 2
layers:
  - {units: 3, activation: softmax}
outputs: [red, green, blue]
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """Write a spec without data."""
    path = tmp_path / "net.yaml"
    path.write_text(NET)
    return path


def data_of(html: str) -> dict[str, Any]:
    """Return the data block of a page."""
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert block
    data: dict[str, Any] = json.loads(block[1])
    return data


def features_of(data: dict[str, Any]) -> Any:
    """Return the rows of a page, (n_rows, n_inputs)."""
    rows = data["rows"]
    array = np.frombuffer(base64.b64decode(rows["features"]), rows["dtype"])
    return array.reshape(rows["count"], -1)


def test_the_page_goes_to_standard_output_or_a_file(
    cli: Callable[..., Any], configs: Path, tmp_path: Path
) -> None:
    """Without -o a pipe gets the page; with it the file holds the same."""
    piped = cli("report", configs / "spiral.yaml")
    written = cli("report", configs / "spiral.yaml", "-o", tmp_path / "page.html")
    assert (piped.exit_code, written.exit_code, written.stdout) == (0, 0, "")
    assert piped.stdout == (tmp_path / "page.html").read_text()
    assert piped.stdout.startswith("<!doctype html>")


def test_the_spec_s_own_data_are_on_the_page(cli: Callable[..., Any], configs: Path) -> None:
    """Iris comes with all its rows and their labels."""
    data = data_of(cli("report", configs / "iris.yaml").stdout)
    assert data["rows"]["count"] == 150
    assert data["rows"]["all"] is True
    assert data["rows"]["labels"][0] == "setosa"
    np.testing.assert_array_equal(features_of(data)[0], [5.1, 3.5, 1.4, 0.2])


def test_no_more_rows_than_asked_for_come_in(cli: Callable[..., Any], spec: Path, tmp_path: Path) -> None:
    """--rows takes the first rows, and the page says that there are more."""
    rows = tmp_path / "rows.csv"
    rows.write_text("x0,x1\n" + "".join(f"{i},{-i}\n" for i in range(9)))
    data = data_of(cli("report", spec, rows, "--rows", 4).stdout)
    assert (data["rows"]["count"], data["rows"]["all"]) == (4, False)
    np.testing.assert_array_equal(features_of(data)[:, 0], [0, 1, 2, 3])
    assert data_of(cli("report", spec, rows, "--rows", 9).stdout)["rows"]["all"] is True


def test_rows_come_from_standard_input(shell: Callable[..., Any], spec: Path) -> None:
    """A dash reads the rows of a pipe."""
    result = shell("report", spec, "-", stdin="x1,x0,id\n1,2,a\n")
    assert result.exit_code == 0
    np.testing.assert_array_equal(features_of(data_of(result.stdout)), [[2, 1]])


def test_a_spec_without_data_has_a_page_too(cli: Callable[..., Any], spec: Path) -> None:
    """A network alone makes a page whose inputs begin at 0."""
    data = data_of(cli("report", spec).stdout)
    assert data["rows"]["count"] == 0
    assert data["metrics"] is None


def test_the_spec_s_changes_reach_the_page(cli: Callable[..., Any], spec: Path) -> None:
    """--set and --dtype change the network that the page draws."""
    data = data_of(cli("report", spec, "--set", "layers.0.units=3", "--dtype", "float32").stdout)
    assert data["network"]["dtype"] == "float32"
    assert len(base64.b64decode(data["network"]["layers"][0]["weights"])) == 2 * 3 * 4


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        (["-o", "page.txt"], 2, "nncli report: -o page.txt: the report is a page: give a name that"),
        (["-o", "nowhere/page.html"], 1, "nowhere/page.html: no such file or directory"),
        (["--on-missing", "null"], 2, "nncli report: --on-missing null: every row of a page has numbers"),
        (["rows.csv", "--label", "clas"], 1, "rows.csv: the label: no column 'clas' (did"),
        (["empty.csv"], 1, "empty.csv: "),
        (["bad.csv"], 1, "bad.csv:2: column x1: 'abc' is not a number"),
        (["--label", "y"], 1, "net.yaml: no data"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_writes_nothing(
    cli: Callable[..., Any],
    spec: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    exit_code: int,
    message: str,
) -> None:
    """What is wrong is said in one line, and no file appears."""
    monkeypatch.chdir(tmp_path)
    Path("rows.csv").write_text("x0,x1,class\n1,2,red\n")
    Path("bad.csv").write_text("x0,x1\n1,abc\n")
    Path("empty.csv").write_text("x0,x1\n")
    before = sorted(tmp_path.iterdir())
    output = [] if "-o" in arguments else ["-o", "page.html"]
    result = cli("report", spec.name, *arguments, *output)
    assert result.exit_code == exit_code
    assert result.stderr.startswith(message)
    assert result.stderr.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


def test_an_old_page_survives_a_failure(cli: Callable[..., Any], spec: Path, tmp_path: Path) -> None:
    """A page that is there stays whole where the new one can't be made."""
    old = tmp_path / "page.html"
    old.write_text("old")
    assert cli("report", spec, tmp_path / "gone.csv", "-o", old).exit_code == 1
    assert old.read_text() == "old"


def test_metrics_are_those_of_eval_over_all_rows(cli: Callable[..., Any], configs: Path) -> None:
    """With labels the page holds what `nncli eval` says, though only some rows are on it."""
    data = data_of(cli("report", configs / "iris.yaml", "--rows", 7).stdout)
    assert data["rows"]["count"] == 7
    assert data["metrics"] == json.loads(cli("eval", configs / "iris.yaml", "-f", "json").stdout)
    assert data["metrics"]["rows"] == 150


def test_generated_classes_judge_the_network_unasked(cli: Callable[..., Any], configs: Path) -> None:
    """The spiral's own labels give its page metrics."""
    data = data_of(cli("report", configs / "spiral.yaml").stdout)
    assert data["metrics"]["support"] == [100, 100, 100]
    assert set(data["rows"]["labels"]) == {"0", "1", "2"}


@pytest.mark.parametrize(
    ("layer", "data", "task"),
    [
        ("{units: 1}", "sine: {samples: 20}", "regression"),
        ("{units: 2}", "sine: {samples: 20}", None),
        ("{units: 2, activation: softmax}", "spiral: {samples: 5, classes: 3}", None),
        ("{units: 2, activation: relu}", "vertical: {samples: 5}", None),
        ("{units: 1, activation: sigmoid}", "vertical: {samples: 5, classes: 2}", "classification"),
    ],
)
def test_generated_labels_that_do_not_fit_are_left_alone(
    cli: Callable[..., Any], tmp_path: Path, layer: str, data: str, task: str | None
) -> None:
    """Unasked, a network is judged only by labels that it can be judged by."""
    spec = tmp_path / "net.yaml"
    spec.write_text(f"inputs: {1 if 'sine' in data else 2}\nlayers: [{layer}]\ndata: {{{data}}}\n")
    result = cli("report", spec)
    assert result.exit_code == 0
    metrics = data_of(result.stdout)["metrics"]
    assert (metrics and metrics["task"]) == task


def test_labels_that_do_not_fit_are_shown_unless_asked_for(cli: Callable[..., Any], tmp_path: Path) -> None:
    """The label that the spec's data name is shown without metrics; the same from --label is an error."""
    spec = tmp_path / "net.yaml"
    data = "data: {file: rows.csv, label: kind}"
    spec.write_text("inputs: 2\nlayers: [{units: 2, activation: relu}]\n" + data)
    (tmp_path / "rows.csv").write_text("x0,x1,kind\n1,2,good\n3,4,bad\n")
    page = data_of(cli("report", spec).stdout)
    assert (page["rows"]["labels"], page["metrics"]) == (["good", "bad"], None)
    assert cli("report", spec, "--label", "kind").exit_code == 1


def test_labels_are_class_names_or_numbers(cli: Callable[..., Any], spec: Path, tmp_path: Path) -> None:
    """A label that is a class's number is shown by the class's name."""
    rows = tmp_path / "rows.csv"
    rows.write_text("x0,x1,class\n1,2,2\n3,4,0\n")
    assert data_of(cli("report", spec, rows, "--label", "class").stdout)["rows"]["labels"] == ["blue", "red"]


def test_a_label_that_is_no_class_is_an_error(cli: Callable[..., Any], spec: Path, tmp_path: Path) -> None:
    """An unknown class is named with its line, even behind the rows of the page."""
    rows = tmp_path / "rows.csv"
    rows.write_text("x0,x1,class\n" + "1,2,red\n" * 5 + "3,4,gren\n")
    result = cli("report", spec, rows, "--label", "class", "--rows", 2)
    assert result.exit_code == 1
    assert "rows.csv:7: label column 'class': 'gren' is no class" in result.stderr


def test_a_terminal_gets_no_page(spec: Path) -> None:
    """On a terminal the command asks for -o and prints nothing else."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "nncli", "report", str(spec)]
    done = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(theirs)
    os.close(ours)
    assert (done.returncode, done.stderr) == (
        2,
        "nncli report: a page is nothing for a terminal: give -o report.html\n",
    )
