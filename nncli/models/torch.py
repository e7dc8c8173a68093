"""What `torch.save` writes, read without PyTorch: a zip archive of a pickle and the tensors' bytes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models.archive import SMALL, unpacked
from nncli.models.names import LayerWeights, to_layers
from nncli.models.nested import nested_to_layers, with_arrays
from nncli.models.shapes import Expected, Layout
from nncli.models.tensors import Tensors, from_bfloat16, quoted
from nncli.models.unpickle import DAMAGED, RefusedError, StandIn, Unbuilt, load
from nncli.stores import read_bytes

WAY_OUT = (
    "where you trained it, torch.save(model.state_dict(), 'model.pt') or "
    "safetensors.torch.save_file(model.state_dict(), 'model.safetensors') writes one that is read"
)
_PICKLED = f"is a pickled {{!r}}; opening it would run its code: {WAY_OUT}"
OLD_FORMAT = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
"""How files of before PyTorch 1.6 start."""
EXPANSION = 4
"""Tensors may need so many times the file's size: PyTorch does not compress, and some share their numbers."""
KEYS = ("state_dict", "model_state_dict", "model", "net")
"""Where checkpoints have the weights."""
DEEPEST = 4
PREFIXES = ("module.", "_orig_mod.", "model.")
"""What wrappers put before all names: DataParallel, torch.compile, Lightning."""
_DTYPES = {
    "Double": "f8", "Float": "f4", "Half": "f2", "BFloat16": "bfloat16", "Long": "i8", "Int": "i4",
    "Short": "i2", "Char": "i1", "Byte": "u1", "Bool": "?",
}  # fmt: skip
"""The dtypes of storages."""


@dataclass(frozen=True, slots=True)
class _Storage:
    """Numbers in a row, in a member of the archive."""

    key: str
    dtype: str
    size: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A view of a storage."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_layers(
    path: Path, layout: Layout | None, expected: Expected | None, order: Sequence[str] | None
) -> list[LayerWeights]:
    """Read the layers of a state_dict, at the top of the file or inside a checkpoint.

    Raises
    ------
    ModelError
        Where the file is damaged, is something else than a state_dict, or its layers are no chain.
    """
    if read_bytes(path, len(OLD_FORMAT)) == OLD_FORMAT:
        raise ModelError(
            f"{path}: has PyTorch's format of before version 1.6; in Python, "
            "torch.save(torch.load('old.pt', weights_only=True), 'model.pt') writes today's"
        )
    archive = _Archive(path, _members(path))
    found = archive.content()
    if isinstance(found, Unbuilt):
        raise ModelError(f"{path}: {_PICKLED.format(found.name)}")
    if isinstance(found, _Tensor):
        found = [found]
    if isinstance(found, list | tuple):
        return nested_to_layers(with_arrays(found, archive.taken), str(path), layout, expected, order)
    tensors: Tensors = {}
    for name, item in _without_prefixes(_state_dict(found, path)).items():
        for part in item if isinstance(item, tuple) else [item]:  # layers of quantized numbers are tuples
            if isinstance(part, Unbuilt) and _is_matrix(part):
                raise ModelError(f"{path}: tensor {quoted(name)} is a {part.name!r}, no plain real numbers")
        if isinstance(item, _Tensor):
            tensors[name] = archive.array(item, name)
    return to_layers(tensors, str(path), layout=layout, order=order, expected=expected)


def _members(path: Path) -> dict[str, bytes]:
    try:
        with unpacked(path, EXPANSION) as members:
            return members
    except ModelError as error:
        raise ModelError(f"{error}; {WAY_OUT}") from error


