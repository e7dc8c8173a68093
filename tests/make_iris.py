"""Make configs/iris.csv and configs/iris.yaml: run ``python tests/make_iris.py`` to write them again.

The rows are scikit-learn's bundled iris data; the weights are trained here, once, on all of them.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_iris
from sklearn.neural_network import MLPClassifier

CONFIGS = Path(__file__).parents[1] / "configs"
FEATURES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]

HEAD = """\
# Fisher's iris: four measures of a flower, three species. Trained with scikit-learn by
# tests/make_iris.py; iris.csv lies beside it.
inputs: [{features}]
scale:
  mean: {mean}
  std: {std}
layers:
"""


def main() -> None:
    """Train, and write both files."""
    iris = load_iris()
    X, y = iris.data, iris.target
    mean, std = X.mean(axis=0).round(4), X.std(axis=0).round(4)
    model = MLPClassifier([3], activation="relu", solver="lbfgs", alpha=0.05, random_state=1, max_iter=3000)
    model.fit((X - mean) / std, y)

    text = HEAD.format(features=", ".join(FEATURES), mean=mean.tolist(), std=std.tolist())
    for number, (W, b) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        activation = "relu" if number < len(model.coefs_) - 1 else "softmax"
        text += f"  - activation: {activation}\n    weights:\n"
        text += "".join(f"      - {row}\n" for row in W.T.round(5).tolist())
        text += f"    biases: {b.round(5).tolist()}\n"
    text += f"outputs: [{', '.join(iris.target_names)}]\ndata:\n  file: iris.csv\n  label: species\n"
    (CONFIGS / "iris.yaml").write_text(text)

    with open(CONFIGS / "iris.csv", "w") as file:
        print(*FEATURES, "species", sep=",", file=file)
        for row, label in zip(X, y, strict=True):
            print(*np.char.mod("%.1f", row), iris.target_names[label], sep=",", file=file)


if __name__ == "__main__":
    main()
