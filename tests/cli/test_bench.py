"""``nncli bench``."""

import json
import sys

import pytest

from nncli.nn.threads import n_processors

FIGURES = (
    "rows_per_second",
    "row_p50_ms",
    "row_p95_ms",
    "batch_p50_ms",
    "batch_p95_ms",
    "gflops",
    "gemm_peak_gflops",
    "gemm_share",
    "peak_memory_mib",
)
QUICK = ("--seconds", "0", "--limit", "64", "--batch", "8")


def test_every_figure_is_measured(cli, configs):
    """The report has throughput, latencies, the share of the peak and memory."""
    result = cli("bench", configs / "spiral.yaml", *QUICK, "-f", "json")
    report = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (0, "")
    assert all(report[name] > 0 for name in FIGURES)
    assert report["row_p50_ms"] <= report["row_p95_ms"]
    assert (report["rows"], report["batch_rows"], report["dtype"]) == (64, 8, "float32")
    flops = 2 * (2 * 3 + 3 * 3)
    assert report["gflops"] == pytest.approx(report["rows_per_second"] * flops / 1e9)
    assert report["gemm_share"] == pytest.approx(report["gflops"] / report["gemm_peak_gflops"])


def test_the_rows_of_a_file_are_used(cli, configs):
    """DATA gives the rows, at most --limit of them."""
    report = json.loads(
        cli("bench", configs / "iris.yaml", configs / "iris.csv", *QUICK, "-f", "json").stdout
    )
    assert report["rows"] == 64


def test_the_table_is_for_people(cli, configs):
    """Without a format the figures come as lines with their units."""
    lines = cli("bench", configs / "spiral.yaml", *QUICK).stdout.splitlines()
    assert [line.split("  ")[0] for line in lines] == [
        "throughput",
        "one row",
        "a batch of 8",
        "arithmetic",
        "peak memory",
    ]


def test_against_onnxruntime_there_is_a_ratio(cli, configs):
    """--against measures both in turn and gives the ratio of their times."""
    args = ("bench", configs / "spiral.yaml", *QUICK, "--against", "onnxruntime")
    report = json.loads(cli(*args, "-f", "json").stdout)
    assert (report["against"], report["peer_threads"]) == ("onnxruntime", n_processors())
    assert report["peer_dtype"] == report["dtype"] == "float32"
    ratio = report["peer_rows_per_second"] / report["rows_per_second"]
    assert report["time_ratio"] == pytest.approx(ratio)
    assert "against onnxruntime" in cli(*args).stdout


def test_another_dtype_of_the_other_runtime_is_told(cli, tmp_path):
    """There is no gelu in float64 in onnxruntime: it computes in float32, and the report says so."""
    (tmp_path / "net.yaml").write_text("inputs: 2\nlayers: [{units: 3, activation: gelu}]\n")
    args = ("bench", tmp_path / "net.yaml", *QUICK, "--against", "onnxruntime")
    report = json.loads(cli(*args, "-f", "json").stdout)
    assert (report["dtype"], report["peer_dtype"]) == ("float64", "float32")
    assert "threads in float32" in cli(*args).stdout


def test_without_onnxruntime_the_extra_is_named(cli, configs, monkeypatch):
    """A missing onnxruntime is one line that names the extra."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    result = cli("bench", configs / "spiral.yaml", "--against", "onnxruntime")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "--against onnxruntime needs an optional package: pip install 'nncli-inference[onnxruntime]'\n"
    )


@pytest.mark.parametrize(
    "wrong", [("--against", "torch"), ("--batch", "0"), ("--seconds", "-1"), ("--seconds", "inf")]
)
def test_wrong_options_are_refused(cli, configs, wrong):
    """An unknown runtime and impossible numbers are wrong options."""
    assert cli("bench", configs / "spiral.yaml", *wrong).exit_code == 2
