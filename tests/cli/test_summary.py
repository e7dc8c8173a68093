from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


def test_spiral(cli: Cli, configs: Path) -> None:
    """Without rows the summary is what the network consists of."""
    result = cli("summary", configs / "spiral.yaml")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:] == [
        "",
        "layer      shape  activation  parameters  FLOPs per row  bytes",
        "layers[0]  2 → 3  relu                 9             12     36",
        "layers[1]  3 → 3  softmax             12             18     48",
        "total                                 21             30     84",
    ]


def test_json_with_a_row_and_all_rows(cli: Cli, configs: Path) -> None:
    """With --row the spec's data are read: that row's values, and the idle units of all rows."""
    result = cli("summary", configs / "spiral.yaml", "--row", 0, "--format", "json")
    summary = json.loads(result.stdout)
    assert (summary["row"], summary["rows"]) == (0, 300)
    assert summary["layers"][0]["values"] == {"min": 0.0, "mean": 0.0, "max": 0.0, "zeros": 1.0}
    assert summary["layers"][0]["dead"] == []


def test_one_row_is_one_row(cli: Cli, configs: Path, tmp_path: Path) -> None:
    """The heading over the units counts rows as people do."""
    (tmp_path / "one.csv").write_text("x0,x1\n0,0\n")
    assert "units over 1 row\n" in cli("summary", configs / "spiral.yaml", tmp_path / "one.csv").stdout


def test_other_rows(cli: Cli, configs: Path, tmp_path: Path) -> None:
    """With DATA the units that are dead in all of its rows are named."""
    (tmp_path / "zeros.csv").write_text("x0,x1\n0,0\n,1\n0,0\n")
    result = cli("summary", configs / "spiral.yaml", tmp_path / "zeros.csv", "--format", "json")
    summary = json.loads(result.stdout)
    assert summary["rows"] == 2
    assert summary["layers"][0]["dead"] == [0, 1, 2]


@pytest.mark.parametrize(
    ("row", "exit_code", "message"),
    [
        (300, 1, "there is no row 300; the 300 rows are counted from 0"),
        (-1, 2, "--row -1: rows are counted from 0"),
    ],
)
def test_bad_rows(cli: Cli, configs: Path, row: int, exit_code: int, message: str) -> None:
    """A row that is not there is one line on standard error, and nothing is printed."""
    result = cli("summary", configs / "spiral.yaml", "--row", row)
    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert result.stderr.endswith(message + "\n")
    assert result.stderr.count("\n") == 1
