"""What holds for every command."""

import os
import subprocess
import sys
from typing import Any

import pytest

from nncli.cli.main import COMMANDS, build_app


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_leads_with_examples(cli, name):
    """A command's help says what it does, then shows it, and explains each option in one sentence."""
    result = cli(name, "--help")
    assert result.exit_code == 0
    usage, summary, examples, *_ = result.stdout.strip().split("\n\n")
    assert usage.startswith(f"Usage: nncli {name}")
    assert summary.endswith(".")
    assert examples.strip().startswith(("nncli ", "cat ", "printf ")), examples


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_help(name):
    """No option or argument of a command goes without a sentence that ends in a full stop."""
    import typer

    group: Any = typer.main.get_command(build_app([name]))
    command = group.commands[name]
    for parameter in command.params:
        if parameter.name != "help":
            assert getattr(parameter, "help", "").endswith("."), f"{name}: {parameter.name}"


def test_the_help_lists_every_command(cli):
    """`nncli --help` names them all."""
    result = cli("--help")
    for name in COMMANDS:
        assert f"\n  {name} " in result.stdout


def test_nothing_at_all_shows_the_help(cli):
    """`nncli` alone explains itself."""
    result = cli()
    assert "Usage: nncli" in result.stdout + result.stderr


def test_the_version(cli):
    """--version prints name and number."""
    assert cli("--version").stdout.startswith("nncli 0.")


def test_an_unknown_command_is_the_command_lines_fault(cli):
    """A command that is not there ends with 2."""
    result = cli("rum", "net.yaml")
    assert result.exit_code == 2
    assert "rum" in result.stderr


@pytest.mark.parametrize("args", [["run", "configs/iris.yaml"], ["run", "configs/spiral.yaml", "--trace"]])
def test_a_small_run_imports_nothing_heavy(configs, args):
    """A small CSV to CSV loads none of the packages that only big or foreign files need."""
    code = (
        "import sys; from nncli.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, cwd=configs.parent
    )
    loaded = set(done.stderr.split())
    assert "numpy" in loaded
    heavy = {
        "pyarrow", "pandas", "polars", "onnx", "onnxruntime", "matplotlib", "rich", "h5py", "safetensors",
        "threadpoolctl", "sklearn", "asyncio", "pydantic", "jsonschema", "zipfile", "shlex",
        "numpy.ma",
    }  # fmt: skip
    assert not loaded & heavy


def test_help_does_not_import_numpy():
    """`nncli --help` needs no arithmetic."""
    code = (
        "import sys; from nncli.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print('numpy' in sys.modules, 'yaml' in sys.modules, 'rich' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.split() == ["False"] * 3


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("nncli ru", "run"),
        ("nncli run --decimals", "--decimals"),
        ("nncli run net.yaml --dtype=f", "float32 float64"),
        ("nncli run net.yaml --dtype = f", "float32 float64"),  # as bash cuts it
        ("nncli plot net.yaml reg", "regions"),
        ("nncli run net.yaml points.csv --label ", "x0 x1 label"),
        ("nncli eval net.yaml points.csv --label la", "label"),
        ("nncli run net.yaml points.csv --keep x0,", "x0,x1 x0,label"),
        ("nncli run net.yaml points.csv --keep o", "others"),
        ("nncli run net.yaml points.csv --features=x", "x0 x1"),
        ("nncli run net.yaml none.csv --label ", ""),
    ],
)
def test_a_shell_completes(tmp_path, words, completed):
    """The completion finds commands, options and values, a table's columns among them."""
    (tmp_path / "net.yaml").write_text("inputs: 2\nlayers: [{units: 1}]\n")
    (tmp_path / "points.csv").write_text("x0,x1,label\n1,2,0\n")
    asked = {"_NNCLI_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = subprocess.run(
        [sys.executable, "-m", "nncli"],
        capture_output=True, text=True, env={**os.environ, **asked}, cwd=tmp_path,
    )  # fmt: skip
    assert (done.stdout.split(), done.stderr) == (completed.split(), "")
