"""What a file puts out: the scores of the network, and what else is only said about them.

scikit-learn's converter writes two outputs for a classifier: the label (ArgMax of the scores,
looked up in the classes) and the scores, which ZipMap may turn into a map from class to score.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from nncli.errors import ModelError, Remedy
from nncli.models.onnx.columns import array_feature_extractor, gather, slice_
from nncli.models.onnx.graph import INTEGERS, STRING, Graph
from nncli.models.onnx.linear import CLASSIFIER
from nncli.models.onnx.node import Node
from nncli.models.onnx.operators import Walk
from nncli.models.onnx.patterns import find_activation, normalized_sum
from nncli.models.steps import Activate, Take
from nncli.models.tensors import quoted

_CHOOSE = Remedy("output", "{problem}: choose one in nncli convert")


class Scores(NamedTuple):
    """The tensor of the scores, the classes where the file names them, and whether it picks one.

    `n_columns` is how many it has, where the file puts each out alone.
    """

    name: str
    classes: tuple[str | int, ...] | None = None
    labelled: bool = False
    n_columns: int | None = None


def find_scores(graph: Graph, chosen: str | None) -> Scores:
    """Return the one tensor that the file's outputs are made of.

    Parameters
    ----------
    chosen
        The one output that counts, where somebody says so; None: all do.

    Raises
    ------
    ModelError
        Where there are several, or they disagree about the classes.
    """
    if chosen is not None and chosen not in graph.outputs:
        raise graph.error(f"has no output {quoted(chosen)}; its outputs are {quoted(*graph.outputs)}")
    found = _columns_together(
        graph, [_output(graph, name) for name in graph.outputs if chosen in (None, name)]
    )
    name = _network_of(graph, list(dict.fromkeys(output.name for output in found)))
    classes = {output.classes for output in found if output.classes is not None}
    if len(classes) > 1:
        raise graph.error("its outputs disagree about the names of the classes")
    labelled = any(output.labelled for output in found)
    n_columns = next((output.n_columns for output in found if output.n_columns), None)
    return Scores(name, classes.pop() if classes else None, labelled, n_columns)


def _columns_together(graph: Graph, found: list[Scores]) -> list[Scores]:
    """Return the outputs, where those that are the columns of one tensor are that tensor."""
    columns = {output.name: _column(graph, output.name) for output in found if not output.labelled}
    picked = [column for column in columns.values() if column is not None]
    sources = {source for source, _ in picked}
    if len(sources) != 1 or [at for _, at in picked] != list(range(len(columns))) or len(picked) < 2:
        return found
    together = Scores(_behind_identity(graph, sources.pop()), n_columns=len(picked))
    return [*(output for output in found if output.labelled), together]


def _column(graph: Graph, name: str) -> tuple[str, int] | None:
    """Return the tensor that an output is one column of, and which, or None."""
    node = graph.producer(name)
    while node is not None and node.op in ("Identity", "Reshape", "Squeeze"):
        node = graph.producer(node.inputs[0])
    readers = {"Slice": slice_, "Gather": gather, "ai.onnx.ml.ArrayFeatureExtractor": array_feature_extractor}
    if node is None or node.op not in readers:
        return None
    try:
        (step,), source = readers[node.op](graph, node)
    except ModelError:
        return None
    assert isinstance(step, Take)
    if isinstance(step.columns, slice):
        start, end = step.columns.start, step.columns.stop
        return (source, start) if end == start + 1 and step.columns.step == 1 else None
    return (source, int(step.columns[0])) if step.columns.size == 1 else None


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
    """Whether probabilities are made of a tensor: by softmax or sigmoid, and a division by their sum."""
    node = graph.producer(_behind_identity(graph, name))
    if node is None:
        return False
    found = find_activation(graph, node)
    if node.op == "ai.onnx.ml.Normalizer":
        source = node.inputs[0]
    elif (normalized := normalized_sum(graph, node)) is not None:
        source = normalized
    elif found and isinstance(found[0][0], Activate) and found[0][0].name in _PROBABILITIES:
        source = found[1]
    else:
        return False
    return source == other or _are_logits_of(graph, other, source)


_WHOLE = (*INTEGERS, STRING)
_PROBABILITIES = ("softmax", "log_softmax", "sigmoid")

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
            case "Cast" if name or node.settings(to=0, saturate=1, round_mode=b"up")["to"] in _WHOLE:
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
    said = [found for key in keys if (found := node.attributes.get(key))]
    if len(said) != 1 or not isinstance(said[0], tuple):
        raise node.error("needs the names of the classes, as numbers or as text")
    return _class_names(node, list(said[0]))


def _class_names(node: Node, names: list[Any]) -> tuple[str | int, ...]:
    classes = tuple(name.decode(errors="replace") if isinstance(name, bytes) else name for name in names)
    if not all(isinstance(name, str | int) for name in classes):
        raise node.error("its classes are no names and no whole numbers")
    if len({str(name) for name in classes}) < len(classes):
        raise node.error("names a class twice")
    return classes
