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
    activations: options.Activations = None,
    header: options.Header = False,
    no_header: options.NoHeader = False,
    delimiter: options.Delimiter = None,
    decimal: options.Decimal = ".",
    missing: options.Missing = None,
    features: options.Features = None,
    jobs: options.Jobs = None,
    quiet: options.Quiet = False,
) -> None:
    """Run the forward pass over rows, and print or save what comes out.

    \b
    nncli run net.yaml                              the spec's own data
    nncli run net.yaml points.csv -o scores.csv     a file to a file
    nncli run model.onnx points.csv                 a model file as it is
    cat points.csv | nncli run net.yaml - | head    in a pipe
    nncli run net.yaml --trace --limit 1 -f json    every layer of one row
    nncli run net.yaml --set layers.0.units=8       try another network

    nncli init net.yaml and nncli spiral --data-only -o points.csv write such files to try it with;
    nncli convert net.yaml model.onnx makes a model of it.
    """
    from nncli.cli.inputs import make_job, opened
    from nncli.cli.results import choose_format, run_and_write
    from nncli.models import open_model

    job = make_job(
        spec,
        data,
        set_values=set_values,
        seed=seed,
        dtype=dtype,
        activations=activations,
        label=label,
        header=header,
        no_header=no_header,
        delimiter=delimiter,
        decimal=decimal,
        missing=missing,
        features=features,
        on_missing=on_missing,
        limit=limit,
        jobs=jobs,
        keep=keep,
        trace=trace,
        decimals=decimals,
        output=output,
        format=choose_format(output, format),
    )
    # Open the model, open the rows and match their columns; for each block parse, compute, spell; write.
    model = open_model(job.spec, job.overrides, job.activations)
    with opened(job, model, quiet=quiet) as rows:
        run_and_write(job, model.network, rows, quiet=quiet)
