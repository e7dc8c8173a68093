"""The variables in Keras's HDF5 files, by layer, in both layouts; no other file is ever opened."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models.archive import EXPANSION, SMALL
from nncli.models.tensors import checked, from_bfloat16, quoted

LayerPath = tuple[tuple[str, str], ...]
"""Where a layer stands: its class, counted, and its own name, for each model around it and itself."""

MOST_PARTS = 10_000
"""A list of names that is too long for one attribute is cut into so many at most."""

_HEAP = re.compile(rb"GCOL\x01\x00{3}(.{6}\x00\x00)", re.DOTALL)
"""How a heap of texts starts, in the format's version 1: its size, then each text behind a header."""
_HEADER = 16


@contextmanager
def opened(content: BinaryIO) -> Iterator[Any]:
    """Open an HDF5 file in memory.

    Raises
    ------
    OSError
        Where it is damaged; of some damage the library would never come back.
    """
    import h5py

    _check_heaps(content.read())
    content.seek(0)
    with h5py.File(content, "r") as file:
        yield file


def _check_heaps(content: bytes) -> None:
    """Refuse texts that the library would look for without end, or take all memory for.

    A text lies in a heap; what points at it says its length, the heap's place and the text's number there.

    Raises
    ------
    OSError
        A heap whose step leads nowhere, or a text that is longer than the file.
    """
    heaps: dict[int, set[int]] = {}
    for heap in _HEAP.finditer(content):
        at, end = heap.end(), heap.start() + int.from_bytes(heap[1], "little")
        numbers = heaps[heap.start()] = set()
        while at + _HEADER <= min(end, len(content)):
            number, size = struct.unpack_from("<H6xQ", content, at)
            step = _HEADER + -(-size // 8) * 8 if number else size  # number 0 is the free space
            if not 0 < step <= end - at:
                raise OSError("a heap of texts is damaged")
            numbers.add(number)
            at += step
    for shift in range(min(4, len(content))):
        words = np.frombuffer(content, "<u4", (len(content) - shift) // 4, shift)
        lengths, low, high, numbers_there = words[:-3], words[1:-2], words[2:-1], words[3:]
        long = np.flatnonzero(lengths > len(content))
        places = low[long].astype(np.uint64) | high[long].astype(np.uint64) << np.uint64(32)
        for place, number in zip(places.tolist(), numbers_there[long].tolist(), strict=True):
            if number in heaps.get(place, ()):
                raise OSError("a text is longer than the file")


class _Arrays:
    """The arrays of an open HDF5 file.

    Parameters
    ----------
    path
        The file, for messages.
    file
        An open ``h5py.File``.
    size
        The bytes of its content.
    """

    is_of_keras_2 = False
    """Whether the layout tells the version of Keras."""

    def __init__(self, path: Path, file: Any, size: int) -> None:
        self.path, self.file = path, file
        self.bytes_left = max(SMALL, EXPANSION * size)

    def inside(self, *names: str) -> Any:
        """Return what lies in groups in groups, or None where one is not there."""
        group = self.file
        for name in names:
            if not hasattr(group, "keys") or name not in group:
                return None
            group = self.member(group, name)
        return group

    def member(self, group: Any, name: str) -> Any:
        """Return a plain member of a group: no link leads anywhere."""
        import h5py

        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ModelError(f"{self.path}: {quoted(name)} is no plain member of the HDF5 file: refused")
        return group[name]

    def array(self, dataset: Any, what: str) -> NDArray[Any]:
        """Return a dataset's numbers: float32 or float64."""
        if dataset.is_virtual or dataset.external:
            raise ModelError(f"{what} lies in another file: refused")
        self.bytes_left -= dataset.nbytes
        if self.bytes_left < 0:
            raise ModelError(f"{what} would unpack to more than {EXPANSION} times the file's size: refused")
        numbers = np.asarray(dataset[()])
        if numbers.dtype == np.dtype("V2"):  # bfloat16, as h5py gives it
            numbers = from_bfloat16(numbers.view("<u2"))
        return checked(numbers.astype(np.float32) if numbers.dtype.kind in "iu" else numbers, what)


class Archived(_Arrays):
    """The layout inside `.keras`: ``layers/dense_1/vars/0``, with Windows' separators in some versions."""

    def __init__(self, path: Path, file: Any, size: int) -> None:
        super().__init__(path, file, size)
        self.is_of_keras_2 = any(name.startswith(_OLD) for name in file)
        self._counts_twice = self.is_of_keras_2 and _leaves_out_ones(file)

    def of(self, place: LayerPath) -> list[NDArray[Any]]:
        """Return a layer's variables in their order."""
        found = None
        for container in ("layers", _OLD):
            twice = container == _OLD and self._counts_twice
            names = [part for group, _ in place for part in (container, _doubled(group) if twice else group)]
            found = found or self.inside(*names, "vars") or self.inside("\\".join(names), "vars")
            found = found or self.inside("\\".join([*names, "vars"]))
        if found is None:
            return []
        name = place[-1][1]
        said = found.attrs.get("name", name)
        if said != name:
            raise ModelError(
                f"{self.path}: the weights of layer {quoted(name)} are those of {quoted(str(said))}"
            )
        return [
            self.array(self.member(found, str(i)), f"{self.path}: {quoted(name)}: variable {i}")
            for i in range(len(found))
        ]


_OLD = "_layer_checkpoint_dependencies"


def _leaves_out_ones(file: Any) -> bool:
    """Whether a layer with weights was counted twice: its like are ``dense``, ``dense_2``, ``dense_4``, …."""
    names: set[str] = set()
    file.visit(lambda name: names.add(name.replace("\\", "/")))
    return any(name.endswith("_2") and f"{name[:-2]}_1" not in names for name in names if _OLD in name)


def _doubled(group: str) -> str:
    """Return the group of a layer where each was counted twice."""
    kind, _, count = group.rpartition("_")
    return f"{kind}_{2 * int(count)}" if count.isdigit() else group


class Legacy(_Arrays):
    """The layout of `model.save("net.h5")`: ``model_weights/dense_1`` and the names of its weights."""

    def of(self, place: LayerPath) -> list[NDArray[Any]]:
        """Return a layer's variables in their order; those of a model inside are told by their names."""
        group = self.inside("model_weights", place[0][1])
        if group is None:
            return []
        names = texts(group, "weight_names")
        if len(place) > 1:
            names = [name for name in names if name.split("/")[-2:-1] == [place[-1][1]]]
        return [self.named(group, name) for name in names]

    def named(self, group: Any, name: str) -> NDArray[Any]:
        """Return a weight by the name that its group lists."""
        what = f"{self.path}: weight {quoted(name)}"
        dataset = group
        for part in name.split("/"):
            if not part or part in (".", "..") or not hasattr(dataset, "keys") or part not in dataset:
                raise ModelError(f"{what} is not there")
            dataset = self.member(dataset, part)
        return self.array(dataset, what)


def texts(group: Any, key: str) -> list[str]:
    """Return a list of names in a group's attributes; a long one is cut into ``key0``, ``key1``, …."""
    if key in group.attrs:
        return list(_decoded(group.attrs[key]))
    parts: list[str] = []
    for at in range(MOST_PARTS):
        if f"{key}{at}" not in group.attrs:
            break
        parts += _decoded(group.attrs[f"{key}{at}"])
    return parts


def _decoded(names: Sequence[Any]) -> Iterator[str]:
    for name in names:
        yield name.decode() if isinstance(name, bytes) else str(name)
