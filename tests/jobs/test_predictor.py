"""`nncli.predictor`: Arrow rows in, the columns that ``nncli run`` writes out."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import nncli
from nncli.errors import DataError, NncliError

NETS = {
    "classes": "outputs: [a, b, c]\nlayers: [{units: 9, activation: relu}, {units: 3, activation: softmax}]",
    "numbers": "layers: [{units: 3, activation: softmax}]",
    "binary": "layers: [{units: 1, activation: sigmoid}]",
    "values": "layers: [{units: 2, activation: tanh}, {units: 2}]",
    "single": "dtype: float32\nlayers: [{units: 30, activation: relu}, {units: 3, activation: softmax}]",
    "book": "nnfs: true\nlayers: [{units: 3, activation: relu}, {units: 3, activation: softmax}]",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Work in a folder with some networks, and rows for them."""
    monkeypatch.chdir(tmp_path)
    for name, text in NETS.items():
        Path(f"{name}.yaml").write_text(f"inputs: 2\n{text}\n")
    draw = np.random.RandomState(0).randn(5000, 2)
    columns = {"id": pa.array([f"row {i}" for i in range(5000)]), "x1": pa.array(draw[:, 0])}
    pq.write_table(pa.table(columns | {"x0": pa.array(draw[:, 1])}), "rows.parquet")
    return tmp_path


@pytest.fixture
def rows(folder):
    """Return the rows as a table."""
    return pq.read_table("rows.parquet")


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("options", [{}, {"keep": "all", "trace": True, "decimals": 3}, {"keep": ["id"]}])
def test_it_gives_what_run_writes(rows, cli, net, options):
    """The same columns, of the same types, the same numbers to the bit."""
    command = ["--trace"] if options.get("trace") else []
    command += ["--decimals", "3"] if "decimals" in options else []
    keep = options.get("keep")
    command += ["--keep", keep if isinstance(keep, str) else ",".join(keep)] if keep else []
    assert cli("run", f"{net}.yaml", "rows.parquet", "-o", "out.parquet", *command).exit_code == 0
    found = nncli.predictor(f"{net}.yaml", **options)(rows)
    assert found.equals(pq.read_table("out.parquet"))


def test_a_record_batch_gives_a_record_batch(rows):
    """Also one that is part of another, and one without rows, which tells engines the columns' types."""
    predict = nncli.predictor("classes.yaml")
    whole = predict(rows)
    batch = rows.combine_chunks().to_batches()[0]
    part = predict(batch.slice(17, 100))
    assert isinstance(part, pa.RecordBatch)
    assert pa.Table.from_batches([part]).equals(whole.slice(17, 100))
    none = predict(batch.slice(0, 0))
    assert (none.num_rows, none.schema) == (0, whole.schema)
    in_parts = pa.concat_tables([rows.slice(0, 1), rows.slice(1, 0), rows.slice(1, 3000), rows.slice(3001)])
    assert predict(in_parts).equals(whole)


