"""``nncli eval``."""

import csv
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn import datasets
from sklearn import metrics as judge
from sklearn.linear_model import LinearRegression
from sklearn.neural_network import MLPClassifier

import nncli


@pytest.fixture
def net(tmp_path):
    """Write a spec of one layer and return its path."""

    def write(activation, weights, more="", biases=None):
        units, inputs = np.shape(weights)
        biases = np.zeros(units) if biases is None else biases
        path = tmp_path / "net.yaml"
        path.write_text(
            f"inputs: {inputs}\n{more}\nlayers:\n  - activation: {activation}\n    units: {units}\n"
            f"    weights: {np.asarray(weights).tolist()}\n    biases: {np.asarray(biases).tolist()}\n"
        )
        return path

    return write


@pytest.fixture
def table(tmp_path):
    """Write rows of x0, x1, … and more columns as CSV and return the path."""

    def write(X, name="rows.csv", **columns):
        path = tmp_path / name
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*(f"x{i}" for i in range(len(X[0]))), *columns])
            writer.writerows([*row, *more] for row, *more in zip(X, *columns.values(), strict=True))
        return path

    return write


IDENTITY = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
NAMES = "outputs: [red, green, blue]"


def test_the_books_loss_comes_out(cli, configs):
    """The network and the spiral of the book's chapter 5 have its loss, 1.0986104."""
    metrics = json.loads(cli("eval", configs / "book_loss.yaml", "-f", "json").stdout)
    assert metrics["cross_entropy"] == pytest.approx(1.0986104, abs=1e-7)
    assert (metrics["accuracy"], metrics["rows"]) == (0.34, 300)


