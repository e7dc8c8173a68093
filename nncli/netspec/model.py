"""The checked spec: what the user wrote, with every default filled in, frozen.

Its parts are named tuples: Python makes a dataclass in half a millisecond, and a dozen of them would be
seen in the start of every command. Dataclasses are what is compared or copied as one: the spec itself,
the network and its layers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

Place = tuple[int, int]
"""Line and column of a file, counted from 1."""

NO_LINE: Place = (0, 0)
"""The place of what no text says: a model file has no lines."""

KeyPath = tuple[str | int, ...]
"""Where in the spec: ``("layers", 1, "units")`` is ``layers[1].units``."""


class Override(str):
    """A change to the spec, ``layers.0.units=8``, and the place that its value then has in messages."""

    place: str

    def __new__(cls, setting: str, place: str | None = None) -> Override:
        """Keep the place of a setting that has one; else it is called an override."""
        override = super().__new__(cls, setting)
        override.place = getattr(setting, "place", f"override {setting}") if place is None else place
        return override


class LayerSpec(NamedTuple):
    """One dense layer.

    ``alpha`` may be a number for each neuron where the activation is prelu.
    ``weights`` has one row per neuron: (units, n_inputs). A model file's numbers are arrays.
    ``units`` is None only where the spec's weights file tells it.
    """

    units: int | None
    activation: str = "linear"
    alpha: float | tuple[float, ...] | None = None
    weights: tuple[tuple[float, ...], ...] | NDArray[Any] | None = None
    biases: tuple[float, ...] | NDArray[Any] | None = None
    weight_scale: float = 0.1
    name: str | None = None


class GeneratedData(NamedTuple):
    """A data set of the nnfs package; ``classes`` is None for sine."""

    kind: Literal["spiral", "vertical", "sine"]
    samples: int
    classes: int | None = None


class ValuesData(NamedTuple):
    """Inline rows."""

    rows: tuple[tuple[float, ...], ...]


class FileData(NamedTuple):
    """A file of rows; ``path`` is already relative to the working directory, not to the spec."""

    path: Path
    label: str | None = None


Data = GeneratedData | ValuesData | FileData


Task = Literal["classification", "regression"]


class Scale(NamedTuple):
    """Input scaling before the first layer: (x - mean) / std, one number per input."""

    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A network and, maybe, its data.

    ``inputs`` holds feature names, or their number, or None where the first layer's weights
    file tells it. ``dtype`` is None where the weights file decides, ``task`` where the last layer does.
    ``weights`` is a path that is already relative to the working directory.
    """

    name: str
    seed: int = 0
    nnfs: bool = False
    dtype: Literal["float32", "float64"] | None = None
    inputs: tuple[str, ...] | int | None
    scale: Scale | None = None
    layers: tuple[LayerSpec, ...]
    outputs: tuple[str, ...] | None = None
    task: Task | None = None
    data: Data | None = None
    weights: Path | None = None
    layout: Literal["units_inputs", "inputs_units"] | None = None
    places: Mapping[KeyPath, Place | str] = field(default_factory=dict, repr=False, compare=False)

    def place(self, *path: str | int) -> str:
        """Return ``net.yaml:7:5`` for a key path, or its nearest parent that the file holds.

        A value that an override gave has the override's place.
        """
        for end in range(len(path), -1, -1):
            if (at := self.places.get(path[:end])) is not None:
                return at if isinstance(at, str) else where(self.name, at)
        return self.name


def where(name: str, place: Place) -> str:
    """Return ``net.yaml:7:5``; the name alone where there are no lines."""
    return name if place == NO_LINE else f"{name}:{place[0]}:{place[1]}"
