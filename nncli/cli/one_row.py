"""One row of the data, for the commands that look closely at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nncli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from nncli.inspect.activity import Activity
    from nncli.inspect.rows import PickedRow
    from nncli.jobs.job import Job
    from nncli.models import Model
    from nncli.nn.network import Network

RowNumber = Annotated[int, typer.Option("--row", metavar="N", help="Number of the row, from 0.")]


def read_row(
    job: Job, model: Model, row: int | None, *, watched: int | None
) -> tuple[PickedRow | None, Activity]:
    """Return one row and what the units do over ``watched`` rows (None: all).

    Raises
    ------
    UsageError
        A negative row number.
    DataError
        No such row, or a value of it is missing.
    """
    from nncli.cli.inputs import opened
    from nncli.inspect.rows import scan

    if row is not None and row < 0:
        raise UsageError(f"--row {row}: rows are counted from 0")
    with opened(job._replace(missing="null"), model) as rows:
        return scan(model.network, rows.parsed(), row=row, watched=watched, name=rows.table.name)


def find_unit(
    network: Network, layer: int | None, unit: str | None, asked: str | None = None
) -> tuple[int | None, int | None]:
    """Return the layer and the unit that ``--layer`` and ``--unit`` mean; a unit alone is of the last layer.

    ``asked`` is the option as messages show it, where it is another one. A unit may be an output's name.

    Raises
    ------
    UsageError
        There is no such layer or unit.
    """
    last = len(network.layers) - 1
    if layer is not None and not 0 <= layer <= last:
        raise UsageError(f"{asked or f'--layer {layer}'}: the network has {_range('layer', last)}")
    if unit is None:
        return layer, None
    layer = last if layer is None else layer
    n_units = network.layers[layer].n_units
    if unit.isascii() and unit.isdigit() and int(unit) < n_units:
        return layer, int(unit)
    names = network.outputs if layer == last and network.kind != "binary" else None
    if names and unit in names:
        return layer, names.index(unit)
    raise UsageError(
        f"{asked or f'--unit {unit}'}: layers[{layer}] has {_range('unit', n_units - 1)}"
        f"{did_you_mean(unit, names or ())}"
    )


def _range(what: str, last: int) -> str:
    return f"one {what}, 0" if last == 0 else f"{what}s 0 to {last}"
