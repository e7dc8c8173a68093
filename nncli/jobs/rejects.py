"""Wrong rows, set aside in a CSV file: what it holds, and how many there may be."""

# Imports inside of functions: what only wrong rows, or many files, need.

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO, StringIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Self

from nncli.errors import DataError, Remedy, UsageError, of_argument
from nncli.jobs.block import Aside, csv_lines
from nncli.jobs.job import Job, MostRejects
from nncli.stores import is_url, open_output

COLUMNS = ("file", "line", "column", "problem", "row")
"""``line`` is the line of a text, from 1, or the number of a row, from 0."""

_PIECE = 1 << 18

_ROWS = "{problem}; with it {found} wrong, more than max_rejects={most}"
_SHARE = "{problem}, more than max_rejects='{most}'; they are in {path}"


class Rejects:
    """The file of rejects, and how many there are.

    Attributes
    ----------
    n_rows, n_rejects
        How many rows were read, wrong ones too, and how many of them were wrong.
    """

    def __init__(self, stream: BinaryIO, path: str, most: MostRejects | None) -> None:
        self.n_rows = self.n_rejects = 0
        self.has_lines = True
        self._stream = stream
        self._path = path
        self._most = most

    def add(self, aside: Aside) -> None:
        """Write what a block sets aside; see `count`."""
        self.write(aside.lines)
        self.count(aside)

    def count(self, aside: Aside) -> None:
        """Count what a block, or a file, sets aside.

        Raises
        ------
        TooManyRejectsError
            There are more than so many rows.
        """
        before, most = self.n_rejects, self._most
        self.n_rows += aside.n_rows
        self.n_rejects += aside.n_rejects
        self.has_lines = aside.has_lines
        if most is not None and not most.is_share and self.n_rejects > most.number:
            raise self._one_too_many(aside, before, int(most.number))

    def write(self, lines: bytes) -> None:
        """Write lines of what is counted."""
        self._stream.write(lines)

    def check_share(self) -> None:
        """Look at the share of wrong rows once all are read.

        Raises
        ------
        TooLargeShareError
            It is more than was allowed.
        """
        most = self._most
        if most is None or not most.is_share or self.n_rejects * 100 <= most.number * self.n_rows:
            return
        problem = f"{self.n_rejects:,} of {_counted(self.n_rows)} {_are(self.n_rejects)} wrong"
        raise TooLargeShareError(
            problem, remedies=[Remedy("max_rejects_share", _SHARE, {"most": str(most), "path": self._path})]
        )

    def __str__(self) -> str:
        return f"{self.n_rejects:,} of {_counted(self.n_rows)} set aside in {self._path}"

    def _one_too_many(self, aside: Aside, before: int, most: int) -> TooManyRejectsError:
        """Say of the row behind the last one that was allowed what is wrong with it."""
        import csv

        rows = csv.reader(StringIO(aside.lines.decode(), newline=""))
        file, line, column, problem, _ = next(islice(rows, most - before, None))
        place = f"{file}:{line}" if aside.has_lines else f"{file}: row {line}"
        values = {"found": f"{_counted(most + 1)} {_are(most + 1)}", "most": str(self._most)}
        return TooManyRejectsError(
            f"{place}: column {column}: {problem}" if column else f"{place}: {problem}",
            remedies=[Remedy("max_rejects", _ROWS, values)],
        )


class TooManyRejectsError(DataError):
    """More rows are wrong than may be: that ends the whole work, whatever else is to be done."""


class TooLargeShareError(DataError):
    """More of the rows are wrong than may be: known at the end, when all of them are in their file."""


@contextmanager
def open_rejects(job: Job) -> Iterator[Rejects | None]:
    """Open the job's file for wrong rows; None where the first of them is an error.

    The file is there at the end, or if too large a share of the rows is wrong; after any other failure
    it is not.
    """
    if job.rejects is None:
        yield None
        return
    failure = None
    with open_output(job.rejects) as stream:
        try:
            stream.write(csv_lines([COLUMNS]))
            yield Rejects(stream, job.rejects, job.max_rejects)
        except TooLargeShareError as error:
            failure = error
    if failure is not None:
        raise failure


