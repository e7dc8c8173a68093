"""What kind of model file it is: the suffix says, else the content does."""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Sequence
from pathlib import Path

from nncli.errors import ModelError
from nncli.netspec.keys import SPEC
from nncli.stores import is_url, read_bytes

_HEAD = 1 << 16
"""How many of its first bytes tell what a file is."""
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
_MAGIC = (
    (re.compile(rb"\x89HDF\r\n\x1a\n"), ".h5"),
    (re.compile(rb"\x80[\x02-\x05]"), ".pkl"),
    (re.compile(rb"\x08[\x01-\x7f][\x10\x12\x1a\x22\x28\x32\x3a\x42]"), ".onnx"),
)
"""How binary files start. An ONNX file is a protobuf: its version, then any other field."""
_SAFETENSORS = re.compile(rb".{5}\x00{3}\s*\{", re.DOTALL)
"""The size of a JSON text, then the text. The size's first bytes may be those of any other format."""
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_FIRST_KEY = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s*(?:#[^\n]*|---[^\n]*)?\n)*\s*(\w+)\s*:", re.ASCII)
_HTML = re.compile(rb"\s*<(!doctype html|html)", re.IGNORECASE)
_MATRIX = re.compile(rb"\[\s*\[")
_ROWS_IN_JSON = re.compile(rb"\s*\[\s*\[\s*[^\s\[]")
_LAYERS, _OF_A_LAYER = re.compile(rb'"layers"\s*:\s*\[\s*\{'), re.compile(rb'"(units|activation)"\s*:')


def suffix_by_content(path: Path) -> str | None:
    """Return the suffix that a file's content deserves; None where it is nothing that nncli knows.

    Any text is taken for a spec, and so is what is no regular file: a pipe can be read only once.

    Raises
    ------
    ModelError
        Where the file can't be read.
    """
    if path.is_dir() and (path / "saved_model.pb").exists():
        raise ModelError(
            f"{path}: is a SavedModel folder of TensorFlow; save the model as one file instead:"
            " model.save('model.keras'), or as .onnx with tf2onnx"
        )
    if not _is_regular(path):
        return ".yaml"
    head = read_bytes(path, _HEAD)
    refuse_no_model(path, head)
    if _is_gzip(head):
        raise ModelError(
            f"{path}: is compressed with gzip, and networks are read as they are: unpack it first"
        )
    if head.startswith(_ZIP):
        return _in_archive(path)
    if _SAFETENSORS.match(head):
        return ".safetensors"
    for magic, suffix in _MAGIC:
        if magic.match(head):
            return suffix
    return ".yaml" if head.startswith(_UTF_16) or not _CONTROL.search(head) else None


def check_suffix(path: Path, suffix: str, also: Sequence[str]) -> None:
    """Refuse content that is not what a known suffix says, where it is surely something else.

    Parameters
    ----------
    also
        More suffixes whose content may stand behind this one.

    Raises
    ------
    ModelError
        Where the file is empty, stands for another file, or is a model of another format.
    """
    if not _is_regular(path):
        return
    head = read_bytes(path, _HEAD)
    if not head:
        raise ModelError(f"{path}: the file is empty")
    refuse_no_model(path, head)
    try:
        found = suffix_by_content(path)
    except ModelError:
        return  # damage is the reader's to tell
    if found in (None, ".yaml", suffix, *also):
        return
    raise ModelError(
        f"{path}: its name says {suffix}, but its content is that of a {found} file: give it that suffix"
    )


def refuse_no_model(path: Path, head: bytes) -> None:
    """Refuse what people have in a model's place: what Git leaves there, and a page of the web."""
    if head.startswith(b"version https://git-lfs"):
        raise ModelError(f"{path}: is a Git LFS pointer, not the file itself: `git lfs pull` fetches that")
    if _HTML.match(head):
        raise ModelError(f"{path}: is a web page (HTML), and no model: download the file itself")


def is_spec_in_json(path: Path) -> bool:
    """Tell whether a JSON text is a spec, and not nested lists of weights: it says more of its layers."""
    head = read_bytes(path, _HEAD) if _is_regular(path) else b""
    is_text = not _CONTROL.search(head)  # Keras's files hold such a text, too
    return bool(is_text and _LAYERS.search(head) and _OF_A_LAYER.search(head))


def is_hdf5(path: Path) -> bool:
    """Tell whether a file is HDF5."""
    return _is_regular(path) and read_bytes(path, _HEAD).startswith(b"\x89HDF\r\n\x1a\n")


def is_network(path: Path) -> bool:
    """Tell whether the content is a spec or a model, and no table of rows."""
    if not _is_regular(path):
        return False
    head = read_bytes(path, _HEAD)
    suffix = None if _is_gzip(head) else suffix_by_content(path)
    if suffix != ".yaml":
        return suffix is not None
    if head.lstrip()[:1] in (b"{", b"["):
        return is_spec_in_json(path) or bool(_MATRIX.search(head) and not _ROWS_IN_JSON.match(head))
    first = _FIRST_KEY.match(head)
    return first is not None and first[1].decode() in SPEC


def _is_gzip(head: bytes) -> bool:
    return head.startswith(_GZIP) and not _SAFETENSORS.match(head)


def _is_regular(path: Path) -> bool:
    """Tell whether it is a file to look into; one that is not there is the reader's to tell."""
    if is_url(path):
        return True
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def _in_archive(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(read_bytes(path)) if is_url(path) else path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError, UnicodeError) as error:
        raise ModelError(f"{path}: not a sound zip archive: {error}") from error
    if "config.json" in names:
        return ".keras"
    if any(name.endswith("data.pkl") for name in names):
        return ".pt"
    return ".npz" if any(name.endswith(".npy") for name in names) else None
