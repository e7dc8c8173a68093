"""``nncli plot``."""

import re
import sys

import pytest

KINDS = ("data", "regions", "activations", "weights", "confusion", "roc", "pr", "calibration")
CURVES = {"roc", "pr", "calibration"}
MAGIC = {"png": b"\x89PNG\r\n", "svg": b"<?xml", "pdf": b"%PDF"}


@pytest.fixture
def text_of():
    """Return the texts of an SVG, which matplotlib writes as comments beside their outlines."""

    def read(path):
        return re.findall(r"<!-- (.*?) -->", path.read_text())

    return read


@pytest.fixture
def net(tmp_path):
    """Write a spec of two inputs and one layer and return its path."""

    def write(activation, units, more=""):
        path = tmp_path / "net.yaml"
        path.write_text(f"inputs: 2\nlayers: [{{units: {units}, activation: {activation}}}]\n{more}\n")
        return path

    return write


@pytest.mark.parametrize("format", MAGIC)
def test_pictures_are_written_in_three_formats_and_always_the_same(cli, configs, tmp_path, format):
    """The suffix chooses PNG, SVG or PDF, and the same chart has the same bytes."""
    for name in ("a", "b"):
        result = cli("plot", "regions", configs / "spiral.yaml", "-o", tmp_path / f"{name}.{format}")
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    picture = (tmp_path / f"a.{format}").read_bytes()
    assert picture.startswith(MAGIC[format])
    assert picture == (tmp_path / f"b.{format}").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_chart_of_the_spiral(cli, configs, tmp_path, text_of, kind):
    """Every kind can be drawn of two-input classifiers, and says what it shows."""
    path = tmp_path / "chart.svg"
    assert cli("plot", kind, configs / "spiral.yaml", "-o", path).stderr == ""
    expected = {
        "data": ["300 rows", "x0", "x1", "label", "0", "1", "2"],
        "regions": ["decisions, 300 rows", "x0", "x1", "label"],
        "activations": ["activations, 300 rows", "layers[0]: relu", "layers[1]: softmax"],
        "weights": ["weights", "layers[0]: 2 → 3", "layers[1]: 3 → 3", "input", "unit"],
        "confusion": ["300 rows, accuracy 0.3400", "true", "predicted", "97"],
        "roc": ["false positive rate", "true positive rate", "chance"],
        "pr": ["recall", "precision"],
        "calibration": ["predicted probability", "share that is true", "perfect"],
    }
    assert set(expected[kind]) <= set(text_of(path))


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"regions"}))
def test_charts_of_more_inputs_with_class_names(cli, configs, tmp_path, text_of, kind):
    """Four inputs are drawn in pairs, and classes by their names."""
    path = tmp_path / "chart.svg"
    assert cli("plot", kind, configs / "iris.yaml", "-o", path).stderr == ""
    if kind in ("data", "confusion"):
        assert {"setosa", "versicolor", "virginica"} <= set(text_of(path))
    if kind == "data":
        assert {"150 rows, 4 of 4 inputs", "species", "petal_width"} <= set(text_of(path))


@pytest.mark.parametrize(
    ("activation", "units", "more"),
    [
        ("sigmoid", 1, "outputs: [low, high]"),
        ("tanh", 1, ""),
        ("linear", 3, ""),
        ("softmax", 9, "dtype: float32"),
    ],
)
def test_regions_of_every_kind_of_network(cli, net, tmp_path, activation, units, more):
    """Classes, one probability, one value and plain outputs all have a map, with rows or without."""
    spec = net(activation, units, more)
    rows = tmp_path / "rows.csv"
    rows.write_text("x0,x1,y\n0,1,low\n1,0,high\n2,2,low\n")
    for number, options in enumerate([(), (rows,), (rows, "--label", "y")]):
        path = tmp_path / f"chart{number}.png"
        result = cli("plot", "regions", spec, *options, "-o", path)
        assert (result.exit_code, result.stderr, path.stat().st_size > 5000) == (0, "", True)


def test_a_curve_of_one_input(cli, tmp_path, text_of):
    """The sine data are drawn against their label."""
    spec = tmp_path / "sine.yaml"
    spec.write_text("inputs: 1\nlayers: [{units: 1}]\ndata: {sine: {samples: 50}}\n")
    path = tmp_path / "chart.svg"
    assert cli("plot", "data", spec, "-o", path).stderr == ""
    assert {"50 rows", "x0", "label"} <= set(text_of(path))


def test_only_the_first_rows_are_drawn_and_the_title_says_so(cli, configs, tmp_path, text_of):
    """--limit draws the first rows; without it a chart has a bound of its own."""
    path = tmp_path / "chart.svg"
    cli("plot", "data", configs / "spiral.yaml", "--limit", "20", "-o", path)
    assert "the first 20 rows" in text_of(path)
    cli("plot", "data", configs / "spiral.yaml", "--set", "data.spiral.samples=1000", "-o", path)
    assert "the first 2,000 rows" in text_of(path)


