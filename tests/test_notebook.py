"""A network in a notebook: how it shows itself, and what it says of a row."""

from __future__ import annotations

import json
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

import nncli
from nncli.errors import DataError

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a</style></svg><b>",
    "\u202eevil",
    "x",
]


class Tags(HTMLParser):
    """Every element of a page, and the attributes that could run something."""

    def __init__(self, page):
        super().__init__()
        self.tags: set[str] = set()
        self.running: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        """Note an element."""
        self.tags.add(tag)
        self.running += [name for name, _ in attrs if name.startswith("on") or name in ("href", "src")]


@pytest.fixture
def hostile(tmp_path):
    """Return a network whose names would like to run."""
    spec = tmp_path / "<b>net.yaml"
    layers = [{"units": 2, "activation": "relu", "name": HOSTILE[0]}, {"units": 5, "activation": "softmax"}]
    spec.write_text(json.dumps({"inputs": HOSTILE, "layers": layers, "outputs": HOSTILE}))
    return nncli.load(spec)


@pytest.mark.parametrize("spec", ["neuron", "layer", "spiral", "softmax"])
def test_explain_holds_what_the_command_prints(configs, cli, tmp_path, spec):
    """A row's explanation is the command's JSON of a file with that row, and shows itself as its text."""
    path = configs / f"{spec}.yaml"
    network = nncli.load(path)
    values = np.linspace(-1, 2, network.n_inputs)
    rows = tmp_path / "rows.csv"
    rows.write_text("\n".join([",".join(network.inputs), ",".join(map(repr, values.tolist()))]))
    explanation = network.explain(values)
    assert explanation == json.loads(cli("explain", path, rows, "--format", "json").stdout)
    assert repr(explanation) + "\n" == cli("explain", path, rows).stdout
    assert json.loads(json.dumps(explanation)) == explanation


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1, 2, 3], r"the values have the shape (3,), the network takes one row: (2,)"),
        ([[1, 2], [3, 4]], r"the values have the shape (2, 2), the network takes one row: (2,)"),
        (["a", "b"], "the values are no row of numbers"),
        ([[1], [2, 3]], "the values are no row of numbers"),
        ([1, float("nan")], "the values hold NaN or infinity"),
    ],
)
def test_what_is_no_row_is_said(configs, values, message):
    """Values that are no row of the network are told in a sentence."""
    with pytest.raises(DataError) as raised:
        nncli.load(configs / "spiral.yaml").explain(values)
    assert str(raised.value) == message


def test_a_network_shows_its_drawing_and_its_summary(configs):
    """A notebook gets the picture and the table of layers, and no part's name is there twice."""
    networks = [nncli.load(configs / "iris.yaml") for _ in range(2)]
    pages = [network._repr_html_() for network in networks]
    assert {"svg", "table"} <= Tags(pages[0]).tags
    assert "versicolor" in pages[0]
    assert ">27<" in pages[0]
    assert pages[0] != pages[1]


def test_names_are_inert_in_a_notebook(hostile):
    """Whatever the names say, the page has no element and no attribute that they made."""
    for page in (hostile._repr_html_(), hostile.explain([1, 2, 3, 4, 5])._repr_html_()):
        found = Tags(page)
        assert not found.tags & {"script", "img", "b", "a"}
        assert found.running == []
        assert "\u202e" not in page
    assert "alert(1)" in hostile._repr_html_()


def test_loading_a_network_imports_no_pictures(configs):
    """Views and facts are loaded by their first use, not by `nncli.load`."""
    script = (
        f"import sys, nncli; nncli.load({str(configs / 'spiral.yaml')!r});"
        "print([name for name in sys.modules if name.startswith(('nncli.views', 'nncli.inspect'))])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
