"""`nncli run`: rows in, predictions out."""

import json
import subprocess
import sys

import numpy as np
import pytest

NET = """\
inputs: 2
layers:
  - weights: [[1, 0], [0, 1]]
    activation: softmax
"""


@pytest.fixture
def net(tmp_path):
    """Return a spec whose softmax sees the two inputs themselves."""
    path = tmp_path / "net.yaml"
    path.write_text(NET)
    return path


@pytest.fixture
def write(tmp_path):
    """Write a file of rows and return its path."""

    def write_file(text, name="rows.csv"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write_file


def header(result):
    """Return the names of the columns that came out."""
    return result.stdout.splitlines()[0].split(",")


def test_columns_are_found_by_name(cli, net, write):
    """Features come in any order, with any columns between them."""
    result = cli("run", net, write("id,x1,note,x0\n007,1,a b,3\n"))
    assert result.stdout.splitlines()[0] == "id,note,prediction,probability_0,probability_1"
    assert result.stdout.splitlines()[1].startswith("007,a b,0,0.88")


def test_columns_are_found_by_position_where_exactly_so_many_are_left(cli, net, write):
    """Other names do when the inputs are a number and the label is set aside."""
    result = cli("run", net, write("width,height,kind\n3,1,a\n"), "--label", "kind")
    assert header(result) == ["kind", "prediction", "probability_0", "probability_1"]


def test_never_the_first_n(cli, net, write):
    """Too many columns without the names are an error that lists both sides."""
    result = cli("run", net, write("id,width,height\n1,2,3\n"))
    assert result.exit_code == 1
    assert result.stderr.endswith(
        "rows.csv: the columns are id, width, height (3); the network takes x0, x1 (2),"
        " or any 2 if the table has no others; leave out the labels: --label height;"
        " or say which go in, for example --features id,width\n"
    )


def test_named_inputs_are_never_taken_by_position(cli, net, write):
    """A network that names its inputs wants those names."""
    result = cli("run", net, write("a,b\n1,2\n"), "--set", "inputs=[width, height]")
    assert result.exit_code == 1
    assert "the network takes width, height" in result.stderr


def test_without_a_header_by_position(cli, net, write):
    """--no-header names the features as the network does, and others column_<i>."""
    path = write("3,b,1\n1,a,3\n")
    result = cli("run", net, path, "--no-header", "--label", "column_1", "--keep", "all")
    assert header(result) == ["x0", "column_1", "x1", "prediction", "probability_0", "probability_1"]
    assert [line.split(",")[3] for line in result.stdout.splitlines()[1:]] == ["0", "1"]
    assert cli("run", net, path, "--no-header").exit_code == 1


@pytest.mark.parametrize(
    ("keep", "kept"),
    [
        ("others", ["id", "note"]),
        ("all", ["id", "x0", "x1", "note"]),
        ("none", []),
        ("note,id", ["note", "id"]),
        ("x1", ["x1"]),
    ],
)
def test_keep(cli, net, write, keep, kept):
    """--keep chooses the input's columns that stand before the network's."""
    result = cli("run", net, write("id,x0,x1,note\n1,2,3,z\n"), "--keep", keep)
    assert header(result) == [*kept, "prediction", "probability_0", "probability_1"]


def test_what_is_kept_where_nothing_is_said(cli, net):
    """Generated points are kept, inline values are not."""
    spiral = cli("run", net, "--set", "data={spiral: {samples: 2}}")
    assert header(spiral)[:4] == ["x0", "x1", "label", "prediction"]
    values = cli("run", net, "--set", "data={values: [1, 2]}")
    assert header(values)[0] == "prediction"


def test_a_kept_column_with_the_name_of_an_output(cli, net, write):
    """Asked for it is an error with a remedy; under `others` the new column replaces it, and that is said."""
    path = write("x0,x1,prediction,id\n1,2,5,a\n")
    result = cli("run", net, path)
    assert header(result) == ["id", "prediction", "probability_0", "probability_1"]
    replaced = f"warning: {path}: left out, since the output has columns of these names: prediction\n"
    assert (result.exit_code, result.stderr) == (0, replaced)
    assert cli("run", net, path, "--keep", "others").stderr == replaced
    for quiet in (["--quiet"], ["--keep", "none"], ["--keep", "id"]):
        assert cli("run", net, path, *quiet).stderr == ""
    for keep in ("all", "id,prediction"):
        result = cli("run", net, path, "--keep", keep)
        assert result.exit_code == 1
        assert "has a column 'prediction' of its own" in result.stderr
        assert "--keep " in result.stderr.rpartition("leave it out")[2]


@pytest.mark.parametrize(
    ("options", "exit_code", "message"),
    [
        (
            ["--label", "clas"],
            1,
            "the label: no column 'clas' (did you mean 'class'?); there are x0, x1, class",
        ),
        (["--keep", "id"], 1, "--keep: no column 'id'; there are x0, x1, class"),
        (["--label", "x0"], 1, "the label column 'x0' is one of the network's inputs"),
        (["--on-missing", "nul"], 2, "--on-missing nul: give error, null or a number (did you mean 'null'?)"),
        (["--on-missing", "inf"], 2, "--on-missing inf: give error, null or a number"),
        (["--limit", "-1"], 2, "--limit"),
        (["--format", "xml"], 2, "xml"),
        (["-o", "out.xml"], 2, "out.xml"),
        (["-o", "nowhere/out.csv"], 1, "nowhere"),
    ],
)
def test_a_wrong_option(cli, net, write, options, exit_code, message):
    """One line says what is wrong and what there is."""
    result = cli("run", net, write("x0,x1,class\n1,2,3\n"), *options)
    assert result.exit_code == exit_code
    assert message in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_no_data_anywhere(cli, net):
    """A spec without data needs a file."""
    result = cli("run", net)
    assert result.exit_code == 1
    assert result.stderr == f"{net}: no data: give a file, - for standard input, or the spec's key 'data'\n"


def test_missing_values(cli, net, write):
    """An empty cell is an error, a row without a result, or a number: never silently class 0."""
    path = write("id,x0,x1\n1,,2\n2,1,NA\n3,1,1\n")
    assert cli("run", net, path).exit_code == 1
    rows = cli("run", net, path, "--on-missing", "null").stdout.splitlines()[1:]
    assert rows == ["1,,,", "2,,,", "3,0,0.5,0.5"]
    rows = cli("run", net, path, "--on-missing", "1").stdout.splitlines()[1:]
    assert [row.split(",")[1] for row in rows] == ["1", "0", "0"]
    lines = cli("run", net, path, "--on-missing", "null", "-f", "jsonl").stdout.splitlines()
    assert json.loads(lines[0]) == {
        "id": "1",
        "prediction": None,
        "probability_0": None,
        "probability_1": None,
    }


def test_the_formats_of_a_file(cli, net, write, tmp_path):
    """The suffix of -o chooses the format; each holds the same numbers."""
    path = write("id,x0,x1\n007,1,2\n008,3,1\n")
    table = {}
    for suffix in ("csv", "tsv", "json", "jsonl", "npy", "csv.gz"):
        result = cli("run", net, path, "-o", tmp_path / f"out.{suffix}")
        assert (result.exit_code, result.stdout) == (0, ""), suffix
        assert (result.stderr == "") == (suffix != "npy")
        table[suffix] = (tmp_path / f"out.{suffix}").read_bytes()
    rows = json.loads(table["json"])
    assert rows == [json.loads(line) for line in table["jsonl"].splitlines()]
    assert [row["id"] for row in rows] == ["007", "008"]
    assert [row["prediction"] for row in rows] == [1, 0]
    assert table["tsv"] == table["csv"].replace(b",", b"\t")
    outputs = np.load(tmp_path / "out.npy")
    assert outputs.tolist() == [[row["probability_0"], row["probability_1"]] for row in rows]


def test_what_a_matrix_leaves_out_is_said(cli, configs, net, write, tmp_path):
    """A .npy file holds numbers alone: one line names the kept columns, the trace and the prediction."""
    path, out = write("id,x0,x1,kind\n007,1,2,a\n"), tmp_path / "out.npy"
    says = ".npy holds the network's outputs alone; left out: "
    result = cli("run", net, path, "-o", out)
    assert (result.exit_code, result.stderr) == (0, f"warning: {out}: {says}id, kind, prediction\n")
    assert cli("run", net, path, "-o", out, "--quiet").stderr == ""
    result = cli("run", net, path, "-o", out, "--keep", "none", "--trace")
    assert result.stderr.endswith(f"{says}layer0_z_0, layer0_z_1, layer0_a_0, layer0_a_1, prediction\n")
    plain = ["--set", "layers.0.activation=linear"]
    assert cli("run", net, path, "-o", out, *plain, "--keep", "none").stderr == ""
    with out.open("wb") as file:
        done = subprocess.run(
            [sys.executable, "-m", "nncli", "spiral", "-f", "npy"], stdout=file, stderr=subprocess.PIPE
        )
    assert done.stderr.decode() == f"warning: standard output: {says}x0, x1, label, prediction\n"
    assert np.load(out).shape == (300, 3)


def test_a_name_from_a_file_can_not_control_the_terminal(cli, net, write):
    """Whatever a header holds, a warning is one line of plain text."""
    names = '["a\\e[2J", b]'
    path = write('x0,x1,"probability_a\x1b[2J"\n1,2,5\n')
    result = cli("run", net, path, "--set", f"outputs={names.replace(chr(92) * 2, chr(92))}")
    assert result.stderr.endswith(" names: probability_a\\x1b[2J\n")


def test_points_without_a_network_are_no_matrix(cli, tmp_path):
    """`spiral --data-only` has no outputs that a .npy file could hold."""
    result = cli("spiral", "--data-only", "-o", tmp_path / "out.npy")
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        result.stderr
        == "nncli spiral: --data-only: .npy holds a network's outputs alone; write .csv or .parquet\n"
    )
    assert not list(tmp_path.iterdir())


