"""Hand-made ONNX files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper


@pytest.fixture
def onnx_file(tmp_path: Path) -> Callable[..., Path]:
    """Write an ONNX file of nodes in onnx's own text form, and of constants by name.

    The input is ``x``; the output is ``y``, unless `outputs` says others with their element types.
    """

    def write(
        nodes: str,
        constants: Mapping[str, Any] | None = None,
        *,
        dims: Sequence[int | str | None] | None = ("N", 3),
        element: int = onnx.TensorProto.FLOAT,
        opset: int = 17,
        outputs: Mapping[str, int] | None = None,
        change: Callable[[Any], None] = lambda model: None,
    ) -> Path:
        graph = onnx.parser.parse_graph(f"hand_made (x) => (y) {{ {nodes} }}")
        for field in ("input", "output"):
            graph.ClearField(field)
        graph.input.append(helper.make_tensor_value_info("x", element, dims))
        for name, kind in (outputs or {"y": element}).items():
            graph.output.append(helper.make_tensor_value_info(name, kind, None))
        for name, array in (constants or {}).items():
            graph.initializer.append(numpy_helper.from_array(np.asarray(array), name))
        opsets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 3)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        change(model)
        path = tmp_path / "net.onnx"
        path.write_bytes(model.SerializeToString())
        return path

    return write
