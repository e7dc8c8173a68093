"""A summary as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nncli.inspect.numbers import listed_units, rounded
from nncli.text import printable, shorten
from nncli.views.document import Block, Grid, Heading
from nncli.views.text import narrow, table


def summary_text(name: str, summary: Mapping[str, Any], *, is_narrow: bool = False) -> str:
    """Return a summary as tables for people; a narrow one has names of columns over two lines."""
    costs = narrow(*_costs(summary)) if is_narrow else table(*_costs(summary))
    lines = [_heading(name, summary), "", *costs]
    if "row" in summary:
        lines += ["", f"activations of row {summary['row']}", *_values(summary)]
    if "rows" in summary:
        lines += ["", f"units over {_rows(summary['rows'])}", *_units(summary)]
    return "\n".join(lines) + "\n"


def _rows(n: int) -> str:
    return "1 row" if n == 1 else f"{n} rows"


def summary_blocks(name: str, summary: Mapping[str, Any]) -> list[Block]:
    """Return what a network consists of as a document."""
    return [Heading(_heading(name, summary)), Grid(*_costs(summary))]


def _heading(name: str, summary: Mapping[str, Any]) -> str:
    n_inputs = len(summary["inputs"])
    inputs = f"{n_inputs} {'input' if n_inputs == 1 else 'inputs'} ({_names(summary['inputs'])})"
    outputs = f", outputs {_names(summary['outputs'])}" if summary["outputs"] else ""
    task = f", {summary['task']}" if "task" in summary else ""
    return f"{printable(name)}: {inputs}{outputs}{task}, {summary['dtype']}"


def _costs(summary: Mapping[str, Any]) -> tuple[list[str], list[list[str]], str]:
    """Return a table's header, rows and alignment."""
    named = any(layer["name"] for layer in summary["layers"])
    header = ["layer", *(["name"] if named else []), "shape", "activation"]
    rows = []
    for layer in summary["layers"]:
        shape = f"{layer['inputs']} → {layer['units']}"
        name = [shorten(layer["name"] or "", 24)] if named else []
        rows.append([f"layers[{layer['layer']}]", *name, shape, layer["activation"], *_cost_cells(layer)])
    total = ["total", *[""] * (len(header) - 1), *_cost_cells(summary["total"])]
    header += ["parameters", "FLOPs per row", "bytes"]
    return header, [*rows, total], "<" * (len(header) - 3) + ">>>"


def _cost_cells(costs: Mapping[str, Any]) -> list[str]:
    return [f"{costs[cost]:,}" for cost in ("parameters", "flops_per_row", "bytes")]


def _values(summary: Mapping[str, Any]) -> list[str]:
    rows = [
        [
            f"layers[{layer['layer']}]",
            *(rounded(layer["values"][key]) for key in ("min", "mean", "max")),
            f"{layer['values']['zeros']:.0%}",
        ]
        for layer in summary["layers"]
    ]
    return table(["layer", "min", "mean", "max", "zeros"], rows, "<...>")


def _units(summary: Mapping[str, Any]) -> list[str]:
    rows = [
        [f"layers[{layer['layer']}]", listed_units(layer["dead"]), listed_units(layer["saturated"])]
        for layer in summary["layers"]
    ]
    return table(["layer", "dead (always 0)", "saturated"], rows, "<<<")


def _names(names: Sequence[str]) -> str:
    return shorten(", ".join(names), 60)
