"""Rows through the network on this machine."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.nn.network import Network
from nncli.tables.batch import Batch, Labels, in_parts

_RESULTS_AT_ONCE = 1 << 18
"""How many numbers are computed before they are used; what they take must not depend on how rows are read."""


def rows_at_once(network: Network, *, trace: bool = False) -> int:
    """Return how many rows at most `run` computes before it yields them."""
    n_results = sum(2 * layer.n_units for layer in network.layers) if trace else network.n_outputs
    return max(1, _RESULTS_AT_ONCE // n_results // network.block_rows) * network.block_rows


def run(
    network: Network, batches: Iterable[Batch], *, trace: bool = False, n_threads: int | None = None
) -> Iterator[Batch]:
    """Yield the batches, large ones in parts, with prediction, outputs and, if wanted, the trace filled in.

    The network sees whole blocks, counted from the first row: float32 products differ in their last
    bits with a row's place in its block, and the reader's batches must not show in the output.
    """
    waiting: deque[Batch] = deque()
    done = _Results()
    batches = in_parts(batches, rows_at_once(network, trace=trace))
    for X, batch in _whole_blocks(batches, network.block_rows):
        if batch is not None:
            waiting.append(batch)
        if len(X):
            done.add(_compute(network, X, trace, n_threads))
        while waiting and len(waiting[0]) <= done.n_rows:
            batch = waiting.popleft()
            results = done.take(len(batch)) if len(batch) else _compute(network, batch.features, trace, 1)
            batch.trace = results[:, : -network.n_outputs] if trace else None
            batch.outputs = results[:, -network.n_outputs :]
            batch.prediction = predict(network, batch)
            yield batch
            del batch, results  # the next ones need their memory


def output_names(network: Network, *, trace: bool = False) -> list[str]:
    """Return the names of the columns that `run` fills in, in their order."""
    names = []
    if trace:
        for number, layer in enumerate(network.layers):
            names += [f"layer{number}_{step}_{unit}" for step in "za" for unit in range(layer.n_units)]
    if network.kind == "binary":
        return [*names, "prediction", "probability"]
    units = network.outputs or range(network.n_outputs)
    predicted = [] if network.kind == "values" else ["prediction"]
    what = "probability" if network.kind == "classes" else "output"
    return [*names, *predicted, *(f"{what}_{unit}" for unit in units)]


def class_names(network: Network) -> Sequence[str]:
    """Return the text of each class: its name, else its number."""
    return network.outputs or [str(i) for i in range(max(2, network.n_outputs))]


def predict(network: Network, batch: Batch) -> Labels | None:
    """Return each row's class, or None where the network names no classes.

    The first of equal probabilities wins, a single sigmoid unit says 1 from 0.5 on, and a row
    without a result or with NaN has no prediction.
    """
    if network.kind == "values":
        return None
    assert batch.outputs is not None
    outputs = batch.outputs
    binary = network.kind == "binary"
    codes = (outputs[:, 0] >= 0.5).astype(np.intp) if binary else _first_largest(outputs)
    not_numbers = np.isnan(outputs)
    if not_numbers.any():
        codes[not_numbers.any(axis=1)] = -1
    if batch.missing is not None:
        codes[batch.missing] = -1
    return Labels(codes, class_names(network), quoted=network.outputs is not None)


def _first_largest(outputs: NDArray[Any]) -> NDArray[np.intp]:
    """Return ``outputs.argmax(axis=1)``; few columns are faster compared one after the other."""
    if outputs.shape[1] > 16:
        return np.argmax(outputs, axis=1)
    largest = outputs[:, 0].copy()
    codes = np.zeros(len(outputs), dtype=np.uint8)
    for unit in range(1, outputs.shape[1]):
        larger = outputs[:, unit] > largest
        np.maximum(codes, larger * np.uint8(unit), out=codes)
        np.maximum(largest, outputs[:, unit], out=largest)
    return codes.astype(np.intp)


def _compute(network: Network, X: NDArray[Any], trace: bool, n_threads: int | None) -> NDArray[Any]:
    if not trace:
        return network(X, n_threads=n_threads)
    traces = network.trace(X, n_threads=n_threads)
    return np.hstack([matrix for layer in traces for matrix in layer] + [traces[-1].a])


def _whole_blocks(batches: Iterable[Batch], block_rows: int) -> Iterator[tuple[NDArray[Any], Batch | None]]:
    """Yield runs of whole blocks, and each batch with the run that its rows begin in or wait for."""
    rest: NDArray[Any] | None = None  # the rows of a block that is not full yet
    for batch in batches:
        X = batch.features
        if rest is not None and len(rest):
            missing = block_rows - len(rest)
            rest, X = np.concatenate([rest, X[:missing]]), X[missing:]
            if len(rest) == block_rows:
                yield rest, None
                rest = None
        if rest is None or not len(rest):
            end = len(X) - len(X) % block_rows
            rest = X[end:].copy()
            yield X[:end], batch
        else:
            yield X[:0], batch
    if rest is not None:
        yield rest, None


class _Results:
    """Computed rows on their way back to the batches that they came from."""

    def __init__(self) -> None:
        self.n_rows = 0
        self._parts: deque[NDArray[Any]] = deque()

    def add(self, part: NDArray[Any]) -> None:
        self._parts.append(part)
        self.n_rows += len(part)

    def take(self, n_rows: int) -> NDArray[Any]:
        self.n_rows -= n_rows
        taken = [self._parts.popleft()] if self._parts else []
        have = len(taken[0]) if taken else 0
        while have < n_rows:
            taken.append(self._parts.popleft())
            have += len(taken[-1])
        if have > n_rows:
            last = taken[-1]
            taken[-1] = last[: len(last) - (have - n_rows)]
            self._parts.appendleft(last[len(last) - (have - n_rows) :])
        return taken[0] if len(taken) == 1 else np.concatenate(taken)
