"""ONNX files: a chain of operators in, a chain of dense layers out, and the other way.

The way in: `graph` opens the file and answers what a tensor is made of; `outputs` finds the
scores among what the file puts out; `operators` walks from there back to the input and says each
node in a few kinds of `steps`; `chain` folds the steps into layers. `writer` is the way out.

A file is read right or refused: what none of them knows is an error that names the node.
"""

from __future__ import annotations

from pathlib import Path

from nncli.nn.network import Network


def read(path: Path) -> Network:
    """Read the network that an ONNX file holds.

    Raises
    ------
    ModelError
        Where the file is damaged, or computes something that a chain of dense layers does not.
    MissingExtraError
        Where the package onnx is not installed.
    """
    from nncli.models.onnx.reader import read_network

    return read_network(path)


def write(network: Network, path: Path) -> None:
    """Write a network as ONNX, opset 17, for any number of rows; the same network gives the same bytes.

    Raises
    ------
    OutputError
        Where the file can't be written, or would pass the 2 GiB that ONNX allows.
    MissingExtraError
        Where the package onnx is not installed.
    """
    from nncli.models.onnx.writer import write_network

    write_network(network, path)
