"""``nncli compare``."""

import json
import sys

import numpy as np
import pytest

FORMATS = ("csv", "tsv", "json", "jsonl", "npy", "parquet", "csv.gz", "jsonl.gz", "csv.zst")


@pytest.fixture
def iris(configs):
    """Return the iris example's spec."""
    return configs / "iris.yaml"


@pytest.fixture
def saved(cli, iris, tmp_path):
    """Return a CSV of the iris example's results."""
    path = tmp_path / "saved.csv"
    assert cli("run", iris, "-o", path).exit_code == 0
    return path


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("format", FORMATS)
def test_every_format_that_run_writes_can_be_compared_with(cli, iris, tmp_path, format, dtype):
    """Results in any format agree with the network to the last bit."""
    path = tmp_path / f"saved.{format}"
    assert cli("run", iris, "--dtype", dtype, "-o", path).exit_code == 0
    exactly = ("--atol", "0", "--rtol", "0", "--dtype", dtype)
    result = cli("compare", iris, "--with", path, *exactly, "-f", "json")
    report = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (0, "")
    assert (report["agrees"], report["rows"], report["largest_difference"]) == (True, 150, 0)
    assert report["columns"] == ["probability_setosa", "probability_versicolor", "probability_virginica"]


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_the_trace_is_compared_where_the_file_has_it(cli, iris, tmp_path, format):
    """A file with --trace is compared layer by layer, columns in any place."""
    path = tmp_path / f"saved.{format}"
    cli("run", iris, "--trace", "-o", path)
    report = json.loads(cli("compare", iris, "--with", path, "-f", "json").stdout)
    assert report["columns"][0] == "layer0_z_0"
    assert report["columns"][-1] == "probability_virginica"
    assert report["agrees"]


def test_a_difference_is_found_and_placed(cli, iris, saved):
    """One changed value is told by row, column and both values, with exit 1."""
    lines = saved.read_text().splitlines()
    cells = lines[8].split(",")
    before, cells[-1] = cells[-1], "0.5"
    lines[8] = ",".join(cells)
    saved.write_text("\n".join(lines) + "\n")
    result = cli("compare", iris, "--with", saved)
    assert result.exit_code == 1
    place = f"row 7, column probability_virginica: {float(before)!r} here, 0.5 there"
    assert result.stderr == f"{saved}: 1 value beyond the tolerance; the worst at {place}\n"
    assert f"fails               1 value beyond the tolerance; the worst at {place}\n" in result.stdout
    assert f"  at                {place}\n" in result.stdout
    assert cli("compare", iris, "--with", saved, "--atol", "0.6").exit_code == 0


def test_rounded_results_agree_within_their_rounding(cli, iris, tmp_path):
    """Results with three decimals agree to half a thousandth and not to less."""
    path = tmp_path / "rounded.csv"
    cli("run", iris, "--decimals", "3", "-o", path)
    assert cli("compare", iris, "--with", path, "--atol", "0.00051").exit_code == 0
    assert cli("compare", iris, "--with", path).exit_code == 1


def test_another_prediction_is_a_difference(cli, iris, saved):
    """Predictions are compared as text."""
    saved.write_text(saved.read_text().replace("setosa,setosa", "setosa,Setosa", 1))
    result = cli("compare", iris, "--with", saved)
    assert result.exit_code == 1
    assert result.stderr.endswith(
        "1 prediction differs; the first at row 0, column prediction: 'setosa' here, 'Setosa' there\n"
    )


def test_a_file_of_other_length_fails_with_both_counts(cli, iris, saved):
    """Fewer rows there than here are told with both counts."""
    saved.write_text("".join(saved.read_text().splitlines(keepends=True)[:-1]))
    result = cli("compare", iris, "--with", saved)
    assert (result.exit_code, result.stderr) == (1, f"{saved}: 149 rows where the network gives 150\n")


@pytest.mark.parametrize("format", ["csv", "json", "npy"])
def test_rows_without_results_agree(cli, tmp_path, format):
    """Empty cells, nulls and NaN stand for the rows without features, and infinities for themselves."""
    spec = tmp_path / "net.yaml"
    spec.write_text("inputs: 2\nlayers: [{units: 1, weights: [[1e308, 1e308]]}]\n")
    rows = tmp_path / "rows.csv"
    rows.write_text("x0,x1\n1,0\n,2\n10,10\n10,-10\n1,1\n")
    saved = tmp_path / f"saved.{format}"
    cli("run", spec, rows, "--on-missing", "null", "-q", "-o", saved)
    result = cli("compare", spec, rows, "--with", saved, "--on-missing", "null")
    assert (result.exit_code, result.stderr) == (0, "")


def test_onnxruntime_agrees(cli, configs):
    """Onnxruntime computes the iris example within the default tolerance."""
    for example in ("iris.yaml", "spiral.yaml"):
        result = cli("compare", configs / example, "--with", "onnxruntime", "-f", "json")
        report = json.loads(result.stdout)
        assert (result.exit_code, report["agrees"], report["with"]) == (0, True, "onnxruntime")


