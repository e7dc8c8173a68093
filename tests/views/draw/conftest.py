"""Networks to draw."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from nncli.nn.layers import Dense
from nncli.nn.network import Network


@pytest.fixture
def make_network() -> Callable[..., Network]:
    """Return a function that makes a network of given sizes, with drawn weights and biases."""

    def make(
        *sizes: int, inputs: tuple[str, ...] | None = None, outputs: tuple[str, ...] | None = None
    ) -> Network:
        draw = np.random.RandomState(0)
        layers = tuple(
            Dense(weights=draw.randn(n_inputs, n_units), biases=draw.randn(n_units), activation="relu")
            for n_inputs, n_units in pairwise(sizes)
        )
        return Network(
            layers=layers, inputs=inputs or tuple(f"x{i}" for i in range(sizes[0])), outputs=outputs
        )

    return make
