"""Which rows come in, and which of their columns go where."""

# Imports inside of functions: what only several files need, or only labels.

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from nncli import datasets, tables
from nncli.engines import in_order, plan
from nncli.errors import DataError, Remedy, UsageError
from nncli.jobs.block import Aside, work_on
from nncli.jobs.columns import find_column, match_columns
from nncli.jobs.job import Job, Keep
from nncli.jobs.rejects import Rejects, is_earlier, refuse_used
from nncli.netspec.model import FileData, GeneratedData, Spec, ValuesData
from nncli.nn.network import Network
from nncli.stores import address, expand, from_base, is_same
from nncli.tables import ArrayTable, Size, Table
from nncli.tables.rows import Rows
from nncli.text import shown

if TYPE_CHECKING:
    from nncli.jobs.labels import LabelColumn
    from nncli.jobs.several import Others, Prepare, Reach
    from nncli.models import Model

R = TypeVar("R")

BYTES_PER_NUMBER = 12
"""About what a number takes in a text."""

_NAME_TAKEN = "{table}: keep={keep!r}: {problem}, or leave it out: keep={rest!r}"


class Input(NamedTuple):
    """An open table of which we know what each column is for.

    Attributes
    ----------
    features, labels
        Column numbers: what goes in, in the network's order, and the true answers.
    default_keep
        What is copied by default.
    others
        The files behind this one that are one table with it; None: there are none.
    rejects
        Takes the rows that are set aside.
    """

    table: Table[Any]
    features: list[int]
    labels: list[int]
    default_keep: Keep
    others: Others | None = None
    rejects: Rejects | None = None

    @property
    def reach(self) -> Table[Any] | Reach:
        """What tells how far a run over all rows is."""
        return self.table if self.others is None else self.others.reach

    @property
    def label_columns(self) -> list[LabelColumn]:
        """What the label columns are called."""
        from nncli.jobs.labels import LabelColumn

        return [LabelColumn(self.table.name, self.table.columns[i]) for i in self.labels]

    def in_order(
        self,
        work: Callable[[Rows, int], R],
        network: Network,
        size: Size,
        kept: Sequence[int],
        job: Job,
    ) -> Iterator[R]:
        """Yield ``work(rows, n_threads)`` of every block, in order; who works is decided here.

        Raises
        ------
        DataError
            At the earliest row that is wrong, or one that is one too many.
        """
        table, features = self.table, self.features

        def parse_and_work(block: Any, n_threads: int) -> tuple[R, Aside]:
            return work_on(table, block, (features, kept), work, n_threads)

        n_bytes = table.bytes_per_row + BYTES_PER_NUMBER * network.n_outputs
        blocks = table.blocks(features, kept, size, job.limit)
        is_short = job.limit is not None and job.limit <= size.most_rows
        who = plan(1 if is_short else job.n_jobs, flops_per_row=network.flops_per_row, bytes_per_row=n_bytes)
        for result, aside in in_order(parse_and_work, blocks, who, is_big=lambda: table.is_big):
            if self.rejects is not None:
                self.rejects.add(aside)
            yield result
            del result  # or it would take memory until the next one is there

    def all_in_order(
        self, prepare: Prepare[R], network: Network, size: Size, job: Job, rejects: Rejects | None
    ) -> Iterator[R]:
        """Do as `in_order`, over the other files' rows, too.

        Parameters
        ----------
        prepare
            Tells which columns of a file are copied, and what is done with its rows.
        rejects
            Takes the wrong rows, where the job sets them aside.
        """
        rows = self._replace(rejects=rejects)
        if self.others is not None:
            yield from self.others.in_order(rows, prepare, size)
        else:
            kept, work = prepare(rows)
            yield from rows.in_order(work, network, size, kept, job)
        if rejects is not None:
            rejects.check_share()

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
        times = Counter(names)
        if twice := [name for name in names if times[name] > 1]:
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
            features = set(self.features)
            return [i for i in range(len(columns)) if i not in features]
        if keep == "all":
            return list(range(len(columns)))
        return list(dict.fromkeys(find_column(self.table, name, "keep") for name in keep))


