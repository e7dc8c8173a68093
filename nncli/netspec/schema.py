"""JSON Schema of the spec, for editors; made of the same tables that the checker reads."""

from __future__ import annotations

from typing import Any

from nncli.netspec.keys import KINDS, OF_A_FILE, OF_DRAWN_WEIGHTS, SOURCES, TAKE_ALPHA


def json_schema() -> dict[str, Any]:
    """Return the spec's JSON Schema (2020-12).

    It holds the rules that one key tells, and those between keys that a schema can say. Whether
    the shapes of the layers fit each other only ``nncli check`` knows.
    """
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "nncli network spec",
        "description": "A dense neural network and, maybe, the rows that go in.",
        **KINDS.schema,
    }
    properties = {name: dict(key) for name, key in schema["properties"].items()}
    layers = dict(properties["layers"])
    layers["items"] = {**layers["items"], "allOf": _LAYER_RULES}
    properties["layers"] = layers
    properties["data"] = {
        **properties["data"],
        "oneOf": [{"required": [source]} for source in SOURCES],
        "dependentRequired": {"label": ["file"]},
    }
    properties["scale"] = {**properties["scale"], "minProperties": 1}
    return {**schema, "properties": properties, "allOf": _SPEC_RULES}


_LAYER_RULES = [
    *({"not": {"required": ["weights", key]}} for key in OF_DRAWN_WEIGHTS),
    {
        "if": {"required": ["alpha"]},
        "then": {"required": ["activation"], "properties": {"activation": {"enum": TAKE_ALPHA}}},
    },
]
_SPEC_RULES = [
    {"dependentRequired": {"layout": ["weights"]}},
    {
        "if": {"required": ["weights"]},
        "then": {
            "properties": {
                "layers": {"items": {"not": {"anyOf": [{"required": [key]} for key in OF_A_FILE]}}},
            }
        },
        "else": {
            "properties": {
                "layers": {"items": {"anyOf": [{"required": ["units"]}, {"required": ["weights"]}]}},
            },
            "anyOf": [
                {"required": ["inputs"]},
                {"properties": {"layers": {"prefixItems": [{"required": ["weights"]}]}}},
            ],
        },
    },
    {
        "if": {"properties": {"nnfs": {"const": True}}, "required": ["nnfs"]},
        "then": {"properties": {"dtype": {"const": "float32"}}},
    },
]
