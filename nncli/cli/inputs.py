"""What the command line says of a network and its rows, as a `Job`."""

from __future__ import annotations

import csv
import io
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from nncli.cli import options
from nncli.cli.printing import say
from nncli.cli.standard_input import descriptor_for_rows, rows_given, warn_of_unread
from nncli.errors import DataError, UsageError, did_you_mean
from nncli.jobs.job import Job, Keep, MostRejects

if TYPE_CHECKING:
    from nncli.jobs.inputs import Input
    from nncli.models import Model
    from nncli.netspec.model import Spec
    from nncli.tables.missing import MissingRule


def make_job(
    *,
    spec: Path,
    data: str | Sequence[str] | None = None,
    set_values: list[str] | None = None,
    seed: int | None = None,
    dtype: str | None = None,
    activations: str | None = None,
    label: str | None = None,
    header: bool = False,
    no_header: bool = False,
    delimiter: str | None = None,
    decimal: str = ".",
    missing: str | None = None,
    features: str | None = None,
    on_missing: str = "error",
    limit: int | None = None,
    rejects: str | None = None,
    max_rejects: str | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    keep: str | None = None,
    trace: bool = False,
    decimals: int | None = None,
    file_column: str | None = None,
    output: str | None = None,
    format: str = "csv",
) -> Job:
    """Return what the options of a command say is to be done.

    Raises
    ------
    UsageError
        A value that says nothing.
    """
    return Job(
        spec=spec,
        overrides=options.overrides(set_values, seed, dtype),
        activations=activations,
        data=(data,) if isinstance(data, str) else tuple(data or ()),
        labels=() if label is None else split_names(label, "--label"),
        header=options.names_columns(header, no_header),
        delimiter=delimiter,
        decimal=decimal,
        missing_words=() if missing is None else split_names(missing, "--missing"),
        features=() if features is None else split_names(features, "--features"),
        missing=missing_rule(on_missing),
        limit=limit,
        rejects=rejects,
        max_rejects=most_rejects(max_rejects, rejects),
        n_jobs=jobs,
        cluster=cluster,
        keep=keep_from(keep),
        trace=trace,
        decimals=decimals,
        file_column=file_column,
        output=None if output == "-" else output,
        format=format,
    )


@contextmanager
def opened(
    job: Job, model: Model, *, several: bool = False, stdin_is_taken: bool = False, quiet: bool = False
) -> Iterator[Input]:
    """Open the job's rows, those of the spec, or standard input.

    Parameters
    ----------
    several
        Whether the rows may lie in several files.
    stdin_is_taken
        Whether something else is read from standard input.
    quiet
        Say nothing about a standard input that is not read.

    Raises
    ------
    DataError
        No data anywhere, a file that can't be read, or columns that don't match.
    UsageError
        Standard input is both the rows and something else, or a pattern stands for several files
        where one is meant.
    """
    from nncli.jobs.inputs import open_input

    spec = model.spec
    if "-" in job.data and (spec.name == "<stdin>" or stdin_is_taken):
        other = "spec" if spec.name == "<stdin>" else "other results"
        raise UsageError(f"-: standard input can't be both the {other} and the rows")
    asked = job.data
    if not stdin_is_taken:
        job = job._replace(data=rows_given(spec, asked))
        if not job.data and spec.data is None and descriptor_for_rows(spec) is not None:
            raise DataError(
                f"{spec.name}: no data, and no rows on standard input: give a file, or the spec's key 'data'"
            )
    with open_input(job, model, several=several) as rows:
        if rows.table.remark is not None and not quiet and sys.stderr.isatty():
            say(f"{rows.table.name}: {rows.table.remark}")
        yield rows
    if spec.data is not None and not stdin_is_taken and not quiet:
        warn_of_unread(spec, asked)


def needed_labels(spec: Spec, data: Sequence[str]) -> list[str]:
    """Return the label column of the spec's own data.

    Raises
    ------
    DataError
        There is none.
    """
    from nncli.jobs.inputs import default_label
    from nncli.netspec.model import ValuesData

    if (default := default_label(spec, data)) is not None:
        return [default]
    if not data and isinstance(spec.data, ValuesData):
        raise DataError(f"{spec.name}: its own rows have no true answers: give a file, and --label COLUMN")
    raise DataError(
        f"{data[0] if data else spec.name}: name the column of the true answers with --label COLUMN"
    )


def keep_from(text: str | None) -> Keep:
    """Read the value of ``--keep``."""
    if text is None or text in ("others", "all", "none"):
        return cast(Keep, text)
    return split_names(text, "--keep")


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


def most_rejects(text: str | None, rejects: str | None) -> MostRejects | None:
    """Read the value of ``--max-rejects``.

    Raises
    ------
    UsageError
        Neither a number of rows nor a share of them, or nothing takes these rows.
    """
    if text is None:
        return None
    if rejects is None:
        raise UsageError("--max-rejects: it goes with --rejects FILE, which takes the rows with a mistake")
    is_share = text.endswith("%")
    try:
        number = float(text.removesuffix("%")) if is_share else int(text)
    except ValueError:
        number = -1
    if not 0 <= number <= (100 if is_share else math.inf):
        raise UsageError(f"--max-rejects {text}: give a number of rows, or a share of them such as 5%")
    return MostRejects(number, is_share)


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
