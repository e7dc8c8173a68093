"""From layers' weights, and the little that is said beside them, to a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nncli.errors import UsageError, did_you_mean
from nncli.models.names import LayerWeights
from nncli.nn.activations import ACTIVATIONS, default_alpha
from nncli.nn.layers import Dense
from nncli.nn.network import Network
from nncli.spec.model import LayerSpec, Scale, Spec


class Activation(NamedTuple):
    """A name in ACTIVATIONS and its parameter; None takes the default."""

    name: str
    alpha: float | None = None


def parse_activations(text: str) -> list[Activation]:
    """Read ``relu,leaky_relu:0.2,softmax``: a name per layer, and its alpha where it takes one.

    Raises
    ------
    UsageError
        Where a name is unknown or an alpha is no number, or none is taken.
    """
    return [_parse_activation(word.strip()) for word in text.split(",")]


def _parse_activation(word: str) -> Activation:
    name, colon, number = word.partition(":")
    if name not in ACTIVATIONS:
        raise UsageError(
            f"--activations: unknown activation {name!r}{did_you_mean(name, ACTIVATIONS)}: "
            f"known are {', '.join(ACTIVATIONS)}"
        )
    if not colon:
        return Activation(name)
    if default_alpha(name) is None:
        raise UsageError(f"--activations: {name} takes no number")
    try:
        alpha = float(number)
    except ValueError:
        raise UsageError(f"--activations: {number!r} is not a number") from None
    if not np.isfinite(alpha):
        raise UsageError(f"--activations: {number!r} is not a finite number")
    return Activation(name, alpha)


def chain(layers: Sequence[LayerWeights], activations: Sequence[Activation]) -> Network:
    """Return the network of layers that fit together, one activation each; inputs get no names."""
    dense = tuple(
        Dense(
            weights=weights,
            biases=np.zeros(weights.shape[1], weights.dtype) if biases is None else biases,
            activation=activation.name,
            alpha=activation.alpha,
        )
        for (weights, biases), activation in zip(layers, activations, strict=True)
    )
    return Network(layers=dense, inputs=input_names(dense[0].n_inputs))


def input_names(n: int) -> tuple[str, ...]:
    """Return the names of inputs that nobody named."""
    return tuple(f"x{i}" for i in range(n))


def renamed(network: Network, inputs: Sequence[str] | None, outputs: Sequence[str] | None) -> Network:
    """Return the network with the user's names of what goes in and comes out.

    Raises
    ------
    UsageError
        Where there are too many or too few names, or one twice.
    """
    if inputs is not None:
        _check_names("--inputs", inputs, network.n_inputs, "inputs")
        network = replace(network, inputs=tuple(inputs), named_inputs=True)
    if outputs is not None:
        classes = 2 if network.kind == "binary" else network.n_outputs
        _check_names("--outputs", outputs, classes, "classes" if network.kind == "binary" else "outputs")
        network = replace(network, outputs=tuple(outputs))
    return network


def _check_names(option: str, names: Sequence[str], n: int, what: str) -> None:
    if len(names) != n:
        raise UsageError(f"{option}: {len(names)} names for the network's {n} {what}")
    if "" in names or len(set(names)) < len(names):
        raise UsageError(f"{option}: every name must be there, and only once")


def of_spec(spec: Spec, layers: Sequence[LayerWeights]) -> Network:
    """Return the network of a spec that tells everything but the weights; `to_spec` is the way back."""
    dtype = np.dtype(np.float32 if spec.nnfs else spec.dtype or layers[0][0].dtype)
    network = chain(
        [(in_dtype(W, dtype), None if b is None else in_dtype(b, dtype)) for W, b in layers],
        [Activation(layer.activation, layer.alpha) for layer in spec.layers],
    )
    dense = tuple(
        replace(layer, sum_dtype=np.float64 if spec.nnfs else None, name=said.name)
        for layer, said in zip(network.layers, spec.layers, strict=True)
    )
    names = spec.inputs if isinstance(spec.inputs, tuple) else network.inputs
    return replace(
        network,
        layers=dense,
        inputs=names,
        named_inputs=isinstance(spec.inputs, tuple),
        outputs=spec.outputs,
        mean=None if spec.scale is None else in_dtype(spec.scale.mean, dtype),
        std=None if spec.scale is None else in_dtype(spec.scale.std, dtype),
    )


def in_dtype(numbers: ArrayLike, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return numbers in a dtype.

    Raises
    ------
    OverflowError
        Where one is too large for it.
    """
    with np.errstate(over="ignore"):
        converted = np.asarray(numbers, np.float64).astype(dtype)
    if not np.isfinite(converted).all():
        raise OverflowError(f"a number is too large for {dtype}")
    return converted


def to_spec(network: Network, *, inline: bool) -> Spec:
    """Return a spec that says what a network is, with its weights or without them."""
    nnfs = network.layers[0].sum_dtype is not None
    layers = tuple(
        LayerSpec(
            units=layer.n_units,
            activation=layer.activation,
            alpha=layer.alpha,
            weights=tuple(map(short_numbers, layer.weights.T)) if inline else None,
            biases=short_numbers(layer.biases) if inline else None,
            name=layer.name,
        )
        for layer in network.layers
    )
    scale = None
    if network.mean is not None and network.std is not None:
        scale = Scale(mean=short_numbers(network.mean), std=short_numbers(network.std))
    return Spec(
        name="network",
        nnfs=nnfs,
        dtype="float32" if network.dtype == np.float32 and not nnfs else None,
        inputs=network.inputs if network.named_inputs else network.n_inputs,
        scale=scale,
        layers=layers,
        outputs=network.outputs,
    )


def short_numbers(numbers: NDArray[Any]) -> tuple[float, ...]:
    """Return the floats of the shortest texts that read back equal in the array's own dtype.

    A float32 third becomes 0.33333334, where its exact value would be 0.3333333432674408.
    """
    short = tuple(float(str(number)) for number in numbers)
    if np.array_equal(np.array(short, numbers.dtype), numbers):
        return short
    return tuple(numbers.tolist())