class _Archive:
    """The members of a file, and how much may still be made of them."""

    def __init__(self, path: Path, members: dict[str, bytes]) -> None:
        self.path, self._members = path, members
        self._bytes_left = max(SMALL, EXPANSION * sum(map(len, members.values())))
        pickles = [name for name in members if name.endswith("/data.pkl") and name.count("/") == 1]
        if len(pickles) != 1:
            raise ModelError(f"{path}: is a zip archive, but none of PyTorch's (it holds no data.pkl)")
        self._root = pickles[0].removesuffix("data.pkl")
        if f"{self._root}constants.pkl" in members:
            raise ModelError(f"{path}: is a TorchScript program, which only PyTorch can run: {WAY_OUT}")
        self._order: Literal[">", "<"] = ">" if members.get(f"{self._root}byteorder") == b"big" else "<"

    def content(self) -> object:
        """Return what was saved, with a `_Tensor` for every tensor and an `Unbuilt` for other objects."""
        found: dict[str, Any] = {f"torch.{name}Storage": dtype for name, dtype in _DTYPES.items()}
        found |= {
            "torch._utils._rebuild_tensor": StandIn(_tensor),
            "torch._utils._rebuild_tensor_v2": StandIn(_tensor),
            "torch._utils._rebuild_parameter": StandIn(_parameter),
            "torch._utils._rebuild_parameter_with_state": StandIn(_parameter),
        }
        try:
            return load(
                self._members[f"{self._root}data.pkl"],
                found=found,
                persistent=_storage,
                refused=lambda name: f"the pickle asks for {name[:60]!r}: refused, not executed",
                passes_over=True,
            )
        except RefusedError as error:
            raise ModelError(f"{self.path}: {error}") from error
        except DAMAGED as error:
            raise ModelError(
                f"{self.path}: not a sound PyTorch file: {error or type(error).__name__}; {WAY_OUT}"
            ) from error

    def taken(self, item: object) -> NDArray[Any] | None:
        """Return the array of what is a tensor."""
        self._bytes_left -= 1
        return self.array(item, "") if isinstance(item, _Tensor) else None

    def array(self, tensor: _Tensor, name: str) -> NDArray[Any]:
        """Return a tensor's numbers, if the file really holds them."""
        what = f"{self.path}: tensor {quoted(name)}"
        storage = tensor.storage
        data = self._members.get(f"{self._root}data/{storage.key}")
        dtype = np.dtype("u2" if storage.dtype == "bfloat16" else storage.dtype).newbyteorder(self._order)
        reach = sum((n - 1) * step for n, step in zip(tensor.shape, tensor.strides, strict=True))
        size = math.prod(tensor.shape)
        if data is None or storage.size * dtype.itemsize > len(data):
            raise ModelError(f"{what} needs {storage.size} numbers that the file does not hold")
        if size and tensor.offset + reach >= storage.size:
            raise ModelError(f"{what} reaches beyond its {storage.size} numbers")
        self._bytes_left -= size * max(dtype.itemsize, 4)
        if self._bytes_left < 0:
            raise ModelError(f"{what} would make more of the file than {EXPANSION} times its size: refused")
        if not size:
            return np.empty(tensor.shape, np.float32)
        numbers = np.frombuffer(data, dtype, storage.size)[tensor.offset :]
        steps = [step * dtype.itemsize for step in tensor.strides]
        array = np.array(as_strided(numbers, tensor.shape, steps))
        return from_bfloat16(array) if storage.dtype == "bfloat16" else array


def _storage(pid: Any) -> Any:
    """Return what a persistent id says: ``("storage", type, key, device, size)``."""
    kind, dtype, key, _, size = pid
    if kind != "storage" or not isinstance(key, str) or not _is_size(size):
        raise ValueError("a storage has no possible key or size")
    return _Storage(key, dtype, size) if isinstance(dtype, str) else dtype()


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: object) -> Any:
    """Stand in for PyTorch's functions that make a tensor of a storage."""
    if isinstance(storage, Unbuilt):
        return storage
    if not isinstance(storage, _Storage) or not isinstance(shape, tuple) or not isinstance(strides, tuple):
        raise ValueError("a tensor says no storage, shape and strides")
    if len(shape) != len(strides) or not all(map(_is_size, (offset, *shape, *strides))):
        raise ValueError("a tensor has no possible shape, strides or offset")
    return _Tensor(storage, offset, shape, strides)


def _parameter(data: Any, *_: object) -> Any:
    return data


def _is_size(number: object) -> bool:
    return type(number) is int and 0 <= number < 2**60


def _state_dict(found: object, path: Path) -> dict[str, Any]:
    """Return the dict of tensors in a checkpoint: where most people have it, else the only one."""
    places = dict(_dicts(found))
    chosen = {place: item for place, item in places.items() if place.split(".")[-1] in KEYS} or places
    if not chosen and isinstance(found, dict):
        for key in KEYS:
            if isinstance(item := found.get(key), Unbuilt):
                raise ModelError(f"{path}: {key!r} {_PICKLED.format(item.name)}")
    if not chosen:
        raise ModelError(f"{path}: is a PyTorch file without a state_dict of tensors: {WAY_OUT}")
    if len(chosen) > 1:
        raise ModelError(f"{path}: holds more than one state_dict: {quoted(*chosen)}; save one of them alone")
    return next(iter(chosen.values()))


def _dicts(found: object, place: str = "", depth: int = 0) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the dicts that hold weights by name, with the keys that lead to them; no optimizer's."""
    if not isinstance(found, dict) or depth > DEEPEST:
        return
    named = {key: item for key, item in found.items() if isinstance(key, str)}
    if any(map(_is_matrix, named.values())):
        yield place or "(the top)", named
    for key, item in named.items():
        if "optim" not in key:
            yield from _dicts(item, f"{place}.{key}" if place else key, depth + 1)


def _is_matrix(item: object) -> bool:
    """Tell whether an item is weights, maybe of another kind of numbers than those that are read."""
    if isinstance(item, _Tensor):
        return len(item.shape) > 1
    if isinstance(item, tuple):
        return any(isinstance(part, Unbuilt) and _is_matrix(part) for part in item)
    return (
        isinstance(item, Unbuilt) and re.fullmatch(r"torch\.(\w+Storage|_utils\.\w+)", item.name) is not None
    )


def _without_prefixes(state_dict: dict[str, Any]) -> dict[str, Any]:
    """Return the dict without what wrappers put before every name."""
    while state_dict:
        prefix = next((p for p in PREFIXES if all(name.startswith(p) for name in state_dict)), None)
        if prefix is None:
            break
        state_dict = {name.removeprefix(prefix): item for name, item in state_dict.items()}
    return state_dict
