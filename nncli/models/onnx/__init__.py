"""ONNX files: a chain of operators in, a chain of dense layers out, and the other way.

The way in: `graph` opens the file and answers what a tensor is made of; `outputs` finds the
scores among what the file puts out; `operators` walks from there back to the input and says each
node in a few kinds of `nncli.models.steps`; `nncli.models.folding` makes layers of the steps.
`writer` is the way out.

A file is read right or refused: what none of them knows is an error that names the node.
"""

# Imports inside of functions: onnx, an optional package.

from nncli.models.onnx.reader import read
from nncli.models.onnx.writer import write

__all__ = ["read", "write"]
