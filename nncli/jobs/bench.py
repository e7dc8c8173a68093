"""How fast a network runs on this machine."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from threadpoolctl import threadpool_limits

from nncli.nn.network import Network
from nncli.nn.threads import n_processors

if TYPE_CHECKING:
    from nncli.jobs.onnxruntime import Peer

BATCH_ROWS = 1024
MOST_ROWS = 200_000
MOST_BYTES = 128 * 2**20
GEMM_SIZE = 768
"""Large enough for the processor's peak, small enough to take milliseconds."""
FEWEST = 3
"""Measurements of one thing, however long they take."""


def bench(
    network: Network,
    X: NDArray[Any],
    seconds: float,
    batch_rows: int,
    load_peer: Callable[[], Peer] | None = None,
    *,
    n_threads: int | None = None,
) -> dict[str, Any]:
    """Measure throughput, latency and memory of a network over some rows.

    Parameters
    ----------
    X : (n_rows, n_inputs)
    seconds
        About how long all measurements may take.
    batch_rows
        Rows of the batch whose latency is measured.
    load_peer
        Gives another runtime of the same network, to be measured in turn with it; called when the
        memory has been measured.
    n_threads
        How many threads share the work; None: one for each processor.
    """
    n_threads = n_threads or n_processors()

    def run(rows: NDArray[Any]) -> Any:
        return network(rows, n_threads=n_threads)

    X = np.ascontiguousarray(X, dtype=network.dtype)
    batch = np.resize(X, (batch_rows, X.shape[1]))
    run(batch)  # the first call pays for threads and buffers
    share = seconds / 4
    row_times = measure([lambda: run(X[:1])], share)[0]
    batch_times = measure([lambda: run(batch)], share)[0]
    run(X)
    memory = peak_memory()
    runs: list[Callable[[], Any]] = [lambda: run(X)]
    if load_peer is not None:
        peer = load_peer()
        peer_X = X.astype(peer.dtype, copy=False)
        peer.run(peer_X[:1])
        runs.append(lambda: peer.run(peer_X))
    times = [float(np.median(each)) for each in measure(runs, share)]
    peak = gemm_peak(gemm_dtype(network), share, n_threads)
    rows_per_second = len(X) / times[0]
    flops = rows_per_second * network.flops_per_row
    result = {
        "rows": len(X),
        "dtype": str(network.dtype),
        "rows_per_second": rows_per_second,
        "row_p50_ms": 1e3 * float(np.percentile(row_times, 50)),
        "row_p95_ms": 1e3 * float(np.percentile(row_times, 95)),
        "batch_rows": batch_rows,
        "batch_p50_ms": 1e3 * float(np.percentile(batch_times, 50)),
        "batch_p95_ms": 1e3 * float(np.percentile(batch_times, 95)),
        "gflops": flops / 1e9,
        "gemm_peak_gflops": peak / 1e9,
        "gemm_share": flops / peak,
        "data_mib": X.nbytes / 2**20,
        "peak_memory_mib": memory / 2**20,
    }
    if load_peer is not None:
        result["peer_threads"] = peer.n_threads
        result["peer_dtype"] = str(peer.dtype)
        result["peer_rows_per_second"] = len(X) / times[1]
        result["time_ratio"] = times[0] / times[1]
    return result


def measure(runs: list[Callable[[], Any]], seconds: float) -> list[list[float]]:
    """Return the times of each run, taken in turn for about so many seconds."""
    times: list[list[float]] = [[] for _ in runs]
    end = time.perf_counter() + seconds
    while len(times[0]) < FEWEST or time.perf_counter() < end:
        for run, taken in zip(runs, times, strict=True):
            start = time.perf_counter()
            run()
            taken.append(time.perf_counter() - start)
    return times


def rows_to_measure(network: Network) -> int:
    """Return how many rows are enough, in a bounded amount of memory and time."""
    by_bytes = MOST_BYTES // (network.dtype.itemsize * (network.n_inputs + network.n_outputs))
    by_flops = int(20e9 / network.flops_per_row)  # well below a second on any machine
    return max(BATCH_ROWS, min(MOST_ROWS, by_bytes, by_flops))


def gemm_dtype(network: Network) -> DTypeLike:
    """Return the dtype in which the products are summed."""
    return network.layers[0].sum_dtype or network.dtype


def gemm_peak(dtype: DTypeLike, seconds: float, n_threads: int) -> float:
    """Return the operations per second of plain matrix products, so many at once."""
    A = np.ones((GEMM_SIZE, GEMM_SIZE), dtype=dtype)
    products = [np.empty_like(A) for _ in range(n_threads)]

    def multiply_everywhere() -> None:
        threads = [threading.Thread(target=np.matmul, args=(A, A, product)) for product in products]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    with threadpool_limits(1, user_api="blas"):
        (times,) = measure([multiply_everywhere], seconds)
    return n_threads * 2 * GEMM_SIZE**3 / min(times)  # a peak: whatever came between does not count


def peak_memory() -> int:
    """Return the most memory that this process has had, in bytes."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
