"""Numbers that somebody's own code has computed, as rows of a network's results.

A file may hold any of a network's numbers, and it may lie turned over: a row for each unit, as code prints
it that multiplies with the transposed inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nncli.errors import DataError
from nncli.jobs.compare import Outputs
from nncli.jobs.compute import number_names
from nncli.jobs.recorded import Recorded, all_columns
from nncli.jobs.their_arrays import read_arrays
from nncli.nn.network import Network, Stage
from nncli.tables import Table, open_table
from nncli.tables.numbers import is_count, reads_as_data
from nncli.text import listed

Matrices = Mapping[Stage, NDArray[Any]]


class Reading(NamedTuple):
    """One way to read a file.

    Attributes
    ----------
    stages
        What it holds, in the order of its columns.
    blocks
        The rows, to be read once.
    turned
        Whether it lies turned over.
    n_rows
        How many there are, where they are in memory.
    ignored
        Names in the file that stand for nothing of this network.
    spells_infinity
        False where the format writes NaN and the infinities alike as nothing.
    """

    stages: Sequence[Stage]
    blocks: Iterable[Outputs]
    turned: bool = False
    n_rows: int | None = None
    ignored: Sequence[str] = ()
    spells_infinity: bool = True


def names_of(network: Network, stage: Stage, *, traced: bool = False) -> list[str]:
    """Return the columns of such numbers; ``traced``: those of a trace, also for the outputs."""
    layer, which = stage
    if stage == (len(network.layers) - 1, "a") and not traced:
        return number_names(network)
    return [f"layer{layer}_{which}_{unit}" for unit in range(network.layers[layer].n_units)]


@contextmanager
def open_theirs(path: str, network: Network) -> Iterator[list[Reading]]:
    """Open a file of results; there are two readings where it may lie either way.

    Raises
    ------
    DataError, ModelError
        It can't be read, or holds no numbers that this network has.
    """
    arrays = None if path == "-" else read_arrays(Path(path))
    if arrays is not None:
        yield _of_arrays(path, network, arrays)
        return
    with open_table(path, missing="null") as table:
        named = [name for i, name in enumerate(table.columns) if i not in table.nameless]
        if not table.has_header or not reads_as_data(named) or is_count(named):  # 0, 1, 2: pandas's names
            yield _of_table(table, network)
            return
    if path == "-":
        raise DataError("-: its first line is all numbers: put a line of names before it, or give a file")
    with open_table(path, missing="null", header=False) as table:
        yield _of_table(table, network)


def _of_arrays(path: str, network: Network, arrays: Mapping[str, NDArray[Any]]) -> list[Reading]:
    known: dict[str, Stage] = {}
    for layer in range(len(network.layers)):
        known |= {f"z{layer}": (layer, "z"), f"a{layer}": (layer, "a")}
    known["output"] = (len(network.layers) - 1, "a")  # behind its other name, which it replaces
    if len(arrays) == 1 and not set(arrays) & set(known):  # what np.save and np.savez(file, array) write
        arrays = {"output": next(iter(arrays.values()))}
    matrices = {stage: arrays[name] for name, stage in known.items() if name in arrays}
    if not matrices:
        found = listed(list(arrays)) or "nothing"
        raise DataError(f"{path}: holds {found}; this network's numbers are called {listed(list(known))}")
    return _readings(path, network, matrices, [name for name in arrays if name not in known])


def _of_table(table: Table[Any], network: Network) -> list[Reading]:
    stages, names = _stages_in(table, network)
    recorded = Recorded(
        table.name, list(table.columns), all_columns(table), spells_infinity=table.tells_infinity
    )
    blocks = recorded.results(names, np.float64)
    first, n_rows = [], 0
    most_units = max(network.layers[layer].n_units for layer, _ in stages)
    for block in blocks:
        first.append(block)
        n_rows += len(block.values)
        if n_rows > most_units:  # too many to be units: it does not lie turned over
            break
    n_units = sum(network.layers[layer].n_units for layer, _ in stages)
    if n_rows > most_units and len(names) == n_units:
        return [Reading(stages, chain(first, blocks), spells_infinity=recorded.spells_infinity)]
    rows = np.concatenate([block.values for block in first])
    if len(names) != n_units:  # of one stage then
        return _readings(table.name, network, {stages[0]: rows})
    ends = np.cumsum([network.layers[layer].n_units for layer, _ in stages])[:-1]
    readings = _readings(table.name, network, dict(zip(stages, np.split(rows, ends, axis=1), strict=True)))
    return [reading if reading.turned else reading._replace(blocks=first) for reading in readings]


def _stages_in(table: Table[Any], network: Network) -> tuple[list[Stage], list[str]]:
    """Return what a table holds, by the names of its columns, and these; else all its columns are outputs."""
    last = len(network.layers) - 1
    stages: list[Stage] = []
    names: list[str] = []
    columns = set(table.columns)
    for layer in range(last + 1):
        for which in ("z", "a"):
            stage: Stage = (layer, which)
            for traced in (False, True):
                of_stage = names_of(network, stage, traced=traced)
                if stage not in stages and columns.issuperset(of_stage):
                    stages.append(stage)
                    names += of_stage
    if stages:
        return stages, names
    every = [name for i, name in enumerate(table.columns) if i not in table.nameless and name != "prediction"]
    return [(last, "a")], every


def _readings(path: str, network: Network, matrices: Matrices, ignored: Sequence[str] = ()) -> list[Reading]:
    """Return each way in which these are all rows x units.

    Raises
    ------
    DataError
        There is none.
    """
    readings = []
    stages = sorted(matrices, key=lambda stage: (stage[0], stage[1] == "a"))
    for turned in (False, True):
        parts = [_as_rows(matrices[stage], network.layers[stage[0]].n_units, turned) for stage in stages]
        whole = [part for part in parts if part is not None]
        if len(whole) == len(parts) and len({len(part) for part in whole}) == 1:
            rows = np.hstack([part.astype(np.float64) for part in whole])
            readings.append(Reading(stages, [Outputs(rows, None)], turned, len(rows), ignored))
    if readings:
        return readings
    shapes = [f"{_name(stage)} {' x '.join(map(str, matrices[stage].shape))}" for stage in stages]
    layer = stages[0][0]
    raise DataError(
        f"{path}: {listed(shapes)}: not rows x units, nor units x rows, of this network, where"
        f" layers[{layer}] has {network.layers[layer].n_units} units"
    )


def _as_rows(matrix: NDArray[Any], n_units: int, turned: bool) -> NDArray[Any] | None:
    """Return a matrix as rows x units, or None where it is none; a vector is one row, or of one unit."""
    if matrix.ndim == 1:
        matrix = matrix.reshape(-1, 1) if n_units == 1 else matrix.reshape(1, -1)
    matrix = matrix.T if turned else matrix
    return matrix if matrix.ndim == 2 and matrix.shape[1] == n_units and len(matrix) else None


def _name(stage: Stage) -> str:
    layer, which = stage
    return f"{which}{layer}"
