"""Commands whose result is one report, for people or for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, Literal

from nncli.cli.printing import print_fitted, print_text, say_written
from nncli.errors import UsageError
from nncli.stores import open_output

SUFFIXES: dict[str, Literal["table", "json"]] = {".json": "json", ".txt": "table"}


def report_format(output: str | None, format: Literal["table", "json"] | None) -> Literal["table", "json"]:
    """Return the report's format: the one asked for, else the suffix's, else a table.

    Raises
    ------
    UsageError
        A suffix that stands for neither.
    """
    if format is not None or output is None:
        return format or "table"
    suffix = PurePath(output).suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(
            f"-o {output}: the suffix says no format: use .json or .txt, or give -f json or -f table"
        )
    return SUFFIXES[suffix]


def write_report(
    output: str | None,
    format: Literal["table", "json"],
    values: Mapping[str, Any],
    text: Callable[[Mapping[str, Any]], str],
    *,
    quiet: bool,
) -> None:
    """Write a report, as JSON or as the text that ``text`` makes of it, to a file or standard output."""
    report = (
        json.dumps(values, ensure_ascii=False, allow_nan=False) + "\n" if format == "json" else text(values)
    )
    if output is None:
        if format == "json":
            print_text(report)
        else:
            print_fitted(report)
        return
    with open_output(output) as file:
        file.write(report.encode(errors="backslashreplace"))
    say_written(output, quiet=quiet)
