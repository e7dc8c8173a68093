"""Several files as one table: rows in the files' order, columns by the first file's names.

Small files go to the engine whole, so that they are opened and cut where they are worked on; the blocks of
larger ones as those of a single file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from nncli.engines import WORTH_PROCESSES, in_order, plan
from nncli.errors import DataError, Remedy, did_you_mean
from nncli.jobs.block import Aside, work_on
from nncli.jobs.columns import Names, in_one_form, match_columns
from nncli.jobs.job import Job, Keep
from nncli.stores import is_url, stamp
from nncli.tables import Rows, Size, Table
from nncli.text import shown

if TYPE_CHECKING:
    from nncli.jobs.inputs import Input
    from nncli.nn.network import Network

R = TypeVar("R")

Work = Callable[[Rows, int], R]
Prepare = Callable[["Input"], tuple[Sequence[int], Work[R]]]
"""Which columns of a file are copied, and what is done with its rows."""

SMALL = 1 << 20
"""A file of at most so many bytes goes to the engine whole."""

_MOST_BLOCKS = 4
"""If it has more, its results would take too much memory at once: packed, it was not small."""

_SAME_COLUMNS = "{problem}; say which columns to copy, for example keep={common!r}"


class Reach:
    """How far a run over several files is; `nncli.tables.table.Table` has the other names.

    Attributes
    ----------
    n_files, files_done
        How many files there are, and how many are done.
    """

    n_rows: int | None = None

    def __init__(self, places: Sequence[str], sizes: Mapping[str, int] | None = None) -> None:
        self.n_files = len(places)
        self.name = f"{self.n_files:,} files"
        self.sizes = sizes or {
            place: found.size for place in places if (found := stamp(place, recent=True)) is not None
        }
        self.n_bytes = sum(self.sizes.values()) if len(self.sizes) == len(set(places)) else None
        self.files_done = 0
        self._bytes_done = 0
        self._table: Table[Any] | None = None

    @property
    def of_files(self) -> str:
        """How many files are done, for people."""
        return f"{self.files_done:,} of {self.n_files:,} files"

    @property
    def bytes_read(self) -> int:
        """How many of the files' bytes are read."""
        return self._bytes_done + (0 if self._table is None else self._table.bytes_read)

    def begin(self, table: Table[Any]) -> None:
        """Note the file that is read by now."""
        self._table = table

    def done(self, place: str) -> None:
        """Note that a file is done."""
        self._table = None
        self.files_done += 1
        self._bytes_done += self.sizes.get(place, 0)


