"""Zip archives from strangers: `.npz` and `.keras` files are such."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nncli.errors import ModelError
from nncli.stores import read_bytes

EXPANSION = 16
"""How many times its own size an archive may unpack to …"""
SMALL = 32 * 2**20
"""… or this many bytes, whichever is more."""


@contextmanager
def unpacked(path: Path, expansion: int = EXPANSION) -> Iterator[dict[str, bytes]]:
    """Give the members of a zip archive by name, in the archive's order.

    An archive may be as small as `SMALL`, or unpack to `expansion` times its own size.

    Errors of the zip format that come up inside the block become a ModelError, too.

    Raises
    ------
    ModelError
        Where the file is no zip archive, damaged, encrypted, names a member twice, or would
        unpack to much more than its size.
    """
    packed = read_bytes(path)
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            _check_members(path, archive.infolist(), len(packed), expansion)
            yield {member.filename: archive.read(member) for member in archive.infolist()}
    except ModelError:
        raise
    except (
        zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError,
        ValueError, IndexError, OverflowError, MemoryError,
    ) as error:  # fmt: skip
        raise ModelError(f"{path}: not a sound zip archive: {error or type(error).__name__}") from error


def _check_members(path: Path, members: list[zipfile.ZipInfo], size: int, expansion: int) -> None:
    names = [member.filename for member in members]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ModelError(f"{path}: holds {twice!r} twice")
    if any(member.flag_bits & 1 for member in members):
        raise ModelError(f"{path}: is encrypted")
    if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
        raise ModelError(f"{path}: is packed in a way that neither NumPy nor Keras writes")
    # zipfile reads no more of a member than its declared size, so the sum of these is a bound.
    unpacked_size = sum(member.file_size for member in members)
    if unpacked_size > max(SMALL, expansion * size):
        raise ModelError(
            f"{path}: would unpack to {unpacked_size:,} bytes, more than {expansion} times its size: refused;"
            " an honest file passes when it is saved without compression"
        )
