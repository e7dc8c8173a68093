"""``nncli plot``: the charts of labelled rows, of one input, and of pixels."""

import re
import struct

import numpy as np
import pytest
from sklearn import metrics

import nncli
from nncli.inspect.curves import Calibration, Curve
from nncli.views import plot_curves

CURVES = {"roc": "AUC", "pr": "AP", "calibration": "ECE"}


def text_of(path):
    """Return the texts of an SVG, which matplotlib writes as comments beside their outlines."""
    return re.findall(r"<!-- (.*?) -->", path.read_text())


@pytest.fixture
def iris(configs):
    """Return the iris network's probabilities and the true classes."""
    rows = [line.split(",") for line in (configs / "iris.csv").read_text().splitlines()[1:]]
    names = ["setosa", "versicolor", "virginica"]
    X = np.array([row[:4] for row in rows], dtype=float)
    return nncli.load(configs / "iris.yaml")(X), np.array([names.index(row[4]) for row in rows])


@pytest.mark.parametrize("kind", CURVES)
def test_each_class_is_held_against_the_rest(cli, configs, tmp_path, iris, kind):
    """Of three classes each has its curve and its score, and the title has the mean; as scikit-learn says."""
    path = tmp_path / "chart.svg"
    assert cli("plot", kind, configs / "iris.yaml", "-o", path).stderr == ""
    probabilities, truth = iris
    said = text_of(path)
    if kind != "calibration":
        score = metrics.roc_auc_score if kind == "roc" else metrics.average_precision_score
        scores = [score(truth == code, probabilities[:, code]) for code in range(3)]
        for name, value in zip(["setosa", "versicolor", "virginica"], scores, strict=True):
            assert f"{name}: {CURVES[kind]} {value:.6f}" in said
        assert f"150 rows, mean {CURVES[kind]} {np.mean(scores):.6f}" in said
    else:
        assert any(text.startswith("the prediction: ECE 0.0") for text in said)
        assert any(text.startswith("150 rows, mean ECE 0.0") for text in said)


@pytest.mark.parametrize("kind", CURVES)
@pytest.mark.parametrize("activation", ["sigmoid", "linear"])
def test_two_classes_have_one_curve(cli, tmp_path, kind, activation):
    """The second of two classes has the curve, be it one probability or two logits."""
    layer = {"sigmoid": "units: 1, activation: sigmoid", "linear": "units: 2"}[activation]
    spec = tmp_path / "net.yaml"
    spec.write_text(
        f"inputs: 2\nlayers: [{{{layer}, weight_scale: 2}}]\noutputs: [well, sick]\ntask: classification\n"
    )
    X = np.random.RandomState(0).randn(40, 2).round(3)
    truth = (X[:, 0] + X[:, 1] / 3 > 0).astype(int)
    rows = "".join(f"{a},{b},{['well', 'sick'][c]}\n" for (a, b), c in zip(X, truth, strict=True))
    (tmp_path / "rows.csv").write_text(f"x0,x1,y\n{rows}")
    path = tmp_path / "chart.svg"
    assert cli("plot", kind, spec, tmp_path / "rows.csv", "--label", "y", "-o", path).stderr == ""
    outputs = nncli.load(spec)(X)
    p = outputs[:, 0] if activation == "sigmoid" else 1 / (1 + np.exp(outputs[:, 0] - outputs[:, 1]))
    found = [text for text in text_of(path) if text.startswith("sick: ")]
    assert len(found) == 1
    if kind == "roc":
        assert found == [f"sick: AUC {metrics.roc_auc_score(truth, p):.6f}"]
    if kind == "pr":
        assert found == [f"sick: AP {metrics.average_precision_score(truth, p):.6f}"]


