"""``nncli report``: one page that draws the network and recomputes it live."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nncli.cli import options
from nncli.errors import DataError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nncli.cli.inputs import Rows
    from nncli.netspec.model import Spec
    from nncli.nn.network import Network
    from nncli.tables.batch import Batch
    from nncli.views.report import Sample

MOST_ROWS = 1000
MOST_CELLS = 2_000_000  # of all rows on the page together: some 20 MB

PageOutput = Annotated[
    str | None, typer.Option("-o", "--output", metavar="FILE", help="Write the page to FILE, an .html file.")
]
PageRows = Annotated[
    int, typer.Option(min=1, max=MOST_ROWS, metavar="N", help="How many of the first rows the page holds.")
]


def report(
    spec: options.SpecArgument,
    data: options.DataArgument = None,
    output: PageOutput = None,
    label: options.Label = None,
    rows: PageRows = 500,
    on_missing: options.OnMissing = "error",
    set_values: options.SetValue = None,
    seed: options.Seed = None,
    dtype: options.DType = None,
    header: options.Header = False,
    no_header: options.NoHeader = False,
    delimiter: options.Delimiter = None,
) -> None:
    """Write one HTML page that draws the network and recomputes it as you move its inputs.

    \b
    nncli report configs/spiral.yaml -o spiral.html
    nncli report iris.yaml flowers.csv --label species -o iris.html

    Every neuron's arithmetic, sliders, the decision map of two inputs, histograms, and with labels the
    metrics over all rows. The page is one file: it works offline and loads nothing. In its address
    #1.2 is unit 2 of layers[1].
    """
    import numpy as np

    from nncli.cli.inputs import open_rows
    from nncli.cli.standard_input import rows_given
    from nncli.files import open_output
    from nncli.models import read_weights
    from nncli.netspec import read_spec
    from nncli.nn.build import build
    from nncli.views.report import Sample, page

    check_output(output)
    if on_missing == "null":
        raise UsageError("--on-missing null: every row of a page has numbers; give error or a number")
    network_spec = read_spec(spec, options.overrides(set_values, seed, dtype))
    network = build(network_spec, read_weights(network_spec))
    data = rows_given(network_spec, data, needed=label is not None)
    if data is None and network_spec.data is None and label is None:
        html = page(network, Sample(features=np.empty((0, network.n_inputs))), spec.name)
    else:
        with open_rows(
            network_spec,
            network,
            data,
            label=label or label_of(network_spec, data, network),
            header=options.names_columns(header, no_header),
            delimiter=delimiter,
            on_missing=on_missing,
        ) as table:
            most = min(rows, max(1, MOST_CELLS // network.n_inputs))
            sample, metrics = read_sample(network, table, most, judged=label is not None)
        html = page(network, sample, spec.name, metrics)
    with open_output(None if output == "-" else output) as stream:
        stream.write(html.encode())


def check_output(output: str | None) -> None:
    """Refuse to write a page to a terminal, or under the name of something else.

    Raises
    ------
    UsageError
        The output is no place for a page.
    """
    if output in (None, "-"):
        if sys.stdout.isatty():
            raise UsageError("a page is nothing for a terminal: give -o report.html")
    elif Path(str(output)).suffix.lower() not in ("", ".html", ".htm"):
        raise UsageError(f"-o {output}: the report is a page: give a name that ends in .html")


def label_of(spec: Spec, data: str | None, network: Network) -> str | None:
    """Return the label column of the spec's own data; of generated data only one that fits the network."""
    from nncli.cli.labels import default_label
    from nncli.engines.local import class_names
    from nncli.netspec.model import GeneratedData

    if data is not None:
        return None
    if isinstance(spec.data, GeneratedData):
        plain, n_classes = network.kind == "values", spec.data.classes
        values_fit = n_classes is None and plain and network.n_outputs == 1
        classes_fit = n_classes is not None and not plain and n_classes <= len(class_names(network))
        if not (values_fit or classes_fit) or "label" in network.inputs:
            return None
    return default_label(spec, data)


def read_sample(
    network: Network, rows: Rows, most: int, *, judged: bool
) -> tuple[Sample, dict[str, Any] | None]:
    """Read the first rows for the page; with a label column also all others, for the metrics.

    Where ``judged`` is false, labels that the network can't be judged by are shown all the same.

    Raises
    ------
    DataError
        A row or label that is wrong, or labels that don't fit the network.
    """
    from nncli.engines.evaluate import evaluate_classes, evaluate_values, task_of
    from nncli.engines.labels import ClassLabels

    first = FirstRows(most)
    labels = [] if rows.label is None else [rows.label]
    try:
        task = task_of(network, 1) if labels else None
    except DataError:
        if judged:
            raise
        task = None
    if task is None:
        for _ in first.watch(rows.batches(labels, most + 1)):
            pass
        return first.sample(), None
    place = f"{rows.table.name}: label column {rows.table.columns[labels[0]]!r}"
    batches = first.watch(rows.batches(labels))
    if task == "regression":
        metrics = evaluate_values(network, batches, [place])
        return first.sample(), metrics
    metrics = evaluate_classes(network, batches, place)
    names = [str(name) for name in metrics["classes"]]
    codes = ClassLabels(metrics["classes"], place).read(first.labels, 0)
    return first.sample([names[code] for code in codes]), metrics


class FirstRows:
    """Copies the first rows of the batches that pass by.

    Parameters
    ----------
    most
        How many rows to keep.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.n_rows = 0
        self.features: list[NDArray[Any]] = []
        self.labels: list[str] = []

    def watch(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Yield the same batches."""
        from nncli.engines.labels import texts

        for batch in batches:
            if (wanted := self.most - self.n_rows) > 0:
                self.features.append(batch.features[:wanted].copy())
                if batch.kept:
                    self.labels += texts(batch.kept[0])[:wanted]
            self.n_rows += len(batch)
            yield batch

    def sample(self, labels: list[str] | None = None) -> Sample:
        """Return the rows; ``labels`` in place of what their cells say."""
        import numpy as np

        from nncli.views.report import Sample

        return Sample(
            features=np.concatenate(self.features),
            labels=labels or self.labels or None,
            complete=self.n_rows <= self.most,
        )
