"""``nncli run``: open the model, open the rows, run them, write the results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncli.cli import options
from nncli.cli.job_options import with_job
from nncli.errors import UsageError

if TYPE_CHECKING:
    from nncli.jobs.job import Job


@with_job(
    "output",
    "keep",
    "trace",
    "decimals",
    "file_column",
    "limit",
    "on_missing",
    "rejects",
    "max_rejects",
    "jobs",
    "cluster",
    data=options.DataArguments,
    output=options.RunOutput,
)
def run(
    job: Job,
    format: options.Format = None,
    resume: options.Resume = False,
    fail_fast: options.FailFast = False,
    quiet: options.Quiet = False,
) -> None:
    """Run the forward pass over rows, and print or save what comes out.

    \b
    nncli run net.yaml                              the spec's own data
    nncli run net.yaml points.csv -o scores.csv     a file to a file
    nncli run model.onnx points.csv                 a model file as it is
    nncli run net.yaml 'points*.csv' -o all.csv     many files, as one table
    nncli run net.yaml 'points*.csv' -o out/        a result for each
    cat points.csv | nncli run net.yaml - | head    in a pipe
    nncli run net.yaml --trace --limit 1 -f json    every layer of one row
    nncli run net.yaml --set layers.0.units=8       try another network

    nncli init net.yaml and nncli spiral --data-only -o points.csv write such files to try it with;
    nncli convert net.yaml model.onnx makes a model of it.
    """
    from nncli.cli.inputs import opened
    from nncli.cli.results import choose_format, run_and_write
    from nncli.models import open_model
    from nncli.stores import is_folder

    to_folder = job.output is not None and is_folder(job.output)
    for option, is_given, why in (
        ("--fail-fast", fail_fast, "one table ends at the first problem as it is; give a folder"),
        ("--resume", resume, "only a folder of results tells what is done; give one"),
        ("--cluster", job.cluster is not None, "its workers write a result for each file; give a folder"),
    ):
        if is_given and not to_folder:
            raise UsageError(f"{option}: {why} with -o out/")
    job = job._replace(format=choose_format(job.output, format))
    # Open the model, open the rows and match their columns; for each block parse, compute, spell; write.
    model = open_model(job.spec, job.overrides, job.activations)
    if to_folder:
        from nncli.cli.folder import run_to_folder
        from nncli.jobs.rejects import refuse_used

        refuse_used(job, [job.spec, model.spec.weights])
        run_to_folder(job, model.network, resume=resume, fail_fast=fail_fast, quiet=quiet)
        return
    with opened(job, model, several=True, quiet=quiet) as rows:
        run_and_write(job, model.network, rows, quiet=quiet)
