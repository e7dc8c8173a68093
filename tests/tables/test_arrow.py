"""Arrow columns and NumPy arrays."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from nncli.tables import arrow

COLUMNS = [
    pa.array([1.5, None, 3.0]),
    pa.array([1, 2, 3], pa.int8()),
    pa.array([1, None, 3]),
    pa.array([True, False, True]),
    pa.array([True, None, False]),
    pa.array([1.5, None, 2.5], pa.float32()),
    pa.chunked_array([[1, 2], [3]]),
    pa.chunked_array([[1.5], [], [None, 2.5]]),
    pa.chunked_array([], pa.float64()),
]


@pytest.mark.parametrize("column", [*COLUMNS, *(column[1:] for column in COLUMNS)], ids=str)
def test_a_column_becomes_the_array_that_arrow_makes_of_it(column):
    """Values, NaN for nulls, and the dtype are those of Arrow's own conversion, also of a slice."""
    own = column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(zero_copy_only=False)
    expected = own.astype(np.float64) if own.dtype == object else own
    np.testing.assert_array_equal(arrow.to_numpy(column), expected, strict=True)


def test_arrays_become_columns():
    """Numbers, booleans and texts arrive, null where they are missing."""
    missing = np.array([False, True] * 5)
    assert arrow.numbers(np.arange(10), missing).to_pylist() == [0, None, 2, None, 4, None, 6, None, 8, None]
    assert arrow.numbers(np.array([1.5], np.float32)).type == pa.float32()
    assert arrow.booleans(missing).to_pylist() == missing.tolist()
    assert arrow.texts(["é", None, "", "abc"]).to_pylist() == ["é", None, "", "abc"]


def test_pandas_stays_out(tmp_path):
    """A big CSV is read and written without pandas, even where it could be imported."""
    (tmp_path / "pandas.py").write_text("raise SystemExit('pandas was imported')")
    rows = "".join(f"{i},0.5,a{i}\n" for i in range(300_000))
    (tmp_path / "rows.csv").write_text("x0,x1,id\n" + rows)
    (tmp_path / "net.yaml").write_text(
        "inputs: 2\nlayers: [{weights: [[1, 2], [2, 1]], activation: softmax}]\n"
    )
    for out in ("out.csv", "out.parquet"):
        command = [sys.executable, "-m", "nncli", "run", "net.yaml", "rows.csv", "-o", out]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
