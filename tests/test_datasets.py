from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nncli import datasets
from nncli.errors import SpecError
from nncli.netspec.model import GeneratedData

SETS = [
    GeneratedData(kind="spiral", samples=100, classes=3),
    GeneratedData(kind="spiral", samples=1, classes=1),
    GeneratedData(kind="vertical", samples=7, classes=5),
    GeneratedData(kind="sine", samples=50),
]

PACKAGE = """
import sys
import numpy as np, nnfs, nnfs.datasets
seed, init, kind, *arguments = sys.argv[1:-1]
if init == "True":
    nnfs.init(random_seed=int(seed))
else:
    np.random.seed(int(seed))
X, y = getattr(nnfs.datasets, kind + "_data")(*map(int, arguments))
np.savez(sys.argv[-1], X=X, y=y)
"""


@pytest.mark.parametrize("nnfs", [False, True])
@pytest.mark.parametrize("data", SETS, ids=lambda data: f"{data.kind}-{data.samples}")
def test_it_is_the_package_s_data(data: GeneratedData, nnfs: bool, tmp_path: Path) -> None:
    """Points and labels are those that the package gives in a process of its own, with or without init."""
    arguments = [data.samples] if data.classes is None else [data.samples, data.classes]
    words = [str(word) for word in (4, nnfs, data.kind, *arguments, tmp_path / "its.npz")]
    subprocess.run([sys.executable, "-c", PACKAGE, *words], check=True)
    its = np.load(tmp_path / "its.npz")
    X, y = datasets.generate(data, seed=4, nnfs=nnfs)
    assert (X.dtype, y.dtype) == (its["X"].dtype, its["y"].dtype)
    assert (its["X"] == X).all()
    assert (y == its["y"].ravel()).all()


def test_nothing_global_is_touched() -> None:
    """NumPy's own generator and functions are as they were."""
    functions = np.dot, np.zeros, np.eye, np.random.randn
    before = np.random.get_state(legacy=False)["state"]
    for nnfs in (True, False):
        datasets.generate(SETS[0], seed=0, nnfs=nnfs)
    after = np.random.get_state(legacy=False)["state"]
    assert functions == (np.dot, np.zeros, np.eye, np.random.randn)
    assert before["pos"] == after["pos"]
    assert (before["key"] == after["key"]).all()


def test_labels_end_at_256_classes() -> None:
    """The package counts classes in a byte; more are refused in words."""
    X, y = datasets.generate(GeneratedData(kind="vertical", samples=1, classes=256), 0, nnfs=True)
    assert len(X) == 256
    assert y[-1] == 255
    with pytest.raises(SpecError) as caught:
        datasets.generate(GeneratedData(kind="spiral", samples=1, classes=257), 0, nnfs=True)
    assert caught.value.problems == (
        "data.spiral.classes: 257 is too many; the nnfs package has labels for at most 256 classes",
    )


def test_more_points_than_memory_is_the_spec_s_fault() -> None:
    """A number of samples that no machine holds ends in one line."""
    with pytest.raises(SpecError, match="points do not fit in memory"):
        datasets.generate(GeneratedData(kind="sine", samples=2**50), 0, nnfs=False)
