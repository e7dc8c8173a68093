"""``nncli init``: a commented spec to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from nncli.cli import options
from nncli.cli.printing import say_written
from nncli.errors import OutputError

STARTER = """\
# A network for nncli. Run it:           nncli run net.yaml
# Check it, and see every default:       nncli check --resolved net.yaml
# All keys, for your editor:             nncli schema

seed: 0                 # the same seed draws the same weights, always
nnfs: true              # as the book's nnfs.init() does; left out: plain NumPy

inputs: 2               # how many features, or their names: [width, height]

layers:
  - {units: 3, activation: relu}
  - {units: 3, activation: softmax}
  # Weights of your own, a row for each neuron and a number for each input:
  # - weights: [[0.2, 0.8, -0.5], [0.5, -0.91, 0.26]]
  #   biases: [2, 3]
  #   activation: linear      # or sigmoid, tanh, gelu, leaky_relu, …

outputs: [red, green, blue]   # names of the last layer's units

data:                   # what goes in where no file is named; one of:
  spiral: {samples: 100, classes: 3}
  # file: rows.csv      # with a header; its answers:  label: species
  # values: [[1, 2], [3, 4]]

# weights: trained.npz  # all weights; the layers then say activations only
"""


def init(
    file: Annotated[
        Path | None,
        options.file_argument(metavar="[FILE]", help="Where to write it: a file that is not there yet."),
    ] = None,
) -> None:
    """Print a commented spec to start from, or write it to a file.

    \b
    nncli init net.yaml          then edit it
    nncli run net.yaml           it runs as it is
    nncli init | nncli run -     or at once
    """
    if file is None or str(file) == "-":
        print(STARTER, end="")
        return
    from nncli.stores import is_url, open_output, reason, stamp, way_out

    try:
        if not is_url(file):
            with open(file, "x", encoding="utf-8") as stream:
                stream.write(STARTER)
        elif stamp(str(file)) is not None:
            raise FileExistsError
        else:
            with open_output(file) as upload:
                upload.write(STARTER.encode())
    except FileExistsError:
        raise OutputError(f"{file}: is there already, and init replaces no file; give another name") from None
    except OSError as error:
        raise OutputError(f"{file}: {reason(error)}{way_out(error, str(file))}") from error
    say_written(file)