def test_names_stay_plain_text(cli, net, tmp_path, text_of):
    """Dollars, markup, control characters and foreign scripts in names do no harm."""
    rows = tmp_path / "rows.csv"
    rows.write_text("x0,x1,$\\frac{<b>\n0,1,$x^2\n1,0,a\x1b[31m\n2,2,数据\n")
    path = tmp_path / "chart.svg"
    result = cli("plot", "data", net("tanh", 1), rows, "--label", "$\\frac{<b>", "-o", path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "a\\x1b[31m" in text_of(path)
    assert "<b>" not in path.read_text()


def test_rows_without_features_are_left_out(cli, net, tmp_path, text_of):
    """Under --on-missing null a row without features is no point."""
    rows = tmp_path / "rows.csv"
    rows.write_text("x0,x1,y\n0,1,a\n,0,b\n2,2,c\n")
    path = tmp_path / "chart.svg"
    spec = net("tanh", 1)
    assert cli("plot", "data", spec, rows, "--label", "y", "--on-missing", "null", "-o", path).exit_code == 0
    assert "2 rows" in text_of(path)
    assert "b" not in text_of(path)


def test_a_large_matrix_is_shown_as_means(cli, tmp_path, text_of):
    """Weights beyond what a picture can show are means of blocks, and said to be."""
    spec = tmp_path / "wide.yaml"
    spec.write_text("inputs: 1000\nlayers: [{units: 300}, {units: 2}]\n")
    path = tmp_path / "chart.svg"
    assert cli("plot", "weights", spec, "-o", path).exit_code == 0
    assert "means of 2 x 4 blocks" in text_of(path)


@pytest.mark.parametrize(
    ("args", "exit_code", "message"),
    [
        (
            ["regions", "iris.yaml", "-o", "x.png"],
            1,
            "a decision map needs 1 or 2 inputs, and this network takes 4",
        ),
        (["pie", "iris.yaml", "-o", "x.png"], 2, "nncli plot: KIND: 'pie' is not one of"),
        (["data", "iris.yaml", "-o", "x.jpg"], 2, "a picture is a .png, .svg or .pdf file"),
        (["data", "iris.yaml"], 2, "nncli plot: missing option --output"),
        (["data", "iris.yaml", "-o", "nowhere/x.png"], 1, "nowhere/x.png: no such file or directory"),
        (["data", "iris.yaml", "-o", "x.png", "--label", "kind"], 1, "no column 'kind'"),
        (["confusion", "value.yaml", "iris.csv", "-o", "x.png"], 1, "and no classes to confuse"),
        (
            ["confusion", "two.yaml", "two.csv", "-o", "x.png"],
            1,
            "one of the true classes, and name it with --label COLUMN",
        ),
        (["activations", "value.yaml", "-o", "x.png"], 1, "no data"),
    ],
)
def test_what_cannot_be_drawn_is_said_and_nothing_written(
    cli, configs, tmp_path, monkeypatch, args, exit_code, message
):
    """A chart that the network can't have is one clear line, and no file."""
    for name in ("iris.yaml", "iris.csv"):
        (tmp_path / name).write_text((configs / name).read_text())
    (tmp_path / "value.yaml").write_text("inputs: 4\nlayers: [{units: 1}]\n")
    (tmp_path / "two.yaml").write_text("inputs: 1\nlayers: [{units: 2, activation: softmax}]\n")
    (tmp_path / "two.csv").write_text("x0\n1\n")
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    result = cli("plot", *args)
    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert message in result.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_without_matplotlib_the_extra_is_named(cli, configs, tmp_path, monkeypatch):
    """A missing matplotlib is one line that names the extra, and no file."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = cli("plot", "data", configs / "iris.yaml", "-o", tmp_path / "x.png")
    assert (result.exit_code, result.stderr) == (
        1,
        "plot needs an optional package: pip install 'nncli-inference[plot]'\n",
    )
    assert not (tmp_path / "x.png").exists()


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"weights"}))
def test_enormous_numbers_are_drawn_or_refused(cli, configs, tmp_path, kind):
    """Numbers that no axis can hold are one clear line, and overflowed activations are left out."""
    rows = tmp_path / "rows.csv"
    rows.write_text("x0,x1,label\n1e308,-1e308,0\n-1e308,1e308,1\n0,0,2\n")
    path = tmp_path / "chart.png"
    result = cli("plot", kind, configs / "spiral.yaml", rows, "--label", "label", "-o", path)
    if kind in CURVES:
        assert (result.exit_code, path.exists()) == (0, True)
    elif kind in ("activations", "confusion"):
        assert (result.exit_code, result.stderr, path.exists()) == (0, "", True)
    else:
        assert (result.exit_code, path.exists()) == (1, False)
        assert result.stderr == f"{rows}: a number beyond 1e+100 can't be drawn\n"


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"weights"}))
def test_rows_that_all_lack_features_make_no_chart(cli, configs, tmp_path, kind):
    """Where --on-missing null leaves nothing, that is said."""
    rows = tmp_path / "rows.csv"
    rows.write_text("x0,x1,label\n,1,0\n1,,1\n")
    args = ("--label", "label", "--on-missing", "null", "-o", tmp_path / "chart.png")
    result = cli("plot", kind, configs / "spiral.yaml", rows, *args)
    assert (result.exit_code, result.stderr) == (1, f"{rows}: no row has all the features\n")


def test_labels_by_number_are_shown_by_name(cli, configs, tmp_path, text_of):
    """Class numbers in the label column get the names, and so the colours, of the network's classes."""
    path = tmp_path / "chart.svg"
    names = ("--set", "outputs=[red, green, blue]")
    assert cli("plot", "regions", configs / "spiral.yaml", *names, "-o", path).exit_code == 0
    assert {"red", "green", "blue"} <= set(text_of(path))
