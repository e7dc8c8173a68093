"""Tensors that do not depend on the input: initializers, Constant nodes, and simple changes of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models.onnx.computed import Evaluator
from nncli.models.onnx.node import Node, as_text
from nncli.models.tensors import quoted
from nncli.stores import UrlPath, reason

ITEM_BYTES = {1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 16: 2}
"""Bytes of one number of each ONNX element type that is read, apart from text (8)."""

WIDENED: dict[int, np.dtype[Any]] = {10: np.dtype("float32"), 16: np.dtype("float32")}
"""float16 and bfloat16 are computed in float32."""

_CASTS: dict[int, np.dtype[Any]] = {
    1: np.dtype("float32"),
    6: np.dtype("int32"),
    7: np.dtype("int64"),
    11: np.dtype("float64"),
    **WIDENED,
}


class Constants:
    """The constant tensors of a graph, read when they are asked for."""

    def __init__(self, path: Path, model: Any, n_bytes: int, nodes: Sequence[Node]) -> None:
        self._path = path
        self.initializers: dict[str, Any] = {}
        for tensor in model.graph.initializer:
            name = as_text(path, tensor.name)
            if name in self.initializers or not name:
                raise ModelError(f"{path}: tensor {quoted(name)} is there twice or has no name")
            self.initializers[name] = tensor
        self._makers: dict[str, tuple[Node, Any]] = {}
        known = set(self.initializers)
        for node, proto in zip(nodes, model.graph.node, strict=True):
            if known.issuperset(filter(None, node.inputs)):
                self._makers |= dict.fromkeys(filter(None, node.outputs), (node, proto))
                known |= set(node.outputs)
        self._evaluator = Evaluator(model, n_bytes)
        self._files: dict[Path, int] = {}
        self._read: dict[str, NDArray[Any]] = {}

    @property
    def external_bytes(self) -> int:
        """Size of the files beside the model that were read from."""
        return sum(self._files.values())

    def get(self, name: str) -> NDArray[Any] | None:
        """Return a constant tensor, or None where the name is none.

        Raises
        ------
        ModelError
            Where a tensor is damaged, or what is computed of constants can't be told.
        """
        if name not in self.initializers and name not in self._makers:
            return None
        waiting = [name]
        while waiting:  # those that it is computed from come first
            last = waiting[-1]
            missing = [] if last in self.initializers else self._missing(last)
            waiting += missing
            if not missing:
                waiting.pop()
                self._compute(last)
        return self._read[name]

    def _missing(self, name: str) -> list[str]:
        return [each for each in self._makers[name][0].inputs if each and each not in self._read]

    def _compute(self, name: str) -> None:
        if name in self._read:
            return
        if name in self.initializers:
            self._read[name] = read_tensor(self._path, self.initializers[name], self._files)
            return
        node, proto = self._makers[name]
        if node.op == "Constant" and not node.inputs:
            self._read[name] = _constant(self._path, node, self._files)
            return
        inputs = [self._read[each] if each else None for each in node.inputs]
        if node.op in _CHANGES and len(inputs) == 1 and inputs[0] is not None:
            self._read[name] = _CHANGES[node.op](node, inputs[0])
            return
        for output, array in zip(node.outputs, self._evaluator.run(node, proto, inputs), strict=True):
            self._read[output] = array


def _identity(node: Node, array: NDArray[Any]) -> NDArray[Any]:
    node.settings()
    return array


def _cast(node: Node, array: NDArray[Any]) -> NDArray[Any]:
    # Rounding of other kinds is for float8 alone.
    to = node.settings(to=0, saturate=1, round_mode=b"up")["to"]
    if to not in _CASTS or array.dtype.kind not in "fiub":
        raise node.error("casts a constant to a type that is not supported")
    return array.astype(_CASTS[to], copy=False)


def _transpose(node: Node, array: NDArray[Any]) -> NDArray[Any]:
    axes = node.settings(perm=())["perm"] or tuple(reversed(range(array.ndim)))
    if sorted(axes) != list(range(array.ndim)):
        raise node.error("its perm is no order of the axes")
    return array.transpose(axes)


_CHANGES: dict[str, Callable[[Node, NDArray[Any]], NDArray[Any]]] = {
    "Identity": _identity,
    "Cast": _cast,
    "Transpose": _transpose,
}
"""So common that they are done here, without the time that the reference implementation takes to load."""


def _constant(path: Path, node: Node, files: dict[Path, int]) -> NDArray[Any]:
    """Return what a Constant node holds, in any of the ways to say it."""
    from onnx import TensorProto

    if len(node.attributes) != 1:
        raise node.error("takes one attribute")
    ((name, value),) = node.attributes.items()
    match name, value:
        case "value", TensorProto():
            return read_tensor(path, value, files)
        case "value_float", float():
            return np.array(value, np.float32)
        case "value_floats", tuple():
            return np.array(value, np.float32)
        case "value_int", int():
            return np.array(value, np.int64)
        case "value_ints", tuple():
            return np.array(value, np.int64)
    raise node.error(f"attribute {quoted(name)} is not supported")


def read_tensor(path: Path, tensor: Any, files: dict[Path, int]) -> NDArray[Any]:
    """Return a stored tensor; its size is what the file holds, whatever its dimensions claim.

    `files` collects the sizes of the files beside the model that tensors are kept in.

    Raises
    ------
    ModelError
        Where the tensor is damaged, or kept in a file that is not in the model's folder.
    """
    from onnx import numpy_helper

    what = f"{path}: tensor {quoted(as_text(path, tensor.name))}"
    kind, dims = tensor.data_type, tuple(tensor.dims)
    if kind != tensor.STRING and kind not in ITEM_BYTES:
        raise ModelError(f"{what}: its element type {_type_name(tensor)} is not supported")
    if any(dim < 0 for dim in dims) or len(dims) > 8 or tensor.HasField("segment"):
        raise ModelError(f"{what}: has a shape that is not allowed")
    if kind == tensor.STRING:
        return _texts(what, tensor, dims)
    n_bytes = math.prod(dims) * ITEM_BYTES[kind]
    if tensor.data_location == tensor.EXTERNAL:
        tensor = _with_data(tensor, _external(path, what, tensor, n_bytes, files))
    if tensor.HasField("raw_data") and len(tensor.raw_data) != n_bytes:
        raise ModelError(f"{what}: has {len(tensor.raw_data)} bytes, and its shape needs {n_bytes}")
    try:
        array = np.asarray(numpy_helper.to_array(tensor))
    except (ValueError, TypeError) as error:
        raise ModelError(f"{what}: its numbers do not fit its shape") from error
    if array.shape != dims:
        raise ModelError(f"{what}: its numbers do not fit its shape")
    return array.astype(WIDENED.get(kind, array.dtype), copy=False)


def _type_name(tensor: Any) -> str:
    names = {number: name for name, number in tensor.DataType.items()}
    return names.get(tensor.data_type, str(tensor.data_type))


def _texts(what: str, tensor: Any, dims: tuple[int, ...]) -> NDArray[Any]:
    if len(tensor.string_data) != math.prod(dims):
        raise ModelError(f"{what}: its texts do not fit its shape")
    try:
        return np.array([text.decode() for text in tensor.string_data], object).reshape(dims)
    except UnicodeDecodeError:
        raise ModelError(f"{what}: holds text that is not UTF-8") from None


def _with_data(tensor: Any, data: bytes) -> Any:
    """Return the tensor as if its numbers had been in the model's file."""
    inside = type(tensor)()
    inside.data_type = tensor.data_type
    inside.dims.extend(tensor.dims)
    inside.raw_data = data
    return inside


