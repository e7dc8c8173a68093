"""The fast form of the forward pass: the same arithmetic as `Network.forward`, tile by tile.

A *tile* is a run of rows whose activations fit the processor's cache; a product takes a *block* of
them at a time, or the whole tile. That buys speed, constant memory and, where `exact` says so, bits
that do not depend on the other rows: BLAS takes other kernels for other shapes, so a row computed
alone and in a big batch would differ in its last digits. In products of one fixed size, the last one
filled up with zero rows, it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nncli.nn.activations import ACTIVATIONS
from nncli.nn.blas import has_small_kernels, one_blas_thread
from nncli.nn.layers import Dense
from nncli.nn.threads import n_processors, share

Array = NDArray[Any]

NARROW = 8
"""Up to so many units, a layer's columns are computed as long vectors instead of its rows."""

FEW_CLASSES = 32
"""Up to so many classes, softmax adds column to column; NumPy is slow over rows of a few numbers."""

CACHE_BYTES, NARROW_BYTES = 9 << 19, 8 << 20
MOST_BYTES = 24 << 20
"""What the activations of one tile should need, and what they may."""

MOST_ROWS = 1 << 17
"""From so many rows on, more of them save no time."""

SMALL_PRODUCT = 1_000_000
"""Up to so many multiplications OpenBLAS has kernels that read both matrices where they lie."""

BLOCK_ROWS, NARROW_BLOCK_ROWS = 128, 1024
FEWEST_ROWS = 4
"""The most rows of a small product, and how few still feed its kernel."""

LANES = 8
"""How many float64 numbers the widest registers hold; see `in_whole_lanes`."""

STRETCH = 8192
"""How many numbers an elementwise operation should meet in a row; short rows cost a loop each."""


