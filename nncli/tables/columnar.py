"""What the tables of Arrow's types share: columns by name, rows in batches."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from nncli.errors import DataError
from nncli.stores import reason
from nncli.tables import arrow
from nncli.tables.arrow_block import ArrowBlock
from nncli.tables.arrow_column import ArrowColumn
from nncli.tables.columns import Column, Numbers
from nncli.tables.missing import fill_missing
from nncli.tables.own import Own, own_rows
from nncli.tables.read_options import ReadOptions
from nncli.tables.rows import Rows
from nncli.tables.table import BLOCK_BYTES, MANY_CELLS, Size, Table
from nncli.tables.wrong import of_numbered
from nncli.text import shown


class ColumnarTable(Table[ArrowBlock]):
    """A table of Arrow's types; see `nncli.tables.table.Table`. Nulls are missing values.

    A class of its own reads its batches, and closes it.
    """

    called = ""
    """What messages call the format."""

    has_header = True

    def __init__(self, name: str, schema: Any, n_rows: int | None, read_options: ReadOptions) -> None:
        self.name = name
        self.columns = list(schema.names)
        self.nameless = _indexes(schema.metadata or {}, self.columns)
        self.n_rows = n_rows
        self._schema = schema
        self._read_options = read_options
        if not self.columns:
            raise DataError(f"{self.name}: it has no columns")
        if len(set(self.columns)) < len(self.columns):
            twice, _ = Counter(self.columns).most_common(1)[0]
            raise DataError(f"{self.name}: two columns have the name {shown(twice)}; rename one of them")

    @property
    def is_big(self) -> bool:
        """Whether there are enough cells to be worth a start of more processes."""
        return (self.n_rows or 0) * len(self.columns) > MANY_CELLS

    @property
    def bytes_per_row(self) -> int:
        """About what the cells of a row take."""
        return 8 * len(self.columns)

    def blocks(
        self, features: Sequence[int], kept: Sequence[int], size: Size, limit: int | None = None
    ) -> Iterator[ArrowBlock]:
        """Read the wanted columns of some rows after the others; see `Table.blocks`."""
        for i in features:
            self._check_numeric(i)
        if limit == 0:
            yield ArrowBlock(self._no_rows())
        start = 0
        names = [self.columns[i] for i in sorted({*features, *kept})]
        n_rows = max(1, min(size.most_rows, BLOCK_BYTES // (8 * max(1, len(names)))))
        n_rows = max(n_rows // size.multiple, 1) * size.multiple
        batches = iter(()) if limit == 0 else self._read(names, n_rows)
        for batch in self._in_multiples(batches, size.multiple):
            left = len(batch) if limit is None else min(limit - start, len(batch))
            yield ArrowBlock(batch[:left], start)
            start += left
            if limit is not None and start >= limit:
                return
        if not start and limit != 0:
            raise DataError(f"{self.name}: no rows")

    def parse(self, block: ArrowBlock, features: Sequence[int], kept: Sequence[int]) -> Rows:
        """Return the rows of a block; see `Table.parse`."""
        try:
            return self._rows(block, features, kept)
        except arrow.ERRORS as error:
            raise DataError(why(self.name, self.called, error)) from error

    @abstractmethod
    def _read(self, names: list[str], n_rows: int) -> Iterator[Any]:
        """Yield the wanted columns of at most so many rows at a time."""

    def _check_numeric(self, column: int) -> None:
        kind = self._schema.field(column).type
        if not arrow.is_numeric(kind):
            name = self.columns[column]
            what, way_out = str(kind), ""
            if arrow.is_text(kind):
                what, way_out = "text", f" (numbers as text: pandas' frame[{name!r}].astype(float))"
            raise DataError(f"{self.name}: column {name}: {what}, where numbers belong{way_out}")

    def _no_rows(self) -> Any:
        empty = [column.combine_chunks() for column in self._schema.empty_table().columns]
        return pa.record_batch(empty, schema=self._schema)

    def _in_multiples(self, batches: Iterable[Any], multiple: int) -> Iterator[Any]:
        """Yield a multiple of rows at a time; batches end where they will."""
        waiting: list[Any] = []
        try:
            for batch in batches:
                if not len(batch):
                    continue
                waiting.append(batch)
                rest = sum(map(len, waiting)) % multiple
                if len(batch) > rest:
                    waiting[-1] = batch[: len(batch) - rest]
                    yield one_batch(waiting)
                    waiting = [batch[len(batch) - rest :]] if rest else []
        except arrow.ERRORS as error:
            raise DataError(why(self.name, self.called, error)) from error
        if waiting:
            yield one_batch(waiting)

    def _rows(self, block: ArrowBlock, features: Sequence[int], kept: Sequence[int]) -> Rows:
        batch = block.batch
        columns = [batch.column(self.columns[i]) for i in features]
        single = all(column.type == pa.float32() for column in columns)
        inputs: NDArray[Any] = np.empty((len(batch), len(columns)), np.float32 if single else np.float64)
        for i, column in enumerate(columns):
            inputs[:, i] = arrow.to_numpy(column)
        read_options = self._read_options
        wrong = of_numbered(self.name, block.first, set_aside=read_options.set_aside)
        names = [self.columns[i] for i in features]
        inputs, missing = fill_missing(
            inputs, read_options.missing, names, wrong, read_options.spelling.missing_numbers
        )
        copied = [_kept(batch.column(self.columns[i])) for i in kept]
        return Rows(inputs, copied, missing, block.first, wrong.rejects)

    def own(self, block: ArrowBlock, rows: Sequence[int]) -> list[Own]:
        """Return some rows as JSON, of the columns that are read; see `Table.own`."""
        batch = block.batch.take(arrow.numbers(np.array(rows, dtype=np.int64)))
        columns = [_kept(column) for column in batch.columns]
        return own_rows(columns, batch.schema.names, [block.first + row for row in rows])


def why(name: str, called: str, error: Exception) -> str:
    """Say what Arrow's error means."""
    if isinstance(error, OSError) and error.strerror:
        return f"{name}: {reason(error)}"
    return f"{name}: not a whole {called} file ({first_line(error)})"


def first_line(error: Exception) -> str:
    """Return the beginning of an error's text."""
    return str(error).split("\n", 1)[0][:200]


def one_batch(batches: Sequence[Any]) -> Any:
    """Return the rows of batches in one."""
    if len(batches) == 1:
        return batches[0]
    return pa.Table.from_batches(batches).unify_dictionaries().combine_chunks().to_batches()[0]


def _indexes(metadata: Mapping[bytes, bytes], columns: Sequence[str]) -> list[int]:
    """Return the columns that pandas has made of a frame's index."""
    try:
        names = json.loads(metadata.get(b"pandas", b"{}"))["index_columns"]
        return [columns.index(name) for name in names if isinstance(name, str) and name in columns]
    except (ValueError, LookupError, TypeError, RecursionError):
        return []


def _kept(column: Any) -> Column:
    """Return numbers as NumPy's array where none is null; all else stays what it is."""
    is_plain = arrow.is_number(column.type) and not column.null_count
    return Numbers(arrow.to_numpy(column)) if is_plain else ArrowColumn(column)
