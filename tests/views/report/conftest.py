"""Pages to open: written from a network and some rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncli.jobs.sample import Sample
from nncli.nn.layers import Dense
from nncli.nn.network import Network
from nncli.views.report import page


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Write a page about a network and some rows, and return its path."""

    def write(
        network: Network,
        X: Any,
        labels: Any = None,
        metrics: Any = None,
        complete: bool = True,
        title: str = "net.yaml",
    ) -> Path:
        path = tmp_path / "report.html"
        sample = Sample(features=np.asarray(X), labels=labels, complete=complete)
        path.write_text(page(network, sample, title, metrics), encoding="utf-8")
        return path

    return write


@pytest.fixture
def network_of() -> Callable[..., Network]:
    """Return a maker of networks with random weights and biases; ``fields`` are those of `Network`."""

    def make(
        *sizes: int, activations: Any, dtype: Any = np.float64, scale: float = 1.0, **fields: Any
    ) -> Network:
        random = np.random.RandomState(7)
        layers = tuple(
            Dense(
                weights=(scale * random.randn(n_inputs, n_units)).astype(dtype),
                biases=(scale * random.randn(n_units)).astype(dtype),
                activation=activation,
            )
            for n_inputs, n_units, activation in zip(sizes, sizes[1:], activations, strict=False)
        )
        fields.setdefault("inputs", tuple(f"x{i}" for i in range(sizes[0])))
        return Network(layers=layers, **fields)

    return make


@pytest.fixture
def spiral(network_of: Callable[..., Network]) -> Network:
    """Return a network of two inputs and three named classes."""
    return network_of(2, 4, 3, activations=("relu", "softmax"), outputs=("red", "green", "blue"))