class Others(NamedTuple):
    """The files behind the first one.

    Attributes
    ----------
    first
        The place of the first one.
    places
        Where the others are.
    open_table
        Opens one of them.
    """

    first: str
    places: Sequence[str]
    open_table: Callable[[str], Table[Any]]
    network: Network
    job: Job
    reach: Reach

    @contextmanager
    def open(self, place: str, first: Input) -> Iterator[Input]:
        """Open one of the files, its columns matched as the first one's are."""
        with self.open_table(place) as table:
            features, labels = match_like(first, table, self.network, self.job)
            yield first._replace(table=table, features=features, labels=labels, others=None)

    def in_order(self, first: Input, prepare: Prepare[R], size: Size) -> Iterator[R]:
        """Yield what is done with every block of all files; see `Input.in_order`.

        Raises
        ------
        DataError
            A file that can't be read, or whose columns are others: before any work where that can be known.
            Else at the earliest row that is wrong.
        """
        if self.job.limit is not None:
            yield from self._first_rows(first, prepare, size, self.job.limit)
            return
        for place in self.places:
            if place in self.reach.sizes:  # what may come only once is not opened before its turn
                with self.open(place, first) as rows:
                    prepare(rows)
        yield from self._by_blocks(self.first, first, prepare, size)
        sizes = self.reach.sizes

        def is_small_here(place: str) -> bool:  # what a network brings comes to this process alone
            return not is_url(place) and sizes.get(place, SMALL + 1) <= SMALL

        for is_small, places in groupby(self.places, is_small_here):
            if is_small:
                yield from self._whole(list(places), first, prepare, size)
                continue
            for place in places:
                with self.open(place, first) as rows:
                    yield from self._by_blocks(place, rows, prepare, size)

    def _by_blocks(self, place: str, rows: Input, prepare: Prepare[R], size: Size) -> Iterator[R]:
        self.reach.begin(rows.table)
        kept, work = prepare(rows)
        yield from rows._replace(others=None).in_order(work, self.network, size, kept, self.job)
        self.reach.done(place)

    def _whole(self, places: Sequence[str], first: Input, prepare: Prepare[R], size: Size) -> Iterator[R]:
        def work_on_file(place: str, n_threads: int) -> list[tuple[R, Aside]] | None:
            with self.open(place, first) as rows:
                kept, work = prepare(rows)
                results: list[tuple[R, Aside]] = []
                for block in rows.table.blocks(rows.features, kept, size):
                    if len(results) == _MOST_BLOCKS:
                        return None
                    results.append(work_on(rows.table, block, (rows.features, kept), work, n_threads))
                return results

        flops, n_bytes = self.network.flops_per_row, first.table.bytes_per_row
        who = plan(self.job.n_jobs, flops_per_row=flops, bytes_per_row=n_bytes)
        is_big = sum(map(self.reach.sizes.__getitem__, places)) > WORTH_PROCESSES
        for place, results in zip(
            places, in_order(work_on_file, places, who, is_big=lambda: is_big), strict=True
        ):
            if results is None:
                with self.open(place, first) as rows:
                    yield from self._by_blocks(place, rows, prepare, size)
            else:
                for result, aside in results:
                    if first.rejects is not None:
                        first.rejects.add(aside)
                    yield result
                self.reach.done(place)

    def _first_rows(self, first: Input, prepare: Prepare[R], size: Size, limit: int) -> Iterator[R]:
        """Yield what is done with the first rows; files behind them are not opened."""
        for place in (self.first, *self.places):
            with self.open(place, first) if place is not self.first else nullcontext(first) as rows:
                kept, work = prepare(rows)

                def count_and_work(part: Rows, n_threads: int, work: Work[R] = work) -> tuple[int, R]:
                    return len(part), work(part, n_threads)

                job = self.job._replace(limit=limit)
                rows = rows._replace(others=None)
                for n_rows, result in rows.in_order(count_and_work, self.network, size, kept, job):
                    limit -= n_rows
                    yield result
            self.reach.done(place)
            if limit <= 0:
                return


def match_like(first: Input, table: Table[Any], network: Network, job: Job) -> tuple[list[int], list[int]]:
    """Return the features' columns and the labels' of a later file: by the names that the first one's have.

    Raises
    ------
    DataError
        The columns have other names, or don't match the network's inputs.
    """
    labels = [first.table.columns[i] for i in first.labels]
    if job.features or not (first.table.has_header and table.has_header):
        return match_columns(table, network, labels, job.features)
    names = Names(table)
    wanted = [first.table.columns[i] for i in first.features]
    if all(name in names for name in wanted):
        return match_columns(table, network, labels, wanted)
    match_columns(table, network, labels)  # raises, where columns go in by their names
    absent = next(name for name in wanted if name not in names)
    hint = did_you_mean(absent, table.columns)
    raise DataError(f"{table.name}: no column {shown(absent)}, which goes in from {first.table.name}{hint}")


def kept_like(first: Input, kept: Sequence[int], rows: Input, keep: Keep, taken: Sequence[str]) -> list[int]:
    """Return the columns that are copied of a later file, in the order of the first one's.

    Raises
    ------
    DataError
        They are others than the first one's.
    """
    wanted = [first.table.columns[i] for i in kept]
    there = rows.kept(keep, taken)
    places: dict[str, list[int]] = {}
    for i in there:
        places.setdefault(in_one_form(rows.table.columns[i]), []).append(i)
    found = [(name, places.get(in_one_form(name), [])) for name in wanted]
    common = [name for name, at in found if at] or "none"
    remedies = [Remedy("same_columns", _SAME_COLUMNS, {"common": common})]
    result = []
    for name, at in found:
        if not at:
            problem = f"no column {shown(name)}, which {first.table.name} has"
            raise DataError(f"{rows.table.name}: {problem}", remedies=remedies)
        result.append(at.pop(0))
    if more := [rows.table.columns[i] for i in there if i not in result]:
        problem = f"a column {shown(more[0])}, which {first.table.name} has not"
        raise DataError(f"{rows.table.name}: {problem}", remedies=remedies)
    return result
