"""From spec to arrays: the only door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nncli import datasets
from nncli.errors import SpecError
from nncli.netspec.chain import task_problem
from nncli.netspec.model import GeneratedData, LayerSpec, Spec
from nncli.nn.layers import Dense
from nncli.nn.network import Network, input_names

if TYPE_CHECKING:
    from nncli.models.names import LayerWeights

Array = NDArray[Any]


def build(spec: Spec, weights: Sequence[LayerWeights] | None = None) -> Network:
    """Build the network that a spec describes; the same spec gives the same network, always.

    Parameters
    ----------
    spec
        A checked spec.
    weights
        The arrays of the spec's weights file, a pair for each layer, where it names one.

    Raises
    ------
    SpecError
        Where the spec and the weights file disagree, or the dtype or the memory can't hold a number.
    """
    if weights is not None:
        check_file(spec, weights)
    dtype = decide_dtype(spec, weights)
    drawn = weights is None and any(layer.weights is None for layer in spec.layers)
    stream = weight_stream(spec) if drawn else None  # loading the generator takes longer than a small run

    layers: list[Dense] = []
    n_inputs = count_inputs(spec, weights)
    for index, layer in enumerate(spec.layers):
        W, b = weights[index] if weights is not None else (None, None)
        if W is None:
            W = spec_weights(spec, index, n_inputs, stream)
        if b is None:
            b = np.zeros(W.shape[1]) if layer.biases is None else np.array(layer.biases, np.float64)
        layers.append(
            Dense(
                weights=in_dtype(spec, index, "weights", W, dtype),
                biases=in_dtype(spec, index, "biases", b, dtype),
                activation=layer.activation,
                alpha=layer.alpha,
                sum_dtype=np.float64 if spec.nnfs else None,
                name=layer.name,
            )
        )
        n_inputs = layers[-1].n_units
    return assemble(spec, tuple(layers), dtype)


def decide_dtype(spec: Spec, weights: Sequence[LayerWeights] | None) -> np.dtype[Any]:
    """Return the dtype of weights and results: the spec's, else the file's, else NumPy's default."""
    if spec.nnfs:
        return np.dtype(np.float32)
    if spec.dtype is not None:
        return np.dtype(spec.dtype)
    if weights is not None and all(np.dtype(W.dtype).itemsize <= 4 for W, _ in weights):
        return np.dtype(np.float32)
    return np.dtype(np.float64)


def count_inputs(spec: Spec, weights: Sequence[LayerWeights] | None) -> int:
    """Return the number of features: what ``inputs`` says, else what the first layer's weights tell."""
    if isinstance(spec.inputs, int):
        return spec.inputs
    if spec.inputs is not None:
        return len(spec.inputs)
    if weights is not None:
        return int(weights[0][0].shape[0])
    inline = spec.layers[0].weights
    if inline is None:
        raise SpecError(f"{spec.place()}: missing key 'inputs': the number of features, or their names")
    return len(inline[0])


def weight_stream(spec: Spec) -> np.random.RandomState:
    """Return the generator of the weights, where it stands before the first layer.

    In the book the data come first out of the one generator. They are drawn even where other data
    will go through the network, so that those never change the weights.
    """
    stream = np.random.RandomState(spec.seed)
    if spec.nnfs and isinstance(spec.data, GeneratedData):
        datasets.draw(spec.data, stream, nnfs=True)
    return stream


def spec_weights(spec: Spec, index: int, n_inputs: int, stream: np.random.RandomState | None) -> Array:
    """Return a layer's inline or drawn weights, (n_inputs, n_units)."""
    layer = spec.layers[index]
    if layer.weights is not None or stream is None:
        numbers = layer.weights if isinstance(layer.weights, np.ndarray) else np.array(layer.weights, float)
        return numbers.T  # written with a row per neuron
    return draw_weights(spec, index, layer, n_inputs, stream)


