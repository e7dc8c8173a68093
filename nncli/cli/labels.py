"""Which columns hold the true answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncli.errors import DataError

if TYPE_CHECKING:
    from nncli.netspec.model import Spec


def default_label(spec: Spec, data: str | None) -> str | None:
    """Return the label column that the spec names, or that its generated data have, or None."""
    from nncli.netspec.model import FileData, GeneratedData

    if data is None and isinstance(spec.data, GeneratedData):
        return "label"
    return spec.data.label if isinstance(spec.data, FileData) else None


def needed_labels(spec: Spec, data: str | None, label: str | None) -> list[str]:
    """Return the label columns that were asked for, separated by commas, else the spec's.

    Raises
    ------
    DataError
        There is none.
    """
    from nncli.cli.inputs import split_names

    if label is not None:
        return split_names(label, "--label")
    if (default := default_label(spec, data)) is not None:
        return [default]
    raise DataError(f"{data or spec.name}: name the column of the true answers with --label COLUMN")