def test_its_pickle_needs_no_file(rows):
    """In a process of its own, without the network's file: the same numbers, and no buffers travel along."""
    predict = nncli.predictor("single.yaml", ["seed=3"], missing="null")
    size = len(pickle.dumps(predict))
    whole = predict(rows)
    assert len(pickle.dumps(predict)) == size < 3000
    Path("predict.pickle").write_bytes(pickle.dumps(predict))
    Path("single.yaml").unlink()
    script = """
import pickle, pyarrow.parquet as pq
predict = pickle.load(open("predict.pickle", "rb"))
pq.write_table(predict(pq.read_table("rows.parquet")), "there.parquet")
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    assert pq.read_table("there.parquet").equals(whole)


def test_columns_are_chosen_and_missing_values_are_as_run_has_them(folder):
    """By name whatever their order, by `features`, or by position beside a label."""
    rows = pa.table({"y": [0, 1], "b": [1.0, None], "a": [5, 6]})
    predict = nncli.predictor("numbers.yaml", features=["a", "b"], labels=["y"], missing="null")
    found = predict(rows)
    assert found.column_names == ["y", "prediction", *(f"probability_{i}" for i in range(3))]
    assert found["prediction"].to_pylist()[1] is None
    assert found["probability_0"].null_count == 1
    by_position = nncli.predictor("numbers.yaml", labels=["y"], missing=1)(rows)
    assert by_position.equals(nncli.predictor("numbers.yaml", features=["b", "a"], missing=1)(rows))
    assert found["probability_0"][0] != by_position["probability_0"][0]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ({"x0": [1.0]}, "batch: the only column is x0 (1); the network takes x0, x1 (2); not there: x1"),
        ({"x0": [[1.0]], "x1": [1.0]}, "batch: column x0: list<item: double>, where numbers belong"),
        (
            {"x1": [1.0, 2.0], "x0": [1.0, None]},
            "batch: row 1: column x0: missing value 'NaN' (missing='null' or a number would let it pass)",
        ),
        ({"x0": [float("inf")], "x1": [1.0]}, "batch: row 0: column x0: inf is not a finite number"),
        ({}, "batch: it has no columns"),
    ],
)
def test_wrong_rows_are_refused_as_run_refuses_them(folder, rows, problem):
    """With an NncliError of one line, in words of Python."""
    with pytest.raises(DataError) as caught:
        nncli.predictor("numbers.yaml")(pa.table(rows))
    assert str(caught.value) == problem
    assert isinstance(pickle.loads(pickle.dumps(caught.value)), DataError)  # it comes back from a worker


def test_what_is_no_table_and_no_network_is_refused(folder):
    """At once, where the network is read; no file is opened later."""
    with pytest.raises(DataError, match=r"^batch: a RecordBatch or a Table .* not builtins\.list$"):
        nncli.predictor("numbers.yaml")([[1, 2]])
    with pytest.raises(NncliError, match=r"^nowhere\.yaml: no such file"):
        nncli.predictor("nowhere.yaml")
    assert repr(nncli.predictor("numbers.yaml")) == "<nncli.predictor of numbers.yaml: 2 -> 3>"


@pytest.mark.parametrize("missing", ["nul", "", None, True, float("nan"), [0]])
def test_an_unknown_rule_for_missing_values_is_refused(folder, missing):
    """No wrong word lets a missing value pass as a number."""
    with pytest.raises(NncliError, match=r"missing=.*: give 'error', 'null' or a number"):
        nncli.predictor("binary.yaml", missing=missing)


@pytest.mark.parametrize("kind", [np.float32, np.int64])
def test_a_number_of_numpy_is_a_number(folder, kind):
    """A rule that came out of an array is the one of the same number."""
    rows = pa.table({"x0": [None, 1.0], "x1": [1.0, 2.0]})
    wanted = nncli.predictor("binary.yaml", missing=2)(rows)
    assert nncli.predictor("binary.yaml", missing=kind(2))(rows).equals(wanted)


@pytest.mark.parametrize("kind", [np.int64, np.uint8])
def test_decimals_may_be_a_whole_number_of_numpy(folder, kind):
    """A whole number that came out of an array rounds as the same number."""
    rows = pa.table({"x0": [0.5, 1.0], "x1": [1.0, 2.0]})
    wanted = nncli.predictor("binary.yaml", decimals=3)(rows)
    assert nncli.predictor("binary.yaml", decimals=kind(3))(rows).equals(wanted)


@pytest.mark.parametrize("decimals", [-1, 18, 1.5, "2", True])
def test_decimals_that_make_no_sense_are_refused(folder, decimals):
    """The command's bounds hold in Python, too."""
    with pytest.raises(NncliError, match=r"decimals=.*: give a whole number from 0 to 17"):
        nncli.predictor("binary.yaml", decimals=decimals)


def test_a_text_is_one_name_and_one_override(folder):
    """Where several may stand, one may stand alone: it is no list of letters."""
    rows = pa.table({"x0": [1.0], "x1": [2.0], "name": ["a"], "more": [3.0]})
    predict = nncli.predictor("binary.yaml", overrides="seed=3", labels="more", keep="name")
    assert predict(rows).column_names == ["name", "prediction", "probability"]
    predict = nncli.predictor("binary.yaml", overrides=["inputs=1"], features="more", keep="none")
    assert predict(rows).num_rows == 1
