"""The file as a graph: which node makes a tensor, what is constant, and what a node is set to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from nncli.errors import ModelError, Remedy
from nncli.models.onnx.constants import Constants
from nncli.models.onnx.node import Node, as_text
from nncli.models.tensors import quoted
from nncli.stores import read_bytes

OPSETS = range(7, 29)
"""Versions of the operators whose meaning is known; in 7 the rules of broadcasting began."""

ML_OPSETS = range(1, 6)
"""The same for the domain ai.onnx.ml."""

FLOATS = {1: "float32", 10: "float16", 11: "float64", 16: "bfloat16"}
INTEGERS = {
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    12: "uint32",
    13: "uint64",
}
TYPES = FLOATS | INTEGERS
"""Names of the element types that rows can have, by ONNX's number."""

STRING = 8


@dataclass(frozen=True, slots=True)
class Input:
    """What goes in: its element type, where that is a number, and its dimensions, where the file tells."""

    name: str
    dtype: str | None
    dims: tuple[int | None, ...] | None


class Graph:
    """An opened ONNX file.

    Attributes
    ----------
    path, size
        The file, and its length in bytes.
    opset
        The version of the operators.
    inputs : dict
        The inputs that are no constants, by name.
    outputs : list
        The names of what comes out.
    constants
        The tensors that do not depend on the input.
    metadata : dict
        The file's own notes.
    """

    def __init__(self, path: Path, model: Any, size: int) -> None:
        self.path, self.size = path, size
        if not model.HasField("graph"):
            raise ModelError(f"{path}: is not an ONNX file: it holds no graph")
        self.opset = _opset(path, model)
        self.metadata = {entry.key: entry.value for entry in model.metadata_props}
        self._model = model
        graph = model.graph
        if graph.sparse_initializer:
            raise ModelError(f"{path}: sparse weights are not supported")
        nodes = [_node(path, at, node) for at, node in enumerate(graph.node)]
        self.constants = Constants(path, model, size, nodes)
        given = [i for i in graph.input if i.name not in self.constants.initializers]
        self.inputs = {each.name: each for each in (_input(path, one) for one in given)}
        self._producers = _producers(nodes, {*self.inputs, *self.constants.initializers})
        self.outputs = [as_text(path, output.name) for output in graph.output]
        for name in self.outputs:
            if name not in self._producers and name not in self.inputs:
                raise ModelError(f"{path}: output {quoted(name)} is not computed from the input")

    def error(self, why: str, remedies: Sequence[Remedy] = ()) -> ModelError:
        """Return an error that names the file."""
        return ModelError(f"{self.path}: {why}", remedies=remedies)

    def check_nodes(self) -> None:
        """Refuse nodes that break their operators' own rules where nothing else looked at them.

        The whole file would be checked too strictly: it may leave out shapes that nobody needs.

        Raises
        ------
        ModelError
            Naming the first of them.
        """
        from onnx import checker

        context = type(checker.DEFAULT_CONTEXT)()
        context.ir_version = self._model.ir_version
        context.opset_imports = {opset.domain: opset.version for opset in self._model.opset_import}
        for node in self._model.graph.node:
            try:
                checker.check_node(node, context)
            except checker.ValidationError as error:
                why = quoted(str(error).partition("\n")[0])[1:-1]
                raise self.error(f"a node is not valid: {why}") from error

    def producer(self, name: str) -> Node | None:
        """Return the node that makes a tensor, or None for the graph's input and for initializers."""
        return self._producers.get(name)

    def inputs_of(self, name: str) -> list[Input]:
        """Return the inputs that a tensor is made of, in the file's order."""
        waiting, seen = [name], {name}
        while waiting:
            node = self.producer(waiting.pop())
            fresh = set(filter(None, node.inputs)) - seen if node else set()
            seen |= fresh
            waiting += fresh
        return [each for each in self.inputs.values() if each.name in seen]

    def constant(self, name: str) -> NDArray[Any] | None:
        """Return a tensor that does not depend on the input, or None."""
        return self.constants.get(name)


