"""What a file puts out: the scores of the network, and what else is only said about them.

scikit-learn's converter writes two outputs for a classifier: the label (ArgMax of the scores,
looked up in the classes) and the scores, which ZipMap may turn into a map from class to score.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from nncli.errors import ModelError
from nncli.models.onnx.graph import INTEGERS, STRING, Graph
from nncli.models.onnx.node import Node
from nncli.models.tensors import quoted


class Scores(NamedTuple):
    """The tensor of the scores, the classes where the file names them, and whether it picks one."""

    name: str
    classes: tuple[str | int, ...] | None = None
    labelled: bool = False


def find_scores(graph: Graph) -> Scores:
    """Return the one tensor that all the file's outputs are made of.

    Raises
    ------
    ModelError
        Where there are several, or they disagree about the classes.
    """
    found = [_output(graph, name) for name in graph.outputs]
    if len({output.name for output in found}) != 1:
        names = f": {quoted(*graph.outputs)}" if found else ""
        raise ModelError(
            f"{graph.path}: has {len(found)} outputs{names}; a network has one, and labels made of it"
        )
    classes = {output.classes for output in found if output.classes is not None}
    if len(classes) > 1:
        raise ModelError(f"{graph.path}: its outputs disagree about the names of the classes")
    labelled = any(output.labelled for output in found)
    return Scores(found[0].name, classes.pop() if classes else None, labelled)


def _output(graph: Graph, name: str) -> Scores:
    name = _behind_identity(graph, name)
    node = graph.producer(name)
    if node is None:
        return Scores(name)
    if node.op == "ai.onnx.ml.ZipMap":
        node.expect_inputs(1, 1)
        return Scores(_behind_identity(graph, node.inputs[0]), _zipmap_classes(node), labelled=True)
    return _label(graph, node) or Scores(name)


def _behind_identity(graph: Graph, name: str) -> str:
    while (node := graph.producer(name)) is not None and node.op == "Identity" and len(node.inputs) == 1:
        name = node.inputs[0]
    return name


def _label(graph: Graph, node: Node | None) -> Scores | None:
    """Return the scores behind a label, or None where the tensor is no label."""
    classes = None
    while node is not None and node.inputs:
        follow = node.inputs[0]
        match node.op:
            case "ArgMax":
                return Scores(_behind_identity(graph, _best_of(node)), classes, labelled=True)
            case "ai.onnx.ml.ArrayFeatureExtractor" if len(node.inputs) == 2 and classes is None:
                if (known := graph.constant(node.inputs[0])) is None:
                    return None
                classes = _class_names(node, known.reshape(-1).tolist())
                follow = node.inputs[1]
            case "Cast" if node.settings(to=0, saturate=1, round_mode=b"up")["to"] in (*INTEGERS, STRING):
                pass
            case "Identity" | "Reshape":
                pass
            case _:
                return None
        node = graph.producer(follow)
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


def _zipmap_classes(node: Node) -> tuple[str | int, ...]:
    is_set = node.settings(classlabels_int64s=(), classlabels_strings=())
    if bool(is_set["classlabels_int64s"]) == bool(is_set["classlabels_strings"]):
        raise node.error("needs the names of the classes, as numbers or as text")
    return _class_names(node, [*is_set["classlabels_int64s"], *is_set["classlabels_strings"]])


def _class_names(node: Node, names: list[Any]) -> tuple[str | int, ...]:
    classes = tuple(name.decode(errors="replace") if isinstance(name, bytes) else name for name in names)
    if not all(isinstance(name, str | int) for name in classes):
        raise node.error("its classes are no names and no whole numbers")
    if len({str(name) for name in classes}) < len(classes):
        raise node.error("names a class twice")
    return classes
