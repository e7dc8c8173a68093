"""``nncli draw``: the picture of a network."""

from __future__ import annotations

from functools import partial
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated

import typer

from nncli.cli import options
from nncli.cli.job_options import with_job
from nncli.cli.one_row import find_unit, read_row
from nncli.cli.printing import print_fitted, say_written
from nncli.errors import UsageError

if TYPE_CHECKING:
    from nncli.jobs.job import Job
    from nncli.nn.network import Network
    from nncli.views.draw import Drawing


@with_job()
def draw(
    job: Job,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write FILE.svg or FILE.png; - prints the SVG."),
    ] = None,
    row: Annotated[
        int | None,
        typer.Option(metavar="N", help="Write the values of row N into the circles; with DATA 0 by default."),
    ] = None,
    highlight: Annotated[
        str | None,
        typer.Option(metavar="LAYER:UNIT", help="Highlight one neuron and write its weights on its edges."),
    ] = None,
    top: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Draw the N strongest edges of each layer, and no others."),
    ] = None,
    quiet: options.Quiet = False,
) -> None:
    """Draw a network: its units in columns, its weights as lines between them.

    \b
    nncli draw net.yaml                                          in the terminal
    nncli draw net.yaml -o net.svg --row 1 --highlight 0:2       a neuron of row 1
    nncli draw net.yaml points.csv --row 7 -o net.png            a row of a file
    nncli draw net.yaml --top 9 -o net.svg               the strongest weights

    Positive weights are blue, negative ones orange and dashed, and a line is as wide as its weight
    is large; a weight of 0 has none. With a row, a circle is filled blue above 0 and orange below,
    stronger where the value is larger, and the predicted output is marked. Of wide layers the units
    that matter most are shown, and many weights are a band of coloured cells. Without -o the drawing
    is made of characters. A .png needs the extra 'png'. Layers and units are counted from 0: 1:2 is
    layers[1], unit 2.
    """
    from nncli.cli.standard_input import rows_given, warn_of_unread
    from nncli.models import open_model
    from nncli.views.draw import drawing

    if output not in (None, "-") and not output.lower().endswith((".svg", ".png")):
        raise UsageError(f"-o {output}: a drawing is written as .svg or .png")
    model = open_model(job.spec, job.overrides, job.activations)
    network = model.network
    marked = None if highlight is None else find_highlight(network, highlight)
    data = rows_given(model.spec, job.data, needed=row is not None)
    row = 0 if row is None and data else row
    picked = None
    if row is not None:
        picked, _ = read_row(job._replace(data=data), model, row, watched=0)
    choose = partial(drawing, network, name=model.spec.name, picked=picked, highlight=marked, top=top)
    if output is None:
        from nncli.views.draw_text import MOST_SLOTS, coloured, draw_text

        paint = None if row is None and marked is None else coloured
        text = draw_text(choose(most=MOST_SLOTS), get_terminal_size().columns)
        print_fitted(text, ", -o net.svg", paint)
    else:
        write_picture(choose(), output)
        say_written(output, quiet=quiet)
    if row is None:  # else `opened` has said so
        warn_of_unread(model.spec, data)


def write_picture(picture: Drawing, output: str) -> None:
    """Write a drawing to a .png or .svg file; ``-`` prints the SVG."""
    from nncli.stores import open_output

    if output.lower().endswith(".png"):
        from nncli.views.draw_png import draw_png

        contents = draw_png(picture)
    else:
        from nncli.views.draw_svg import draw_svg

        contents = draw_svg(picture).encode()
    with open_output(None if output == "-" else output) as file:
        file.write(contents)


def find_highlight(network: Network, text: str) -> tuple[int, int]:
    """Return the layer and the unit that ``LAYER:UNIT`` means; the unit may be an output's name.

    Raises
    ------
    UsageError
        Neither two numbers, nor such a layer and unit.
    """
    layer, colon, unit = text.partition(":")
    if not colon or not (layer.isascii() and layer.isdigit()):
        raise UsageError(f"--highlight {text}: give a layer and a unit, such as 0:2")
    found = find_unit(network, int(layer), unit, f"--highlight {text}")
    assert found[0] is not None
    assert found[1] is not None
    return found[0], found[1]
