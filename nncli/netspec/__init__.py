"""What the user wrote: YAML text -> places -> a frozen, checked `Spec`."""

# Imports inside of functions: `dump`, which reading needs not; what reads a URL.

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nncli.errors import SpecError
from nncli.netspec.checker import check
from nncli.netspec.model import NO_LINE, Spec
from nncli.netspec.overrides import override
from nncli.netspec.reader import place_behind, read_tree
from nncli.netspec.tree import Document, tree_of
from nncli.stores import UrlPath, as_path, is_url, meant_file, reason

__all__ = ["Spec", "dump_spec", "parse_spec", "read_spec", "spec_of"]

MAX_BYTES = 64 * 2**20


def read_spec(path: Path | str, overrides: Sequence[str] = ()) -> Spec:
    """Read and check a spec file; ``-`` is standard input.

    Raises
    ------
    SpecError
        With a line for each problem of the file.
    UsageError
        Where an override, such as ``layers.0.units=8``, is at fault.
    """
    if str(path) == "-":
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
        return parse_spec(_decoded(content, "<stdin>"), "<stdin>", Path(), overrides)
    path = as_path(path)
    try:
        content = _content(path)
    except FileNotFoundError as error:
        what = reason(error) if is_url(path) else f"no such file{meant_file(path)}"
        raise SpecError(f"{path}: {what}") from error
    except IsADirectoryError as error:
        raise SpecError(f"{path}: is a folder; a network is a YAML file or a model file") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise SpecError(f"{path}: {reason(error)}") from error
    return parse_spec(_decoded(content, str(path)), str(path), path.parent, overrides)


def _content(path: Path) -> bytes:
    if isinstance(path, UrlPath):
        from nncli.stores.reading import read_all

        return read_all(path.url, MAX_BYTES + 1)
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def parse_spec(text: str, name: str, folder: Path = Path(), overrides: Sequence[str] = ()) -> Spec:
    """Check a spec's text; its files are relative to a folder, its name is for messages."""
    return _checked(read_tree(text, name), folder, overrides)


def spec_of(values: Mapping[str, Any], name: str, folder: Path, overrides: Sequence[str] = ()) -> Spec:
    """Check what a model file says, under the keys of a spec; numbers may be arrays, which stay such."""
    document = Document(name)
    document.root, document.root_place = tree_of(values), NO_LINE
    return _checked(document, folder, overrides)


def _checked(document: Document, folder: Path, overrides: Sequence[str]) -> Spec:
    for setting in overrides:
        override(document, setting)
    return check(document, folder)


def dump_spec(spec: Spec) -> str:
    """Return the YAML text of a spec, every default written out; it reads back equal."""
    from nncli.netspec.dump import dump_spec

    return dump_spec(spec)


def _decoded(content: bytes, name: str) -> str:
    """Return the text of a file that says it is one: UTF-8, and no more than `MAX_BYTES`."""
    if len(content) > MAX_BYTES:
        raise SpecError(f"{name}: more than {MAX_BYTES // 2**20} MiB; put weights in a weights file")
    content = content.removeprefix(b"\xef\xbb\xbf")  # a byte order mark
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SpecError(f"{name}:1:1: the text is UTF-16; save it as UTF-8")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line, column = place_behind(content[: error.start].decode())
        what = f"byte 0x{content[error.start]:02x} is not UTF-8; a spec is YAML text"
        what += " (give a model file by its own name)"
        raise SpecError(f"{name}:{line}:{column}: {what}") from error
