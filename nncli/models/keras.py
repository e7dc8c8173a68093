"""Keras's models, read without Keras: `.keras`, and the older HDF5 files of `model.save`.

Nothing of the file is executed: the config only names classes, and `nncli.models.keras_layers` says
what those do that a dense network can have. Any other layer is refused by its name.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from nncli.errors import MissingExtraError, ModelError
from nncli.models.archive import unpacked
from nncli.models.folding import Origin, fold
from nncli.models.keras_graph import Config, Graph
from nncli.models.keras_weights import Archived, Legacy, opened
from nncli.models.steps import Matrix, in_type
from nncli.nn.network import Network

_CONFIG, _WEIGHTS, _METADATA = "config.json", "model.weights.h5", "metadata.json"
BROKEN = (
    LookupError, TypeError, ValueError, AttributeError, OSError, RuntimeError, OverflowError, MemoryError,
)  # fmt: skip
"""What reading a damaged file can end in."""


def read(path: Path) -> Network:
    """Read a Sequential model, or a Functional one that is a chain, from a `.keras` file.

    Raises
    ------
    ModelError
        Where the file is damaged, or a layer does something that a dense network can't.
    MissingExtraError
        Where h5py is not installed.
    """
    check_package()
    with unpacked(path) as members:
        if _CONFIG not in members or _WEIGHTS not in members:
            raise ModelError(f"{path}: holds no {_CONFIG} and {_WEIGHTS}, which Keras 3 writes")
    try:
        model = json.loads(members[_CONFIG])
        version = json.loads(members[_METADATA])["keras_version"] if _METADATA in members else None
        with opened(io.BytesIO(members[_WEIGHTS])) as file:
            weights = Archived(path, file, len(members[_WEIGHTS]))
            return _network(path, model, version, weights, len(members[_WEIGHTS]))
    except BROKEN as error:
        raise _unsound(path, error) from error


def read_legacy(path: Path, content: bytes) -> Network | None:
    """Read the HDF5 file of `model.save`; None where it holds weights only.

    Raises
    ------
    ModelError, MissingExtraError
        As `read` does.
    """
    check_package()
    try:
        with opened(io.BytesIO(content)) as file:
            if "model_config" not in file.attrs:
                return None
            said = file.attrs["model_config"]
            model = json.loads(said.decode() if isinstance(said, bytes) else str(said))
            weights = Legacy(path, file, len(content))
            version = file.attrs.get("keras_version")
            version = version.decode() if isinstance(version, bytes) else version
            return _network(path, model, version, weights, len(content))
    except BROKEN as error:
        raise _unsound(path, error) from error


def check_package() -> None:
    """Raise MissingExtraError where h5py is not installed."""
    try:
        import h5py  # noqa: F401 - told here, before anything of the file is touched
    except ImportError as error:
        raise MissingExtraError("reading Keras's files", "keras") from error


def _unsound(path: Path, error: Exception) -> ModelError:
    return ModelError(f"{path}: not a sound Keras model: {type(error).__name__}: {error}")


def _network(path: Path, model: Config, version: Any, weights: Archived | Legacy, n_bytes: int) -> Network:
    graph = Graph(path, model, weights, _major(path, model, version, weights))
    found = graph.steps()
    kernels = [step.weights for step in found if isinstance(step, Matrix)]
    dtype = np.result_type(np.float32, *kernels)
    origin = Origin(str(path), n_bytes, graph.row._replace(dtype=dtype.name))
    return fold([in_type(step, dtype) for step in found], origin).network


def _major(path: Path, model: Config, version: Any, weights: Archived | Legacy) -> int | None:
    """Return the first number of the version of Keras that wrote the file, or what its layout tells."""
    if version is not None:
        major = int(str(version).split(".")[0])
        if major not in (2, 3):
            raise ModelError(f"{path}: Keras {version} wrote it; files of Keras 2 and 3 are read")
        return major
    text = json.dumps(model)
    if weights.is_of_keras_2 or '"batch_input_shape"' in text:
        return 2
    return 3 if '"batch_shape"' in text else None
