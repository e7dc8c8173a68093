"""The variables in a `.keras` file's HDF5 part, by layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ModelError
from nncli.models.archive import EXPANSION, SMALL
from nncli.models.tensors import checked, quoted


class Variables:
    """The variables of an open HDF5 file; nothing outside of that file is ever opened.

    Parameters
    ----------
    path
        The `.keras` file, for messages.
    file
        An open ``h5py.File``.
    size
        The bytes of its content.
    """

    def __init__(self, path: Path, file: Any, size: int) -> None:
        self.path, self.file = path, file
        self.bytes_left = max(SMALL, EXPANSION * size)

    def of(self, group: str, name: str) -> list[NDArray[Any]]:
        """Return a layer's variables in their order.

        Parameters
        ----------
        group
            What Keras calls the layer in the file: its class, counted (``dense_1``).
        name
            The layer's own name, which newer files say beside the variables.
        """
        found = self._inside("layers", group, "vars")
        if found is None:
            return []
        said = found.attrs.get("name", name)
        if said != name:
            raise ModelError(
                f"{self.path}: the weights of layer {quoted(name)} are those of {quoted(str(said))}"
            )
        return [
            self._array(self._member(found, str(i)), f"{self.path}: {quoted(name)}: variable {i}")
            for i in range(len(found))
        ]

    def _inside(self, *names: str) -> Any:
        group = self.file
        for name in names:
            if name not in group:
                return None
            group = self._member(group, name)
        return group

    def _member(self, group: Any, name: str) -> Any:
        import h5py

        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ModelError(f"{self.path}: {quoted(name)} is no plain member of the HDF5 file: refused")
        return group[name]

    def _array(self, dataset: Any, what: str) -> NDArray[Any]:
        if dataset.is_virtual or dataset.external:
            raise ModelError(f"{what} lies in another file: refused")
        self.bytes_left -= dataset.nbytes
        if self.bytes_left < 0:
            raise ModelError(f"{what} would unpack to more than {EXPANSION} times the file's size: refused")
        numbers = np.asarray(dataset[()])
        return checked(numbers.astype(np.float32) if numbers.dtype.kind in "iu" else numbers, what)
