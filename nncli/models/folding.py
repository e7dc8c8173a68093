"""From steps to layers: what is not a matrix or an activation is folded into its neighbours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models import steps as s
from nncli.models.axes import Axes
from nncli.models.columns import RowType
from nncli.models.waiting import Waiting
from nncli.nn.activations import ACTIVATIONS
from nncli.nn.layers import Dense
from nncli.nn.network import Network, input_names

Array = NDArray[Any]

FLOATS = ("float32", "float64", "float16", "bfloat16")
"""The types that are computed with."""

WIDEST_DIAGONAL = 2048
"""Units of a layer that only carries an activation: its matrix is as large as the square of this."""


class Origin(NamedTuple):
    """The file: its name, its length in bytes, and what goes in."""

    at: str
    n_bytes: int
    row: RowType


class Folded(NamedTuple):
    """The network, and whether the file puts out both columns of a binary classifier."""

    network: Network
    both_classes: bool


def fold(steps: Iterable[s.Step], origin: Origin) -> Folded:
    """Return the network of a model's steps.

    Raises
    ------
    ModelError
        Where a step does not fit the numbers that come, or can't be said in layers.
    """
    grown = _Layers(origin)
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
    alpha: float | tuple[float, ...] | None = None
    is_open: bool = True
    is_pure: bool = True
    summed_wide: bool = False


class _Layers:
    """The layers so far, and the numbers that flow out of them.

    Between two activations all arithmetic is affine, so scalings and shifts move into the weights,
    in float64. What stands before the first matrix, first a shift and then a scaling, is the network's
    input scaling.
    """

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._axes = Axes(origin.row.dims)
        self._dtype = origin.row.dtype
        self._cast_from: str | None = None
        self._waiting = Waiting(self._axes.width)
        self._drafts: list[_Draft] = []
        self._bytes = 0
        self._wide_scale = False
        self._mean: Array | None = None
        self._std: Array | None = None
        self.ended = False

    def add(self, step: s.Step) -> None:
        """Append a step."""
        if self.ended and not isinstance(step, s.Cast | s.NormalizeSum):
            raise _error(step, "nothing can follow the two columns of a binary classifier")
        if not isinstance(step, s.Cast | s.Take | s.Shaping) and self._dtype not in FLOATS:
            raise _error(step, f"computes with {self._dtype}; only float types are supported")
        match step:
            case s.Matrix():
                self._matrix(step)
            case s.Shift() | s.Multiply() | s.Divide():
                self._elementwise(step)
            case s.Take():
                self._take(step)
            case s.Activate(name="linear"):
                pass
            case s.Activate():
                self._activate(step)
            case s.Cast():
                self._cast(step)
            case s.Reshape() | s.Flatten() | s.Squeeze() | s.Unsqueeze():
                self._axes.change(step)
            case s.NormalizeSum():
                self._normalize(step)
            case s.BothClasses():
                if self._last_activation() != step.behind or self._axes.width != 1:
                    raise _error(step, f"is supported behind a single {step.behind} unit only")
                self.ended = True

    def network(self) -> Network:
        """Return the finished network, all of one dtype."""
        if self._waiting or not self._drafts:
            self._diagonal(self._waiting.at if self._waiting else self._origin.at)
        narrow = not self._wide_scale and all(
            draft.summed_wide or draft.dtype != "float64" for draft in self._drafts
        )
        dtype = np.dtype(np.float32 if narrow else np.float64)
        layers = tuple(_dense(draft, dtype) for draft in self._drafts)
        names = self._origin.row.names
        last = layers[-1]
        return Network(
            layers=layers,
            inputs=names or input_names(layers[0].n_inputs),
            named_inputs=names is not None,
            # Nothing but a classifier takes the logarithm of a softmax.
            task="classification" if last.activation == "log_softmax" and last.n_units > 1 else None,
            mean=None if self._mean is None else self._mean.astype(dtype),
            std=None if self._std is None else self._std.astype(dtype),
        )

    def _last_activation(self) -> str | None:
        return self._drafts[-1].activation if self._drafts and not self._waiting else None

    # ---- one method per kind of step

    def _matrix(self, step: s.Matrix) -> None:
        self._expect_rows(step)
        weights, biases = step.weights, step.biases
        n_inputs, n_units = weights.shape
        if not weights.size or self._axes.width not in (None, n_inputs):
            raise _error(step, f"its matrix takes {n_inputs} inputs, and {self._axes.width or 'more'} come")
        self._check_type(step, weights, biases)
        self._spend(step, weights.nbytes)
        self._set_width(n_inputs)
        if not self._drafts and (scale := self._waiting.take_scale()) is not None:
            self._mean, self._std = scale
        pure = not self._waiting and biases is None
        biases = np.zeros(n_units) if biases is None else biases.astype(np.float64)
        if self._waiting:
            weights = weights.astype(np.float64)
            if self._waiting.moves_columns:
                self._spend(step, (self._waiting.width or 0) * n_units * weights.itemsize)
            weights, biases = self._waiting.folded(weights, biases)
        self._drafts.append(_Draft(weights, biases, self._dtype, is_pure=pure))
        if self._waiting:
            self._waiting.clear()
            self._check_folded(step)
        self._axes.set_width(n_units)

    def _elementwise(self, step: s.Elementwise) -> None:
        if step.by.ndim == 1 and step.by.size != 1:
            self._expect_rows(step)  # it lies along the last axis, wherever the file's maker had it
        if step.by.size != 1:
            self._spend(step, (self._axes.width or 0) * step.by.itemsize)
        step = replace(step, by=self._axes.per_feature(step))
        if step.by.size != 1:
            self._set_width(step.by.size)
        self._check_type(step, step.by)
        if not self._is_open:
            self._waiting.add(step, self._axes.width)
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

    def _take(self, step: s.Take) -> None:
        self._expect_rows(step)
        columns = step.picked(self._axes.width, self._axes.is_last(step.axis))
        if self._is_open:
            draft = self._drafts[-1]
            self._spend(step, columns.size * len(draft.weights) * draft.weights.itemsize)
            draft.weights, draft.biases = draft.weights[:, columns], draft.biases[columns]
        elif not np.array_equal(columns, np.arange(self._axes.width or 0)):
            self._waiting.add(s.Take(step.at, columns), self._axes.width)
        self._axes.set_width(columns.size)
        if step.drops_axis:
            self._axes.dims = self._axes.dims[:-1]

    def _activate(self, step: s.Activate) -> None:
        single = not self._axes.dims and not ACTIVATIONS[step.name].per_row
        if not single:
            self._expect_rows(step)
        if ACTIVATIONS[step.name].per_row and not self._axes.is_last(step.axis):
            raise _error(step, f"axis={step.axis} mixes rows: only the features' axis, 1 or -1, is supported")
        if isinstance(step.alpha, tuple) and self._axes.width not in (None, len(step.alpha)):
            raise _error(step, f"has {len(step.alpha)} slopes for {self._axes.width} features")
        if self._waiting or not self._is_open:
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

    def _normalize(self, step: s.NormalizeSum) -> None:
        """Divide by a sum that is 1: of a softmax, or of sigmoid(-z) and sigmoid(z)."""
        last = self._last_activation() if len(self._axes.dims) == 1 else None
        if last == "softmax" or (last == "sigmoid" and self.ended):
            return
        draft = self._drafts[-1] if last == "sigmoid" else None
        weights, biases = (draft.weights, draft.biases) if draft else (np.empty((0, 0)), np.empty(0))
        if len(biases) != 2 or biases[0] != -biases[1] or (weights[:, 0] != -weights[:, 1]).any():
            raise _error(
                step,
                "divides each row by its sum, as probabilities of one class against the rest are made;"
                " that is supported behind a softmax only",
            )
        assert draft is not None
        draft.weights, draft.biases = weights[:, 1:], biases[1:]
        self._axes.set_width(1)
        self.ended = True

    # ---- how steps meet the layers

    def _diagonal(self, at: str) -> None:
        """Append a layer that passes each feature on, for what stands behind no matrix."""
        width, dims = self._axes.width, self._axes.dims
        if width is None or width > WIDEST_DIAGONAL:
            why = "does not tell its number of features" if width is None else "has too many features"
            raise ModelError(f"{at}: the input {why} for a layer without weights")
        dtype = np.float64 if self._dtype == "float64" else np.float32
        self._axes.dims = dims or (1,)
        self._matrix(s.Matrix(at, np.eye(width, dtype=dtype)))
        self._axes.dims = dims

    @property
    def _is_open(self) -> bool:
        """Whether what comes may still be folded into the last layer."""
        return bool(self._drafts) and self._drafts[-1].is_open

    def _set_width(self, width: int) -> None:
        """Learn the number of features, where the input did not tell it."""
        if self._axes.width is None:
            self._axes.set_width(width)
            self._waiting.width = width

    def _expect_rows(self, step: s.Step) -> None:
        if not self._axes.dims:
            raise _error(step, "mixes rows: each of them is a single number here")
        if not self._axes.are_rows:
            raise _error(step, "works on an input of more than 2 dimensions that nothing has flattened")

    def _check_type(self, step: s.Step, *arrays: Array | None) -> None:
        wanted = np.float64 if self._dtype == "float64" else np.float32
        numbers = [array for array in arrays if array is not None and array.dtype.kind == "f"]
        if any(array.dtype != wanted for array in numbers):
            raise _error(step, f"its numbers are not {self._dtype}, as what comes in")

    def _check_folded(self, step: s.Step) -> None:
        draft = self._drafts[-1]
        dtype = np.float64 if draft.dtype == "float64" else np.float32
        if not all(np.isfinite(array.astype(dtype)).all() for array in (draft.weights, draft.biases)):
            raise _error(step, "its numbers overflow when they are folded into the weights")

    def _spend(self, step: s.Step, n_bytes: int) -> None:
        self._bytes += n_bytes
        # One stored tensor may be used in many steps, each with a layer of its own.
        if self._bytes > 16 * self._origin.n_bytes + 2**26:
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
