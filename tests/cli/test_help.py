"""What the help of every command looks like, and that its examples run."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from nncli.cli.help import HEADINGS
from nncli.cli.main import COMMANDS, build_app


@pytest.mark.parametrize("name", ["", *COMMANDS])
@pytest.mark.parametrize("columns", [60, 80, 200])
def test_no_line_is_too_long(cli, monkeypatch, name, columns):
    """A line has 80 columns at most, whatever the terminal's; prose fits a narrower one."""
    monkeypatch.setenv("COLUMNS", str(columns))
    text = cli("help", *name.split()).stdout
    assert max(map(len, text.splitlines())) <= 80
    prose = [line for line in text.splitlines() if not line.startswith("  ") and "Documentation" not in line]
    assert max(map(len, prose)) <= columns


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_is_plain(cli, name):
    """Headings stand over options, defaults are shown, and nothing is in Typer's own notation."""
    text = cli(name, "--help").stdout
    assert not re.search(r"\{|\[default|x[<>]=|\[required\]", text)
    assert "Documentation: README.md" in text
    headings = re.findall(r"^(\S.*):$", text, re.M)
    assert [heading for heading in headings if heading in HEADINGS] == [
        heading for heading in HEADINGS if heading in headings
    ]


def test_shared_options_have_a_heading():
    """What several commands take stands under the same heading in each; defaults are shown."""
    app: Any = typer.main.get_command(build_app(["run"]))
    headings = {p.name: p.rich_help_panel for p in app.commands["run"].params if p.name != "help"}
    assert {headings[name] for name in ("set_values", "seed", "dtype")} == {"The network"}
    assert {headings[name] for name in ("label", "limit", "on_missing", "header")} == {"Input"}
    assert {headings[name] for name in ("output", "format", "keep", "decimals")} == {"Output"}
    assert set(headings.values()) == {*HEADINGS[2:], None}  # None: the arguments


def test_a_default_is_shown(cli):
    """In the sentence about the option."""
    assert "Points of each class (default: 100)." in cli("spiral", "--help").stdout


def examples(text):
    """Return the example lines of a command's help, without what they are said to do."""
    lines = re.findall(r"^  ((?:nncli|cat) .*)$", text.partition("Arguments:")[0], re.M)
    return [re.split(r" {3,}|  (?=an? )", line)[0] for line in lines]


def test_the_examples_run_in_any_folder(cli, tmp_path, monkeypatch):
    """All of them, one after the other, in a folder that holds what `init` and `spiral` write."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    command = bin_folder / "nncli"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m nncli "$@"\n')
    command.chmod(0o755)
    folder = tmp_path / "anywhere"
    folder.mkdir()
    environment = {**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}"}
    before = (
        "nncli init net.yaml && nncli spiral --data-only -o points.csv && nncli convert net.yaml model.onnx"
        " && mkdir in && cp points.csv in/"
    )
    subprocess.run(["bash", "-c", before], cwd=folder, env=environment, check=True)
    monkeypatch.chdir(folder)
    helps = [cli("help", name).stdout for name in COMMANDS]
    found = [line for text in helps for line in examples(text) if line != "nncli init net.yaml"]
    assert len(found) > 30
    for line in found:
        if re.search(r"[|<>&;$*]|--cluster", line):  # what needs a shell, or a process of its own
            done = subprocess.run(
                ["bash", "-c", line], env=environment, capture_output=True, text=True, timeout=120
            )
            assert done.returncode == 0, (line, done.stderr)
        else:
            result = cli(*shlex.split(line)[1:])
            assert result.exit_code == 0, (line, result.stderr)


def test_init_writes_a_file_and_never_over_one(cli, tmp_path):
    """`init FILE` is `init > FILE`, but for a file that is there already."""
    path = tmp_path / "net.yaml"
    assert cli("init", path).exit_code == 0
    assert path.read_text() == cli("init").stdout
    path.write_text("mine")
    done = cli("init", path)
    told = f"{path}: is there already, and init replaces no file; give another name\n"
    assert (done.exit_code, done.stderr) == (1, told)
    assert path.read_text() == "mine"
    done = cli("init", tmp_path / "none" / "net.yaml")
    assert (done.exit_code, f"(there is no folder {tmp_path / 'none'})" in done.stderr) == (1, True)
    assert max(map(len, cli("init").stdout.splitlines())) <= 80


@pytest.mark.parametrize("words", [["regions", "net.yaml"], ["net.yaml", "regions"]])
def test_plot_takes_both_orders(cli, tmp_path, monkeypatch, words):
    """`plot SPEC KIND` as the other commands have it, and `plot KIND SPEC` as it was."""
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text("inputs: 2\nlayers: [{units: 3, activation: softmax}]\n")
    done = cli("plot", *words, "-o", "out.svg")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "<svg" in Path("out.svg").read_text()
