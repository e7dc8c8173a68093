"""A tree of plain data -> a checked, frozen Spec, or every problem that can be found in one go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nncli.errors import SpecError, UsageError
from nncli.netspec.chain import check_layers, check_outputs, check_scale, check_task
from nncli.netspec.keys import GENERATED, KINDS, MAX_CLASSES, MAX_ROWS, SCALE, SINE, SOURCES, SPEC
from nncli.netspec.model import Data, FileData, GeneratedData, LayerSpec, Scale, Spec, ValuesData, where
from nncli.netspec.part import MAX_PROBLEMS, Part, Problems, count_of, is_overridden
from nncli.netspec.tree import Document, Places
from nncli.stores import beside

MAX_SHOWN = 50
"""How many problems are shown."""


def check(document: Document, folder: Path) -> Spec:
    """Return the spec that a document means, its files relative to a folder.

    Raises
    ------
    SpecError
        With a line for each problem, in the order of the file.
    UsageError
        Where an override is at fault for all of them.
    """
    root = Part(document.root, (), document.root_place, document.problems)
    if document.root is None:
        raise SpecError(f"{document.name}: the spec is empty; it needs 'inputs' and 'layers'")
    keys = KINDS.read(root)
    spec = None
    if keys is not None:
        spec = _assemble(root, keys, document, folder)
    if document.problems or spec is None:
        raise _error(document.name, document.problems)
    return spec


def _assemble(root: Part, keys: dict[str, Any], document: Document, folder: Path) -> Spec:
    """Check the keys against each other, and build the spec from what is there."""
    layers_read = keys.get("layers") or []
    n_inputs, inputs = _inputs(root, keys, layers_read)
    layers: list[LayerSpec] = []
    if layers_read:
        layers = check_layers(root.child("layers"), layers_read, n_inputs, from_file="weights" in keys)
        if layers_read[-1] is not None:
            check_task(root, keys.get("task"), layers[-1])
            check_outputs(root, keys.get("outputs"), layers[-1], keys.get("task"))
    if keys.get("scale") is not None:
        check_scale(root, keys["scale"], n_inputs)
    data = None
    if keys.get("data") is not None:
        data = _data(root.child("data"), keys["data"], n_inputs, folder)
    if keys.get("layout") and "weights" not in keys:
        root.child("layout").wrong("is for a weights file (the spec's key 'weights'), and there is none")
    weights = keys.get("weights")
    return Spec(
        name=document.name,
        seed=keys.get("seed") or SPEC["seed"].default,
        nnfs=bool(keys.get("nnfs")),
        dtype=_dtype(root, keys),
        inputs=inputs,
        scale=_scale(keys.get("scale"), n_inputs),
        layers=tuple(layers),
        outputs=keys.get("outputs"),
        task=keys.get("task"),
        data=data,
        weights=None if weights is None else beside(folder, weights),
        layout=keys.get("layout"),
        places=Places(document),
    )


def _inputs(
    root: Part, keys: dict[str, Any], layers: list[dict[str, Any] | None]
) -> tuple[int | None, int | tuple[str, ...] | None]:
    """Return the number of inputs where something tells it, and what the spec shall hold."""
    inputs = keys.get("inputs")
    first = layers[0] if layers else None
    if inputs is not None:
        n_inputs = inputs if isinstance(inputs, int) else len(inputs)
        if first is not None and is_overridden(root, "inputs") and first.get("weights") is not None:
            n_weights = len(first["weights"][0])
            if n_inputs != n_weights:
                what = f"{count_of(n_inputs, 'input')}, but the weights of layers[0] are for {n_weights}"
                root.child("inputs").wrong(what)
            return n_weights, inputs
        return n_inputs, inputs
    if "inputs" in keys or "weights" in keys:
        return None, None
    if first is not None and first.get("weights") is not None:
        return len(first["weights"][0]), len(first["weights"][0])
    if first is None or "weights" not in first:
        root.wrong("missing key 'inputs': the number of features, or a list of their names")
    return None, None


def _dtype(root: Part, keys: dict[str, Any]) -> Any:
    dtype = keys.get("dtype")
    if keys.get("nnfs"):
        if dtype == "float64":
            root.child("dtype").wrong("'nnfs: true' computes in float32; leave one of the two out")
        return "float32"
    if dtype is None and "weights" not in keys:
        return "float64"
    return dtype


def _scale(scale: dict[str, Any] | None, n_inputs: int | None) -> Scale | None:
    if not scale:
        return None
    mean, std = scale.get("mean"), scale.get("std")
    size = n_inputs if n_inputs is not None else len(mean or std or ())
    return Scale(
        mean=mean or (float(SCALE["mean"].default),) * size,
        std=std or (float(SCALE["std"].default),) * size,
    )


def _data(part: Part, data: dict[str, Any], n_inputs: int | None, folder: Path) -> Data | None:
    """Check the spec's data: exactly one source, and one that fits the inputs."""
    sources = [key for key in data if key in SOURCES]
    if len(sources) != 1:
        found = f"there are {' and '.join(sources)}" if sources else "there is none"
        part.wrong(f"needs exactly one of {', '.join(SOURCES)}; {found}")
        return None
    (source,) = sources
    if data.get("label") and source != "file":
        part.child("label").wrong("names a column of a file; not together with " + source)
    found = data[source]
    if found is None:
        return None
    if source == "file":
        return FileData(path=beside(folder, found), label=data.get("label"))
    if source == "values":
        if n_inputs is not None and len(found[0]) != n_inputs:
            part.child(source).wrong(
                f"{count_of(len(found[0]), 'number')} in a row for {count_of(n_inputs, 'input')}"
            )
        return ValuesData(rows=found)
    features = 1 if source == "sine" else 2
    if n_inputs is not None and n_inputs != features:
        part.child(source).wrong(
            f"has {count_of(features, 'feature')}, but the network has {count_of(n_inputs, 'input')}"
        )
    return _generated(part.child(source), source, found)


def _generated(part: Part, kind: Any, found: dict[str, Any]) -> GeneratedData:
    if kind == "sine":
        return GeneratedData(kind=kind, samples=found.get("samples") or SINE["samples"].default)
    samples, classes = (found.get(key) or GENERATED[key].default for key in ("samples", "classes"))
    if classes > MAX_CLASSES:
        part.child("classes").wrong(
            f"{classes} classes are too many: the nnfs package's labels are 8-bit, so {MAX_CLASSES} at most"
        )
    elif samples * classes > MAX_ROWS:
        part.wrong(f"{samples * classes} points are more than {MAX_ROWS}; put them in a file")
    return GeneratedData(kind=kind, samples=samples, classes=classes)


def _error(name: str, problems: Problems) -> SpecError | UsageError:
    """Return the problems as one error, in the order of the file, those of overrides last."""
    in_file = [(place, what) for place, what in problems if not isinstance(place, str)]
    lines = [f"{where(name, place)}: {what}" for place, what in sorted(set(in_file))]
    overridden = [f"{place}: {what}" for place, what in problems if isinstance(place, str)]
    lines += dict.fromkeys(overridden)
    if (more := len(lines) - MAX_SHOWN) > 0:
        least = "at least " if len(problems) >= MAX_PROBLEMS else ""
        lines[MAX_SHOWN:] = [f"{name}: and {least}{count_of(more, 'more problem')}"]
    return SpecError(*lines) if in_file else UsageError(*lines)