def open_graph(path: Path) -> Graph:
    """Open an ONNX file.

    Raises
    ------
    ModelError
        Where it can't be read, is damaged or is no graph.
    """
    import onnx

    data = read_bytes(path)
    try:
        model = onnx.ModelProto.FromString(data)
    except Exception as error:  # the package's decoder has an error class of its own in each version
        raise ModelError(f"{path}: is not an ONNX file, or damaged") from error
    return Graph(path, model, len(data))


def _opset(path: Path, model: Any) -> int:
    """Return the version of the operators; functions of the file's own would change their meaning."""
    if model.functions:
        raise ModelError(
            f"{path}: function {quoted(as_text(path, model.functions[0].name))} in the file is not supported"
        )
    versions = {"": 0}
    for opset in model.opset_import:
        domain = as_text(path, opset.domain)
        domain = "" if domain == "ai.onnx" else domain
        known = {"": OPSETS, "ai.onnx.ml": ML_OPSETS}.get(domain)
        if known is not None and opset.version not in known:
            name = domain or "ai.onnx"
            raise ModelError(
                f"{path}: opset {opset.version} of {name} is not supported: {known[0]} to {known[-1]} are"
            )
        if known is not None and versions.get(domain, 0) not in (0, opset.version):
            raise ModelError(f"{path}: has two versions of one opset")
        versions[domain] = opset.version
    if not versions[""]:
        raise ModelError(f"{path}: does not say its opset")
    return versions[""]


def _node(path: Path, at: int, proto: Any) -> Node:
    """Return a node; an operator of another domain than ONNX's own keeps that in its name."""
    domain, op = as_text(path, proto.domain), as_text(path, proto.op_type)
    op = op if domain in ("", "ai.onnx") else f"{domain}.{op}"
    name = quoted(as_text(path, proto.name)) if proto.name else str(at)
    place = f"{path}: node {name} ({quoted(op)[1:-1]})"
    attributes: dict[str, Any] = {}
    for attribute in proto.attribute:
        key = as_text(path, attribute.name)
        if attribute.ref_attr_name or key in attributes:
            raise ModelError(f"{place}: attribute {quoted(key)} is set twice or by reference")
        attributes[key] = _value(attribute)
    inputs, outputs = ([as_text(path, each) for each in names] for names in (proto.input, proto.output))
    while inputs and not inputs[-1]:  # optional ones that are left out
        inputs.pop()
    return Node(place, op, tuple(inputs), tuple(outputs), attributes)


def _value(attribute: Any) -> Any:
    """Return an attribute's value; what is no number, text, list of them or tensor stays as it is."""
    match attribute.type:
        case attribute.FLOAT:
            return float(attribute.f)
        case attribute.INT:
            return int(attribute.i)
        case attribute.STRING:
            return bytes(attribute.s)
        case attribute.TENSOR:
            return attribute.t
        case attribute.FLOATS:
            return tuple(attribute.floats)
        case attribute.INTS:
            return tuple(attribute.ints)
        case attribute.STRINGS:
            return tuple(attribute.strings)
    return attribute


def _input(path: Path, proto: Any) -> Input:
    tensor = proto.type.tensor_type
    dims = tuple(_dims(tensor.shape)) if tensor.HasField("shape") else None
    if dims:  # a batch of a fixed size may still be any
        dims = (dims[0] if (dims[0] or 0) > 0 else None, *dims[1:])
    return Input(as_text(path, proto.name), TYPES.get(tensor.elem_type), dims)


def _dims(shape: Any) -> Iterator[int | None]:
    for dim in shape.dim:
        yield dim.dim_value if dim.HasField("dim_value") and dim.dim_value != -1 else None


def _producers(nodes: list[Node], given: set[str]) -> dict[str, Node]:
    """Return which node makes each tensor, and refuse cycles: a node uses what came before it."""
    producers: dict[str, Node] = {}
    for node in nodes:
        for name in filter(None, node.inputs):
            if name not in given and name not in producers:
                raise node.error(
                    f"uses {quoted(name)} before it is made; the graph is cyclic or out of order"
                )
        for name in filter(None, node.outputs):
            if name in given or name in producers:
                raise node.error(f"makes {quoted(name)} a second time")
            producers[name] = node
    return producers
