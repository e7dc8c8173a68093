from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


def test_terminal(cli: Cli, configs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without -o the network is drawn in characters, as wide as the terminal."""
    monkeypatch.setenv("COLUMNS", "72")
    result = cli("draw", configs / "spiral.yaml", "--row", 1, "--highlight", "0:1")
    assert result.exit_code == 0
    assert "╔1" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 72


def test_files(cli: Cli, configs: Path, tmp_path: Path) -> None:
    """The suffix chooses SVG or PNG; - prints the SVG, with the same bytes."""
    options = ("--row", "1", "--highlight", "1:2")
    for name in ("net.svg", "net.png"):
        result = cli("draw", configs / "spiral.yaml", "-o", tmp_path / name, *options)
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert (tmp_path / "net.png").read_bytes().startswith(b"\x89PNG")
    printed = cli("draw", configs / "spiral.yaml", "-o", "-", *options).stdout
    assert (tmp_path / "net.svg").read_text(encoding="utf-8") == printed
    assert printed.startswith("<svg ")


def test_data_bring_a_row(cli: Cli, configs: Path, tmp_path: Path) -> None:
    """With DATA its first row is drawn, or the one that --row names."""
    (tmp_path / "rows.csv").write_text("x0,x1\n11,12\n13,14\n")
    spec = configs / "spiral.yaml"
    assert "│ 11 ├" in cli("draw", spec, tmp_path / "rows.csv").stdout
    assert "│ 13 ├" in cli("draw", spec, tmp_path / "rows.csv", "--row", 1).stdout


def test_highlight_by_name(cli: Cli, configs: Path) -> None:
    """An output can be highlighted by its name."""
    result = cli("draw", configs / "iris.yaml", "--highlight", "1:setosa")
    assert "╢ unit 0 ║ setosa" in result.stdout


@pytest.mark.parametrize(
    ("args", "exit_code", "message"),
    [
        (["-o", "net.gif"], 2, "-o net.gif: a drawing is written as .svg or .png"),
        (["-o", "no/such/net.svg"], 1, "no/such/net.svg: "),
        (["--row", "-1"], 2, "--row -1: rows are counted from 0"),
        (["--row", "300"], 1, "there is no row 300; the 300 rows are counted from 0"),
        (["--highlight", "2"], 2, "--highlight 2: give a layer and a unit, such as 0:2"),
        (["--highlight", "2:0"], 2, "--highlight 2:0: the network has layers 0 to 1"),
        (["--highlight", "0:3"], 2, "--highlight 0:3: layers[0] has units 0 to 2"),
    ],
)
def test_bad_questions(
    cli: Cli,
    configs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    args: list[str],
    exit_code: int,
    message: str,
) -> None:
    """What can't be drawn is one line on standard error, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    result = cli("draw", configs / "spiral.yaml", *args)
    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
