"""``nncli compare``: hold a network's results beside another's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nncli.cli import options
from nncli.errors import CheckFailed, DataError

if TYPE_CHECKING:
    from nncli.cli.inputs import Rows
    from nncli.engines.compare import Comparison, Results
    from nncli.nn.network import Network

With = Annotated[
    str,
    typer.Option(
        "--with",
        metavar="onnxruntime|FILE",
        help="The other side: the same network in onnxruntime, or a table that run has written.",
    ),
]
Atol = Annotated[
    float,
    typer.Option(min=0, callback=options.finite, metavar="NUMBER", help="Difference allowed to any value."),
]
Rtol = Annotated[
    float,
    typer.Option(
        min=0,
        callback=options.finite,
        metavar="SHARE",
        help="Difference allowed besides, as a share of the value.",
    ),
]


def compare(
    spec: options.SpecArgument,
    data: options.DataArgument = None,
    other: With = "onnxruntime",
    atol: Atol = 1e-6,
    rtol: Rtol = 1e-5,
    output: options.Output = None,
    format: options.ReportFormat = None,
    label: options.Label = None,
    limit: options.Limit = None,
    on_missing: options.OnMissing = "error",
    set_values: options.SetValue = None,
    seed: options.Seed = None,
    dtype: options.DType = None,
    header: options.Header = False,
    no_header: options.NoHeader = False,
    delimiter: options.Delimiter = None,
) -> None:
    """Compare a network's results with onnxruntime's, or with results saved before.

    \b
    nncli compare net.yaml points.csv                       against onnxruntime
    nncli compare net.yaml points.csv --with scores.csv     against a file of results
    nncli compare net.yaml points.csv --with scores.csv --atol 0.001

    Tells the largest difference and where it is; exits with 1 where a value is beyond the tolerance,
    a prediction differs, or one side has more rows. NaN equals NaN.
    """
    from nncli.cli.inputs import open_rows
    from nncli.cli.reports import report_format, write_report
    from nncli.models import read_weights
    from nncli.netspec import read_spec
    from nncli.nn.build import build
    from nncli.views import comparison as view

    chosen = report_format(output, format)
    network_spec = read_spec(spec, options.overrides(set_values, seed, dtype))
    network = build(network_spec, read_weights(network_spec))
    with open_rows(
        network_spec,
        network,
        data,
        label=label,
        header=options.names_columns(header, no_header),
        delimiter=delimiter,
        on_missing=on_missing,
        stdin_is_taken=other == "-",
    ) as rows:
        if other == "onnxruntime":
            result = with_onnxruntime(network, rows, limit, atol, rtol)
        else:
            result = with_file(network, rows, other, limit, atol, rtol)
    report = view.report(result, other)
    write_report(output, chosen, report, view.text)
    if not result.agrees:
        raise CheckFailed(view.verdict(report))


def with_onnxruntime(network: Network, rows: Rows, limit: int | None, atol: float, rtol: float) -> Comparison:
    """Compare batch by batch with onnxruntime's outputs."""
    import numpy as np

    from nncli.engines.compare import Comparison, Results
    from nncli.engines.local import output_names, run
    from nncli.engines.onnxruntime import load, require

    require("--with onnxruntime")
    peer = load(network)
    names = [name for name in output_names(network) if name != "prediction"]
    comparison = Comparison(names, atol, rtol, network.dtype)
    for batch in run(network, rows.batches([], limit)):
        assert batch.outputs is not None
        present = np.ones(len(batch), dtype=bool) if batch.missing is None else ~batch.missing
        here = batch.outputs[present].astype(np.float64)
        there = peer(batch.features[present]).astype(np.float64)
        comparison.add(Results(here, None), Results(there, None))
    return comparison


def with_file(
    network: Network, rows: Rows, path: str, limit: int | None, atol: float, rtol: float
) -> Comparison:
    """Compare with results that were saved: the network's columns, those of --trace where it has them."""
    from nncli.engines.compare import Comparison
    from nncli.engines.compare import compare as compare_streams
    from nncli.engines.local import output_names
    from nncli.engines.recorded import open_recorded

    with open_recorded(path, network) as recorded:
        needed = [name for name in output_names(network) if name != "prediction"]
        if absent := [name for name in needed if name not in recorded.columns]:
            raise DataError(f"{path}: no column {absent[0]!r}: these are no results of this network")
        every = [name for name in output_names(network, trace=True) if name != "prediction"]
        names = [name for name in every if name in recorded.columns]
        here = results_here(
            network, rows, limit, [every.index(name) for name in names], recorded.spells_infinity
        )
        there = recorded.results(names, network.dtype, limit)
        return compare_streams(Comparison(names, atol, rtol, network.dtype), here, there)


def results_here(
    network: Network, rows: Rows, limit: int | None, columns: list[int], spells_infinity: bool
) -> Iterator[Results]:
    """Yield the network's own results in some of the columns of ``run --trace``, without the prediction's."""
    import numpy as np

    from nncli.engines.compare import Results
    from nncli.engines.labels import texts
    from nncli.engines.local import run

    trace = len(columns) > network.n_outputs
    n_trace = 2 * sum(layer.n_units for layer in network.layers)
    if not trace:
        columns = [column - n_trace for column in columns]
    for batch in run(network, rows.batches([], limit), trace=trace):
        parts: list[Any] = [batch.trace, batch.outputs] if trace else [batch.outputs]
        values = np.hstack(parts)[:, columns].astype(np.float64)
        if batch.missing is not None:
            values[batch.missing] = np.nan
        if not spells_infinity:
            values[np.isinf(values)] = np.nan
        yield Results(values, None if batch.prediction is None else texts(batch.prediction))
