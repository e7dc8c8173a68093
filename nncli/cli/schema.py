"""``nncli schema``: the spec's JSON Schema, for editors."""

from __future__ import annotations


def schema() -> None:
    """Print the JSON Schema of a spec: editors complete and check with it.

    \b
    nncli schema > nncli.schema.json

    Then, as the first line of a spec:

    \b
    # yaml-language-server: $schema=nncli.schema.json
    """
    import json

    from nncli.netspec.schema import json_schema

    print(json.dumps(json_schema(), indent=2))
