"""One self-contained HTML page that draws the network and recomputes it live.

The page is `page/page.html` with `page/page.css` and the scripts of `SCRIPTS` inside, shortened by `squeeze`.
The network and the rows stand in it as JSON, arrays as base64: the page computes with the very same weights.
A Content-Security-Policy allows these two texts by their hashes and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from importlib import resources
from string import Template
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import NncliError
from nncli.inspect.activity import SATURATED
from nncli.inspect.formulas import formula
from nncli.inspect.notes import CERTAIN, UNDECIDED, WORDS
from nncli.inspect.summary import summarize
from nncli.jobs.sample import Sample
from nncli.models.script import function_sources
from nncli.nn.activations import ACTIVATIONS, default_alpha
from nncli.nn.layers import Dense
from nncli.nn.network import Network
from nncli.text import printable
from nncli.views import palette
from nncli.views.explain_words import MOST_TERMS, SHOWN_TERMS
from nncli.views.report import squeeze

SCRIPTS = (
    "elements.js",
    "numbers.js",
    "forward.js",
    "network.js",
    "state.js",
    "inputs.js",
    "result.js",
    "picture.js",
    "shown.js",
    "pictures.js",
    "frame.js",
    "diagram.js",
    "edges.js",
    "terms.js",
    "neuron.js",
    "activation.js",
    "notes.js",
    "copies.js",
    "copying.js",
    "matrices.js",
    "rows.js",
    "steps.js",
    "confusion.js",
    "whatif.js",
    "plane.js",
    "compare.js",
    "crosses.js",
    "curve.js",
    "portrait.js",
    "charts.js",
    "save.js",
    "print.js",
    "main.js",
)
"""The page's scripts in the order in which they are joined into one."""

MOST_PARAMETERS = 4_000_000
"""What a browser still opens with ease: some 40 MB of page."""


def page(
    network: Network,
    sample: Sample,
    title: str,
    metrics: Mapping[str, Any] | None = None,
    given: Mapping[str, Any] | None = None,
) -> str:
    """Return the page's HTML.

    Parameters
    ----------
    metrics
        What `nncli eval` prints as JSON.
    given
        The words of a command line that mean this network and these rows: ``spec``, ``data`` (None: they
        can't be read again), and the options ``network`` and ``rows``.

    Raises
    ------
    NncliError
        The network is too large for a page.
    """
    if (n := network.n_parameters) > MOST_PARAMETERS:
        raise NncliError(
            f"{title}: the network has {n:,} parameters; a page holds at most {MOST_PARAMETERS:,}"
        )
    style = squeeze.style(palette.style() + _source("page.css"))
    script = squeeze.script("\n".join(_source(name) for name in SCRIPTS))
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )
    data = {
        "network": _network(network),
        "rows": _rows(sample),
        "palette": palette.for_page(),
        "summary": summarize(network)["layers"],
        "thresholds": {"certain": CERTAIN, "saturated": SATURATED, "undecided": UNDECIDED},
        "metrics": metrics,
        "terms": {"most": MOST_TERMS, "kept": SHOWN_TERMS},
        "words": WORDS,
        "functions": _functions(network),
        "given": given or {"spec": title, "data": None, "network": [], "rows": []},
    }
    frame = re.sub(r"\n\s+", "\n", _source("page.html"))
    return Template(frame).substitute(
        policy=policy, title=html.escape(printable(title)), style=style, script=script, data=_inert(data)
    )


def _source(name: str) -> str:
    return resources.files(__name__).joinpath("page", name).read_text(encoding="utf-8")


def _check_twins() -> None:
    tables = re.findall(r"ACTIVATIONS = {\n(.*?)^};", _source("forward.js"), re.DOTALL | re.MULTILINE)
    twins = re.findall(r"^  (\w+)[:,]", "".join(tables), re.MULTILINE)
    if absent := ACTIVATIONS.keys() - set(twins):
        raise TypeError(f"page/forward.js has no twin of the activation {', '.join(sorted(absent))}")


_check_twins()  # told at import, never by an empty page


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _inert(data: object) -> str:
    """Return JSON that can't end its script element, whatever the names in it."""
    text = json.dumps(data, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace").decode().replace("<", "\\u003c")  # no lone surrogates either


def _network(network: Network) -> dict[str, Any]:
    return {
        "kind": network.kind,
        "dtype": network.dtype.name,
        "input_dtype": network.input_dtype.name,
        "inputs": list(network.inputs),
        "named_inputs": network.named_inputs,
        "outputs": None if network.outputs is None else list(network.outputs),
        "mean": None if network.mean is None else [float(x) for x in network.mean],
        "std": None if network.std is None else [float(x) for x in network.std],
        "layers": [_layer(layer) for layer in network.layers],
    }


def _functions(network: Network) -> dict[str, str]:
    """Return the activations' functions in NumPy."""
    names = {layer.activation for layer in network.layers}
    return {name: "\n".join(function_sources([name])) for name in sorted(names)}


def _layer(layer: Dense) -> dict[str, Any]:
    alpha = default_alpha(layer.activation) if layer.alpha is None else layer.alpha
    return {
        "name": layer.name,
        "units": layer.n_units,
        "activation": layer.activation,
        "alpha": alpha,
        "formula": formula(layer),
        "limits": ACTIVATIONS[layer.activation].limits,
        "weights": _base64(layer.weights),
        "biases": _base64(layer.biases),
    }


def _rows(sample: Sample) -> dict[str, Any]:
    features = sample.features
    if features.dtype != np.float32:
        features = features.astype(np.float64)
    return {
        "count": len(features),
        "all": sample.complete,
        "dtype": features.dtype.name,
        "features": _base64(features),
        "labels": None if sample.labels is None else list(sample.labels),
    }


def _base64(array: NDArray[Any]) -> str:
    """Return an array's little-endian bytes, row after row, as text."""
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    return base64.b64encode(little.tobytes()).decode()
