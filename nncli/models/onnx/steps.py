"""What a node of the graph means: the few kinds of steps that dense layers are folded from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from nncli.models.onnx.graph import Node


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """x @ weights + biases."""

    node: Node
    weights: NDArray[Any]
    biases: NDArray[Any] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """x + by, one number per feature, or one for all."""

    node: Node
    by: NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Multiply:
    """x * by, one number per feature, or one for all."""

    node: Node
    by: NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Divide:
    """x / by, one number per feature, or one for all."""

    node: Node
    by: NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Activation:
    """A function in `nncli.nn.activations.ACTIVATIONS`."""

    node: Node
    name: str
    alpha: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """The same numbers in another type; its name is that of `nncli.models.onnx.graph.TYPES`."""

    node: Node
    dtype: str


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Everything behind the batch axis as one row of `width` features; None takes what there is."""

    node: Node
    batch: int | None = None
    width: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class NormalizeSum:
    """Each row divided by the sum of its absolute values."""

    node: Node


@dataclass(frozen=True, slots=True, eq=False)
class BothClasses:
    """From the probability p of one class to the two columns 1 - p and p."""

    node: Node


Elementwise = Shift | Multiply | Divide
Step = Matrix | Elementwise | Activation | Cast | Rows | NormalizeSum | BothClasses

Meaning = tuple[list[Step], str]
"""What a node means: its steps in the order in which they are computed, and the tensor they begin with."""
