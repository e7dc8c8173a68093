"""The way out: a network as an ONNX file.

Each layer is one Gemm and the nodes of its activation. A network that sums float32 products in
float64 (`nnfs: true`) says so with casts around the product: the file computes what we compute.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import MissingExtraError, OutputError
from nncli.nn.activations import ACTIVATIONS, ALPHA, Alpha, Form, Z, default_alpha
from nncli.nn.layers import Dense
from nncli.nn.network import Network
from nncli.stores import open_output

OPSET = 17
IR_VERSION = 8
MAX_BYTES = 2**31 - 1
"""What one message of the format may hold."""


def write(network: Network, path: Path) -> None:
    """Write a network as ONNX, opset 17, for any number of rows; the same network gives the same bytes.

    Raises
    ------
    OutputError
        Where the file can't be written, or would pass the 2 GiB that ONNX allows.
    MissingExtraError
        Where the package onnx is not installed.
    """
    data = to_bytes(network)
    with open_output(path) as file:
        file.write(data)


def to_bytes(network: Network) -> bytes:
    """Return the ONNX file of a network."""
    try:
        from onnx import TensorProto, helper
    except ImportError as error:
        raise MissingExtraError("writing .onnx files", "onnx") from error

    n_bytes = sum(layer.weights.nbytes + layer.biases.nbytes for layer in network.layers)
    if n_bytes > MAX_BYTES - 2**20:
        raise OutputError(
            f"the network has {n_bytes:,} bytes of weights, and an ONNX file holds less than 2 GiB"
        )
    element = TensorProto.DOUBLE if network.dtype == np.float64 else TensorProto.FLOAT
    nodes = _Nodes(network.dtype)
    last = nodes.add_network(network)
    graph = helper.make_graph(
        [*nodes.nodes, helper.make_node("Identity", [last], ["outputs"], name="outputs")],
        "nncli",
        [helper.make_tensor_value_info("inputs", element, ["rows", network.n_inputs])],
        [helper.make_tensor_value_info("outputs", element, ["rows", network.n_outputs])],
        nodes.constants,
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="nncli",
    )
    notes = json.dumps(_notes(network), ensure_ascii=False)
    helper.set_model_props(model, {"nncli": notes} if notes != "{}" else {})
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def _notes(network: Network) -> dict[str, Any]:
    """Return what the graph has no words for: names, and alphas with more digits than float32's."""
    notes: dict[str, Any] = {}
    if network.named_inputs:
        notes["inputs"] = list(network.inputs)
    if network.outputs is not None:
        notes["outputs"] = list(network.outputs)
    if network.task is not None or network.layers[-1].activation == "log_softmax":
        notes["task"] = network.task  # else a reader would say what a log_softmax is for
    if any(map(_reads_otherwise, network.layers)):
        notes["activations"] = [layer.activation for layer in network.layers]
    if any(layer.name is not None for layer in network.layers):
        notes["layers"] = [layer.name for layer in network.layers]
    alphas = [_alpha(layer) for layer in network.layers]
    if any(alpha is not None and not _fits_float32(alpha) for alpha in alphas):
        notes["alphas"] = alphas
    return notes


def _alpha(layer: Dense) -> Alpha | None:
    default = default_alpha(layer.activation)
    return default if default is None or layer.alpha is None else layer.alpha


def _reads_otherwise(layer: Dense) -> bool:
    """Whether the form that is written may be read as another activation."""
    form = ACTIVATIONS[layer.activation].onnx[0]
    return any(form in other.onnx for name, other in ACTIVATIONS.items() if name != layer.activation)


def _fits_float32(alpha: Alpha) -> bool:
    if isinstance(alpha, tuple):
        return all(map(_fits_float32, alpha))
    return alpha == float(str(np.float32(alpha)))


class _Nodes:
    """The nodes and constants of the file, as far as they are written."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._dtype = dtype

    def add_network(self, network: Network) -> str:
        """Write the input scaling and all layers; return the name of what comes out."""
        x = "inputs"
        if network.mean is not None and network.std is not None:
            x = self._node("Sub", "scale.centred", x, self._constant("scale.mean", network.mean))
            x = self._node("Div", "scale.scaled", x, self._constant("scale.std", network.std))
        for at, layer in enumerate(network.layers):
            name = f"layers.{at}"
            z = (
                self._summed_wide(name, layer, x)
                if layer.sum_dtype is not None
                else self._gemm(name, layer, x)
            )
            x = self._activation(name, layer, z)
        return x

    def _gemm(self, name: str, layer: Dense, x: str) -> str:
        weights = self._constant(f"{name}.weights", layer.weights)
        biases = self._constant(f"{name}.biases", layer.biases)
        return self._node("Gemm", f"{name}.z", x, weights, biases)

    def _summed_wide(self, name: str, layer: Dense, x: str) -> str:
        from onnx import TensorProto

        weights = self._constant(f"{name}.weights", layer.weights)
        wide_x = self._node("Cast", f"{name}.inputs_wide", x, to=TensorProto.DOUBLE)
        wide_weights = self._node("Cast", f"{name}.weights_wide", weights, to=TensorProto.DOUBLE)
        wide = self._node("MatMul", f"{name}.sums_wide", wide_x, wide_weights)
        sums = self._node("Cast", f"{name}.sums", wide, to=TensorProto.FLOAT)
        return self._node("Add", f"{name}.z", sums, self._constant(f"{name}.biases", layer.biases))

    def _activation(self, name: str, layer: Dense, z: str) -> str:
        form = ACTIVATIONS[layer.activation].onnx[0]
        return self._form(f"{name}.{layer.activation}", form, z, _alpha(layer))

    def _form(self, name: str, form: Form, z: str, alpha: Alpha | None) -> str:
        """Write an activation's form and return the name of what comes out; its parts are named by number."""
        if form == Z:
            return z
        if not isinstance(form, tuple):
            return self._number(name, alpha if form == ALPHA else form)
        op, *parts = form
        settings = parts.pop() if isinstance(parts[-1], dict) else {}
        inputs = [self._form(f"{name}.{at}", part, z, alpha) for at, part in enumerate(parts)]
        settings = {key: alpha if value == ALPHA else value for key, value in settings.items()}
        return self._node(op, name, *inputs, **settings)

    # ---- the pieces

    def _node(self, op: str, output: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(op, list(inputs), [output], name=output, **attributes))
        return output

    def _constant(self, name: str, array: NDArray[Any] | Sequence[float]) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array, dtype=self._dtype), name))
        return name

    def _number(self, name: str, number: Any) -> str:
        from onnx import numpy_helper

        # ascontiguousarray would make a vector of it.
        self.constants.append(numpy_helper.from_array(np.array(number, self._dtype), name))
        return name