class Tiles:
    """Runs rows through layers in tiles, on all processors.

    Parameters
    ----------
    layers
        The network's layers.
    scaled
        Turns raw input rows into what the first layer wants.
    input_dtype
        The dtype of that.
    """

    def __init__(
        self, layers: Sequence[Dense], scaled: Callable[[Array], Array], input_dtype: np.dtype[Any]
    ) -> None:
        self.layers = layers
        self.scaled = scaled
        self.input_dtype = input_dtype
        self.widths = [layers[0].n_inputs, *(layer.n_units for layer in layers)]
        self.narrow = max(self.widths) <= NARROW
        # Sums in float64 come out the same at any place in a tile; sums in float32 do not anyway.
        self.exact = input_dtype == np.float64
        self.rows = choose_rows(self.widths, input_dtype.itemsize, self.exact)
        self.weights = [
            layer.weights.astype(layer.sum_dtype or layer.weights.dtype, copy=False) for layer in layers
        ]
        self.blocks = [block_rows(W.size, self.rows, self.narrow) for W in self.weights]
        if self.exact:
            self.weights = [
                in_whole_lanes(W) if n == self.rows and not self.narrow else W
                for W, n in zip(self.weights, self.blocks, strict=True)
            ]
        self.idle: list[Workspace] = []  # buffers that no call is using

    def filled(self, n_rows: int) -> int:
        """Return how many rows are computed for so many.

        Whole blocks; but a product that takes the tile at once is filled up for promised bits only.
        """
        sizes = [n for n in self.blocks if n < self.rows or self.exact or self.narrow]
        return -(-n_rows // max(sizes, default=1)) * max(sizes, default=1)

    def run(
        self, X: Array, results: Sequence[tuple[Array, Array] | None], out: Array, n_threads: int | None
    ) -> None:
        """Compute every row of X.

        Parameters
        ----------
        X : (n_rows, n_inputs)
        results
            For each layer the arrays that take its weighted sums and activations, or None.
        out : (n_rows, n_outputs)
            Takes the last layer's activations.
        n_threads
            None: one for each processor.
        """
        n_tiles = -(-len(X) // self.rows)

        def work(numbers: Iterator[int]) -> None:
            try:
                workspace = self.idle.pop()  # asking first whether there is one would be a race
            except IndexError:
                workspace = Workspace(self)
            with np.errstate(all="ignore"):  # a setting of each thread; infinities speak for themselves
                for number in numbers:
                    here = slice(number * self.rows, min((number + 1) * self.rows, len(X)))
                    tile_results = [r and (r[0][here], r[1][here]) for r in results]
                    copy(workspace.forward(X[here], tile_results), out[here])
            self.idle.append(workspace)

        with one_blas_thread():  # a thread of BLAS beside each of ours would only wait, and change bits
            share(work, n_tiles, min(n_threads or n_processors(), n_tiles))


class Workspace:
    """One thread's buffers, used again for every tile."""

    def __init__(self, tiles: Tiles) -> None:
        self.tiles = tiles
        order: Literal["C", "F"] = "F" if tiles.narrow else "C"
        rows, widths = tiles.rows, tiles.widths
        self.inputs = np.zeros((rows, widths[0]), tiles.input_dtype, order=order)
        self.products = [np.zeros((rows, W.shape[1]), W.dtype, order=order) for W in tiles.weights]
        self.biases = [stretched(layer.biases, rows) for layer in tiles.layers]
        self.zeros = np.zeros(max(rows, STRETCH, *widths), tiles.layers[0].weights.dtype)

    def forward(self, X: Array, results: Sequence[tuple[Array, Array] | None]) -> Array:
        """Return the activations of the last layer for one tile, (len(X), n_outputs)."""
        n_rows = len(X)
        x = self.load(X)
        for index, (layer, result) in enumerate(zip(self.tiles.layers, results, strict=True)):
            z = self.weighted_sums(index, x)
            if result:
                copy(z[:n_rows], result[0])
            x = self.activate(layer, z)
            if result:
                copy(x[:n_rows], result[1])
        return x[:n_rows]

    def load(self, X: Array) -> Array:
        """Return the rows as the first layer wants them, filled up with zero rows to whole products."""
        x = self.tiles.scaled(X)
        n_rows = self.tiles.filled(len(x))
        if len(x) == n_rows and x.flags.c_contiguous and not self.tiles.narrow:
            return x  # good as it is
        copy(x, self.inputs[: len(x)])
        self.inputs[len(x) : n_rows] = 0
        return self.inputs[:n_rows]

    def weighted_sums(self, index: int, x: Array) -> Array:
        """Return z = x @ W + b of a layer, computed in its buffer."""
        layer, W = self.tiles.layers[index], self.tiles.weights[index]
        z = self.products[index][: len(x)]
        x = x.astype(W.dtype, copy=False)
        n = self.tiles.blocks[index]
        if self.tiles.narrow:  # the same product, its short side first
            np.matmul(W.T, columns_in_blocks(x.T, n), out=columns_in_blocks(z.T, n))
        elif len(x) % n:
            np.matmul(x, W, out=z)
        else:
            np.matmul(x.reshape(-1, n, x.shape[1]), W, out=z.reshape(-1, n, z.shape[1]))
        if z.shape[1] > layer.n_units:
            z = np.ascontiguousarray(z[:, : layer.n_units])
        z = z.astype(layer.weights.dtype, copy=False)
        if self.tiles.narrow:
            z += layer.biases
        else:
            long = in_stretches(z, len(self.biases[index]))
            np.add(long, self.biases[index][: long.shape[1]], out=long)
        return z

    def activate(self, layer: Dense, z: Array) -> Array:
        """Return the activations of weighted sums, which may be overwritten."""
        if layer.activation == "relu":
            # A row of zeros instead of one 0: NumPy's loop over two arrays is several times faster.
            long = z.T if self.tiles.narrow else in_stretches(z, STRETCH)
            np.maximum(self.zeros[: long.shape[1]], long, out=long)
            return z
        if ACTIVATIONS[layer.activation].per_row:
            z = laid_out("F" if self.by_columns(layer) else "C", z)
        if layer.activation == "softmax":
            return softmax_in_place(z)
        # The order of what NumPy returns may depend on the number of rows, and the next product's bits on it.
        return laid_out("F" if self.tiles.narrow else "C", layer.activate(z))

    def by_columns(self, layer: Dense) -> bool:
        """Whether a row's few numbers are added column by column.

        NumPy adds up to 8 numbers of a row in the same order; from there on it pairs them up, and
        the book's numbers must come out to the last bit.
        """
        return layer.n_units < 8 or (layer.sum_dtype is None and layer.n_units <= FEW_CLASSES)


def choose_rows(widths: Sequence[int], itemsize: int, exact: bool) -> int:
    """Return the rows of a tile, a power of two: its activations fill about the cache of one processor.

    Narrow networks gain from more rows: two threads that are done after microseconds wait for each
    other's Python. Wide ones want enough rows for every reading of the weights; but where a single
    row costs a whole tile, fewer.
    """
    bytes_per_row = itemsize * sum(widths)
    cached = NARROW_BYTES if max(widths) <= NARROW else CACHE_BYTES
    rows = max(min(cached // bytes_per_row, MOST_ROWS), 128 if exact else 512)
    rows = min(rows, MOST_BYTES // bytes_per_row)
    return 1 << max(rows, 8).bit_length() - 1


def block_rows(n_weights: int, tile_rows: int, narrow: bool) -> int:
    """Return how many rows a layer's product takes at a time, a power of two, at most the tile.

    BLAS rearranges the matrices of a large product first; small ones run a fifth faster without.
    A product of few rows is small for a wide layer, too, but then slower where BLAS has no such
    kernels. A narrow layer's numbers cost little more than the call.
    """
    if narrow:
        return min(tile_rows, NARROW_BLOCK_ROWS)
    rows = min(tile_rows, BLOCK_ROWS)
    while rows * n_weights > SMALL_PRODUCT:
        rows //= 2
    if rows >= BLOCK_ROWS // 2 or (rows >= FEWEST_ROWS and has_small_kernels()):
        return rows
    return tile_rows


def in_whole_lanes(W: Array) -> Array:
    """Return W with columns of zeros up to a whole number of lanes.

    Where the columns of a large product leave a rest, OpenBLAS takes another kernel for the last rows
    of the rest's columns, and their bits depend on the place again.
    """
    rest = -W.shape[1] % LANES
    return np.hstack([W, np.zeros((len(W), rest), W.dtype)]) if rest else W


def stretched(biases: Array, rows: int) -> Array:
    """Return the biases repeated for as many rows as make a long stretch; a power of two, as tiles are."""
    times = min(rows, max(1, STRETCH // len(biases)))
    return np.tile(biases, 1 << times.bit_length() - 1)


def columns_in_blocks(columns: Array, n: int) -> Array:
    """Return a view of a matrix as a stack of its columns, n at a time."""
    return columns.reshape(len(columns), -1, n).transpose(1, 0, 2)


def in_stretches(z: Array, length: int) -> Array:
    """Return a view of z with a row for every ``length`` numbers, or z itself where that leaves a rest."""
    return z.reshape(-1, length) if z.size % length == 0 else z


def softmax_in_place(z: Array) -> Array:
    """Do what `activations.softmax` does, without the memory of its four intermediate results."""
    z -= np.max(z, axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= np.sum(z, axis=1, keepdims=True)
    return z


def laid_out(order: Literal["C", "F"], z: Array) -> Array:
    """Return z in rows (C) or in columns (F), one after the other in memory."""
    if z.flags.c_contiguous if order == "C" else z.flags.f_contiguous:
        return z
    ordered = np.empty(z.shape, z.dtype, order=order)
    copy(z, ordered)
    return ordered


def copy(source: Array, target: Array) -> None:
    """Copy a matrix; a few columns go one by one, which is faster where the orders differ."""
    if source.shape[1] > FEW_CLASSES:
        np.copyto(target, source)
        return
    for column in range(source.shape[1]):
        np.copyto(target[:, column], source[:, column])
