"""Which rows come in, and which of their columns go where."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from nncli.errors import DataError, UsageError, did_you_mean
from nncli.text import listed

if TYPE_CHECKING:
    from nncli.netspec.model import Spec
    from nncli.nn.network import Network
    from nncli.tables import MissingRule, Table
    from nncli.tables.batch import Batch


class Rows(NamedTuple):
    """An open table of which we know what each column is for.

    ``features`` and ``others`` are column numbers; ``label`` is one too, or None. ``default_keep``
    is what ``--keep`` means where the user does not say.
    """

    table: Table
    features: list[int]
    label: int | None
    default_keep: str

    def kept(self, keep: str | None, taken: Sequence[str] = ()) -> list[int]:
        """Return the columns that ``--keep`` names; ``taken`` are the output's own column names.

        Raises
        ------
        DataError
            A column that is not there, or one asked for whose name the output needs.
        """
        columns = self.table.columns
        chosen = self._chosen(keep)
        clashing = [columns[i] for i in chosen if columns[i] in taken]
        if clashing and keep not in (None, "others"):
            rest = ",".join(columns[i] for i in chosen if columns[i] not in taken) or "none"
            raise DataError(
                f"{self.table.name}: --keep {keep}: the output has a column {clashing[0]!r} of its own;"
                f" rename the input's, or leave it out: --keep {rest}"
            )
        return [i for i in chosen if columns[i] not in taken]

    def replaced(self, keep: str | None, taken: Sequence[str]) -> list[str]:
        """Return the names of columns that nobody has asked for and `kept` leaves out."""
        names = [self.table.columns[i] for i in self._chosen(keep)]
        return [name for name in names if name in taken]

    def _chosen(self, keep: str | None) -> list[int]:
        columns = self.table.columns
        keep = keep or self.default_keep
        if keep == "none":
            return []
        if keep == "others":
            return [i for i in range(len(columns)) if i not in self.features]
        if keep == "all":
            return list(range(len(columns)))
        names = split_names(keep, "--keep")
        return list(dict.fromkeys(find_column(self.table, name, "--keep") for name in names))

    def batches(self, kept: list[int], limit: int | None = None) -> Iterator[Batch]:
        """Yield the rows, features in the network's order."""
        return self.table.batches(self.features, kept, limit)


@contextmanager
def open_rows(
    spec: Spec,
    network: Network,
    data: str | None,
    *,
    label: str | None = None,
    more_labels: Sequence[str] = (),
    header: bool | None = None,
    delimiter: str | None = None,
    on_missing: str = "error",
    stdin_is_taken: bool = False,
    quiet: bool = False,
) -> Iterator[Rows]:
    """Open DATA, the spec's own data or standard input, and match the columns to the network's inputs.

    Parameters
    ----------
    stdin_is_taken
        Whether something else is read from standard input.
    quiet
        Say nothing about a standard input that is not read.

    Raises
    ------
    DataError
        No data anywhere, a file that can't be read, or columns that don't match.
    """
    from nncli import tables
    from nncli.cli.standard_input import rows_given, warn_of_unread
    from nncli.netspec.model import FileData, ValuesData

    missing = missing_rule(on_missing)
    if data == "-" and (spec.name == "<stdin>" or stdin_is_taken):
        other = "spec" if spec.name == "<stdin>" else "other results"
        raise UsageError(f"-: standard input can't be both the {other} and the rows")
    asked = data
    if not stdin_is_taken:
        data = rows_given(spec, data)
    if data is None and spec.data is None:
        raise DataError(_no_data(spec, stdin_is_taken))
    if data is not None or isinstance(spec.data, FileData):
        if data is None and isinstance(spec.data, FileData):
            data, label = str(spec.data.path), label or spec.data.label
        assert data is not None
        default_keep = "others"
        opened = tables.open_table(data, header=header, delimiter=delimiter, missing=missing)
    else:
        default_keep = "none" if isinstance(spec.data, ValuesData) else "all"
        opened = array_table(spec, network)
    with opened as table:
        features, label_column = match_columns(table, network, label, more_labels)
        yield Rows(table, features, label_column, default_keep)
    if spec.data is not None and not stdin_is_taken and not quiet:
        warn_of_unread(spec, asked)


def _no_data(spec: Spec, stdin_is_taken: bool) -> str:
    from nncli.cli.standard_input import descriptor_for_rows

    if stdin_is_taken or descriptor_for_rows(spec) is None:
        return f"{spec.name}: no data: give a file, - for standard input, or the spec's key 'data'"
    return f"{spec.name}: no data, and no rows on standard input: give a file, or the spec's key 'data'"