def test_iris_is_scored_as_scikit_learn_scores_it(cli, configs):
    """Every figure of the iris example is the one of sklearn.metrics."""
    metrics = json.loads(cli("eval", configs / "iris.yaml", "-f", "json").stdout)
    with (configs / "iris.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = ["setosa", "versicolor", "virginica"]
    network = nncli.load(configs / "iris.yaml")
    probabilities = network([[float(row[name]) for name in network.inputs] for row in rows])
    truth = [row["species"] for row in rows]
    predicted = [names[i] for i in probabilities.argmax(axis=1)]
    expected = judge.precision_recall_fscore_support(truth, predicted, labels=names)
    assert metrics["classes"] == names
    assert metrics["accuracy"] == pytest.approx(judge.accuracy_score(truth, predicted))
    assert metrics["cross_entropy"] == pytest.approx(judge.log_loss(truth, probabilities, labels=names))
    assert metrics["confusion"] == judge.confusion_matrix(truth, predicted, labels=names).tolist()
    for name, values in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        assert metrics[name] == pytest.approx(list(values))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_trained_classifier_of_digits_keeps_its_score(cli, tmp_path, table):
    """A scikit-learn classifier written as a spec scores what scikit-learn says."""
    X, y = datasets.load_digits(return_X_y=True)
    model = MLPClassifier((16,), max_iter=20, random_state=0).fit(X, y)
    layers = [
        {"units": W.shape[1], "activation": activation, "weights": W.T.tolist(), "biases": b.tolist()}
        for W, b, activation in zip(model.coefs_, model.intercepts_, ("relu", "softmax"), strict=True)
    ]
    spec = tmp_path / "digits.yaml"
    spec.write_text(json.dumps({"inputs": 64, "layers": layers}))
    result = cli("eval", spec, table(X, digit=y), "--label", "digit", "-f", "json")
    metrics = json.loads(result.stdout)
    probabilities = model.predict_proba(X)
    assert metrics["accuracy"] == pytest.approx(model.score(X, y))
    assert metrics["cross_entropy"] == pytest.approx(judge.log_loss(y, probabilities))
    assert metrics["top_3_accuracy"] == pytest.approx(judge.top_k_accuracy_score(y, probabilities, k=3))
    assert metrics["classes"] == list(range(10))


def test_a_regression_has_errors_and_r2(cli, net, table):
    """A linear model of the diabetes data has scikit-learn's MSE, MAE and R2."""
    X, y = datasets.load_diabetes(return_X_y=True)
    model = LinearRegression().fit(X, y)
    spec = net("linear", [model.coef_], biases=[model.intercept_])
    result = cli("eval", spec, table(X, progress=y), "--label", "progress", "-f", "json")
    metrics = json.loads(result.stdout)
    assert metrics["mse"] == pytest.approx(judge.mean_squared_error(y, model.predict(X)))
    assert metrics["mae"] == pytest.approx(judge.mean_absolute_error(y, model.predict(X)))
    assert metrics["r2"] == pytest.approx(model.score(X, y))


def test_several_outputs_have_a_label_each(cli, net, table):
    """Two plain outputs are judged by two label columns, and MSE, MAE and R2 are means over both."""
    rows = table([[1, 2], [3, 4]], a=[1, 3], b=[3, 4])
    result = cli("eval", net("linear", [[1, 0], [0, 1]]), rows, "--label", "a,b", "-f", "json")
    assert json.loads(result.stdout) == {
        "task": "regression",
        "skipped": 0,
        "rows": 2,
        "mse": 0.25,
        "mae": 0.25,
        "r2": pytest.approx((1 + (1 - 1 / 0.5)) / 2),
    }


@pytest.mark.parametrize("activation", ["softmax", "log_softmax", "linear"])
@pytest.mark.parametrize("label", [["red", "blue", "green"], ["0", "2", "1"], ["0.0", " 2", "1e0"]])
def test_labels_are_names_or_numbers_and_logits_will_do(cli, net, table, activation, label):
    """The same classes by name or number, from probabilities or logits, give the same figures."""
    spec = net(activation, IDENTITY, NAMES)
    rows = table([[2, 0, 0], [0, 0, 2], [2, 0, 0]], color=label)
    metrics = json.loads(cli("eval", spec, rows, "--label", "color", "-f", "json").stdout)
    assert metrics["confusion"] == [[1, 0, 0], [1, 0, 0], [0, 0, 1]]
    expected = np.log(np.exp(2) + 2) - np.array([2, 2, 0])
    assert metrics["cross_entropy"] == pytest.approx(expected.mean())


def test_names_that_look_like_numbers_are_names(cli, net, table):
    """Where the classes are called 3, 1 and 2, the label 1 is the second class and 0 is none."""
    spec = net("softmax", IDENTITY, 'outputs: ["3", "1", "2"]')
    rows = table([[2, 0, 0], [0, 2, 0]], y=[3, 1])
    assert json.loads(cli("eval", spec, rows, "--label", "y", "-f", "json").stdout)["accuracy"] == 1
    result = cli("eval", spec, table([[2, 0, 0]], y=[0]), "--label", "y")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith(
        "rows.csv:2: label column 'y': '0' is no class of the network (the classes are 3, 1, 2)\n"
    )


@pytest.mark.parametrize("label", [["yes", "no", "no"], ["1", "0", "0"], ["true", "0", "0"]])
def test_a_single_sigmoid_unit_has_two_classes(cli, net, table, label):
    """One sigmoid unit tells two classes apart."""
    spec = net("sigmoid", [[1]], "outputs: [no, yes]")
    result = cli("eval", spec, table([[3], [1], [-1]], y=label), "--label", "y", "-f", "json")
    if label[0] == "true":
        assert result.stderr.endswith("'true' is no class of the network (the classes are no, yes)\n")
        return
    metrics = json.loads(result.stdout)
    assert metrics["confusion"] == [[1, 1], [0, 1]]
    losses = np.logaddexp(0, [-3, 1, -1])
    assert metrics["cross_entropy"] == pytest.approx(losses.mean())
    assert not any(name.startswith("top") for name in metrics)


def test_min_accuracy_says_no_after_the_metrics(cli, configs):
    """--min-accuracy prints the metrics, then one line, and exits with 1 below the share."""
    good = cli("eval", configs / "iris.yaml", "--min-accuracy", "0.9")
    bad = cli("eval", configs / "iris.yaml", "--min-accuracy", "0.999")
    assert (good.exit_code, good.stderr) == (0, "")
    assert (bad.exit_code, bad.stdout) == (1, good.stdout)
    assert bad.stderr == "the accuracy is 0.986667 (148 of 150 rows), below --min-accuracy 0.999\n"


def test_the_table_shows_everything(cli, net, table):
    """The table for people has the totals, the classes and the confusion."""
    rows = table([[2, 0, 0], [0, 2, 0]], y=["red", "blue"])
    assert cli("eval", net("softmax", IDENTITY, NAMES), rows, "--label", "y").stdout == (
        "rows                   2\n"
        "accuracy        0.500000\n"
        "cross_entropy   1.239545\n"
        "top_2_accuracy  0.500000\n"
        "\n"
        "class  precision    recall        f1  support\n"
        "red     1.000000  1.000000  1.000000        1\n"
        "green   0.000000  0.000000  0.000000        0\n"
        "blue    0.000000  0.000000  0.000000        1\n"
        "\n"
        "true \\ predicted  red  green  blue\n"
        "red                 1      0     0\n"
        "green               0      0     0\n"
        "blue                0      1     0\n"
    )


def test_many_classes_show_their_most_frequent_mistakes(cli, net, table):
    """Beyond twelve classes the table lists pairs of classes instead of a wide matrix."""
    spec = net("softmax", np.eye(14))
    rows = table(np.eye(14)[[0, 0, 1, 13]], y=[5, 5, 1, 2])
    shown = cli("eval", spec, rows, "--label", "y").stdout
    assert shown.endswith("\ntrue  predicted  rows\n5     0             2\n2     13            1\n")


def test_top_k_is_a_choice(cli, net, table):
    """--top-k counts the true class among the k likeliest; more than there are is a wrong option."""
    spec, rows = net("softmax", IDENTITY), table([[2, 1, 0], [2, 1, 0]], y=[1, 2])
    result = cli("eval", spec, rows, "--label", "y", "--top-k", "2", "-f", "json")
    assert json.loads(result.stdout)["top_2_accuracy"] == 0.5
    result = cli("eval", spec, rows, "--label", "y", "--top-k", "4")
    assert (result.exit_code, result.stderr) == (2, "nncli eval: --top-k 4: the network has only 3 classes\n")


def test_rows_without_features_are_skipped_and_counted(cli, net, table):
    """Under --on-missing null a row without features is in no figure but the count of skipped rows."""
    rows = table([[2, 0, 0], ["", 0, 1], [0, 2, 0]], y=["red", "red", "green"])
    result = cli(
        "eval", net("softmax", IDENTITY, NAMES), rows, "--label", "y", "--on-missing", "null", "-f", "json"
    )
    metrics = json.loads(result.stdout)
    assert (metrics["rows"], metrics["skipped"], metrics["accuracy"]) == (2, 1, 1.0)


def test_overflow_counts_as_wrong_and_is_said(cli, net, table):
    """A row whose numbers overflow has no prediction; it counts as wrong, with a warning."""
    spec = net("softmax", [[1e308, 1e308], [0, 0]])
    result = cli("eval", spec, table([[10, 10], [-1, 0]], y=[0, 1]), "--label", "y", "-f", "json")
    metrics = json.loads(result.stdout)
    assert (metrics["accuracy"], metrics["unpredicted"], metrics["cross_entropy"]) == (0.5, 1, None)
    assert result.exit_code == 0
    assert "1 of 2 rows have no prediction" in result.stderr


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        (
            {"y": ["red", "rde"]},
            ["--label", "y"],
            "rows.csv:3: label column 'y': 'rde' is no class of the network",
        ),
        ({"y": ["red", ""]}, ["--label", "y"], "rows.csv:3: label column 'y': the label is missing"),
        ({"y": ["red", "nan"]}, ["--label", "y"], "rows.csv:3: label column 'y': the label is missing"),
        ({"y": [0, 3]}, ["--label", "y"], "rows.csv:3: label column 'y': '3' is no class of the network"),
        ({"y": [0, 0.5]}, ["--label", "y"], "rows.csv:3: label column 'y': '0.5' is no class of the network"),
        ({"y": [0, 1]}, ["--label", "z"], "no column 'z'"),
        ({"y": [0, 1]}, ["--label", "x0"], "the label column 'x0' is one of the network's inputs"),
        ({"y": [0, 1]}, [], "name the column of the true answers with --label COLUMN"),
        ({"y": [0, 1], "z": [0, 1]}, ["--label", "y,z"], "a classifier is judged by one label column, not 2"),
    ],
)
def test_wrong_labels_are_named(cli, net, table, columns, options, message):
    """A label that is no class, missing, not there or a feature is one line and exit 1."""
    result = cli("eval", net("softmax", IDENTITY, NAMES), table(np.eye(3)[:2], **columns), *options)
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_target_that_is_no_number_is_named(cli, net, table):
    """A regression's label must be a number."""
    result = cli("eval", net("linear", [[1]]), table([[1], [2]], y=["1.5", "a lot"]), "--label", "y")
    assert result.exit_code == 1
    assert result.stderr.endswith("rows.csv:3: label column 'y': 'a lot' is not a number\n")


