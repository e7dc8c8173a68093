"""scikit-learn's linear models, which its converter writes as one operator each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.models import steps as s
from nncli.models.onnx.graph import Graph
from nncli.models.onnx.node import Meaning, Node

CLASSIFIER = "ai.onnx.ml.LinearClassifier"

_TRANSFORMS = {b"NONE": "linear", b"SOFTMAX": "softmax", b"LOGISTIC": "sigmoid"}


def _matrix(
    node: Node, rows: int | None, **settings: Any
) -> tuple[NDArray[Any], NDArray[Any], dict[str, Any]]:
    """Return the weights (n_inputs, n_units), the biases, and the rest of the settings."""
    is_set = node.settings(coefficients=(), intercepts=(), post_transform=b"NONE", **settings)
    node.expect_inputs(1, 1)
    coefficients, biases = (np.array(is_set[key], np.float32) for key in ("coefficients", "intercepts"))
    rows = rows or max(len(biases), 1)
    if not coefficients.size or coefficients.size % rows or len(biases) not in (0, rows):
        raise node.error("its coefficients and intercepts do not fit together")
    if not (np.isfinite(coefficients).all() and np.isfinite(biases).all()):
        raise node.error("holds NaN or infinity")
    if is_set["post_transform"] not in _TRANSFORMS:
        name = is_set["post_transform"].decode(errors="replace")
        raise node.error(f"post_transform={name!r} is not supported")
    biases = biases if biases.size else np.zeros(rows, np.float32)
    return coefficients.reshape(rows, -1).T, biases, is_set


def regressor(graph: Graph, node: Node) -> Meaning:
    """Read x @ coefficients + intercepts."""
    rows = node.attributes.get("targets", 1)
    weights, biases, is_set = _matrix(node, rows if isinstance(rows, int) and rows > 0 else None, targets=1)
    name = _TRANSFORMS[is_set["post_transform"]]
    at = node.place
    return [s.Cast(at, "float32"), s.Matrix(at, weights, biases), s.Activate(at, name)], node.inputs[0]


def classifier(graph: Graph, node: Node, name: str) -> Meaning:
    """Read the scores of a classifier; of two opposite ones the second is enough."""
    weights, biases, is_set = _matrix(node, None, classlabels_ints=(), classlabels_strings=(), multi_class=0)
    if name != node.outputs[-1] or len(node.outputs) != 2:
        raise node.error("only its scores are read")
    at, activation = node.place, _TRANSFORMS[is_set["post_transform"]]
    n_classes = len(is_set["classlabels_ints"] or is_set["classlabels_strings"])
    found: list[s.Step] = [s.Cast(at, "float32")]
    opposite = len(biases) == 2 and np.array_equal(weights[:, 0], -weights[:, 1]) and biases[0] == -biases[1]
    if activation != "softmax" and n_classes == 2 and (opposite or len(biases) == 1):
        found += [s.Matrix(at, weights[:, -1:], biases[-1:]), s.Activate(at, activation)]
        return [*found, s.BothClasses(at, activation)], node.inputs[0]
    if len(biases) != n_classes:
        raise node.error(f"has {len(biases)} scores for {n_classes} classes")
    return [*found, s.Matrix(at, weights, biases), s.Activate(at, activation)], node.inputs[0]


def imputer(graph: Graph, node: Node) -> Meaning:
    """Read what fills in missing numbers: there are none, since a missing cell is an error."""
    is_set = node.settings(
        imputed_value_floats=(), imputed_value_int64s=(), replaced_value_float=0.0, replaced_value_int64=0
    )
    node.expect_inputs(1, 1)
    if not np.isnan(is_set["replaced_value_float"]):
        value = f"{is_set['replaced_value_float']:g}"
        raise node.error(f"puts other numbers in the place of {value}, which no layer does")
    return [], node.inputs[0]
