"""The nnfs package's data sets, drawn without touching NumPy's global state.

The package draws from the global generator, and ``nnfs.init()`` replaces functions of NumPy for the
whole process. Here the package's own code runs with a stand-in for its ``np``.
"""

from __future__ import annotations

from importlib import import_module
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import SpecError
from nncli.netspec.model import GeneratedData

Array = NDArray[Any]

MAX_CLASSES = 256
"""The package counts classes in uint8."""


def generate(data: GeneratedData, seed: int, nnfs: bool) -> tuple[Array, Array]:
    """Return the points and labels of a data set, drawn from a generator of their own.

    Parameters
    ----------
    data
        Which data set; ``samples`` is per class.
    seed
        Seed of NumPy's legacy generator.
    nnfs
        Give them as the package does after ``nnfs.init(random_seed=seed)``.

    Returns
    -------
    X : (n_rows, 2) or, for sine, (n_rows, 1)
        float64; with ``nnfs`` spiral and vertical are float32.
    y : (n_rows,)
        uint8 class numbers, or for sine float64 values.
    """
    return draw(data, np.random.RandomState(seed), nnfs)


def draw(data: GeneratedData, stream: np.random.RandomState, nnfs: bool) -> tuple[Array, Array]:
    """Return the points and labels of a data set, drawn from ``stream``; see `generate`."""
    if data.classes is not None and data.classes > MAX_CLASSES:
        raise SpecError(
            f"data.{data.kind}.classes: {data.classes} is too many; "
            f"the nnfs package has labels for at most {MAX_CLASSES} classes"
        )
    arguments = (data.samples,) if data.classes is None else (data.samples, data.classes)
    try:
        X, y = package_function(data.kind, numpy_of(stream, nnfs))(*arguments)
    except MemoryError as error:
        raise SpecError(f"data.{data.kind}.samples: {data.samples} points do not fit in memory") from error
    return X, y.reshape(len(X))


def package_function(kind: str, numpy: SimpleNamespace) -> FunctionType:
    """Return the package's ``create_data`` with ``numpy`` in place of its ``np``."""
    create_data = import_module(f"nnfs.datasets.{kind}").create_data
    return FunctionType(create_data.__code__, {"np": numpy})


def numpy_of(stream: np.random.RandomState, nnfs: bool) -> SimpleNamespace:
    """Return what the data sets use of NumPy, drawing from ``stream``.

    With ``nnfs``, ``randn`` and ``zeros`` give float32 as they do after ``nnfs.init()``.
    """
    default_dtype = np.dtype(np.float32 if nnfs else np.float64)

    def zeros(shape: int | tuple[int, ...], dtype: Any = default_dtype) -> Array:
        return np.zeros(shape, dtype)

    def randn(*shape: int) -> Array:
        return stream.randn(*shape).astype(default_dtype)

    same = {name: getattr(np, name) for name in ("arange", "linspace", "sin", "cos", "pi", "c_")}
    return SimpleNamespace(zeros=zeros, random=SimpleNamespace(randn=randn), **same)
