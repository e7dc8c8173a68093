"""An activation that nobody thought of, added to a copy of the package: an entry and a line of JavaScript."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import nncli
from nncli.nn.activations import ALPHA, Activation, Formula, Z, checked, leaky_relu, relu

FUNCTION = '''
def squareplus(z: Array, alpha: float = 4.0) -> Array:
    """Return (z + sqrt(z**2 + alpha)) / 2."""
    return (z + np.sqrt(z * z + alpha)) / 2


ACTIVATIONS = checked(
    {
        "squareplus": Activation(
            squareplus,
            Formula("(z + sqrt(z**2 + alpha)) / 2", "({z} + sqrt({z}**2 + {alpha})) / 2"),
            onnx=(("Mul", ("Add", Z, ("Sqrt", ("Add", ("Mul", Z, Z), ALPHA))), 0.5),),
            keras={"squareplus": None},
            torch="Squareplus",
        ),
'''
TWIN = "  squareplus: (z, alpha) => (z + Math.sqrt(z * z + alpha)) / 2,\n"

SPEC = """
inputs: 2
layers:
  - {activation: squareplus, alpha: 2.5, weights: [[1, -2], [0.5, 1]], biases: [0.25, -1]}
  - {activation: squareplus, weights: [[1, 1]]}
data: {values: [[0.5, 1], [-1, 2]]}
"""


def squareplus(z: float, alpha: float) -> float:
    """Return what the function returns, for one number."""
    return (z + math.sqrt(z * z + alpha)) / 2


def network(x: float, y: float) -> float:
    """Return what the network computes for one row."""
    first = squareplus(x - 2 * y + 0.25, 2.5), squareplus(0.5 * x + y - 1, 2.5)
    return squareplus(sum(first), 4.0)


EXPECTED = [network(0.5, 1), network(-1, 2)]


class Copy:
    """A copy of the package in a folder, and its command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(Path(nncli.__file__).parent, folder / "nncli")
        (folder / "net.yaml").write_text(SPEC)

    def insert(self, file: str, before: str, text: str) -> None:
        """Put a text in front of a line, or in its place where that begins the same."""
        path = self.folder / "nncli" / file
        path.write_text(path.read_text().replace(before, text, 1))

    def __call__(self, *args: str, **options: Any) -> str:
        """Run a command and return what it prints."""
        command = [sys.executable, "-m", "nncli", *args]
        if args[0].endswith(".py"):
            command = [sys.executable, *args]
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, timeout=120, check=False, **options
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Return a copy of the package in which the activation has its entry and its twin."""
    copy = Copy(tmp_path)
    copy.insert("nn/activations.py", "\nACTIVATIONS = checked(\n    {\n", FUNCTION)
    before = "const ACTIVATIONS = {\n"
    copy.insert("views/report/page/forward.js", before, before + TWIN)
    return copy


def outputs(text: str) -> list[float]:
    """Return the numbers of a CSV of one column."""
    return [float(line) for line in text.splitlines()[1:]]


def test_an_entry_and_its_twin_are_all_that_it_takes(copy: Copy, browser: Any) -> None:
    """Run, explain, convert in every direction, compare and report know a new activation."""
    assert outputs(copy("run", "net.yaml", "--keep", "none")) == pytest.approx(EXPECTED, rel=1e-15)
    explained = copy("explain", "net.yaml", "--layer", "0", "--unit", "0")
    assert "(z + sqrt(z**2 + 2.5)) / 2" in explained

    for file in ("net.onnx", "again.yaml", "net.py"):
        copy("convert", "net.yaml" if file == "net.onnx" else "net.onnx", file)
    (copy.folder / "rows.csv").write_text("x0,x1\n0.5,1\n-1,2\n")
    again = copy("run", "again.yaml", "rows.csv", "--keep", "none")
    assert outputs(again) == pytest.approx(EXPECTED, rel=1e-15)
    assert "alpha: 2.5" in (copy.folder / "again.yaml").read_text()
    assert outputs(copy("net.py", input="0.5,1\n-1,2\n")) == pytest.approx(EXPECTED, rel=1e-15)
    copy("compare", "net.yaml", "--with", "onnxruntime")

    copy("report", "net.yaml", "-o", "report.html")
    browser.open(copy.folder / "report.html")
    computed = browser.js("return [[0.5, 1], [-1, 2]].map(x => nncli.forward(x).at(-1).a[0])")
    assert computed == pytest.approx(EXPECTED, rel=1e-12)


def test_a_missing_twin_is_told_at_import(copy: Copy) -> None:
    """The page's module names the activation that its script does not know; the tests of the page run it."""
    copy.insert("views/report/page/forward.js", TWIN, "")
    importing = [sys.executable, "-c", "import nncli.views.report"]
    done = subprocess.run(importing, cwd=copy.folder, capture_output=True, text=True, check=False)
    assert "TypeError: page/forward.js has no twin of the activation squareplus" in done.stderr


COMPLETE = Activation(
    leaky_relu,
    Formula("z if z > 0 else alpha * z", "{z}", "{alpha} * {z}"),
    onnx=(("LeakyRelu", Z, {"alpha": ALPHA}),),
    keras={},
    torch="LeakyReLU",
)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"onnx": ()}, "it has no ONNX form"),
        ({"onnx": (("Relu", Z),)}, "the ONNX form to write and its function disagree about alpha"),
        (
            {"formula": Formula("max(0, z)", "max(0, {z})")},
            "its formula and its function disagree about alpha",
        ),
        ({"function": relu}, "its formula and its function disagree about alpha"),
        ({"formula": Formula("alpha", "{alpha} * {x}")}, "its formula has places for numbers that nobody"),
    ],
)
def test_an_incomplete_entry_is_told_at_import(change: dict[str, Any], problem: str) -> None:
    """The table itself refuses an entry with a gap, and names it."""
    assert checked({"mine": COMPLETE})
    with pytest.raises(TypeError, match=f"activation 'mine' is incomplete: {problem}"):
        checked({"mine": COMPLETE._replace(**change)})


def test_the_schema_knows_it(copy: Copy) -> None:
    """Editors are told of the new name."""
    schema = json.loads(copy("schema"))
    activation = schema["properties"]["layers"]["items"]["properties"]["activation"]
    assert "squareplus" in activation["enum"]