@pytest.mark.parametrize(
    ("layer", "options", "message"),
    [
        ("{units: 1}", ["--label", "y"], "the network gives a plain value, and no classes to confuse"),
        ("{units: 2, activation: softmax}", [], "name the column of the true classes with --label COLUMN"),
        ("{units: 2, activation: softmax}", ["--label", "y"], "is no class of the network"),
        ("{units: 2, activation: tanh}", ["--label", "y"], "the network has 2 outputs (tanh)"),
    ],
)
@pytest.mark.parametrize("kind", CURVES)
def test_what_has_no_curve_is_said(cli, tmp_path, kind, layer, options, message):
    """A network without classes and rows without labels are told in one line, and nothing is written."""
    (tmp_path / "net.yaml").write_text(f"inputs: 1\nlayers: [{layer}]\n")
    (tmp_path / "rows.csv").write_text("x0,y\n1,7\n")
    result = cli(
        "plot", kind, tmp_path / "net.yaml", tmp_path / "rows.csv", *options, "-o", tmp_path / "a.svg"
    )
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "a.svg").exists()


@pytest.mark.parametrize("kind", [*CURVES, "confusion"])
def test_rows_that_can_have_no_labels_are_told(cli, configs, tmp_path, kind):
    """Where every column goes in, to name one would not help: there has to be one more."""
    result = cli("plot", kind, configs / "softmax.yaml", "-o", tmp_path / "a.svg")
    assert result.exit_code == 1
    assert result.stderr.endswith(
        "softmax.yaml: every column goes into the network; give rows with one of the true classes,"
        " and name it with --label COLUMN\n"
    )


def test_a_class_without_rows_has_no_score(cli, configs, tmp_path):
    """A class that no row is of is named without a score, and the mean says of how many classes it is."""
    path = tmp_path / "chart.svg"
    assert cli("plot", "roc", configs / "iris.yaml", "--limit", 100, "-o", path).exit_code == 0
    assert "virginica: no AUC" in text_of(path)
    assert any(re.match(r"the first 100 rows, mean AUC of 2 classes \d", text) for text in text_of(path))


@pytest.mark.parametrize(
    ("activation", "units"), [("softmax", 3), ("sigmoid", 1), ("linear", 1), ("linear", 2)]
)
@pytest.mark.parametrize("with_rows", [True, False])
def test_one_input_is_a_curve(cli, tmp_path, activation, units, with_rows):
    """`regions` of one input is the network's curve, with the rows if there are any."""
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "inputs: [time]\n"
        f"layers: [{{units: 4, activation: relu}}, {{units: {units}, activation: {activation}}}]\n"
    )
    (tmp_path / "rows.csv").write_text("time,y\n1,0\n2,1\n3,0\n")
    rows = [tmp_path / "rows.csv", "--label", "y"] if with_rows else []
    path = tmp_path / "chart.svg"
    assert cli("plot", "regions", spec, *rows, "-o", path).stderr == ""
    assert "time" in text_of(path)
    assert ("outputs, 3 rows" if with_rows else "outputs") in text_of(path)


def test_a_bend_of_a_relu_is_marked(cli, tmp_path):
    """Where a unit of the first layer is switched on there is a mark."""
    spec = tmp_path / "net.yaml"
    layers = "[{weights: [[2]], biases: [-1], activation: relu}, {weights: [[1]]}]"
    spec.write_text(f"inputs: 1\nlayers: {layers}\n")
    path = tmp_path / "chart.svg"
    assert cli("plot", "regions", spec, "-o", path).stderr == ""
    assert "a ReLU bends" in text_of(path)


def test_pixels_are_shown_as_pictures(cli, tmp_path):
    """Rows of a square number of nameless inputs are pictures, under their label and a wrong prediction."""
    spec = tmp_path / "net.yaml"
    spec.write_text("inputs: 64\nlayers: [{units: 2, activation: softmax}]\n")
    X = np.random.RandomState(0).rand(50, 64).round(2)
    guess = nncli.load(spec)(X).argmax(axis=1)
    header = ",".join([*(f"x{i}" for i in range(64)), "label"])
    rows = [
        ",".join(map(str, [*row, label])) for row, label in zip(X, [1 - guess[0], *guess[1:]], strict=True)
    ]
    (tmp_path / "rows.csv").write_text("\n".join([header, *rows]))
    path = tmp_path / "chart.svg"
    assert cli("plot", "data", spec, tmp_path / "rows.csv", "--label", "label", "-o", path).stderr == ""
    assert "the first 40 rows" in text_of(path)
    assert f"{1 - guess[0]}, not {guess[0]}" in text_of(path)
    assert path.read_text().count("<image") == 40 + 1  # and the colour bar
    assert cli("plot", "weights", spec, "-o", path).stderr == ""
    assert "input" not in text_of(path)  # tiles, no matrix


