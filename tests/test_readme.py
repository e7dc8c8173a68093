"""The README shows nothing that is not so."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nncli.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def console_blocks():
    """Yield the text of every console block: commands behind `$ `, then what they print."""
    return re.findall(r"^```console\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def sessions(block):
    """Return (command, printed) for every command of a block."""
    parts = re.split(r"^\$ (.*(?:\\\n.*)*)\n", block, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def start(command, folder):
    """Run a command line in a folder that holds the configs, as the README's reader would."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )


def run(command, folder):
    """Return what a command line prints, messages too, in the order of a terminal."""
    return start(command, folder).stdout


@pytest.fixture
def folder(tmp_path):
    """Return a folder that looks like the project's root to a command."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    shutil.copytree(ROOT / "tests" / "readme", tmp_path / "tests" / "readme")
    for name, script in re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL):
        (tmp_path / name).write_text(script)
    return tmp_path


def measured(printed):
    """Return what `bench` prints without its figures, which differ from run to run."""
    return re.sub(r" +", " ", re.sub(r"\d[\d.,]*", "#", printed))


@pytest.mark.parametrize("block", console_blocks(), ids=lambda block: block.splitlines()[0][2:60])
def test_a_block_prints_what_the_readme_shows(block, folder):
    """Each command of a console block prints exactly the lines below it; a benchmark all but its figures."""
    for command, printed in sessions(block):
        done = run(command, folder)
        if command.startswith("nncli bench "):
            done, printed = measured(done), measured(printed)
        assert done == printed, command


@pytest.mark.parametrize("block", console_blocks(), ids=lambda block: block.splitlines()[0][2:60])
def test_a_block_shows_something_and_can_fail(block):
    """What a command prints is more than a bracket, a number of lines or a key's name; a gate is not piped.

    The exit code of a pipe is that of its last command, so a gate in front of one never closes.
    """
    for command, printed in sessions(block):
        words = printed.split()
        nothing = [word for word in words if re.fullmatch(r'[][{}(),]+|\d+|"\w*":?', word)]
        assert not words or nothing != words, f"{command}: shows nothing"
        assert not re.search(r"grep -\w*c|wc -l", command), f"{command}: shows a number of lines"
        assert not ("--min-accuracy" in command and "|" in command), f"{command}: a gate that can't close"


def test_the_gate_closes_below_its_bar(folder):
    """The gate of the section on `eval` exits with 0 as it is shown, and with 1 at a bar out of reach."""
    gate = re.search(r"^\$ (nncli eval .*--min-accuracy 0\.95\b.*)$", README, re.MULTILINE)[1]
    assert start(gate, folder).returncode == 0
    assert start(gate.replace("0.95", "1"), folder).returncode == 1


def benchmark_rows(text):
    """Return the rows of a table of benchmarks."""
    return re.findall(r"^\| .* \|.*\| [≤ ].*\|$", text, re.MULTILINE)


def test_the_table_of_benchmarks_is_a_part_of_the_whole():
    """Every figure of the README's short table stands in the file of all benchmarks, too."""
    whole = benchmark_rows((ROOT / "tests" / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8"))
    short = benchmark_rows(re.search(r"<!-- benchmarks.*?-->(.*?)<!--", README, re.DOTALL)[1])
    assert short
    assert set(short) < set(whole)


def test_other_engines_give_what_run_gives(folder):
    """The examples of Polars and of Dask, whose processes get the network, write what `nncli run` writes."""
    from pyarrow import csv, parquet

    (folder / "parts").mkdir()
    for command in ("nncli run configs/iris.yaml configs/iris.csv -o run.parquet", "python with_polars.py"):
        assert run(command, folder) == ""
    expected = parquet.read_table(folder / "run.parquet").to_pylist()
    assert parquet.read_table(folder / "scores.parquet").to_pylist() == expected
    rows = csv.read_csv(folder / "configs" / "iris.csv")
    parquet.write_table(rows.slice(0, 70), folder / "parts" / "a.parquet")
    parquet.write_table(rows.slice(70), folder / "parts" / "b.parquet")
    assert run("python with_dask.py", folder) == ""
    parts = [parquet.read_table(folder / "out" / f"{name}.parquet").to_pylist() for name in "ab"]
    assert parts[0] + parts[1] == expected


def test_every_link_to_a_heading_finds_it():
    """The list of contents and every other link inside of the README name headings that there are."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", README, flags=re.M | re.S), re.M)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]*)\)", README)) <= anchors


def test_every_command_is_in_the_readme():
    """A command that exists has a heading of its own and an example."""
    for name in COMMANDS:
        assert re.search(rf"^\$ .*\bnncli {name}\b", README, re.MULTILINE), name


def test_the_decision_map_is_what_the_tool_draws(folder):
    """The README's picture of the trained spiral is drawn anew and looks the same."""
    import numpy as np
    from matplotlib.image import imread

    run("nncli plot regions configs/spiral_trained.yaml -o regions.png", folder)
    shown, drawn = imread(ROOT / "tests" / "pictures" / "regions.png"), imread(folder / "regions.png")
    assert shown.shape == drawn.shape
    assert np.abs(shown - drawn).mean() < 0.02
