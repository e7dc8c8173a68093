"""From steps to layers: what is not a matrix or an activation is folded into its neighbours."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models import steps as s
from nncli.nn.layers import Dense
from nncli.nn.network import Network, input_names

Array = NDArray[Any]

FLOATS = ("float32", "float64", "float16", "bfloat16")
"""The types that are computed with."""

WIDEST_DIAGONAL = 2048
"""Units of a layer that only carries an activation: its matrix is as large as the square of this."""


class Source(NamedTuple):
    """The file: its name, its length in bytes, and the type and dimensions of its input where it tells."""

    at: str
    n_bytes: int
    dtype: str
    dims: tuple[int | None, ...] | None


class Folded(NamedTuple):
    """The network, and whether the file puts out both columns of a binary classifier."""

    network: Network
    both_classes: bool


def fold(steps: Iterable[s.Step], source: Source) -> Folded:
    """Return the network of a model's steps.

    Raises
    ------
    ModelError
        Where a step does not fit the numbers that come, or can't be said in layers.
    """
    grown = _Layers(source)
    with np.errstate(all="ignore"):  # what overflows on the way is refused for its result
        for step in steps:
            grown.add(step)
        return Folded(grown.network(), grown.ended)


@dataclass(slots=True)
class _Draft:
    """A layer on its way; it is open as long as nothing was applied to its weighted sums."""

    weights: Array
    biases: Array
    dtype: str
    activation: str = "linear"
    alpha: float | None = None
    is_open: bool = True
    is_pure: bool = True
    summed_wide: bool = False


class _Layers:
    """The layers so far, and the numbers that flow out of them.

    Between two activations all arithmetic is affine, so scalings and shifts move into the weights,
    in float64. What stands before the first matrix, first a shift and then a scaling, is the network's
    input scaling.
    """

    def __init__(self, source: Source) -> None:
        dims = source.dims
        self._source = source
        self._batch = dims[0] if dims else None
        self._width = None if dims is None or None in dims[1:] else math.prod(dims[1:])  # type: ignore[arg-type] # no None left
        self._is_table = dims is None or len(dims) == 2
        self._dtype = source.dtype
        self._cast_from: str | None = None
        self._waiting: list[s.Elementwise] = []
        self._drafts: list[_Draft] = []
        self._bytes = 0
        self._wide_scale = False
        self._mean: Array | None = None
        self._std: Array | None = None
        self.ended = False

    def add(self, step: s.Step) -> None:
        """Append a step."""
        if self.ended and not isinstance(step, s.Cast):
            raise _error(step, "nothing can follow the two columns of a binary classifier")
        if not isinstance(step, s.Cast | s.Flatten) and self._dtype not in FLOATS:
            raise _error(step, f"computes with {self._dtype}; only float types are supported")
        match step:
            case s.Matrix():
                self._matrix(step)
            case s.Shift() | s.Multiply() | s.Divide():
                self._elementwise(step)
            case s.Activate("linear"):
                pass
            case s.Activate():
                self._activate(step)
            case s.Cast():
                self._cast(step)
            case s.Flatten():
                self._flatten(step)
            case s.NormalizeSum():
                if self._last_activation() != "softmax":
                    raise _error(step, "is supported behind a softmax only")
            case s.BothClasses():
                if self._last_activation() != "sigmoid" or self._width != 1:
                    raise _error(step, "is supported behind a single sigmoid unit only")
                self.ended = True

    def network(self) -> Network:
        """Return the finished network, all of one dtype."""
        if self._waiting or not self._drafts:
            self._diagonal(self._waiting[-1].at if self._waiting else self._source.at)
        narrow = not self._wide_scale and all(
            draft.summed_wide or draft.dtype != "float64" for draft in self._drafts
        )
        dtype = np.dtype(np.float32 if narrow else np.float64)
        layers = tuple(_dense(draft, dtype) for draft in self._drafts)
        return Network(
            layers=layers,
            inputs=input_names(layers[0].n_inputs),
            mean=None if self._mean is None else self._mean.astype(dtype),
            std=None if self._std is None else self._std.astype(dtype),
        )

    def _last_activation(self) -> str | None:
        return self._drafts[-1].activation if self._drafts and not self._waiting else None

    # ---- one method per kind of step

    def _matrix(self, step: s.Matrix) -> None:
        self._expect_table(step)
        weights, biases = step.weights, step.biases
        n_inputs, n_units = weights.shape
        if not weights.size or self._width not in (None, n_inputs):
            raise _error(step, f"its matrix takes {n_inputs} inputs, and {self._width or 'more'} come")
        self._check_type(step, weights, biases)
        self._spend(step, weights.nbytes)
        self._width = n_inputs
        self._take_scale()
        pure = not self._waiting and biases is None
        biases = np.zeros(n_units) if biases is None else biases.astype(np.float64)
        if self._waiting:
            factor, offset = self._affine()
            weights = weights.astype(np.float64)
            weights, biases = factor[:, None] * weights, offset @ weights + biases
        self._drafts.append(_Draft(weights, biases, self._dtype, is_pure=pure))
        if self._waiting:
            self._waiting = []
            self._check_folded(step)
        self._width = n_units

    def _elementwise(self, step: s.Elementwise) -> None:
        if step.by.size != 1:
            self._expect_table(step)
            if self._width not in (None, step.by.size):
                raise _error(step, f"has {step.by.size} numbers for {self._width} features")
            self._width = step.by.size
        self._check_type(step, step.by)
        if not (self._drafts and self._drafts[-1].is_open):
            self._waiting.append(step)
            self._wide_scale |= self._dtype == "float64"
            return
        draft, by = self._drafts[-1], step.by.astype(np.float64)
        if isinstance(step, s.Shift):
            draft.biases = draft.biases + by
        else:
            self._spend(step, draft.weights.nbytes)
            factor = by if isinstance(step, s.Multiply) else 1 / by
            draft.weights, draft.biases = draft.weights * factor, draft.biases * factor
            draft.is_pure = draft.summed_wide = False
        self._check_folded(step)

    def _activate(self, step: s.Activate) -> None:
        self._expect_table(step)
        if self._waiting or not (self._drafts and self._drafts[-1].is_open):
            self._diagonal(step.at)
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

    def _flatten(self, step: s.Flatten) -> None:
        known_batch = step.batch is None or step.width is not None or step.batch == self._batch
        if not known_batch or (step.width is not None and self._width not in (None, step.width)):
            raise _error(step, "a reshape that changes the number of rows is not supported")
        if self._width is None and not self._is_table:
            raise _error(step, "the dimensions of the input are not told, so its features can't be counted")
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
            self._mean, self._std = (np.broadcast_to(each, (self._width,)) for each in (mean, std))
            self._waiting = rest

    def _affine(self) -> tuple[Array, Array]:
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

    def _diagonal(self, at: str) -> None:
        """Append a layer that passes each feature on, for what stands behind no matrix."""
        if self._width is None or self._width > WIDEST_DIAGONAL or not self._is_table:
            why = "does not tell its number of features" if self._width is None else "has too many features"
            raise ModelError(f"{at}: the input {why} for a layer without weights")
        dtype = np.float64 if self._dtype == "float64" else np.float32
        self._matrix(s.Matrix(at, np.eye(self._width, dtype=dtype)))

    def _expect_table(self, step: s.Step) -> None:
        if not self._is_table:
            raise _error(step, "works on an input of more than 2 dimensions that nothing has flattened")

    def _check_type(self, step: s.Step, *arrays: Array | None) -> None:
        wanted = np.float64 if self._dtype == "float64" else np.float32
        if any(array is not None and array.dtype != wanted for array in arrays):
            raise _error(step, f"its numbers are not {self._dtype}, as what comes in")

    def _check_folded(self, step: s.Step) -> None:
        draft = self._drafts[-1]
        dtype = np.float64 if draft.dtype == "float64" else np.float32
        if not all(np.isfinite(array.astype(dtype)).all() for array in (draft.weights, draft.biases)):
            raise _error(step, "its numbers overflow when they are folded into the weights")

    def _spend(self, step: s.Step, n_bytes: int) -> None:
        self._bytes += n_bytes
        # One stored tensor may be used in many steps, each with a layer of its own.
        if self._bytes > 16 * self._source.n_bytes + 2**26:
            raise _error(step, "the network would be many times larger than its file")


def _error(step: s.Step, why: str) -> ModelError:
    return ModelError(f"{step.at}: {why}")


def _dense(draft: _Draft, dtype: np.dtype[Any]) -> Dense:
    return Dense(
        weights=np.ascontiguousarray(draft.weights, dtype),
        biases=draft.biases.astype(dtype),
        activation=draft.activation,
        alpha=draft.alpha,
        sum_dtype=np.float64 if draft.summed_wide and dtype == np.float32 else None,
    )
