"""A network as a standalone NumPy program that a learner can read. Written, never read."""

from __future__ import annotations

import ast
import base64
import inspect
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.models.assemble import short_numbers
from nncli.nn.activations import ACTIVATIONS
from nncli.nn.erf import erfc
from nncli.nn.layers import Dense
from nncli.nn.network import Network
from nncli.stores import open_output

READABLE = 100_000
"""So many weights are written as numbers; more as one base64 text for each matrix."""


def write(network: Network, path: Path) -> None:
    """Write the script; it computes what the network does, in plain NumPy."""
    with open_output(path) as file:
        file.write(script(network, path.name).encode())


def script(network: Network, name: str = "network.py") -> str:
    """Return the script's text."""
    n_weights = sum(layer.weights.size for layer in network.layers)
    readable = n_weights <= READABLE
    scaled = network.mean is not None and network.std is not None
    nnfs = network.layers[0].sum_dtype is not None
    return _SCRIPT.substitute(
        summary=_summary(network),
        name=ascii(name)[1:-1].replace(chr(34), ""),
        imports="" if readable else "import base64\n",
        inputs=ascii(list(network.inputs)),
        outputs=ascii(_output_names(network)),
        dtype=network.dtype.name,
        activations="\n\n".join(function_sources([layer.activation for layer in network.layers])),
        scale="\n".join(_scale(network)),
        layers="\n\n".join(_layer(i, layer, readable) for i, layer in enumerate(network.layers)),
        forward=_NNFS_FORWARD if nnfs else _FORWARD,
        input_dtype="np.float64" if nnfs else "DTYPE",
        apply_scale="\n    x = (x - MEAN) / STD" if scaled else "",
        calls="\n".join(_call(i, layer) for i, layer in enumerate(network.layers)),
    )


def _summary(network: Network) -> str:
    steps = [f"{layer.n_units} {layer.activation}" for layer in network.layers]
    return " -> ".join([str(network.n_inputs), *steps])


def _output_names(network: Network) -> list[str]:
    if network.kind == "binary":
        return ["probability"]
    what = "probability" if network.kind == "classes" else "output"
    return [f"{what}_{unit}" for unit in network.outputs or range(network.n_outputs)]


def function_sources(activations: Iterable[str]) -> Iterator[str]:
    """Give the source of some activations' functions, each once and after what it calls."""
    given: set[str] = set()
    for name in activations:
        yield from _function(ACTIVATIONS[name].function, given)


def _function(function: Callable[..., Any], given: set[str]) -> Iterator[str]:
    if function.__name__ in given:
        return
    given.add(function.__name__)
    if function is erfc:
        yield "import math\n\nerfc = np.vectorize(math.erfc, otypes=[float])\n"
        return
    source = inspect.getsource(function)
    names = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    for name in sorted(names & function.__globals__.keys()):
        if inspect.isfunction(called := function.__globals__[name]):
            yield from _function(called, given)
    yield source.replace(": Array", "").replace(" -> Array", "")


def _scale(network: Network) -> Iterator[str]:
    if network.mean is not None and network.std is not None:
        yield ""
        yield "# Input scaling: what the training set's columns had."
        yield f"MEAN = np.array({list(short_numbers(network.mean))}, DTYPE)"
        yield f"STD = np.array({list(short_numbers(network.std))}, DTYPE)"
        yield ""


def _layer(i: int, layer: Dense, readable: bool) -> str:
    return (
        f"# Layer {i}: {layer.n_units} neurons with {layer.n_inputs} inputs each. A row per neuron.\n"
        f"W{i} = {_matrix(layer.weights.T, readable)}\n"
        f"b{i} = np.array({list(short_numbers(layer.biases))}, DTYPE)"
    )


def _matrix(rows: NDArray[Any], readable: bool) -> str:
    if readable:
        lines = "".join(f"        {list(short_numbers(row))},\n" for row in rows)
        return f"np.array(\n    [\n{lines}    ],\n    DTYPE,\n)"
    data = np.ascontiguousarray(rows).astype(rows.dtype.newbyteorder("<")).tobytes()
    text = base64.encodebytes(data).decode()
    return (
        f'np.frombuffer(\n    base64.b64decode("""\n{text}"""), "<f{rows.dtype.itemsize}"\n)'
        f".reshape({rows.shape[0]}, {rows.shape[1]}).astype(DTYPE)"
    )


def _call(i: int, layer: Dense) -> str:
    alpha = "" if layer.alpha is None else f", {layer.alpha!r}"
    return f"    x = {layer.activation}(weighted_sums(x, W{i}, b{i}){alpha}).astype(DTYPE)"


_FORWARD = '''\
def weighted_sums(x, W, b):
    """Return each neuron's sum of inputs times weights, plus its bias."""
    return x @ W.T + b
'''

_NNFS_FORWARD = '''\
def weighted_sums(x, W, b):
    """Return each neuron's sum of inputs times weights, plus its bias; summed as after nnfs.init()."""
    return np.dot(x.astype(np.float64), W.T.astype(np.float64)).astype(DTYPE) + b
'''

_SCRIPT = Template('''\
"""A dense neural network: $summary.

Written by nncli. It needs NumPy and nothing else:

    python $name < rows.csv > outputs.csv

reads CSV with the columns INPUTS (in any order, beside others; or without a header, in that
order) and prints the network's outputs.
"""

${imports}import csv
import sys

import numpy as np

INPUTS = $inputs
OUTPUTS = $outputs
DTYPE = np.$dtype


$activations
$scale
$layers


$forward

def forward(X):
    """Run rows of inputs through the network: (n_rows, n_inputs) -> (n_rows, n_outputs)."""
    x = np.asarray(X, $input_dtype)$apply_scale
$calls
    return x


def is_number(text):
    """Tell whether a cell holds a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def read_rows(lines):
    """Read CSV; a first line that is not all numbers is a header, and then columns go by name."""
    rows = [row for row in csv.reader(lines) if row]
    if rows and not all(map(is_number, rows[0])):
        header = rows.pop(0)
        if set(INPUTS) <= set(header):
            rows = [[row[header.index(name)] for name in INPUTS] for row in rows]
    if any(len(row) != len(INPUTS) for row in rows):
        raise ValueError(f"expected the columns {', '.join(INPUTS)}")
    return np.array(rows, dtype=np.float64).reshape(-1, len(INPUTS))


def main():
    """Read rows from standard input and print what comes out."""
    with open(0, encoding="utf-8-sig", newline="") as lines:
        X = read_rows(lines)
    writer = csv.writer(sys.stdout, lineterminator="\\n")
    writer.writerow(OUTPUTS)
    writer.writerows([str(value) for value in row] for row in forward(X))


if __name__ == "__main__":
    try:
        main()
    except (ValueError, IndexError) as error:
        sys.exit(f"error: {error}")
    except BrokenPipeError:  # the reader of the output has closed it, as `head` does
        sys.stderr.close()
''')
