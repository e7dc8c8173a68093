"""What a file puts out: the scores of the network, and what else is only said about them.

scikit-learn's converter writes two outputs for a classifier: the label (ArgMax of the scores,
looked up in the classes) and the scores, which ZipMap may turn into a map from class to score.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from nncli.errors import ModelError, Remedy
from nncli.models.onnx.graph import INTEGERS, STRING, Graph
from nncli.models.onnx.linear import CLASSIFIER
from nncli.models.onnx.node import Node
from nncli.models.onnx.operators import Walk
from nncli.models.onnx.patterns import find_activation
from nncli.models.steps import Activate
from nncli.models.tensors import quoted

_CHOOSE = Remedy("output", "{problem}: choose one in nncli convert")


class Scores(NamedTuple):
    """The tensor of the scores, the classes where the file names them, and whether it picks one."""

    name: str
    classes: tuple[str | int, ...] | None = None
    labelled: bool = False


def find_scores(graph: Graph, chosen: str | None = None) -> Scores:
    """Return the one tensor that the file's outputs are made of.

    Parameters
    ----------
    chosen
        The one output that counts, where somebody says so.

    Raises
    ------
    ModelError
        Where there are several, or they disagree about the classes.
    """
    if chosen is not None and chosen not in graph.outputs:
        raise graph.error(f"has no output {quoted(chosen)}; its outputs are {quoted(*graph.outputs)}")
    found = [_output(graph, name) for name in graph.outputs if chosen in (None, name)]
    name = _network_of(graph, list(dict.fromkeys(output.name for output in found)))
    classes = {output.classes for output in found if output.classes is not None}
    if len(classes) > 1:
        raise graph.error("its outputs disagree about the names of the classes")
    labelled = any(output.labelled for output in found)
    return Scores(name, classes.pop() if classes else None, labelled)


def _network_of(graph: Graph, names: list[str]) -> str:
    """Return the output that the others are made from, or that shows the same last layer."""
    if len(names) == 1:
        return names[0]
    networks = [name for name in names if all(_is_said_by(graph, other, name) for other in names)]
    if len(networks) == 1:
        return networks[0]
    if names and not any(_is_readable(graph, name) for name in names):
        Walk(graph, names[-1]).steps()  # says why not; labels come first
    shown = f": {quoted(*graph.outputs)}" if names else ""
    raise graph.error(
        f"has {len(graph.outputs)} outputs{shown}; a network has one, and labels made of it",
        remedies=[_CHOOSE] if names else [],
    )


def _is_readable(graph: Graph, name: str) -> bool:
    try:
        Walk(graph, name).steps()
    except ModelError:
        return False
    return True


def _is_said_by(graph: Graph, other: str, name: str) -> bool:
    """Whether a tensor is the network's, made of it without weights, or the logits behind it."""
    return other == name or _is_made_of(graph, other, name) or _are_logits_of(graph, other, name)


def _is_made_of(graph: Graph, other: str, name: str) -> bool:
    waiting, seen = [other], {name}
    while waiting:
        this = waiting.pop()
        if this in seen or graph.constant(this) is not None:
            continue
        seen.add(this)
        node = graph.producer(this)
        if node is None or node.op not in _MADE_OF_SCORES:
            return False
        waiting += filter(None, node.inputs)
    return True


def _are_logits_of(graph: Graph, other: str, name: str) -> bool:
    node = graph.producer(_behind_identity(graph, name))
    if node is not None and node.op == "ai.onnx.ml.Normalizer":
        return other in node.inputs
    found = find_activation(graph, node) if node else None
    if found is None or found[1] != other:
        return False
    (step,), _ = found
    return isinstance(step, Activate) and step.name in ("softmax", "log_softmax", "sigmoid")


_MADE_OF_SCORES = (
    *("ArgMax", "TopK", "ReduceMax", "Max", "Greater", "GreaterOrEqual", "Cast", "Identity", "Reshape"),
    *("Squeeze", "Unsqueeze", "Flatten", "Round", "Where", "Gather", "GatherElements"),
    *("ai.onnx.ml.ArrayFeatureExtractor", "ai.onnx.ml.ZipMap", "ai.onnx.ml.LabelEncoder"),
)
"""Operators that only say scores in other words."""


def _output(graph: Graph, name: str) -> Scores:
    name = _behind_identity(graph, name)
    node = graph.producer(name)
    if node is None:
        return Scores(name)
    if node.op == CLASSIFIER:
        return Scores(node.outputs[-1], _attribute_classes(node), labelled=True)
    if node.op == "ai.onnx.ml.ZipMap":
        node.expect_inputs(1, 1)
        return Scores(_behind_identity(graph, node.inputs[0]), _attribute_classes(node), labelled=True)
    return _label(graph, node) or Scores(name)


def _behind_identity(graph: Graph, name: str) -> str:
    while (node := graph.producer(name)) is not None and node.op == "Identity" and len(node.inputs) == 1:
        name = node.inputs[0]
    return name


def _label(graph: Graph, node: Node | None) -> Scores | None:
    """Return the scores behind a label, or None where the tensor is no label."""
    classes, name = None, ""
    while node is not None and node.inputs:
        follow = node.inputs[0]
        match node.op:
            case "ArgMax":
                return Scores(_behind_identity(graph, _best_of(node)), classes, labelled=True)
            case "ai.onnx.ml.LinearClassifier":
                return Scores(node.outputs[-1], classes or _attribute_classes(node), labelled=True)
            case "ai.onnx.ml.ArrayFeatureExtractor" if len(node.inputs) == 2 and classes is None:
                if (known := graph.constant(node.inputs[0])) is None:
                    return None
                classes = _class_names(node, known.reshape(-1).tolist())
                follow = node.inputs[1]
            case "Cast" if node.settings(to=0, saturate=1, round_mode=b"up")["to"] in (*INTEGERS, STRING):
                pass
            case "Identity" | "Reshape":
                pass
            case op if name and op.startswith("ai.onnx.ml."):  # a classifier: the walk refuses it by name
                return Scores(name, classes, labelled=True)
            case _:
                return None
        node, name = graph.producer(follow), follow
    return None


def _best_of(node: Node) -> str:
    """Return the tensor that an ArgMax picks from: the first of the best in each row."""
    is_set = node.settings(axis=0, keepdims=1, select_last_index=0)
    node.expect_inputs(1, 1)
    if is_set["axis"] not in (1, -1):
        raise node.error(f"axis={is_set['axis']} mixes rows: only the features' axis, 1 or -1, is supported")
    if is_set["select_last_index"]:
        raise node.error("select_last_index=1 is not supported: ties go to the first class")
    return node.inputs[0]


def _attribute_classes(node: Node) -> tuple[str | int, ...]:
    """Return the classes of a ZipMap or of a classifier, which are numbers or texts."""
    keys = ("classlabels_int64s", "classlabels_ints", "classlabels_strings")
    said = [list(node.attributes[key]) for key in keys if node.attributes.get(key)]
    if len(said) != 1:
        raise node.error("needs the names of the classes, as numbers or as text")
    return _class_names(node, said[0])


def _class_names(node: Node, names: list[Any]) -> tuple[str | int, ...]:
    classes = tuple(name.decode(errors="replace") if isinstance(name, bytes) else name for name in names)
    if not all(isinstance(name, str | int) for name in classes):
        raise node.error("its classes are no names and no whole numbers")
    if len({str(name) for name in classes}) < len(classes):
        raise node.error("names a class twice")
    return classes
