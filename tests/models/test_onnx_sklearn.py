"""Networks that scikit-learn trained and skl2onnx exported, against scikit-learn itself."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import datasets
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nncli.errors import ModelError
from nncli.models.onnx import read
from nncli.nn.network import Network

IRIS, WINE, DIGITS = (getattr(datasets, f"load_{name}")() for name in ("iris", "wine", "digits"))
CANCER, DIABETES = datasets.load_breast_cancer(), datasets.load_diabetes()


def trained(model: Any, X: np.ndarray, y: np.ndarray) -> Any:
    """Train for a few rounds: what counts is that the exports agree, not that they are good."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y)


def exported(model: Any, X: np.ndarray, path: Path, **options: Any) -> Network:
    """Export as users do, and read the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # skl2onnx's own
        from skl2onnx import to_onnx

        path.write_bytes(to_onnx(model, X[:1], options=options or None).SerializeToString())
    return read(path)


def classifier(**settings: Any) -> MLPClassifier:
    """Return a small untrained classifier."""
    return MLPClassifier(**{"hidden_layer_sizes": (8, 5), "max_iter": 30, "random_state": 0} | settings)


@pytest.mark.parametrize("zipmap", [True, False])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_classifier(tmp_path: Path, activation: str, zipmap: bool) -> None:
    """A classifier of iris gives scikit-learn's probabilities, with ZipMap and without."""
    X, y = IRIS.data.astype(np.float32), IRIS.target
    model = trained(classifier(activation=activation), X, y)
    network = exported(model, X, tmp_path / "iris.onnx", zipmap=zipmap)
    assert (network.kind, network.outputs) == ("classes", None)
    np.testing.assert_allclose(network(X), model.predict_proba(X), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("zipmap", [True, False])
def test_pipeline_with_string_classes(tmp_path: Path, zipmap: bool) -> None:
    """A StandardScaler becomes the input scaling, and string classes the names of the outputs."""
    X, names = WINE.data.astype(np.float32), WINE.target_names[WINE.target]
    model = trained(make_pipeline(StandardScaler(), classifier()), X, names)
    network = exported(model, X, tmp_path / "wine.onnx", zipmap=zipmap)
    assert network.outputs == ("class_0", "class_1", "class_2")
    np.testing.assert_allclose(network.mean, X.mean(axis=0), rtol=1e-4)
    np.testing.assert_allclose(network.std, X.std(axis=0), rtol=1e-4)
    np.testing.assert_allclose(network(X), model.predict_proba(X), rtol=1e-4, atol=1e-5)


def test_float64_pipeline(tmp_path: Path) -> None:
    """A double export keeps scikit-learn's own precision."""
    model = trained(make_pipeline(StandardScaler(), classifier()), WINE.data, WINE.target)
    network = exported(model, WINE.data, tmp_path / "wine.onnx")
    assert network.dtype == np.float64
    np.testing.assert_allclose(network(WINE.data), model.predict_proba(WINE.data), rtol=1e-10, atol=1e-12)


def test_digits(tmp_path: Path) -> None:
    """Ten classes of 64 pixels each."""
    X = DIGITS.data.astype(np.float32)
    model = trained(classifier(), X, DIGITS.target)
    network = exported(model, X, tmp_path / "digits.onnx")
    np.testing.assert_allclose(network(X), model.predict_proba(X), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("zipmap", [True, False])
@pytest.mark.parametrize(
    ("classes", "outputs"),
    [([0, 1], None), (["malignant", "benign"], ("benign", "malignant")), ([3, 7], ("3", "7"))],
)
def test_binary(tmp_path: Path, classes: list[Any], outputs: tuple[str, str] | None, zipmap: bool) -> None:
    """The pair of columns behind the sigmoid becomes one sigmoid unit with two names."""
    X, y = CANCER.data.astype(np.float32), np.array(classes)[CANCER.target]
    model = trained(make_pipeline(StandardScaler(), classifier(activation="logistic")), X, y)
    network = exported(model, X, tmp_path / "cancer.onnx", zipmap=zipmap)
    assert (network.kind, network.outputs) == ("binary", outputs)
    np.testing.assert_allclose(network(X)[:, 0], model.predict_proba(X)[:, 1], rtol=1e-4, atol=1e-5)


def test_classes_that_are_other_numbers(tmp_path: Path) -> None:
    """Numbers that are not 0, 1, 2 … become names."""
    X = IRIS.data.astype(np.float32)
    network = exported(trained(classifier(), X, IRIS.target + 5), X, tmp_path / "iris.onnx")
    assert network.outputs == ("5", "6", "7")


@pytest.mark.parametrize("activation", ["relu", "identity"])
def test_regressor(tmp_path: Path, activation: str) -> None:
    """A regressor ends in one linear unit."""
    X = DIABETES.data.astype(np.float32)
    model = MLPRegressor(hidden_layer_sizes=(8,), activation=activation, max_iter=30, random_state=0)
    trained(model, X, DIABETES.target)
    network = exported(model, X, tmp_path / "diabetes.onnx")
    assert (network.kind, network.n_outputs) == ("values", 1)
    np.testing.assert_allclose(network(X)[:, 0], model.predict(X), rtol=1e-4, atol=1e-6)


def test_a_regressor_whose_export_mixes_its_outputs_is_refused(tmp_path: Path) -> None:
    """skl2onnx puts the columns of several outputs under one another: no network does that."""
    X = DIABETES.data.astype(np.float32)
    model = MLPRegressor(hidden_layer_sizes=(4,), max_iter=5, random_state=0)
    trained(model, X, np.column_stack([DIABETES.target, DIABETES.target]))
    with pytest.raises(ModelError, match=r"\(Reshape\): a reshape that changes the number of rows"):
        exported(model, X, tmp_path / "two.onnx")


def test_multilabel_is_refused(tmp_path: Path) -> None:
    """Several independent labels are no classes."""
    X, y = IRIS.data.astype(np.float32), np.column_stack([IRIS.target > 0, IRIS.target > 1]).astype(int)
    with pytest.raises(ModelError, match="outputs"):
        exported(trained(classifier(), X, y), X, tmp_path / "labels.onnx")


def test_from_training_to_a_score(tmp_path: Path, cli: Any) -> None:
    """A classifier goes through `convert` and `eval`, and scores what scikit-learn says it scores."""
    X, names = WINE.data.astype(np.float32), WINE.target_names[WINE.target]
    model = trained(make_pipeline(StandardScaler(), classifier(max_iter=200)), X, names)
    exported(model, X, tmp_path / "wine.onnx")
    features = ",".join(f"f{i}" for i in range(13))
    rows = (",".join([*map(repr, row.tolist()), name]) for row, name in zip(X, names, strict=True))
    (tmp_path / "wine.csv").write_text("\n".join([f"{features},kind", *rows]))
    done = cli("convert", tmp_path / "wine.onnx", tmp_path / "wine.yaml", "--inputs", features)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
    scored = cli("eval", tmp_path / "wine.yaml", tmp_path / "wine.csv", "--label", "kind", "--format", "json")
    assert (scored.exit_code, scored.stderr) == (0, "")
    assert json.loads(scored.stdout)["accuracy"] == pytest.approx(model.score(X, names))
