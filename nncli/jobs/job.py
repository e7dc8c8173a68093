"""What is to be done, in one value."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from nncli.tables.missing import MissingRule

Keep = Literal["others", "all", "none"] | Sequence[str] | None
"""Which input columns are copied: those that the network does not use, all, none, or these."""


class MostRejects(NamedTuple):
    """How many wrong rows there may be: a number of rows, or a share of all in percent."""

    number: float
    is_share: bool = False

    def __str__(self) -> str:
        return f"{self.number:g}%" if self.is_share else f"{self.number:.0f}"


class Job(NamedTuple):
    """A network, rows to run through it, and what becomes of the results.

    Attributes
    ----------
    spec, overrides
        The network: the path of a spec or a model file, and changes to it such as ``seed=3``.
    activations
        What follows each layer of a file that holds weights only.
    data
        Where the rows are: files, and patterns of files; ``-`` is standard input. No places: the spec's own.
    features
        The columns that go in, in the network's order; none: the names of its inputs tell.
    labels
        The columns with the true answers; they are no features.
    header
        Whether a text's first line names its columns; None where that is assumed.
    delimiter
        What separates the cells of a text; None: its format tells.
    decimal
        What stands before the decimals of a text's numbers.
    missing
        What becomes of rows with a missing feature.
    missing_words
        Texts that say, besides the usual ones, that a value is missing.
    limit
        No more rows than that.
    keep, trace, decimals
        Which input columns are copied, whether every layer's numbers are written, and how they are rounded.
    file_column
        What the column is called that says which file a row comes from; None: there is none.
    output, format
        Where results go (None: standard output), and how they are spelled.
    rejects, max_rejects
        The file that takes wrong rows (None: the first one ends the run), and how many there may be.
    n_jobs
        The most processes or threads at work; None: one for each processor.
    cluster
        The address of a Dask scheduler whose workers do the work, a file each; ``local`` starts some here.
    base
        Where relative paths start from, for work that is done in another folder; None: where we are.
    """

    spec: Path
    overrides: Sequence[str] = ()
    activations: str | None = None
    data: Sequence[str] = ()
    features: Sequence[str] = ()
    labels: Sequence[str] = ()
    header: bool | None = None
    delimiter: str | None = None
    decimal: str = "."
    missing: MissingRule = "error"
    missing_words: Sequence[str] = ()
    limit: int | None = None
    keep: Keep = None
    trace: bool = False
    decimals: int | None = None
    file_column: str | None = None
    output: str | None = None
    format: str = "csv"
    rejects: str | None = None
    max_rejects: MostRejects | None = None
    n_jobs: int | None = None
    cluster: str | None = None
    base: str | None = None
