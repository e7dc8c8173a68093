"""``nncli report``: one page that draws the network and recomputes it live."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli import options
from nncli.cli.job_options import Given, with_job
from nncli.cli.printing import say_written
from nncli.errors import UsageError

if TYPE_CHECKING:
    from nncli.jobs.job import Job

MOST_ROWS = 1000
MOST_CELLS = 2_000_000  # of all rows on the page together: some 20 MB

PageOutput = Annotated[
    str | None, typer.Option("-o", "--output", metavar="FILE", help="Write the page to FILE, an .html file.")
]
PageRows = Annotated[
    int, typer.Option(min=1, max=MOST_ROWS, metavar="N", help="How many of the first rows the page holds.")
]


@with_job("on_missing")
def report(
    job: Job,
    given: Given,
    output: PageOutput = None,
    rows: PageRows = 500,
    quiet: options.Quiet = False,
) -> None:
    """Write one HTML page that draws the network and recomputes it as you move its inputs.

    \b
    nncli report net.yaml -o report.html
    nncli report net.yaml points.csv --label label -o report.html

    Every neuron's arithmetic, sliders, the decision map of two inputs, histograms, and with labels the
    metrics over all rows; the layer as matrices, to copy as NumPy or LaTeX; rows to list, pin and compare.
    The page is one file: it works offline and loads nothing. In its address #1.2 is unit 2 of layers[1],
    and #1.2@3 its step 3.
    """
    import numpy as np

    from nncli.cli.inputs import opened
    from nncli.cli.standard_input import rows_given
    from nncli.jobs.sample import Sample, fitting_label, read_sample
    from nncli.models import open_model
    from nncli.stores import open_output
    from nncli.views.report import page

    check_output(output)
    if job.missing == "null":
        raise UsageError("--on-missing null: every row of a page has numbers; give error or a number")
    model = open_model(job.spec, job.overrides, job.activations)
    network = model.network
    job = job._replace(data=rows_given(model.spec, job.data, needed=bool(job.labels)))
    again = given._asdict()
    if "-" in job.data or job.missing != "error":
        again["data"] = None  # a stream has gone by, and `explain` computes no row with a missing value
    if not job.data and model.spec.data is None and not job.labels:
        html = page(network, Sample(features=np.empty((0, network.n_inputs))), job.spec.name, given=again)
    else:
        judged = bool(job.labels)
        fitting = fitting_label(model.spec, job.data, network)
        job = job._replace(labels=job.labels or ([] if fitting is None else [fitting]))
        with opened(job, model) as table:
            most = min(rows, max(1, MOST_CELLS // network.n_inputs))
            sample, metrics = read_sample(job, network, table, most, judged=judged)
        html = page(network, sample, job.spec.name, metrics, again)
    with open_output(None if output == "-" else output) as stream:
        stream.write(html.encode())
    say_written(output, quiet=quiet)


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
