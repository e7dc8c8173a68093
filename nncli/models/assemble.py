"""What is said beside a model file's weights, and what a network says as a spec."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import UsageError, did_you_mean, of_argument
from nncli.netspec.model import LayerSpec, Scale, Spec
from nncli.nn.activations import ACTIVATIONS, meant_by
from nncli.nn.network import Network


def parse_activations(said: str | Sequence[str]) -> list[LayerSpec]:
    """Read ``relu,leaky_relu:0.2,softmax``, or a list: a name per layer, and its alpha where it takes one.

    Raises
    ------
    UsageError
        Where a name is unknown or an alpha is no number, or none is taken.
    """
    words = said.split(",") if isinstance(said, str) else said
    return [_parse_activation(word.strip()) for word in words]


def _parse_activation(word: str) -> LayerSpec:
    name, colon, number = word.partition(":")
    if name not in ACTIVATIONS:
        meant = meant_by(name)
        hint = f" (did you mean {meant!r}?)" if meant else did_you_mean(name, ACTIVATIONS)
        raise _wrong(f"unknown activation {name!r}{hint}: known are {', '.join(ACTIVATIONS)}")
    if not colon:
        return LayerSpec(None, name)
    try:
        alpha = float(number)
    except ValueError:
        raise _wrong(f"{number!r} is not a number") from None
    if not np.isfinite(alpha):
        raise _wrong(f"{number!r} is not a finite number")
    if problem := ACTIVATIONS[name].problem(alpha, None):
        raise _wrong(f"{name} {problem}")
    return LayerSpec(None, name, alpha)


def _wrong(problem: str) -> UsageError:
    return UsageError(problem, remedies=of_argument("activations"))


def renamed(network: Network, inputs: Sequence[str] | None, outputs: Sequence[str] | None) -> Network:
    """Return the network with the user's names of what goes in and comes out.

    Raises
    ------
    UsageError
        Where there are too many or too few names, or one twice.
    """
    if inputs is not None:
        _check_names("inputs", inputs, network.n_inputs, "inputs")
        network = replace(network, inputs=tuple(inputs), named_inputs=True)
    if outputs is not None:
        what = "classes" if network.kind == "binary" else "outputs"
        _check_names("outputs", outputs, network.n_names, what)
        network = replace(network, outputs=tuple(outputs))
    return network


def _check_names(argument: str, names: Sequence[str], n: int, what: str) -> None:
    if len(names) != n:
        raise UsageError(f"{len(names)} names for the network's {n} {what}", remedies=of_argument(argument))
    if "" in names or len(set(names)) < len(names):
        raise UsageError("every name must be there, and only once", remedies=of_argument(argument))


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
        task=network.task,
    )


def short_numbers(numbers: NDArray[Any]) -> tuple[float, ...]:
    """Return the floats of the shortest texts that read back equal in the array's own dtype.

    A float32 third becomes 0.33333334, where its exact value would be 0.3333333432674408.
    """
    short = tuple(float(str(number)) for number in numbers)
    if np.array_equal(np.array(short, numbers.dtype), numbers):
        return short
    return tuple(numbers.tolist())
