"""From steps to layers: what is not a matrix or an activation is folded into its neighbours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.models.onnx import steps as s
from nncli.models.onnx.graph import FLOATS, Graph, Node
from nncli.nn.layers import Dense

MAX_DIAGONAL = 1024
"""Units of a layer that only carries an activation: its matrix is as large as the square of this."""


@dataclass(slots=True)
class _Draft:
    """A layer on its way; it is open as long as nothing was applied to its weighted sums."""

    weights: NDArray[Any]
    biases: NDArray[Any] | None
    dtype: str
    activation: str = "linear"
    alpha: float | None = None
    is_open: bool = True
    is_pure: bool = True
    summed_wide: bool = False


class Chain:
    """The layers so far, and the numbers that flow out of them.

    Between two activations all arithmetic is affine, so scalings and shifts move into the weights
    (in float64, then back to the weights' type). What stands before the first matrix, first a
    shift and then a scaling, is the network's input scaling.
    """

    def __init__(self, graph: Graph) -> None:
        dims = graph.input.dims
        self._batch = dims[0] if dims else None
        self._width = None if dims is None or None in dims[1:] else math.prod(dims[1:])  # type: ignore[arg-type] # no None left
        self._is_table = dims is None or len(dims) == 2
        self._dtype = graph.input.dtype
        self._cast_from: str | None = None
        self._waiting: list[s.Elementwise] = []
        self._drafts: list[_Draft] = []
        self._bytes = 0
        self._wide_scale = False
        self._graph = graph
        self.mean: NDArray[Any] | None = None
        self.std: NDArray[Any] | None = None
        self._ended = False

    def add(self, step: s.Step) -> None:
        """Append a step.

        Raises
        ------
        ModelError
            Where it does not fit the numbers that come, or can't be said in layers.
        """
        if self._ended and not isinstance(step, s.Cast):
            raise step.node.error("nothing can follow the two columns of a binary classifier")
        if not isinstance(step, s.Cast | s.Rows) and self._dtype not in FLOATS.values():
            raise step.node.error(f"computes with {self._dtype}; only float types are supported")
        match step:
            case s.Matrix():
                self._matrix(step.node, step.weights, step.biases)
            case s.Shift() | s.Multiply() | s.Divide():
                self._elementwise(step)
            case s.Activation():
                self._activation(step)
            case s.Cast():
                self._cast(step)
            case s.Rows():
                self._rows(step)
            case s.NormalizeSum():
                if self._last_activation() != "softmax":
                    raise step.node.error("is supported behind a softmax only")
            case s.BothClasses():
                if self._last_activation() != "sigmoid" or self._width != 1:
                    raise step.node.error("is supported behind a single sigmoid unit only")
                self._ended = True

    def layers(self) -> tuple[Dense, ...]:
        """Return the finished layers, all of one dtype; input scaling is in `mean` and `std`."""
        if self._waiting or not self._drafts:
            self._diagonal(self._waiting[-1].node if self._waiting else None)
        narrow = not self._wide_scale and all(
            draft.summed_wide or draft.dtype != "float64" for draft in self._drafts
        )
        dtype = np.dtype(np.float32 if narrow else np.float64)
        if self.mean is not None and self.std is not None:
            self.mean, self.std = self.mean.astype(dtype), self.std.astype(dtype)
        return tuple(_dense(draft, dtype) for draft in self._drafts)

    @property
    def both_classes(self) -> bool:
        """Whether the chain ends in the two columns of a binary classifier."""
        return self._ended

    def _last_activation(self) -> str | None:
        return self._drafts[-1].activation if self._drafts and not self._waiting else None

    # ---- one method per kind of step

    def _matrix(self, node: Node, weights: NDArray[Any], biases: NDArray[Any] | None) -> None:
        if not self._is_table:
            raise node.error("works on an input of more than 2 dimensions that nothing has flattened")
        n_inputs, n_units = weights.shape
        if not weights.size or self._width not in (None, n_inputs):
            raise node.error(f"its matrix takes {n_inputs} inputs, and {self._width or 'more'} come")
        self._check_type(node, weights, biases)
        self._spend(node, weights.nbytes)
        self._width = n_inputs
        self._take_scale()
        pure = not self._waiting
        if self._waiting:
            factor, offset = self._affine()
            folded = offset @ weights.astype(np.float64) + (0 if biases is None else biases)
            weights, biases = (factor[:, None] * weights).astype(weights.dtype), folded.astype(weights.dtype)
            self._check_folded(node, weights, biases)
            self._waiting = []
        weights = np.ascontiguousarray(weights)
        self._drafts.append(_Draft(weights, biases, self._dtype, is_pure=pure and biases is None))
        self._width = n_units

    def _elementwise(self, step: s.Elementwise) -> None:
        if not self._is_table and step.by.size != 1:
            raise step.node.error("works on an input of more than 2 dimensions that nothing has flattened")
        if step.by.size != 1 and self._width not in (None, step.by.size):
            raise step.node.error(f"has {step.by.size} numbers for {self._width} features")
        self._check_type(step.node, step.by)
        if step.by.size != 1:
            self._width = step.by.size
        if not (self._drafts and self._drafts[-1].is_open):
            self._waiting.append(step)
            self._wide_scale |= self._dtype == "float64"
            return
        draft = self._drafts[-1]
        biases = np.zeros(draft.weights.shape[1]) if draft.biases is None else draft.biases.astype(np.float64)
        match step:
            case s.Shift():
                biases = biases + step.by
            case s.Multiply() | s.Divide():
                self._spend(step.node, draft.weights.nbytes)
                factor = (
                    step.by.astype(np.float64)
                    if isinstance(step, s.Multiply)
                    else 1 / step.by.astype(np.float64)
                )
                draft.weights = (draft.weights * factor).astype(draft.weights.dtype)
                biases = biases * factor
                draft.is_pure = draft.summed_wide = False
        draft.biases = biases.astype(draft.weights.dtype)
        self._check_folded(step.node, draft.weights, draft.biases)

    def _activation(self, step: s.Activation) -> None:
        if not self._is_table:
            raise step.node.error("works on an input of more than 2 dimensions that nothing has flattened")
        if self._waiting or not (self._drafts and self._drafts[-1].is_open):
            self._diagonal(step.node)
        draft = self._drafts[-1]
        draft.activation, draft.alpha, draft.is_open = step.name, step.alpha, False

    def _cast(self, step: s.Cast) -> None:
        if step.dtype == self._dtype:
            return
        draft = self._drafts[-1] if self._drafts and self._drafts[-1].is_open else None
        if draft and draft.is_pure and (draft.dtype, step.dtype) == ("float64", "float32"):
            # Products of float32 numbers, summed in float64: what `nnfs: true` does.
            was_float32 = self._cast_from == "float32"
            draft.summed_wide = was_float32 and bool(
                (draft.weights == draft.weights.astype(np.float32)).all()
            )
        self._cast_from, self._dtype = self._dtype, step.dtype

    def _rows(self, step: s.Rows) -> None:
        known_batch = step.batch is None or step.width is not None or step.batch == self._batch
        if not known_batch or (step.width is not None and self._width not in (None, step.width)):
            raise step.node.error("a reshape that changes the number of rows is not supported")
        if self._width is None and not self._is_table:
            raise step.node.error(
                "the dimensions of the input are not told, so its features can't be counted"
            )
        if step.width is not None:
            self._width = step.width
        self._is_table = True

    # ---- how steps meet the layers

    def _take_scale(self) -> None:
        """Make a shift and then a scaling in front of everything the network's mean and std."""
        if self._drafts or not self._waiting or self._width is None:
            return
        mean, std = np.zeros(1), np.ones(1)
        rest = list(self._waiting)
        if isinstance(rest[0], s.Shift):
            mean = -rest.pop(0).by
        if rest and not isinstance(rest[0], s.Shift) and (rest[0].by > 0).all():
            scaling = rest.pop(0)
            std = scaling.by if isinstance(scaling, s.Divide) else 1 / scaling.by.astype(np.float64)
            if not np.isfinite(std.astype(scaling.by.dtype)).all():
                return
        if len(rest) < len(self._waiting):
            self.mean, self.std = (np.broadcast_to(each, (self._width,)) for each in (mean, std))
            self._waiting = rest

    def _affine(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return factor and offset, (n_features,) each, of all that waits to be folded."""
        factor, offset = np.ones(self._width or 0), np.zeros(self._width or 0)
        for step in self._waiting:
            match step:
                case s.Shift():
                    offset = offset + step.by
                case s.Multiply():
                    factor, offset = factor * step.by, offset * step.by
                case s.Divide():
                    factor, offset = factor / step.by, offset / step.by
        return factor, offset

    def _diagonal(self, node: Node | None) -> None:
        """Append a layer that passes each feature on, for what stands behind no matrix."""
        if self._width is None or self._width > MAX_DIAGONAL or not self._is_table:
            why = "does not tell its number of features" if self._width is None else "has too many features"
            message = f"the input {why} for a layer without weights"
            raise node.error(message) if node else self._graph.error(message)
        dtype = np.float64 if self._dtype == "float64" else np.float32
        self._matrix(
            node or Node(str(self._graph.path), "", (), (), {}), np.eye(self._width, dtype=dtype), None
        )

    def _check_type(self, node: Node, *arrays: NDArray[Any] | None) -> None:
        wanted = np.float64 if self._dtype == "float64" else np.float32
        if any(array is not None and array.dtype != wanted for array in arrays):
            raise node.error(f"its numbers are not {self._dtype}, as what comes in")

    def _check_folded(self, node: Node, *arrays: NDArray[Any]) -> None:
        if not all(np.isfinite(array).all() for array in arrays):
            raise node.error("its numbers overflow when they are folded into the weights")

    def _spend(self, node: Node, n_bytes: int) -> None:
        self._bytes += n_bytes
        # One stored tensor may be used in many nodes, each with a layer of its own.
        if self._bytes > 16 * (self._graph.size + self._graph.constants.external_bytes) + 2**26:
            raise node.error("the network would be many times larger than its file")


def _dense(draft: _Draft, dtype: np.dtype[Any]) -> Dense:
    biases = np.zeros(draft.weights.shape[1]) if draft.biases is None else draft.biases
    return Dense(
        weights=draft.weights.astype(dtype, copy=False),
        biases=biases.astype(dtype),
        activation=draft.activation,
        alpha=draft.alpha,
        sum_dtype=np.float64 if draft.summed_wide and dtype == np.float32 else None,
    )
