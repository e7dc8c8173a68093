"""scikit-learn's linear models, its choice of columns and its frames, exported by skl2onnx."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
from sklearn import datasets
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC, LinearSVC

from nncli.errors import ModelError
from nncli.models.onnx import read
from nncli.nn.network import Network

X, CLASSES = (part for part in datasets.load_iris(return_X_y=True))
X = X.astype(np.float32)
BINARY = (CLASSES == 2).astype(int)
NAMES = np.array(["setosa", "versicolor", "virginica"])[CLASSES]


def exported(model: Any, y: Any, path: Path, initial_types: Any = None, **options: Any) -> Network:
    """Train, export as users do, and read the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not converged; and skl2onnx's own
        from skl2onnx import to_onnx

        given = {"initial_types": initial_types} if initial_types else {"X": X[:1]}
        model.fit(X, y)
        path.write_bytes(to_onnx(model, options=options or None, **given).SerializeToString())
    return read(path)


@pytest.mark.parametrize("zipmap", [True, False])
@pytest.mark.parametrize(
    ("model", "y", "kind", "outputs"),
    [
        (LogisticRegression(), CLASSES, "classes", None),
        (LogisticRegression(), NAMES, "classes", ("setosa", "versicolor", "virginica")),
        (LogisticRegression(), BINARY, "binary", None),
        (LogisticRegression(), np.where(BINARY, "yes", "no"), "binary", ("no", "yes")),
        (SGDClassifier(loss="log_loss", random_state=0), BINARY, "binary", None),
        (make_pipeline(StandardScaler(), LogisticRegression()), CLASSES, "classes", None),
    ],
)
def test_probabilities_of_linear_models(
    tmp_path: Path, model: Any, y: Any, kind: str, outputs: Any, zipmap: bool
) -> None:
    """A logistic regression is one layer: softmax of several classes, a sigmoid of two."""
    network = exported(model, y, tmp_path / "net.onnx", zipmap=zipmap)
    assert (network.kind, network.outputs, len(network.layers)) == (kind, outputs, 1)
    p = model.predict_proba(X)
    np.testing.assert_allclose(network(X), p if kind == "classes" else p[:, 1:], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("y", [CLASSES, BINARY, NAMES])
@pytest.mark.parametrize("zipmap", [True, False, "columns"])
def test_a_double_export_is_the_same_network(tmp_path: Path, y: Any, zipmap: Any) -> None:
    """From float64 rows skl2onnx writes other operators, and with columns an output for each class."""
    model, wide = LogisticRegression(), X.astype(np.float64)
    types = [("X", DoubleTensorType([None, 4]))]
    network = exported(model, y, tmp_path / "net.onnx", types, zipmap=zipmap)
    assert (network.dtype, len(network.layers)) == (np.float64, 1)
    p = model.predict_proba(wide)
    np.testing.assert_allclose(network(wide), p if network.kind == "classes" else p[:, 1:], rtol=1e-6)


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (LinearRegression(), X[:, 0]),
        (LinearRegression(), X[:, :2]),
        (Ridge(), X[:, 0]),
        (make_pipeline(MinMaxScaler(), LinearRegression()), X[:, 3]),
    ],
)
def test_regressions_are_linear_layers(tmp_path: Path, model: Any, y: Any) -> None:
    """Each target is a linear unit."""
    network = exported(model, y, tmp_path / "net.onnx")
    assert (network.kind, [layer.activation for layer in network.layers]) == ("values", ["linear"])
    np.testing.assert_allclose(network(X), model.predict(X).reshape(len(X), -1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "model", [LinearSVC(random_state=0), RidgeClassifier(), SGDClassifier(random_state=0)]
)
def test_scores_without_probabilities_are_logits(tmp_path: Path, model: Any) -> None:
    """Several classes have a score each, and the largest is the prediction."""
    network = exported(model, CLASSES, tmp_path / "net.onnx")
    assert (network.kind, network.task) == ("logits", "classification")
    np.testing.assert_allclose(network(X), model.decision_function(X), rtol=1e-3, atol=1e-3)
    assert (network(X).argmax(axis=1) == model.predict(X)).all()


@pytest.mark.parametrize("model", [LinearSVC(random_state=0), SGDClassifier(random_state=0)])
def test_a_score_for_two_classes_is_a_plain_number(tmp_path: Path, model: Any) -> None:
    """One linear unit: no spec can say that its sign is the class."""
    network = exported(model, BINARY, tmp_path / "net.onnx")
    assert (network.kind, network.task, network.n_outputs, network.outputs) == ("values", None, 1, None)
    np.testing.assert_allclose(network(X)[:, 0], model.decision_function(X), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (RandomForestClassifier(3), r"TreeEnsembleClassifier\): this operator is not supported"),
        (SVC(), r"\(Add\): both inputs depend on the data \(a side branch"),
        (GaussianNB(), "not supported"),
        (SGDClassifier(loss="log_loss", random_state=0), r"\(Div\): both inputs depend on the data"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_is_no_chain_of_layers_is_refused_by_name(tmp_path: Path, model: Any, message: str) -> None:
    """Trees, kernels, and probabilities that are made one class against the rest."""
    with pytest.raises(ModelError, match=message):
        exported(model, CLASSES, tmp_path / "net.onnx")


def network_of_one_layer() -> Any:
    """Return a small classifier."""
    return MLPClassifier((5,), max_iter=20, random_state=0)


@pytest.mark.parametrize(
    "first",
    [
        SelectKBest(k=2),
        SimpleImputer(),
        make_pipeline(SimpleImputer(), StandardScaler(), SelectKBest(k=3)),
        ColumnTransformer([("a", StandardScaler(), [0, 3]), ("b", MinMaxScaler(), [1])]),
        ColumnTransformer([("a", StandardScaler(), [3, 1])], remainder="passthrough"),
        ColumnTransformer([("a", "passthrough", [2]), ("b", StandardScaler(), [0, 1])]),
    ],
)
def test_columns_are_chosen_and_scaled(tmp_path: Path, first: Any) -> None:
    """What is not chosen has no weight; what is scaled apart is one input scaling."""
    model = make_pipeline(first, network_of_one_layer())
    network = exported(model, CLASSES, tmp_path / "net.onnx")
    assert network.n_inputs == 4
    np.testing.assert_allclose(network(X), model.predict_proba(X), rtol=1e-4, atol=1e-5)


def test_a_regressor_behind_chosen_columns(tmp_path: Path) -> None:
    """A regression's columns are chosen just so."""
    model = make_pipeline(
        ColumnTransformer([("a", StandardScaler(), [0, 1])]),
        MLPRegressor(hidden_layer_sizes=(4,), max_iter=20),
    )
    network = exported(model, X[:, 3], tmp_path / "net.onnx")
    np.testing.assert_allclose(network(X)[:, 0], model.predict(X), rtol=1e-4, atol=1e-5)


def test_an_input_for_each_column_of_a_frame(tmp_path: Path, cli: Any) -> None:
    """An export from a data frame has its columns' names, whatever their order in the file of rows."""
    names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    model = make_pipeline(StandardScaler(), network_of_one_layer())
    types = [(name, FloatTensorType([None, 1])) for name in names]
    network = exported(model, CLASSES, tmp_path / "net.onnx", types)
    assert (network.inputs, network.named_inputs) == (tuple(names), True)
    np.testing.assert_allclose(network(X), model.predict_proba(X), rtol=1e-4, atol=1e-5)
    assert cli("convert", tmp_path / "net.onnx", tmp_path / "net.yaml").exit_code == 0
    row = ",".join(str(number) for number in X[100, ::-1])
    (tmp_path / "rows.csv").write_text(f"{','.join(reversed(names))}\n{row}\n")
    done = cli("run", tmp_path / "net.yaml", tmp_path / "rows.csv", "--keep", "none")
    printed = [float(cell) for cell in done.stdout.splitlines()[1].split(",")[1:]]
    np.testing.assert_allclose(printed, model.predict_proba(X[[100]])[0], rtol=1e-4, atol=1e-5)
