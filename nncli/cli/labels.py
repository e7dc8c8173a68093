"""Which columns hold the true answers."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from nncli.errors import DataError

if TYPE_CHECKING:
    from nncli.cli.inputs import Rows
    from nncli.spec.model import Spec


def default_label(spec: Spec, data: str | None) -> str | None:
    """Return the label column that the spec names, or that its generated data have, or None."""
    from nncli.spec.model import FileData, GeneratedData

    if data is None and isinstance(spec.data, GeneratedData):
        return "label"
    return spec.data.label if isinstance(spec.data, FileData) else None


def needed_label(spec: Spec, data: str | None, label: str | None) -> str:
    """Return the label column that was asked for, else the spec's.

    Raises
    ------
    DataError
        There is none.
    """
    if (found := label or default_label(spec, data)) is not None:
        return found
    raise DataError(f"{data or spec.name}: name the column of the true answers with --label COLUMN")


def label_columns(rows: Rows, label: str) -> list[int]:
    """Return the numbers of the label columns: one, or several with commas.

    Raises
    ------
    DataError
        A column that is not there, or that is a feature.
    """
    from nncli.cli.inputs import find_column

    if rows.label is not None:
        return [rows.label]
    names = next(csv.reader([label], skipinitialspace=True))
    columns = [find_column(rows.table, name, "--label") for name in names]
    for column in columns:
        if column in rows.features:
            name = rows.table.columns[column]
            raise DataError(f"{rows.table.name}: the label column {name!r} is one of the network's inputs")
    return columns
