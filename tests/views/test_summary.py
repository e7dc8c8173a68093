from __future__ import annotations

from pathlib import Path

import numpy as np

import nncli
from nncli.inspect.activity import Activity
from nncli.inspect.rows import pick
from nncli.inspect.summary import add_activity, add_row, summarize
from nncli.views.summary import summary_text


def test_text(configs: Path) -> None:
    """The tables name the layers, their shapes and costs, the row's values and the idle units."""
    network = nncli.load(configs / "layer.yaml")
    summary = summarize(network)
    X = np.array([[1, 2, 3, 2.5]])
    add_row(summary, pick(network, X))
    activity = Activity(network)
    activity.add(X)
    add_activity(summary, activity)
    assert summary_text("layer.yaml", summary).splitlines() == [
        "layer.yaml: 4 inputs (x0, x1, x2, x3), float64",
        "",
        "layer      shape  activation  parameters  FLOPs per row  bytes",
        "layers[0]  4 → 3  linear              15             24    120",
        "total                                 15             24    120",
        "",
        "activations of row 0",
        "layer       min       mean  max  zeros",
        "layers[0]  1.21  2.7983333  4.8     0%",
        "",
        "units over 1 row",
        "layer      dead (always 0)  saturated",
        "layers[0]  none             none",
    ]


def test_one_input_is_one(tmp_path: Path) -> None:
    """The heading counts as people do."""
    path = tmp_path / "net.yaml"
    path.write_text("inputs: 1\nlayers: [{units: 1}]\n", encoding="utf-8")
    assert summary_text("net.yaml", summarize(nncli.load(path))).startswith("net.yaml: 1 input (x0), float64")
