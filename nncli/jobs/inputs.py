"""Which rows come in, and which of their columns go where."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from unicodedata import normalize

import numpy as np

from nncli import datasets, tables
from nncli.engines import in_order, plan
from nncli.errors import DataError, Remedy, did_you_mean
from nncli.jobs.job import Job, Keep
from nncli.netspec.model import FileData, GeneratedData, Spec, ValuesData
from nncli.nn.network import Network
from nncli.tables import ArrayTable, Size, Table
from nncli.tables.rows import Rows
from nncli.text import listed, shown

if TYPE_CHECKING:
    from nncli.models import Model

R = TypeVar("R")

_BYTES_PER_RESULT = 12
"""About what a number takes in the output."""

_KEEP = "{table}: keep: {problem}"
_NAME_TAKEN = "{table}: keep={keep!r}: {problem}, or leave it out: keep={rest!r}"
_SET_ASIDE = Remedy(
    "set_aside", "{problem}; set one aside with labels=['column_<i>'], or give the file a header"
)
_NAMES_OR_DATA = Remedy(
    "names_or_data",
    "{problem}; say header=False if this line is data, or header=True if it names the columns",
)


class Input(NamedTuple):
    """An open table of which we know what each column is for.

    Attributes
    ----------
    features, labels
        Column numbers: what goes in, in the network's order, and the true answers.
    default_keep
        What is copied where nobody says.
    """

    table: Table[Any]
    features: list[int]
    labels: list[int]
    default_keep: Keep

    @property
    def label_places(self) -> list[str]:
        """What messages call the label columns."""
        return [f"{self.table.name}: label column {self.table.columns[i]!r}" for i in self.labels]

    def in_order(
        self, work: Callable[[Rows, int], R], network: Network, size: Size, kept: Sequence[int], job: Job
    ) -> Iterator[R]:
        """Yield ``work(rows, n_threads)`` of every block, in order; who works is decided here.

        Raises
        ------
        DataError
            At the earliest row that is wrong.
        """
        table, features = self.table, self.features

        def parse_and_work(block: Any, n_threads: int) -> R:
            return work(table.parse(block, features, kept), n_threads)

        n_bytes = table.bytes_per_row + _BYTES_PER_RESULT * network.n_outputs
        blocks = table.blocks(features, kept, size, job.limit)
        is_short = job.limit is not None and job.limit <= size.most_rows
        who = plan(1 if is_short else job.n_jobs, flops_per_row=network.flops_per_row, bytes_per_row=n_bytes)
        return in_order(parse_and_work, blocks, who, is_big=lambda: table.is_big)

    def parsed(
        self, kept: Sequence[int] = (), limit: int | None = None, size: Size | None = None
    ) -> Iterator[Rows]:
        """Yield the rows, a block at a time, read by this process alone."""
        for block in self.table.blocks(self.features, kept, size or Size(), limit):
            yield self.table.parse(block, self.features, kept)

    def kept(self, keep: Keep, taken: Sequence[str] = ()) -> list[int]:
        """Return the columns that are copied; ``taken`` are the output's own column names.

        Raises
        ------
        DataError
            A column that is not there, or one asked for whose name the output needs.
        """
        columns = self.table.columns
        chosen = self._chosen(keep)
        clashing = [columns[i] for i in chosen if columns[i] in taken]
        if clashing and keep not in (None, "others"):
            values = {
                "table": self.table.name,
                "keep": keep,
                "rest": [columns[i] for i in chosen if columns[i] not in taken] or "none",
            }
            raise DataError(
                f"the output has a column {clashing[0]!r} of its own; rename the input's",
                remedies=[Remedy("name_taken", _NAME_TAKEN, values)],
            )
        return [i for i in chosen if columns[i] not in taken]

    def replaced(self, keep: Keep, taken: Sequence[str]) -> list[str]:
        """Return the names of columns that nobody has asked for and `kept` leaves out."""
        names = [self.table.columns[i] for i in self._chosen(keep)]
        return [name for name in names if name in taken]

    def check_names(self, kept: Sequence[int], format: str) -> None:
        """Raise DataError where kept columns share a name, which the format can't hold."""
        names = [self.table.columns[i] for i in kept]
        if twice := [name for name in names if names.count(name) > 1]:
            what = f"two columns are called {shown(twice[0])}" if twice[0] else "two columns have no name"
            rest = ",".join(dict.fromkeys(name for name in names if name not in twice)) or "none"
            raise DataError(
                f"{self.table.name}: {what}, which {format} can't hold",
                remedies=[Remedy("one_name", "{problem}; choose columns: keep={rest!r}", {"rest": rest})],
            )

    def _chosen(self, keep: Keep) -> list[int]:
        columns = self.table.columns
        keep = keep or self.default_keep
        if keep is None or keep == "none":
            return []
        if keep == "others":
            return [i for i in range(len(columns)) if i not in self.features]
        if keep == "all":
            return list(range(len(columns)))
        return list(dict.fromkeys(find_column(self.table, name) for name in keep))