def test_plain_outputs_of_another_kind_want_a_label_each(cli, net, table):
    """Two tanh outputs and one label: what to do is said."""
    result = cli("eval", net("tanh", [[1, 0], [0, 1]]), table([[1, 2]], y=[1]), "--label", "y")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "the network has 2 outputs (tanh): give as many label columns" in result.stderr


def test_plain_values_have_no_accuracy(cli, net, table):
    """--min-accuracy of a regression is a wrong option."""
    rows = table([[1], [2]], y=[1, 2])
    assert cli("eval", net("linear", [[1]]), rows, "--label", "y", "--min-accuracy", "0.5").exit_code == 2


def test_the_output_file_takes_its_format_from_the_suffix(cli, configs, tmp_path):
    """-o writes JSON or text; another suffix is a wrong option and writes nothing."""
    table = cli("eval", configs / "iris.yaml").stdout
    assert cli("eval", configs / "iris.yaml", "-o", tmp_path / "m.json").stdout == ""
    assert json.loads((tmp_path / "m.json").read_text())["rows"] == 150
    cli("eval", configs / "iris.yaml", "-o", tmp_path / "m.txt")
    assert (tmp_path / "m.txt").read_text() == table
    wrong = cli("eval", configs / "iris.yaml", "-o", tmp_path / "m.png")
    assert (wrong.exit_code, wrong.stdout, (tmp_path / "m.png").exists()) == (2, "", False)