def test_a_table_of_few_columns_is_no_picture(cli, tmp_path):
    """Four inputs are a square number too, and stay points."""
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "inputs: 4\nlayers: [{units: 2, activation: softmax}]\ndata: {values: [[1, 2, 3, 4], [2, 3, 4, 1]]}\n"
    )
    path = tmp_path / "chart.svg"
    assert cli("plot", "data", spec, "-o", path).stderr == ""
    assert "2 rows, 4 of 4 inputs" in text_of(path)


def test_a_hundred_classes_stay_readable(cli, tmp_path):
    """The confusion of 100 classes is at most 2000 pixels wide, and names its largest mistakes."""
    spec = tmp_path / "net.yaml"
    names = [f"class {i}" for i in range(100)]
    spec.write_text(
        f"inputs: 3\nlayers: [{{units: 100, activation: softmax, weight_scale: 3}}]\noutputs: {names}\n"
    )
    X = np.random.RandomState(0).randn(300, 3).round(3)
    guess = nncli.load(spec)(X).argmax(axis=1)
    guess[:9] = 5
    rows = "".join(f"{a},{b},{c},class {label}\n" for (a, b, c), label in zip(X, guess, strict=True))
    (tmp_path / "rows.csv").write_text(f"x0,x1,x2,y\n{rows}")
    for name in ("a.png", "a.svg"):
        args = ("--label", "y", "-o", tmp_path / name)
        assert cli("plot", "confusion", spec, tmp_path / "rows.csv", *args).stderr == ""
    width, height = struct.unpack(">II", (tmp_path / "a.png").read_bytes()[16:24])
    assert max(width, height) <= 2000
    said = text_of(tmp_path / "a.svg")
    assert "largest confusions" in said
    assert any(text.startswith("class 5 → ") for text in said)


def test_of_many_classes_the_worst_come_first_and_differ(tmp_path) -> None:
    """Ten of a hundred curves are in colour, the worst first, no two alike, with nothing cut off."""
    x = np.linspace(0, 1, 3)
    curves = {f"class {i}": Curve(x, x, (i * 37 % 100) / 100) for i in range(100)}
    found = {name: Calibration(x, x, np.ones(3, int), score) for name, (_, _, score) in curves.items()}
    for figure, worst in (
        (plot_curves.roc(curves, dict.fromkeys(curves, 0.01), "t"), "class 0: AUC 0.000000"),
        (plot_curves.calibration(found, found["class 1"], "t"), "class 27: ECE 0.990000"),
    ):
        axes = figure.axes[0]
        coloured = [line for line in axes.lines if line.get_label().startswith("class")]
        assert coloured[0].get_label() == worst
        figure.savefig(tmp_path / "chart.svg")
        styles = re.findall(
            r'style="(fill: none; [^"]*stroke-width: 1.8[^"]*)"', (tmp_path / "chart.svg").read_text()
        )
        assert len(set(styles)) == 10
        inside = figure.bbox.padded(1)
        for part in (axes.yaxis.label, axes.xaxis.label, axes.title, figure.legends[0]):
            box = part.get_window_extent()
            assert inside.contains(box.x0, box.y0)
            assert inside.contains(box.x1, box.y1)


def test_wrong_points_are_crossed(cli, configs, tmp_path):
    """A decision map marks the rows that the network takes for another class, and counts them."""
    path = tmp_path / "chart.svg"
    assert cli("plot", "regions", configs / "spiral.yaml", "-o", path).stderr == ""
    assert "wrong: 198" in text_of(path)
