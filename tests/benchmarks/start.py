"""A small file, whole process, against NumPy's own import."""

import sys

from measuring import BIN, paired, process, row
from networks import FOLDER, rows

NET = """\
inputs: 2
layers:
  - weights: [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]
    activation: relu
  - weights: [[0.1, 0.2, 0.3], [0.4, 0.5, -0.6], [0.7, -0.8, 0.9]]
    activation: softmax
"""


def measure(runs=41):
    """Yield a row for a run of 300 rows, for one of a single row, and for --help."""
    data = rows(300, 2)
    net = FOLDER / "start.yaml"
    net.write_text(NET)
    numpy = process(sys.executable, "-c", "import numpy")
    ours, theirs = paired(process(BIN / "nncli", "run", net, data), numpy, runs)
    yield row("300 rows, 2-3-3, whole process / `import numpy`", ours, theirs, "1.5")
    one = FOLDER / "one.csv"
    one.write_text("x0,x1\n0.5,-0.25\n")
    ours, theirs = paired(process(BIN / "nncli", "run", net, one), numpy, runs)
    yield row("1 row, 2-3-3, whole process / `import numpy`", ours, theirs, "1.4")
    ours, theirs = paired(process(BIN / "nncli", "--help"), numpy, runs)
    yield row("`nncli --help` / `import numpy`", ours, theirs, "0.8")