def test_no_row_with_features_has_no_accuracy(cli, net, table):
    """Where every row is skipped the metrics are undefined, and no accuracy is enough."""
    spec, rows = net("softmax", IDENTITY), table([["", 0, 0]], y=[0])
    args = ("eval", spec, rows, "--label", "y", "--on-missing", "null")
    assert json.loads(cli(*args, "-f", "json").stdout)["accuracy"] is None
    result = cli(*args, "--min-accuracy", "0")
    assert (result.exit_code, result.stderr) == (
        1,
        "no row has an accuracy that --min-accuracy could compare\n",
    )


def test_labels_of_every_type_of_parquet_column(cli, net, tmp_path):
    """Text, whole numbers, fractions, booleans and dictionaries of Parquet are labels alike."""
    y = [0, 1, 1, 0]
    columns = {
        "int": pa.array(y, pa.int8()),
        "float": pa.array(y, pa.float64()),
        "text": pa.array(["no", "yes", "yes", "no"]),
        "dictionary": pa.array(["no", "yes", "yes", "no"]).dictionary_encode(),
        "boolean": pa.array(map(bool, y)),
    }
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"x0": [-1.0, 2.0, -3.0, -4.0], **columns}), path)
    spec = net("sigmoid", [[1]], "outputs: [no, yes]")
    for name in columns:
        metrics = json.loads(cli("eval", spec, path, "--label", name, "-f", "json").stdout)
        assert metrics["confusion"] == [[2, 0], [1, 1]], name


def test_a_missing_label_of_parquet_is_named(cli, net, tmp_path):
    """A null in the label column is a missing label."""
    path = tmp_path / "rows.parquet"
    for y in (pa.array([1, None]), pa.array(["1", None])):
        pq.write_table(pa.table({"x0": [-1.0, 2.0], "y": y}), path)
        result = cli("eval", net("sigmoid", [[1]]), path, "--label", "y")
        assert (result.exit_code, result.stderr.endswith("row 1: the label is missing\n")) == (1, True)


def test_labels_of_a_matrix_are_a_column_by_position(cli, net, tmp_path):
    """A .npy file has its label in a column called by position."""
    np.save(tmp_path / "rows.npy", np.array([[-1.0, 0], [2, 1], [3, 0]]))
    result = cli("eval", net("sigmoid", [[1]]), tmp_path / "rows.npy", "--label", "column_1", "-f", "json")
    assert json.loads(result.stdout)["confusion"] == [[1, 1], [0, 1]]


def test_two_label_columns_with_features_by_position(cli, net, tmp_path):
    """Features are matched by position when all label columns are set aside."""
    rows = tmp_path / "rows.csv"
    rows.write_text("a,length,b,width\n1,1,2,2\n3,3,4,4\n")
    spec = net("linear", [[1, 0], [0, 1]])
    metrics = json.loads(cli("eval", spec, rows, "--label", "a,b", "-f", "json").stdout)
    assert metrics["mse"] == 0


def test_min_accuracy_is_a_share(cli, configs):
    """NaN and what is no share are wrong options."""
    for value in ("nan", "1.5", "-0.1"):
        result = cli("eval", configs / "iris.yaml", "--min-accuracy", value)
        assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize("label", ["", "a\nb", "a\rb"])
def test_a_label_that_is_no_list_of_names_is_a_wrong_option(cli, configs, label):
    """Names come on one line, with commas."""
    result = cli("eval", configs / "iris.yaml", "--label", label)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)


def test_a_quoted_label_may_hold_commas_and_line_breaks(cli, net, tmp_path):
    """A label column of any name can be asked for, quoted as in CSV."""
    rows = tmp_path / "rows.csv"
    rows.write_text('x0,"a,\nb"\n-1,0\n1,1\n')
    result = cli("eval", net("sigmoid", [[1]]), rows, "--label", '"a,\nb"', "-f", "json")
    assert json.loads(result.stdout)["accuracy"] == 1


def test_rows_within_the_spec_have_no_answers(cli, configs):
    """No column of theirs is asked for: there is none beside the inputs."""
    result = cli("eval", configs / "neuron.yaml")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith(
        "neuron.yaml: its own rows have no true answers: give a file, and --label COLUMN\n"
    )
