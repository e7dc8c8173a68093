"""The reference runtime: the same network, computed by somebody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli import models
from nncli.errors import MissingExtraError
from nncli.nn.network import Network
from nncli.nn.threads import n_processors


class Peer(NamedTuple):
    """The network in onnxruntime: (n_rows, n_inputs) of this dtype -> (n_rows, n_outputs)."""

    run: Callable[[NDArray[Any]], NDArray[Any]]
    dtype: np.dtype[Any]
    n_threads: int

    def __call__(self, X: NDArray[Any]) -> NDArray[Any]:
        """Run the forward pass over inputs of any dtype."""
        return self.run(X.astype(self.dtype, copy=False))


def require(feature: str) -> None:
    """Raise MissingExtraError where onnxruntime, or onnx that writes the file for it, is not installed.

    Parameters
    ----------
    feature
        What asks for it.
    """
    if find_spec("onnxruntime") is None or find_spec("onnx") is None:
        raise MissingExtraError(feature, "onnxruntime")


def load(network: Network, n_threads: int | None = None) -> Peer:
    """Return the network in onnxruntime, which must be there: see `require`.

    It uses all processors, or so many threads.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = n_threads or n_processors()
    options.log_severity_level = 3
    try:
        session = _session(network, options)
    except onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented:
        # It has no float64 kernel for every operator; float32 has them all.
        session = _session(as_float32(network), options)
    (entry,) = session.get_inputs()
    dtype = np.dtype(np.float64 if entry.type == "tensor(double)" else np.float32)

    def run(X: NDArray[Any]) -> NDArray[Any]:
        outputs: NDArray[Any] = session.run(None, {entry.name: X})[0]
        return outputs

    return Peer(run, dtype, options.intra_op_num_threads)


def as_float32(network: Network) -> Network:
    """Return the network with its numbers rounded to float32."""

    def rounded(values: NDArray[Any] | None) -> NDArray[Any] | None:
        return None if values is None else values.astype(np.float32)

    layers = [
        replace(layer, weights=layer.weights.astype(np.float32), biases=layer.biases.astype(np.float32))
        for layer in network.layers
    ]
    return replace(network, layers=tuple(layers), mean=rounded(network.mean), std=rounded(network.std))


def _session(network: Network, options: Any) -> Any:
    import onnxruntime

    with TemporaryDirectory() as folder:
        path = Path(folder, "network.onnx")
        models.write_network(network, path)
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
