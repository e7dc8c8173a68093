"""Make configs/spiral_trained.yaml: run ``python tests/make_spiral.py`` to write it again.

The book's spiral, learned by scikit-learn: what the network of the notebook's last cell could say
after training, and with more neurons.
"""

from pathlib import Path

from sklearn.neural_network import MLPClassifier

from nncli.datasets import generate
from nncli.netspec.model import GeneratedData

CONFIGS = Path(__file__).parents[1] / "configs"

HEAD = """\
# The book's spiral through a network that has learned it: 2 -> 16 tanh -> 3 softmax.
# Trained with scikit-learn by tests/make_spiral.py.
nnfs: true
inputs: 2
layers:
"""
TAIL = """\
data:
  spiral: {samples: 100, classes: 3}
"""


def main() -> None:
    """Train, and write the spec."""
    X, y = generate(GeneratedData(kind="spiral", samples=100, classes=3), seed=0, nnfs=True)
    model = MLPClassifier([16], activation="tanh", solver="lbfgs", alpha=0.01, random_state=0, max_iter=5000)
    model.fit(X, y)
    text = HEAD
    for activation, W, b in zip(["tanh", "softmax"], model.coefs_, model.intercepts_, strict=True):
        text += f"  - activation: {activation}\n    weights:\n"
        text += "".join(f"      - {row}\n" for row in W.T.round(4).tolist())
        text += f"    biases: {b.round(4).tolist()}\n"
    (CONFIGS / "spiral_trained.yaml").write_text(text + TAIL)


if __name__ == "__main__":
    main()