@contextmanager
def open_input(job: Job, model: Model) -> Iterator[Input]:
    """Open the job's rows, or those of the spec, and match their columns to the network's inputs.

    Raises
    ------
    DataError
        No data anywhere, a file that can't be read, or columns that don't match.
    """
    spec, network = model
    labels = list(job.labels)
    default_keep: Keep = "others"
    if job.data is not None or isinstance(spec.data, FileData):
        data = job.data
        if data is None:
            assert isinstance(spec.data, FileData)
            data = str(spec.data.path)
            if spec.data.label is not None:
                labels = labels or [spec.data.label]
        opened = tables.open_table(data, header=job.header, delimiter=job.delimiter, missing=job.missing)
    elif spec.data is None:
        raise DataError(f"{spec.name}: no data: give a file, - for standard input, or the spec's key 'data'")
    else:
        default_keep = "none" if isinstance(spec.data, ValuesData) else "all"
        opened = array_table(spec, network)
    with opened as table:
        features, label_columns = match_columns(table, network, labels)
        yield Input(table, features, label_columns, default_keep)


def default_label(spec: Spec, data: str | None) -> str | None:
    """Return the label column that the spec names, or that its generated data have, or None."""
    if data is None and isinstance(spec.data, GeneratedData):
        return "label"
    return spec.data.label if isinstance(spec.data, FileData) else None


def array_table(spec: Spec, network: Network) -> Table[Any]:
    """Return the spec's generated or inline data as a table."""
    if isinstance(spec.data, GeneratedData):
        X, y = datasets.generate(spec.data, spec.seed, spec.nnfs)
    else:
        assert isinstance(spec.data, ValuesData)

        X, y = np.array(spec.data.rows, dtype=np.float64), None
    if X.shape[1] != network.n_inputs:
        raise DataError(
            f"{spec.place('data')}: data: {X.shape[1]} values a row,"
            f" where the network takes {network.n_inputs}"
        )
    columns = {name: X[:, i] for i, name in enumerate(network.inputs)}
    if y is not None:
        columns["label" if "label" not in columns else "label_"] = y.reshape(len(y))
    return ArrayTable(f"the data of {spec.name}", columns)


