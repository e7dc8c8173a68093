"""One operator of the graph, and what it is set to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nncli.errors import ModelError
from nncli.models.steps import Step
from nncli.models.tensors import quoted

Meaning = tuple[list[Step], str]
"""What a node means: its steps in the order in which they are computed, and the tensor they begin with."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One operator of the graph; `place` begins its messages."""

    place: str
    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    def error(self, why: str) -> ModelError:
        """Return an error that names the node."""
        return ModelError(f"{self.place}: {why}")

    def settings(self, **known: Any) -> dict[str, Any]:
        """Return the node's attributes with defaults for those that it leaves out.

        Raises
        ------
        ModelError
            Where the node has an attribute that is not in `known`, or one of another type.
        """
        for name, value in self.attributes.items():
            if name not in known:
                raise self.error(f"attribute {quoted(name)} is not supported")
            if not isinstance(value, type(known[name])):
                raise self.error(f"attribute {quoted(name)} has the wrong type")
        return known | dict(self.attributes)

    def expect_inputs(self, least: int, most: int) -> None:
        """Refuse a node with too few or too many inputs."""
        if not least <= len(self.inputs) <= most or "" in self.inputs[:least]:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            raise self.error(f"has {len(self.inputs)} inputs, and takes {wanted}")


def as_text(path: Path, value: str | bytes) -> str:
    """Return a name of the file; protobuf gives bytes where they are not UTF-8.

    Raises
    ------
    ModelError
        For such bytes.
    """
    if isinstance(value, str):
        return value
    raise ModelError(f"{path}: the name {quoted(value.decode(errors='replace'))} is not UTF-8")