def _external(path: Path, what: str, tensor: Any, n_bytes: int, files: dict[Path, int]) -> bytes:
    """Return a tensor's bytes from a file beside the model; no path leads out of that folder."""
    entries = {entry.key: as_text(path, entry.value) for entry in tensor.external_data}
    location = entries.get("location", "")
    plain = PurePosixPath(location).name == location.removeprefix("./") and "\\" not in location
    if not plain or location in ("", ".", "..") or "\0" in location:
        raise ModelError(
            f"{what}: its numbers are in {quoted(location)}, which is no file in the model's folder"
        )
    if isinstance(path, UrlPath):
        return _external_at(path.parent / location, what, entries, n_bytes, files)
    folder = path.parent.resolve()
    file = (folder / location).resolve()
    if file.parent != folder:
        raise ModelError(
            f"{what}: its numbers are in {quoted(location)}, which leads out of the model's folder"
        )
    if not file.is_file():
        raise ModelError(f"{what}: its numbers are in {quoted(location)}, and there is no such file")
    start, length = _number(what, entries, "offset", 0), _number(what, entries, "length", n_bytes)
    files[file] = file.stat().st_size
    if length != n_bytes or start + length > files[file]:
        raise ModelError(f"{what}: {quoted(location)} does not hold the {n_bytes} bytes that its shape needs")
    try:
        with file.open("rb") as data:
            data.seek(start)
            return data.read(n_bytes)
    except OSError as error:
        raise ModelError(f"{what}: {quoted(location)} can't be read: {error.strerror}") from error


def _external_at(
    file: UrlPath, what: str, entries: dict[str, str], n_bytes: int, files: dict[Path, int]
) -> bytes:
    """Do as `_external` for a file beside a model behind a URL."""
    from nncli.stores.reading import RemoteFile

    start, length = _number(what, entries, "offset", 0), _number(what, entries, "length", n_bytes)
    try:
        remote = RemoteFile(file.url)
        files[file] = remote.n_bytes or 0
        if length == n_bytes and start + length <= files[file]:
            return remote.read_range(start, start + n_bytes)
    except OSError as error:
        raise ModelError(f"{what}: its numbers are in {file}: {reason(error)}") from error
    raise ModelError(f"{what}: {quoted(file.name)} does not hold the {n_bytes} bytes that its shape needs")


def _number(what: str, entries: dict[str, str], key: str, default: int) -> int:
    text = entries.get(key, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise ModelError(f"{what}: {key} of its numbers is {quoted(text)}, not a number")
    return int(text)