def match_columns(table: Table[Any], network: Network, labels: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the features' columns in the network's order, and the labels'.

    By name where the header has all the names. By position where the names don't matter to the
    user (``inputs`` is a number, or there is no header) and exactly so many columns remain. Never
    the first n of more, and not under names that are all numbers: such a line may be data.

    Raises
    ------
    DataError
        No such label column, or columns that don't match the inputs.
    """
    columns = table.columns
    label_columns = [find_column(table, name, is_label=True) for name in labels]
    names = Names(table)
    if table.has_header and all(name in names for name in network.inputs):
        features = [names.place(name) for name in network.inputs]
        if both := set(label_columns).intersection(features):
            name = columns[min(both)]
            raise DataError(f"{table.name}: the label column {name!r} is one of the network's inputs")
        return features, label_columns
    aside = {*label_columns, *table.nameless}
    candidates = [i for i in range(len(columns)) if i not in aside]
    if len(candidates) == network.n_inputs and not (table.has_header and network.named_inputs):
        for i in candidates if table.has_header else ():
            names.place(columns[i])
        if table.unsure_header is not None:
            _refuse_numbers(table, *table.unsure_header)
        if not table.has_header:
            for i, name in zip(candidates, network.inputs, strict=True):
                columns[i] = name
        return candidates, label_columns
    raise _mismatch(table, network, labels)


def find_column(table: Table[Any], name: str, *, is_label: bool = False) -> int:
    """Return the number of a column that is kept, or holds labels.

    Raises
    ------
    DataError
        The table has no such column; the message lists those that it has.
    """
    names = Names(table)
    if name in names:
        return names.place(name)
    hint = did_you_mean(name, table.columns)
    problem = f"no column {name!r}{hint}; there are {listed(table.columns)}"
    remedies = _may_be_data(table, (len(table.columns) + 1) // 2)
    if is_label:
        raise DataError(f"{table.name}: the label: {problem}", remedies=remedies)
    raise DataError(problem, remedies=[*remedies, Remedy("keep", _KEEP, {"table": table.name})])


class Names:
    """Where each name stands among a table's columns, in whichever form Unicode has it."""

    def __init__(self, table: Table[Any]) -> None:
        self._table = table
        self._places: dict[str, list[int]] = {}
        for i, name in enumerate(table.columns):
            self._places.setdefault(normalize("NFC", name), []).append(i)

    def __contains__(self, name: str) -> bool:
        return normalize("NFC", name) in self._places

    def place(self, name: str) -> int:
        """Return the place of a name that is there.

        Raises
        ------
        DataError
            It is there twice.
        """
        places = self._places[normalize("NFC", name)]
        if len(places) > 1:
            table = self._table
            where = table.name if table.unsure_header is None else table.unsure_header[0]
            remedies = _may_be_data(table, len(table.columns))
            raise DataError(f"{where}: the header names {shown(name)} twice", remedies=remedies)
        return places[0]


def _mismatch(table: Table[Any], network: Network, labels: Sequence[str]) -> DataError:
    aside = f" besides the label {labels[0]!r}" if labels else ""
    if not table.has_header:
        return DataError(
            f"{table.name}: {len(table.columns)} columns without names,"
            f" where the network takes {network.n_inputs}{aside}",
            remedies=[_SET_ASIDE],
        )
    names = Names(table)
    absent = [name for name in network.inputs if name not in names]
    return DataError(
        f"{table.name}: the columns are {listed(table.columns)}; the network takes"
        f" {listed(network.inputs)}{aside}; not there: {listed(absent)}",
        remedies=_may_be_data(table, network.n_inputs),
    )


def _refuse_numbers(table: Table[Any], place: str, line: str) -> None:
    """Raise DataError where a header may well be the first row; 0, 1, 2, … are names that pandas gives."""
    from nncli.tables.numbers import reads_as_data

    if reads_as_data(table.columns) and not _pandas_has_named(table):
        raise DataError(f"{place}: the header is all numbers: {line}", remedies=[_NAMES_OR_DATA])


def _pandas_has_named(table: Table[Any]) -> bool:
    """Whether the columns are called 0, 1, 2, …, beside an index without a name."""
    named = [name for i, name in enumerate(table.columns) if i not in table.nameless]
    return named == [str(i) for i in range(len(named))]


def _may_be_data(table: Table[Any], n_numbers: int) -> list[Remedy]:
    """Return what to say where a header of at least so many numbers, or of nothing else, lacks a name."""
    from nncli.tables.numbers import MAY_BE_DATA, reads_as_data

    if table.unsure_header is None or (table.nameless and _pandas_has_named(table)):
        return []
    found = sum(reads_as_data([name]) for name in table.columns)
    return [MAY_BE_DATA] if found >= n_numbers or reads_as_data(table.columns) else []
