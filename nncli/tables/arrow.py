"""NumPy's arrays as Arrow's, and back.

Arrow's own conversions, ``pa.array`` and ``to_numpy``, import pandas wherever that is installed:
that takes longer than to read a million rows. Its ``to_pandas_dtype`` needs pandas in older versions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

ERRORS = (pa.ArrowException, OSError, ValueError, TypeError, LookupError, RuntimeError, MemoryError)
"""What Arrow says of bytes that it can't read: exceptions of its own, which are many, and Python's."""


def to_numpy(column: Any) -> NDArray[Any]:
    """Return a column that `is_numeric`; NaN where there is no value."""
    if isinstance(column.type, pa.DictionaryType):
        column = column.dictionary_decode()
    if column.null_count and pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string())  # as text it becomes the number that a CSV file gives: 1003.858
    if not is_number(column.type) or (column.null_count and not pa.types.is_floating(column.type)):
        column = column.cast(pa.float64(), safe=False)  # beyond 2**53 rounded, as everywhere
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    parts = [_values(chunk) for chunk in chunks] or [np.empty(0, _dtype(column.type))]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def values_and_nulls(array: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return what `stored` returns, and where the array is null."""
    return stored(array), _bits(array.is_null())


def stored(array: Any) -> NDArray[Any]:
    """Return the numbers of an Arrow array, whatever they are where it is null."""
    if pa.types.is_boolean(array.type):
        return _bits(array)
    return np.frombuffer(array.buffers()[1] or b"", _dtype(array.type))[
        array.offset : array.offset + len(array)
    ]


def is_number(kind: Any) -> bool:
    """Whether an Arrow type is one of numbers or booleans."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def is_numeric(kind: Any) -> bool:
    """Whether the values of an Arrow type can be inputs: also decimals, and a column of nulls alone."""
    if isinstance(kind, pa.DictionaryType):
        kind = kind.value_type
    return is_number(kind) or bool(pa.types.is_decimal(kind) or pa.types.is_null(kind))


def is_text(kind: Any) -> bool:
    """Whether the values of an Arrow type are texts."""
    if isinstance(kind, pa.DictionaryType):
        kind = kind.value_type
    known = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(is_one(kind) for is_one in known)


def numbers(values: NDArray[Any], missing: NDArray[np.bool_] | None = None) -> Any:
    """Return a NumPy array of numbers as an Arrow array, null where it is missing."""
    if values.dtype == np.bool_:
        return booleans(values)
    validity = None if missing is None else _packed(~missing)
    data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [validity, data])


def booleans(values: NDArray[np.bool_]) -> Any:
    """Return a NumPy array of booleans as an Arrow array."""
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, _packed(values)])


def text(value: str) -> Any:
    """Return one text, which Arrow's functions take for any number of rows."""
    return texts([value])[0]


def texts(values: Sequence[str | None]) -> Any:
    """Return texts as an Arrow array, null where there is none."""
    encoded = [(text or "").encode() for text in values]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return texts_between(b"".join(encoded), ends, np.array([text is not None for text in values], np.bool_))


def texts_between(data: Any, bounds: NDArray[np.int32], there: NDArray[np.bool_] | None = None) -> Any:
    """Return the texts between every two bounds as an Arrow array, where they lie; null where not there."""
    validity = None if there is None else _packed(there)
    return pa.StringArray.from_buffers(len(bounds) - 1, pa.py_buffer(bounds), pa.py_buffer(data), validity)


def text_of(array: Any) -> bytes:
    """Return the texts of an Arrow array, one right after the other."""
    _validity, bounds, text = array.buffers()
    if text is None:
        return b""
    first, last = np.frombuffer(bounds, np.int32)[[array.offset, array.offset + len(array)]].tolist()
    return bytes(memoryview(text)[first:last])


def call(function: str, *arguments: Any, options: Any = None) -> Any:
    """Call one of Arrow's compute functions by its name; `compute` has the classes of its options."""
    return compute().call_function(function, list(arguments), options)


def compute() -> Any:
    """Return `pyarrow.compute`. Its import takes as long as 100,000 rows, and many files do not need it."""
    import pyarrow.compute

    return pyarrow.compute


def _dtype(kind: Any) -> np.dtype[Any]:
    """Return NumPy's type of the numbers of an Arrow type."""
    if pa.types.is_boolean(kind):
        return np.dtype(np.bool_)
    letter = "f" if pa.types.is_floating(kind) else "i" if pa.types.is_signed_integer(kind) else "u"
    return np.dtype(f"{letter}{kind.bit_width // 8}")


def _packed(values: NDArray[np.bool_]) -> Any:
    return pa.py_buffer(np.packbits(values, bitorder="little"))


def _values(array: Any) -> NDArray[Any]:
    values = stored(array)
    return np.where(_bits(array.is_null()), values.dtype.type(np.nan), values) if array.null_count else values


def _bits(array: Any) -> NDArray[np.bool_]:
    bits = np.unpackbits(np.frombuffer(array.buffers()[1] or b"", np.uint8), bitorder="little")
    return bits[array.offset : array.offset + len(array)].view(np.bool_)
