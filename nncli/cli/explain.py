"""``nncli explain``: the arithmetic of one row, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from nncli.cli.job_options import with_job
from nncli.cli.one_row import RowNumber, find_unit, read_row
from nncli.cli.printing import print_fitted, print_text

if TYPE_CHECKING:
    from nncli.jobs.job import Job


@with_job()
def explain(
    job: Job,
    row: RowNumber = 0,
    layer: Annotated[
        int | None,
        typer.Option(metavar="L", help="Number of the layer, from 0; by default all, or the last."),
    ] = None,
    unit: Annotated[
        str | None, typer.Option(metavar="U", help="Number or output name of the neuron to explain.")
    ] = None,
    format: Annotated[
        Literal["text", "json", "markdown"], typer.Option("-f", "--format", help="How to write it.")
    ] = "text",
) -> None:
    """Explain how the network's numbers come about, for one row.

    \b
    nncli explain net.yaml --row 1                        all layers, short
    nncli explain net.yaml --row 1 --layer 0 --unit 2     one neuron
    nncli explain net.yaml points.csv --row 7 --unit red  an output by its name

    Without --unit all layers are shown, short; with it one neuron: every input, its weight, the
    product, the bias, the sum, the activation and the result. The sum and the result have all the
    digits of the network's own; the columns are rounded to 8, on a narrow terminal further. Long sums show
    their largest parts.

    JSON has every number. A row: spec, row, inputs, scaling, layers[] (layer, name, inputs,
    activation, formula, units[] (unit, name, sum, activation), softmax), prediction, notes. A neuron: spec,
    row, layer, layer_name, unit, name, scaling, inputs[] (name, value, weight, product), bias, sum,
    activation, formula, arithmetic, softmax (largest, exponentials[], total) or null, result, notes.
    """
    from dataclasses import replace

    from nncli.inspect.activity import rows_to_watch
    from nncli.inspect.explain import Neuron, Row, explain_neuron, explain_row
    from nncli.inspect.notes import neuron_notes, row_notes
    from nncli.models import open_model
    from nncli.views.document import as_markdown, as_text
    from nncli.views.explain_words import words
    from nncli.views.text import json_text

    model = open_model(job.spec, job.overrides, job.activations)
    network = model.network
    layer, neuron = find_unit(network, layer, unit)
    picked, activity = read_row(job, model, row, watched=rows_to_watch(network))
    assert picked is not None  # a row was asked for
    explanation: Row | Neuron
    name = model.spec.name.encode(errors="backslashreplace").decode()  # a path may be no text
    if layer is None or neuron is None:
        explanation = explain_row(network, picked, spec=name, layer=layer)
        explanation = replace(explanation, notes=row_notes(network, picked, activity))
    else:
        explanation = explain_neuron(network, picked, layer, neuron, spec=name)
        explanation = replace(explanation, notes=neuron_notes(network, picked, explanation, activity))
    if format == "json":
        print_text(json_text(explanation))
    elif format == "markdown":
        print_text(as_markdown(words(explanation)))
    else:
        narrower = (as_text(words(explanation, digits)) for digits in (8, 6, 4))
        print_fitted(as_text(words(explanation)), narrower=narrower)