@pytest.mark.parametrize("activation", ["gelu", "softplus", "selu", "hard_sigmoid", "log_softmax", "silu"])
def test_onnxruntime_agrees_in_float64(cli, tmp_path, activation):
    """Where onnxruntime lacks a float64 kernel the comparison is with float32, and agrees."""
    spec = tmp_path / "net.yaml"
    spec.write_text(
        f"inputs: 3\nlayers: [{{units: 4, activation: {activation}}}, {{units: 2}}]\n"
        f"data: {{values: {np.random.default_rng(0).normal(size=(50, 3)).tolist()}}}\n"
    )
    assert cli("compare", spec).exit_code == 0


def test_without_onnxruntime_the_extra_is_named(cli, iris, monkeypatch):
    """A missing onnxruntime is one line that names the extra."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    result = cli("compare", iris, "--with", "onnxruntime")
    assert (result.exit_code, result.stderr) == (
        1,
        "--with onnxruntime needs an optional package: pip install 'nncli-inference[onnxruntime]'\n",
    )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("other.csv", "a,b\n1,2\n", "no column 'probability_setosa': these are no results of this network"),
        ("text.jsonl", "hello\n", "text.jsonl:1: not JSON (unexpected character"),
        ("list.jsonl", "[1, 2]\n", "list.jsonl: 2 columns where the network has 3 outputs"),
        ("empty.json", "[]\n", "empty.json: no rows"),
        ("absent.json", None, "absent.json: no such file"),
        (
            "words.jsonl",
            '{"probability_setosa":"x","probability_versicolor":1,"probability_virginica":0}\n',
            "words.jsonl: column probability_setosa: row 0: 'x' is not a number",
        ),
    ],
)
def test_files_that_are_no_results_are_refused(cli, iris, tmp_path, name, content, message):
    """What run has not written is refused in one line."""
    if content is not None:
        (tmp_path / name).write_text(content)
    result = cli("compare", iris, "--with", tmp_path / name)
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_matrix_of_other_width_is_refused(cli, iris, tmp_path):
    """A .npy file must have a column per output."""
    np.save(tmp_path / "wide.npy", np.zeros((150, 4)))
    result = cli("compare", iris, "--with", tmp_path / "wide.npy")
    assert result.stderr.endswith("wide.npy: 4 columns where the network has 3 outputs\n")


@pytest.mark.parametrize("changed", [None, "0.5", "", "nan", "x"])
def test_a_big_file_is_compared_like_a_small_one(cli, configs, tmp_path, changed):
    """Results beyond what is read cell by cell agree to the last bit, or differ where they were changed."""
    spec, saved = configs / "spiral.yaml", tmp_path / "saved.csv"
    many = ("--set", "data.spiral.samples=30000")
    cli("run", spec, *many, "--keep", "none", "-o", saved)
    lines = saved.read_text().splitlines()
    if changed is not None:
        lines[50_001] = f"0,{changed},0.1,0.2"
        saved.write_text("\n".join(lines) + "\n")
    result = cli("compare", spec, *many, "--with", saved, "--atol", "0", "--rtol", "0")
    if changed is None:
        assert (result.exit_code, result.stderr) == (0, "")
    elif changed == "x":
        assert result.stderr == f"{saved}: column probability_0: row 50000: 'x' is not a number\n"
    else:
        assert (result.exit_code, "row 50000, column probability_" in result.stderr) == (1, True)


def test_limit_compares_the_first_rows_of_both(cli, iris, saved):
    """--limit stops on both sides."""
    report = json.loads(cli("compare", iris, "--with", saved, "--limit", "7", "-f", "json").stdout)
    assert (report["rows"], report["rows_there"], report["agrees"]) == (7, 7, True)


@pytest.mark.parametrize("option", ["--atol", "--rtol"])
@pytest.mark.parametrize("value", ["nan", "inf", "-1", "much"])
def test_a_tolerance_is_a_finite_number(cli, iris, saved, option, value):
    """What no difference could ever exceed is no tolerance."""
    result = cli("compare", iris, "--with", saved, option, value)
    assert (result.exit_code, result.stdout) == (2, "")


def test_many_lines_of_json_are_compared_in_pieces(cli, configs, tmp_path):
    """Thousands of lines of JSON agree to the last bit, and one more line there is found."""
    spec, saved = configs / "spiral.yaml", tmp_path / "saved.jsonl"
    many = ("--set", "data.spiral.samples=5000")
    cli("run", spec, *many, "-o", saved)
    exactly = ("--with", saved, "--atol", "0", "--rtol", "0")
    assert cli("compare", spec, *many, *exactly).exit_code == 0
    saved.write_text(saved.read_text() + saved.read_text().splitlines()[-1])
    result = cli("compare", spec, *many, *exactly)
    assert result.stderr == f"{saved}: 15,001 rows where the network gives 15,000\n"
