"""The parameters that the book's `Model.save_parameters` pickles: a list of (weights, biases).

Unpickling can run any code, so this reads what little the file needs: its opcodes are checked
against a list before the first one runs, and the few names that it may look up are not NumPy's own
but stand-ins here, which make nothing but arrays out of bytes that the file really holds.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.files import read_bytes
from nncli.models.names import LayerWeights, to_layers
from nncli.models.shapes import Expected, Layout
from nncli.text import shown

_OPCODES = {
    "PROTO", "FRAME", "STOP", "MARK", "POP", "POP_MARK", "DUP", "NONE", "NEWTRUE", "NEWFALSE", "INT",
    "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "STRING", "BINSTRING", "SHORT_BINSTRING",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8", "UNICODE", "SHORT_BINUNICODE",
    "BINUNICODE", "BINUNICODE8", "FLOAT", "BINFLOAT", "EMPTY_LIST", "APPEND", "APPENDS", "LIST",
    "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "GET", "BINGET", "LONG_BINGET", "PUT",
    "BINPUT", "LONG_BINPUT", "MEMOIZE", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD", "EMPTY_DICT", "DICT",
    "SETITEM", "SETITEMS", "NEWOBJ", "NEWOBJ_EX",
}  # fmt: skip
_LIBRARIES = ("sklearn", "joblib")
_COMPRESSED = (b"x", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
"""How compressed files start; nobody but joblib compresses a pickle."""


def read_layers(
    path: Path, layout: Layout | None, expected: Expected | None, order: Sequence[str] | None
) -> list[LayerWeights]:
    """Read the book's parameters; each layer's weights are stored (n_inputs, n_units).

    Raises
    ------
    ModelError
        Where the file is damaged or asks for anything else than arrays; nothing of it is executed.
    """
    data = read_bytes(path)
    if data.startswith(_COMPRESSED):
        raise ModelError(f"{path}: {_SKLEARN}")
    try:
        with warnings.catch_warnings(action="ignore"):  # of escapes in its strings
            _check_opcodes(data)
            found = _Unpickler(data).load()
    except _RefusedError as error:
        raise ModelError(f"{path}: {error}") from error
    except (
        pickle.UnpicklingError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError,
        OverflowError, MemoryError, RecursionError, LookupError, NotImplementedError,
    ) as error:  # fmt: skip
        if any(library.encode() in data for library in _LIBRARIES):
            raise ModelError(f"{path}: {_SKLEARN}") from error
        raise ModelError(f"{path}: not a sound pickle of arrays: {error or type(error).__name__}") from error
    tensors = {}
    for i, (weights, biases) in enumerate(_pairs(path, found, len(data))):
        tensors[f"coefs_{i}"], tensors[f"intercepts_{i}"] = weights, biases
    return to_layers(tensors, str(path), layout=layout, order=order, expected=expected)


class _RefusedError(Exception):
    """The pickle asks for something that it may not have."""


_SKLEARN = (
    "a scikit-learn model; opening it would run its code. Where you trained it, export it with "
    "np.savez('model.npz', **{f'coefs_{i}': w for i, w in enumerate(model.coefs_)}, "
    "**{f'intercepts_{i}': b for i, b in enumerate(model.intercepts_)}) or skl2onnx.to_onnx(model, X[:1])"
)


def _check_opcodes(data: bytes) -> None:
    """Refuse opcodes that make objects, and memo numbers that would make the memo huge."""
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name == "GLOBAL":
            _check_global(*str(argument).split(" ", 1))
        elif opcode.name not in _OPCODES:
            raise _RefusedError(f"the pickle's {opcode.name} makes more than arrays: refused, not executed")
        elif opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and not 0 <= int(argument or 0) <= len(data):
            raise _RefusedError("not a sound pickle: a memo number is too large")
        if opcode.name == "STOP":
            return


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self.bytes_left = len(data)

    def find_class(self, module: str, name: str) -> Any:
        _check_global(module, name)
        match name:
            case "ndarray":
                return _StandIn(_Array)
            case "dtype":
                return _StandIn(_DType)
            case "_reconstruct":
                # NumPy's own would allocate whatever size it is told.
                return _StandIn(lambda *_: _Array())
            case "_frombuffer":
                return _StandIn(_from_buffer)
            case _:
                return _StandIn(self._encode)

    def _encode(self, text: object, encoding: object) -> bytes:
        """Stand in for codecs.encode: how old pickle protocols write bytes."""
        if not isinstance(text, str) or encoding != "latin1":
            raise _RefusedError("codecs.encode for something else than bytes: refused, not executed")
        self.bytes_left -= len(text)
        if self.bytes_left < 0:
            raise _RefusedError("the pickle would unpack to more than its size: refused")
        return text.encode("latin1")


class _StandIn:
    """A function that the file may call, and do nothing else with."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def __call__(self, *args: object) -> Any:
        return self._call(*args)

    def __setstate__(self, state: object) -> None:
        raise _RefusedError("the pickle changes what it may only call: refused, not executed")


