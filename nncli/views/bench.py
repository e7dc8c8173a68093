"""A measurement as a table for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nncli.views.text import table


def text(values: Mapping[str, Any]) -> str:
    """Return the figures of `nncli.jobs.bench` as lines."""
    figures = [
        (
            "throughput",
            f"{values['rows_per_second']:,.0f} rows/s",
            f"{values['rows']:,} rows, {values['dtype']}",
        ),
        ("one row", *_latency(values, "row")),
        (f"a batch of {values['batch_rows']:,}", *_latency(values, "batch")),
        (
            "arithmetic",
            f"{values['gflops']:,.2f} GFLOP/s",
            f"{values['gemm_share']:.1%} of the machine's {values['gemm_peak_gflops']:,.1f} GFLOP/s"
            " in plain matrix products",
        ),
        (
            "peak memory",
            f"{values['peak_memory_mib']:,.0f} MiB",
            f"of the whole process, libraries and {values['data_mib']:,.1f} MiB of rows too",
        ),
    ]
    if "time_ratio" in values:
        figures.append(
            (
                f"against {values['against']}",
                f"{values['time_ratio']:.2f} x its time",
                f"it does {values['peer_rows_per_second']:,.0f} rows/s with"
                f" {values['peer_threads']} threads in {values['peer_dtype']}",
            )
        )
    first, *others = figures
    return "\n".join(table(first, others, "<><")) + "\n"


def _latency(values: Mapping[str, Any], what: str) -> tuple[str, str]:
    return f"{values[f'{what}_p50_ms']:.3f} ms", f"p50; p95 {values[f'{what}_p95_ms']:.3f} ms"
