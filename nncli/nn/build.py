"""From spec to arrays: the only door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from nncli.nn.network import Network
from nncli.spec.model import Spec


def build(spec: Spec, weights: Mapping[str, NDArray[Any]] | None = None) -> Network:
    """Build the network that a spec describes.

    ``weights`` are the tensors of the spec's weights file, as the file names and stores them.
    """
    raise NotImplementedError