class _DType:
    """Stands in for numpy.dtype: plain numbers only."""

    def __init__(self, code: object, *_: object) -> None:
        if not isinstance(code, str) or not re.fullmatch(r"[<>|=]?[biufc][0-9]{1,2}", code):
            raise _RefusedError(f"an array of {str(code)[:40]!r} is more than numbers: refused")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        if state[1] in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(state[1])


class _Array:
    """Stands in for numpy.ndarray: empty until its state comes."""

    values: NDArray[Any] | None = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, fortran, data = state
        self.values = _array(data, dtype, shape, "F" if fortran else "C")


def _array(data: object, dtype: object, shape: object, order: object) -> NDArray[Any]:
    if not isinstance(data, bytes | bytearray) or not isinstance(dtype, _DType):
        raise _RefusedError("an array that holds Python objects: refused, not executed")
    if not isinstance(shape, tuple) or not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError("an array's shape is no tuple of sizes")
    if math.prod(shape) * dtype.dtype.itemsize != len(data):
        raise ValueError(f"an array of shape {shape} does not hold as many bytes as that needs")
    return np.frombuffer(data, dtype.dtype).reshape(shape, order="F" if order == "F" else "C")


def _from_buffer(data: object, dtype: object, shape: object, order: object, *_: object) -> _Array:
    array = _Array()
    array.values = _array(data, dtype, shape, order)
    return array


_GLOBALS = {
    "numpy.ndarray",
    "numpy.dtype",
    "numpy.core.multiarray._reconstruct",
    "numpy._core.multiarray._reconstruct",
    "numpy.core.numeric._frombuffer",
    "numpy._core.numeric._frombuffer",
    "_codecs.encode",
}


def _check_global(module: str, name: str = "") -> None:
    if module.split(".")[0] in _LIBRARIES:
        raise _RefusedError(_SKLEARN)
    full = f"{module}.{name}"
    if full not in _GLOBALS:
        raise _RefusedError(
            f"the pickle asks for {shown(full, 60)}: refused, not executed; only lists of arrays are read "
            "(the book's save_parameters writes them)"
        )


def _pairs(path: Path, found: object, size: int) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    wrong = ModelError(f"{path}: is not a list of (weights, biases), as the book's save_parameters writes it")
    if not isinstance(found, list | tuple) or not found:
        raise wrong
    pairs = []
    for item in found:
        if not isinstance(item, list | tuple) or len(item) != 2:
            raise wrong
        weights, biases = (part.values if isinstance(part, _Array) else None for part in item)
        if weights is None or biases is None:
            raise wrong
        pairs.append((weights, biases))
        size -= weights.nbytes + biases.nbytes
        if size < 0:  # one array many times: a copy of each would fill the memory
            raise ModelError(f"{path}: would unpack to more than its size: refused")
    return pairs