def test_limit(cli, net, write):
    """--limit stops early: later rows are not even looked at; 0 gives the header."""
    path = write("x0,x1\n1,2\n3,4\nbad,row\n")
    assert len(cli("run", net, path, "--limit", "2").stdout.splitlines()) == 3
    assert cli("run", net, path, "--limit", "0").stdout == "prediction,probability_0,probability_1\n"
    assert cli("run", net, path, "--limit", "0", "-f", "json").stdout.strip() == "[]"


def test_decimals(cli, net, write):
    """--decimals rounds the network's numbers and nothing else."""
    result = cli("run", net, write("id,x0,x1\n0.123456,1,1\n"), "--decimals", "3")
    assert result.stdout.splitlines()[1] == "0.123456,0,0.500,0.500"


def test_an_overflow_is_said(cli, net, write):
    """NaN and infinity come out as they are, with a warning and without a prediction."""
    path = write("x0,x1\n1,2\n1e308,1\n")
    result = cli("run", net, path, "--set", "layers.0.weights=[[1e10, 1], [1, 1]]")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[2] == ",nan,nan"
    assert result.stderr == (
        "warning: the network's numbers overflow to NaN or infinity in 1 row, first in row 1\n"
    )
    assert cli("run", net, path, "--set", "layers.0.weights=[[1e10, 1], [1, 1]]", "-q").stderr == ""