def draw_weights(
    spec: Spec, index: int, layer: LayerSpec, n_inputs: int, stream: np.random.RandomState
) -> Array:
    """Return weight_scale * randn(n_inputs, n_units), as the book's ``Layer_Dense`` draws them."""
    if layer.units is None:
        raise SpecError(f"{spec.place('layers', index)}: layers[{index}]: missing key 'units'")
    try:
        draws = np.empty((n_inputs, layer.units))
        rows = max(1, 1_000_000 // layer.units)
        for start in range(0, n_inputs, rows):  # the same stream, but Ctrl-C need not wait for all of it
            draws[start : start + rows] = stream.randn(*draws[start : start + rows].shape)
    except (MemoryError, ValueError) as error:  # NumPy's two ways of saying so
        raise SpecError(
            f"{spec.place('layers', index, 'units')}: layers[{index}].units: "
            f"{n_inputs} x {layer.units} weights do not fit in memory"
        ) from error
    if spec.nnfs:
        draws = draws.astype(np.float32)
    return layer.weight_scale * draws


def in_dtype(spec: Spec, index: int, key: str, values: Array, dtype: np.dtype[Any]) -> Array:
    """Return the values in the network's dtype, C-ordered; a number that overflows there is an error."""
    with np.errstate(over="ignore"):
        converted = np.ascontiguousarray(values, dtype)
    lost = np.isinf(converted) & np.isfinite(values)
    if lost.any():
        raise SpecError(
            f"{spec.place('layers', index, key)}: layers[{index}].{key}: "
            f"{values[lost][0]} is too large for {dtype}"
        )
    return converted


def check_file(spec: Spec, weights: Sequence[LayerWeights]) -> None:
    """Refuse a weights file whose shapes are not those of the spec."""
    file = "the weights file" if spec.weights is None else str(spec.weights)
    if len(weights) != len(spec.layers):
        raise SpecError(
            f"{spec.place('weights')}: {file} holds {len(weights)} layers, the spec has {len(spec.layers)}"
        )
    problems = []
    n_inputs = count_inputs(spec, weights)
    for index, (layer, (W, b)) in enumerate(zip(spec.layers, weights, strict=True)):
        here = f"layers[{index}]"
        if W.shape[0] != n_inputs:
            place = spec.place("inputs") if index == 0 else spec.place("layers", index)
            problems.append(
                f"{place}: {here} gets {n_inputs} inputs, but its weights in {file} are for {W.shape[0]}"
            )
        n_inputs = W.shape[1]
        if layer.units is not None and layer.units != n_inputs:
            place = spec.place("layers", index, "units")
            problems.append(f"{place}: {here}.units is {layer.units}, but {file} holds {n_inputs} units")
        if b is not None and b.shape != (n_inputs,):
            place = spec.place("layers", index)
            problems.append(f"{place}: {here} has {n_inputs} units, but {file} holds {b.size} biases")
    if problems:
        raise SpecError(*problems)


def assemble(spec: Spec, layers: tuple[Dense, ...], dtype: np.dtype[Any]) -> Network:
    """Put the layers together with the names of what goes in and comes out."""
    n_inputs = layers[0].n_inputs
    names = spec.inputs if isinstance(spec.inputs, tuple) else None
    mean = std = None
    if spec.scale is not None:
        if not len(spec.scale.mean) == len(spec.scale.std) == n_inputs:
            raise SpecError(
                f"{spec.place('scale')}: scale: {n_inputs} inputs need as many numbers in mean and in std"
            )
        mean, std = np.array(spec.scale.mean, dtype), np.array(spec.scale.std, dtype)
    network = Network(
        layers=layers,
        inputs=names or input_names(n_inputs),
        named_inputs=names is not None,
        outputs=spec.outputs,
        mean=mean,
        std=std,
        task=spec.task,
    )
    problem = spec.task and task_problem(spec.task, layers[-1].activation, layers[-1].n_units)
    if problem:
        raise SpecError(f"{spec.place('task')}: task: {problem}")
    if spec.outputs is not None and len(spec.outputs) != network.n_names:
        given = len(spec.outputs)
        raise SpecError(
            f"{spec.place('outputs')}: outputs: the last layer needs {network.n_names} names, not {given}"
        )
    return network