@contextmanager
def rejects_of_file(job: Job) -> Iterator[tuple[Rejects | None, Callable[[], Aside | None]]]:
    """Give what takes the wrong rows of one of many files, and what tells of them at the end."""
    if job.rejects is None:
        yield None, lambda: None
        return
    most = job.max_rejects
    lines = BytesIO()
    rejects = Rejects(lines, job.rejects, None if most is None or most.is_share else most)
    yield rejects, lambda: Aside(rejects.n_rows, rejects.n_rejects, lines.getvalue(), rejects.has_lines)


class RejectsInOrder:
    """Takes the wrong rows of many files as these are done, and writes them in the files' order.

    Parameters
    ----------
    rejects
        Where they go; None: no row is set aside.
    """

    def __init__(self, rejects: Rejects | None) -> None:
        self._rejects = rejects
        self._waiting: BinaryIO = BytesIO()
        if rejects is not None:
            from tempfile import TemporaryFile

            self._waiting = TemporaryFile()  # noqa: SIM115 - closed at the end of the block
        self._places: dict[str, tuple[int, int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._waiting.close()

    def add(self, name: str, aside: Aside | None) -> None:
        """Take what a file sets aside; see `Rejects.count`."""
        if self._rejects is None or aside is None:
            return
        self._rejects.count(aside)
        if aside.lines:
            self._places[name] = self._waiting.tell(), len(aside.lines)
            self._waiting.write(aside.lines)

    def write(self, names: Iterable[str]) -> None:
        """Write those of the files of these names; see `Rejects.check_share`."""
        if self._rejects is None:
            return
        for name in names:
            start, n_bytes = self._places.get(name, (0, 0))
            self._waiting.seek(start)
            while n_bytes:
                piece = self._waiting.read(min(n_bytes, _PIECE))
                self._rejects.write(piece)
                n_bytes -= len(piece)
        self._rejects.check_share()


def refuse_used(job: Job, inputs: Iterable[str | Path | None]) -> None:
    """Raise UsageError where the file for wrong rows is also an input, or the output."""
    if job.rejects is None:
        return
    remedies = of_argument("rejects")
    if job.rejects == "-":
        raise UsageError("give a file; standard output is for results", remedies=remedies)
    if job.output is not None and _is_same(job.rejects, job.output):
        raise UsageError(f"{job.rejects} is the output as well", remedies=remedies)
    is_there = is_url(job.rejects) or os.path.exists(job.rejects)
    if is_there and any(path and _is_same(job.rejects, path) for path in inputs):
        raise UsageError(f"{job.rejects} is an input", remedies=remedies)


def is_earlier(job: Job, place: str) -> bool:
    """Whether what a pattern has found is what an earlier run has set aside where this one will."""
    if job.rejects is None or not _is_same(job.rejects, place):
        return False
    header = csv_lines([COLUMNS])
    try:
        with open(place, "rb") as file:
            return file.read(len(header)) == header
    except OSError:
        return False


def _is_same(path: str, other: str | Path) -> bool:
    """Whether two paths lead to one file; what always takes everything, as /dev/null does, is none."""
    place = 0 if str(other) == "-" else other
    try:
        status = os.stat(path)
        return stat.S_ISREG(status.st_mode) and os.path.samestat(status, os.stat(place))
    except (OSError, ValueError):  # one of them is not there
        return os.path.realpath(path) == os.path.realpath(other)


def _counted(n_rows: int) -> str:
    return "1 row" if n_rows == 1 else f"{n_rows:,} rows"


def _are(n_rows: int) -> str:
    return "is" if n_rows == 1 else "are"