def test_the_weights_do_not_depend_on_the_data(cli, configs, tmp_path):
    """Other rows through a drawn network see the same weights."""
    cli("spiral", "--data-only", "-o", tmp_path / "points.csv")
    own = cli("run", configs / "spiral.yaml", "--keep", "none", "-o", tmp_path / "own.npy")
    piped = cli("run", configs / "spiral.yaml", tmp_path / "points.csv", "-o", tmp_path / "read.npy")
    assert own.exit_code == piped.exit_code == 0
    assert np.abs(np.load(tmp_path / "own.npy") - np.load(tmp_path / "read.npy")).max() < 1e-7


def test_the_pipe_of_the_design(shell, configs):
    """`nncli spiral | nncli run configs/spiral.yaml -` prints the same probabilities.

    To within a unit of the last place: the printed float32 points are read as float64.
    """
    points = shell("spiral").stdout
    piped = shell("run", configs / "spiral.yaml", "-", stdin=points).stdout.splitlines()
    own = shell("run", configs / "spiral.yaml").stdout.splitlines()
    assert piped[0] == "label,prediction,probability_0,probability_1,probability_2"
    read = np.array([line.split(",")[-3:] for line in piped[1:]], dtype="float32")
    drawn = np.array([line.split(",")[-3:] for line in own[1:]], dtype="float32")
    assert read.shape == (300, 3)
    np.testing.assert_array_max_ulp(read, drawn, maxulp=1)


def test_bad_rows_leave_standard_output_empty(cli, net, write):
    """What is wrong with the first rows is said before a header goes out."""
    result = cli("run", net, write("x0,x1\n1,2\n3,four\n"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("rows.csv:3: column x1: 'four' is not a number\n")


def test_standard_input_is_one_thing(shell):
    """The spec and the rows can't both come from standard input."""
    result = shell("run", "-", "-", stdin=NET)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "nncli run: -: standard input can't be both the spec and the rows\n"
    assert shell("run", "-", "--set", "data.values=[1, 1]", stdin=NET).stdout.endswith("\n0,0.5,0.5\n")


def test_a_seed_out_of_range_is_the_command_lines_fault(cli, configs):
    """--seed takes what NumPy's generator takes."""
    for command in (["spiral"], ["run", configs / "spiral.yaml"]):
        result = cli(*command, "--seed", 2**32)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "4294967295" in result.stderr