def array_table(spec: Spec, network: Network) -> Table:
    """Return the spec's generated or inline data as a table."""
    from nncli import datasets
    from nncli.netspec.model import GeneratedData, ValuesData
    from nncli.tables import ArrayTable

    if isinstance(spec.data, GeneratedData):
        X, y = datasets.generate(spec.data, spec.seed, spec.nnfs)
    else:
        assert isinstance(spec.data, ValuesData)
        import numpy as np

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


def missing_rule(text: str) -> MissingRule:
    """Read the value of ``--on-missing``.

    Raises
    ------
    UsageError
        Neither error, null nor a finite number.
    """
    if text in ("error", "null"):
        return text  # type: ignore[return-value] # mypy does not narrow str to Literal here
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(
            f"--on-missing {text}: give error, null or a number{did_you_mean(text, ['error', 'null'])}"
        )
    return number


def match_columns(
    table: Table, network: Network, label: str | None, more_labels: Sequence[str] = ()
) -> tuple[list[int], int | None]:
    """Return the features' columns in the network's order, and the label's.

    By name where the header has all the names. By position where the names don't matter to the
    user (``inputs`` is a number, or there is no header) and exactly so many columns remain. Never
    the first n of more, and not under names that are all numbers: such a line may be data.

    Raises
    ------
    DataError
        No such label column, or columns that don't match the inputs.
    """
    columns = table.columns
    label_column = None if label is None else find_column(table, label, "the label")
    labels = {label_column, *(find_column(table, name, "the label") for name in more_labels)}
    if table.has_header and set(network.inputs) <= set(columns):
        features = [columns.index(name) for name in network.inputs]
        if both := labels.intersection(features):
            name = columns[min(i for i in both if i is not None)]
            raise DataError(f"{table.name}: the label column {name!r} is one of the network's inputs")
        return features, label_column
    candidates = [i for i in range(len(columns)) if i not in labels]
    if len(candidates) == network.n_inputs and not (table.has_header and network.named_inputs):
        if table.unsure_header is not None:
            _refuse_numbers(table, *table.unsure_header)
        if not table.has_header:
            for i, name in zip(candidates, network.inputs, strict=True):
                columns[i] = name
        return candidates, label_column
    raise DataError(_mismatch(table, network, label))


def split_names(text: str, option: str) -> list[str]:
    """Return the column names that an option lists, separated by commas and quoted as in CSV.

    Raises
    ------
    UsageError
        No single line of names.
    """
    try:
        (names,) = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True)
    except (ValueError, csv.Error) as error:
        raise UsageError(
            f'{option} {text!r}: give column names with commas; a name with a comma goes in "quotes"'
        ) from error
    return names


def find_column(table: Table, name: str, asker: str) -> int:
    """Return a column's number.

    Raises
    ------
    DataError
        The table has no such column; the message lists those that it has.
    """
    if name in table.columns:
        return table.columns.index(name)
    raise DataError(
        f"{table.name}: {asker}: no column {name!r}{did_you_mean(name, table.columns)};"
        f" there are {listed(table.columns)}{_hint(table, (len(table.columns) + 1) // 2)}"
    )


def _mismatch(table: Table, network: Network, label: str | None) -> str:
    aside = f" besides the label {label!r}" if label is not None else ""
    if not table.has_header:
        return (
            f"{table.name}: {len(table.columns)} columns without names, where the network takes"
            f" {network.n_inputs}{aside}; set one aside with --label column_<i>, or give the file a header"
        )
    absent = [name for name in network.inputs if name not in table.columns]
    return (
        f"{table.name}: the columns are {listed(table.columns)}; the network takes"
        f" {listed(network.inputs)}{aside}; not there: {listed(absent)}{_hint(table, network.n_inputs)}"
    )


def _refuse_numbers(table: Table, place: str, line: str) -> None:
    """Raise DataError where a header may well be the first row; 0, 1, 2, … are names that pandas gives."""
    from nncli.tables.csv_exact import reads_as_data

    if reads_as_data(table.columns) and table.columns != [str(i) for i in range(len(table.columns))]:
        raise DataError(
            f"{place}: the header is all numbers: {line}; say --no-header if this line is data,"
            " or --header if it names the columns"
        )


def _hint(table: Table, n_numbers: int) -> str:
    """Return what to say where a header of at least so many numbers, or of nothing else, lacks a name."""
    from nncli.tables.csv_exact import reads_as_data

    if table.unsure_header is None:
        return ""
    found = sum(reads_as_data([name]) for name in table.columns)
    may_be_data = found >= n_numbers or reads_as_data(table.columns)
    return "; is the first line data? Then say --no-header" if may_be_data else ""