@contextmanager
def open_input(job: Job, model: Model, *, several: bool = False) -> Iterator[Input]:
    """Open the job's rows, or those of the spec, and match their columns to the network's inputs.

    Parameters
    ----------
    several
        Whether the rows may lie in several files; whoever says so works on `Input.all_in_order`.

    Raises
    ------
    DataError
        No data anywhere, a file that can't be read, or columns that don't match.
    UsageError
        A pattern that several files match, where one is meant.
    """
    spec, network = model
    places = places_of(job) if job.data else []
    own = spec.data.path if isinstance(spec.data, FileData) else None
    refuse_used(job, [job.spec, spec.weights, own, *places])
    labels = list(job.labels)
    default_keep: Keep = "others"
    more: list[str] = []
    if job.data:
        place, *more = places
        if more and not several:
            found = f"{1 + len(more):,} files, from {shown(place)} to {shown(more[-1])}"
            raise UsageError(f"{shown(job.data[0])} stands for {found}; give one of them")
        opened = open_table(job, place)
    elif isinstance(spec.data, FileData):
        opened = open_table(job, address(spec.data.path))
        if spec.data.label is not None:
            labels = labels or [spec.data.label]
    elif spec.data is None:
        raise DataError(f"{spec.name}: no data: give a file, - for standard input, or the spec's key 'data'")
    else:
        default_keep = "none" if isinstance(spec.data, ValuesData) else "all"
        opened = array_table(spec, network, set_aside=job.rejects is not None)
    with opened as table:
        features, label_columns = match_columns(table, network, labels, job.features)
        others = None
        if more:
            from nncli.jobs.several import Others, Reach

            others = Others(place, more, partial(open_table, job), network, job, Reach([place, *more]))
        yield Input(table, features, label_columns, default_keep, others)


@contextmanager
def open_file(job: Job, network: Network, place: str) -> Iterator[Input]:
    """Open one file in place of the job's own rows; see `open_input`."""
    with open_table(job, place) as table:
        features, labels = match_columns(table, network, job.labels, job.features)
        yield Input(table, features, labels, "others")


def open_table(job: Job, place: str) -> Table[Any]:
    """Open a file of rows as the job says that it is to be read."""
    return tables.open_table(
        from_base(place, job.base),
        name=None if job.base is None else place,
        header=job.header,
        delimiter=job.delimiter,
        decimal=job.decimal,
        missing=job.missing,
        missing_words=job.missing_words,
        set_aside=job.rejects is not None,
    )


def places_of(job: Job) -> list[str]:
    """Return the files that the job's data stand for; a pattern leaves out what the job itself writes.

    Raises
    ------
    DataError
        A pattern that no file matches, or a folder.
    UsageError
        The output would replace one of several files.
    """
    found = expand(job.data)
    found = [file for file in found if file.base is None or not is_earlier(job, file.place)] or found
    if len(found) > 1 and job.output is not None:
        found = [file for file in found if file.base is None or not is_same(file.place, job.output)]
        if any(is_same(file.place, job.output) for file in found):
            raise UsageError(
                f"{job.output}: the result would replace one of several files; write it elsewhere"
            )
    if [file.place for file in found].count("-") > 1:
        raise UsageError("-: standard input can't be two files")
    return [file.place for file in found]


def default_label(spec: Spec, data: Sequence[str]) -> str | None:
    """Return the label column that the spec names, or that its generated data have, or None."""
    if not data and isinstance(spec.data, GeneratedData):
        return "label"
    return spec.data.label if isinstance(spec.data, FileData) else None


def array_table(spec: Spec, network: Network, *, set_aside: bool) -> Table[Any]:
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
    return ArrayTable(f"the data of {spec.name}", columns, set_aside=set_aside)
