"""The text of Arrow's columns, whatever their type."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
import pyarrow as pa

from nncli.errors import DataError, Remedy
from nncli.tables import arrow

_LEAVE_OUT = Remedy("leave_out", "{problem}; leave its column out")
_AS_JSON = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


def texts_of(column: Any) -> Any:
    """Return a column as an Arrow array of valid text, null where there is no value.

    Bytes are hexadecimal, a UUID is written 8-4-4-4-12, a list or a struct as JSON. A byte that is
    no text stands there as ``\\xff``.

    Raises
    ------
    DataError
        A value that has no text, such as a list of dates before Christ.
    """
    if isinstance(column.type, pa.DictionaryType):
        column = column.dictionary_decode()
    if isinstance(column.type, pa.BaseExtensionType):
        if column.type.extension_name == "arrow.uuid":
            return _uuids(column.storage)
        column = column.storage
    kind = column.type
    if arrow.is_text(kind):
        return _valid(column)
    if _is_bytes(kind):
        return arrow.texts([None if value is None else value.hex() for value in column.to_pylist()])
    try:
        return _jsons(column) if pa.types.is_nested(kind) else column.cast(pa.string())
    except (*arrow.ERRORS, ArithmeticError) as error:
        raise DataError(f"a value of type {kind} has no text", remedies=[_LEAVE_OUT]) from error


def is_bare(kind: Any) -> bool:
    """Whether a type's texts are JSON as they are: decimals, lists and structs."""
    return bool(pa.types.is_decimal(kind) or pa.types.is_nested(kind))


def _is_bytes(kind: Any) -> bool:
    types = pa.types
    known = (types.is_binary, types.is_large_binary, types.is_fixed_size_binary, types.is_binary_view)
    return any(is_one(kind) for is_one in known)


def _valid(column: Any) -> Any:
    raw = column.cast(pa.binary())
    texts = raw.view(pa.string())
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        cells = raw.to_pylist()
        return arrow.texts(
            [None if cell is None else cell.decode(errors="backslashreplace") for cell in cells]
        )
    return texts


def _uuids(storage: Any) -> Any:
    cells = storage.to_pylist()
    return arrow.texts([None if cell is None else str(UUID(bytes=cell)) for cell in cells])


def _jsons(column: Any) -> Any:
    cells = column.to_pylist()
    lines = [None if cell is None else orjson.dumps(cell, _plain, _AS_JSON).decode() for cell in cells]
    return arrow.texts(lines)


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
