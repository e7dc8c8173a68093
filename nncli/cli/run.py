"""``nncli run``: read the spec, build the network, run the rows, write the results."""

from nncli.cli import options


def run(
    spec: options.SpecArgument,
    data: options.DataArgument = None,
    output: options.Output = None,
    format: options.Format = None,
    keep: options.Keep = None,
    label: options.Label = None,
    trace: options.Trace = False,
    limit: options.Limit = None,
    decimals: options.Decimals = None,
    on_missing: options.OnMissing = "error",
    set_values: options.SetValue = None,
    seed: options.Seed = None,
    dtype: options.DType = None,
    header: options.Header = False,
    no_header: options.NoHeader = False,
    delimiter: options.Delimiter = None,
    quiet: options.Quiet = False,
) -> None:
    """Run the forward pass over rows, and print or save what comes out.

    \b
    nncli run configs/spiral.yaml                    the spec's own data
    nncli run net.yaml points.csv -o scores.csv      a file to a file
    cat points.csv | nncli run net.yaml - | head     in a pipe
    nncli run net.yaml --trace --limit 1 -f json     every layer of one row
    nncli run net.yaml --set layers.0.units=8        try another network
    """
    from nncli.cli.inputs import open_rows
    from nncli.cli.results import choose_format, run_and_write
    from nncli.models import read_weights
    from nncli.netspec import read_spec
    from nncli.nn.build import build

    chosen = choose_format(output, format)
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
        quiet=quiet,
    ) as rows:
        run_and_write(
            network, rows, output, chosen, keep=keep, trace=trace, limit=limit, decimals=decimals, quiet=quiet
        )
