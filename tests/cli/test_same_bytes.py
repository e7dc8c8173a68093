"""The same rows give the same bytes, however they come."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nncli.tables import csv_cut, text_table

SPEC = """
dtype: {dtype}
inputs: 2
layers:
  - {{units: 16, activation: relu}}
  - {{units: 3, activation: softmax}}
"""


@pytest.fixture(scope="module", params=["float32", "float64"])
def case(request, tmp_path_factory):
    """Return a spec, and rows in a file that is big enough for the fast reader."""
    folder = tmp_path_factory.mktemp("same")
    (folder / "net.yaml").write_text(SPEC.format(dtype=request.param))
    X = np.random.RandomState(1).randn(45_000, 2)
    rows = "".join(f'"row\n{i}",{a!r},{b!r}\n' for i, (a, b) in enumerate(X.tolist()))
    assert (folder / "rows.csv").write_text("id,x0,x1\n" + rows) > text_table.BIG
    return folder


def test_a_file_a_pipe_and_a_compressed_file_give_the_same_bytes(case, shell):
    """The source of the bytes does not show in the output."""
    text = (case / "rows.csv").read_bytes()
    (case / "rows.csv.gz").write_bytes(gzip.compress(text, 1))
    (case / "rows.csv.zst").write_bytes(zstandard.compress(text))
    expected = shell("run", case / "net.yaml", case / "rows.csv")
    assert expected.exit_code == 0
    assert len(expected.stdout.splitlines()) == 90_001
    assert shell("run", case / "net.yaml", "-", stdin=text) == expected
    for name in ("rows.csv.gz", "rows.csv.zst"):
        assert shell("run", case / "net.yaml", case / name) == expected


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    block=st.integers(10_000, 3_000_000),
    n_jobs=st.sampled_from(["1", "2", "3"]),
    small=st.integers(5_000, 300_000),
    big=st.sampled_from([-1, 1 << 40]),
)
def test_the_size_of_blocks_does_not_show_in_the_output(case, cli, block, small, big, n_jobs):
    """Neither the blocks nor the reader chosen for them nor the number of processes show in the output."""
    expected = case / "expected.csv"
    if not expected.exists():
        cli("run", case / "net.yaml", case / "rows.csv", "-o", expected)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_table, "BLOCK", block)
        for module in (text_table, csv_cut):
            patch.setattr(module, "SMALL_BLOCK", small)
        patch.setenv("NNCLI_JOBS", n_jobs)
        patch.setattr(text_table, "BIG", big)
        assert cli("run", case / "net.yaml", case / "rows.csv", "-o", case / "other.csv").exit_code == 0
    assert (case / "other.csv").read_bytes() == expected.read_bytes()


@pytest.mark.parametrize("precise", ["dtype: float64", "nnfs: true"])
def test_one_row_alone_gives_its_bytes(case, cli, precise):
    """In double precision, or where sums are, a row's outputs do not depend on the rows around it."""
    net = case / "precise.yaml"
    net.write_text(SPEC.replace("dtype: {dtype}", precise).format())
    lines = (case / "rows.csv").read_text().split("\n")
    text = "\n".join([lines[0], *lines[2001:2003]]) + "\n"  # a row has two lines
    (case / "one.csv").write_text(text)
    alone = cli("run", net, case / "one.csv").stdout
    among = cli("run", net, case / "rows.csv", "--limit", 1001).stdout
    assert alone.split("\n")[1:3] == among.split("\n")[2001:2003]


@pytest.mark.parametrize("case", ["float32"], indirect=True)
@pytest.mark.parametrize("suffix", ["tsv", "json", "jsonl", "npy", "parquet", "csv.gz", "csv.zst"])
def test_every_format_has_the_same_bytes_from_a_file_and_from_a_pipe(case, shell, suffix):
    """How the rows come does not show in any format: not even in the groups of a Parquet file."""
    text = (case / "rows.csv").read_bytes()
    text += text[text.index(b"\n") + 1 :] * 2
    (case / "thrice.csv").write_bytes(text)
    outputs = [case / f"{how}.{suffix}" for how in ("file", "pipe")]
    assert shell("run", case / "net.yaml", case / "thrice.csv", "-o", outputs[0]).exit_code == 0
    assert shell("run", case / "net.yaml", "-", "-o", outputs[1], stdin=text).exit_code == 0
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
