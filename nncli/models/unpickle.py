"""Pickles, read without running anything of them.

Unpickling can run any code, so this reads what little a file of arrays needs: its opcodes are checked
against a list before the first one runs, and the names that it may look up are not NumPy's own but
stand-ins here, which make nothing but arrays out of bytes that the file really holds. What else a
file holds beside them is passed over: an object of no abilities stands for it.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
import re
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_OPCODES = {
    "PROTO", "FRAME", "STOP", "MARK", "POP", "POP_MARK", "DUP", "NONE", "NEWTRUE", "NEWFALSE", "INT",
    "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "STRING", "BINSTRING", "SHORT_BINSTRING",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8", "UNICODE", "SHORT_BINUNICODE",
    "BINUNICODE", "BINUNICODE8", "FLOAT", "BINFLOAT", "EMPTY_LIST", "APPEND", "APPENDS", "LIST",
    "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "GET", "BINGET", "LONG_BINGET", "PUT",
    "BINPUT", "LONG_BINPUT", "MEMOIZE", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD", "EMPTY_DICT", "DICT",
    "SETITEM", "SETITEMS", "NEWOBJ", "NEWOBJ_EX", "BINPERSID",
}  # fmt: skip
_PASSED_OVER = {
    "argparse", "collections", "copyreg", "copy_reg", "datetime", "decimal", "enum", "fractions", "pathlib",
    "types", "uuid",
}  # fmt: skip
"""Modules of the standard library whose objects are data."""
_DATA = {
    f"{module}.{name}"
    for module in ("builtins", "__builtin__")
    for name in (
        "set",
        "frozenset",
        "slice",
        "range",
        "complex",
        "object",
        "bytearray",
        "list",
        "dict",
        "tuple",
    )
}
MOST_NAMES = 1000
"""A pickle may look up so many different names."""
DAMAGED = (
    pickle.UnpicklingError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError,
    OverflowError, MemoryError, RecursionError, LookupError, NotImplementedError,
)  # fmt: skip
"""What reading a damaged pickle can end in."""


class RefusedError(Exception):
    """The pickle asks for something that it may not have."""


class Unbuilt:
    """Stands for an object that is not built: it takes what the pickle gives it, and does nothing."""

    name = "object"

    def __init__(self, *args: object, **kwargs: object) -> None: ...

    def __call__(self, *args: object) -> Unbuilt:
        """Return itself."""
        return self

    def __setstate__(self, state: object) -> None: ...

    def __setitem__(self, key: object, value: object) -> None: ...

    def append(self, item: object) -> None:
        """Take an item."""


class Dict(dict[Any, Any]):
    """Stands for an OrderedDict; its attributes are ignored."""

    def __setstate__(self, state: object) -> None: ...


def load(
    data: bytes,
    *,
    found: Mapping[str, Any] | None = None,
    persistent: Callable[[Any], Any] | None = None,
    refused: Callable[[str], str],
    passes_over: bool = False,
) -> object:
    """Return what a pickle holds: plain values, lists, dicts, and each NumPy array as an `Array`.

    Parameters
    ----------
    data
        The pickle.
    found
        Stand-ins for more names that it may look up.
    persistent
        What its persistent ids stand for.
    refused
        Says what is wrong with a name.
    passes_over
        Whether other objects may stand in the file; functions of the standard library never may.

    Raises
    ------
    RefusedError
        Where it asks for anything else; nothing of it is executed.
    Exception
        One of `DAMAGED`.
    """
    names = _Names(len(data), found or {}, refused, passes_over)
    with warnings.catch_warnings(action="ignore"):  # of escapes in its strings
        _check_opcodes(data, names, persistent is not None)
        return _Unpickler(data, names, persistent).load()


def _check_opcodes(data: bytes, names: _Names, is_persistent: bool) -> None:
    """Refuse opcodes that make objects, and memo numbers that would make the memo huge."""
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name == "GLOBAL":
            names.look_up(*str(argument).split(" ", 1))
        elif opcode.name not in _OPCODES or (opcode.name == "BINPERSID" and not is_persistent):
            raise RefusedError(f"the pickle's {opcode.name} makes more than arrays: refused, not executed")
        elif opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and not 0 <= int(argument or 0) <= len(data):
            raise RefusedError("not a sound pickle: a memo number is too large")
        if opcode.name == "STOP":
            return


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, names: _Names, persistent: Callable[[Any], Any] | None) -> None:
        super().__init__(io.BytesIO(data))
        self._names, self._persistent = names, persistent

    def find_class(self, module: str, name: str) -> Any:
        return self._names.look_up(module, name)

    def persistent_load(self, pid: Any) -> Any:
        if self._persistent is None:
            raise RefusedError("the pickle names data outside of it: refused")
        return self._persistent(pid)


class _Names:
    """What a pickle gets for the names that it looks up."""

    def __init__(
        self, size: int, found: Mapping[str, Any], refused: Callable[[str], str], passes_over: bool
    ) -> None:
        self._bytes_left, self._refused, self._passes_over = size, refused, passes_over
        numpy = {
            "numpy.ndarray": StandIn(Array),
            "numpy.dtype": StandIn(_DType),
            "_codecs.encode": StandIn(self._encode),
            "collections.OrderedDict": StandIn(lambda items=(): Dict(items)),
            "collections.defaultdict": StandIn(lambda *_: Dict()),
        }
        for core in ("numpy.core", "numpy._core"):
            # NumPy's own would allocate whatever size it is told.
            numpy[f"{core}.multiarray._reconstruct"] = StandIn(lambda *_: Array())
            numpy[f"{core}.numeric._frombuffer"] = StandIn(_from_buffer)
            numpy[f"{core}.multiarray.scalar"] = StandIn(Unbuilt)
        self._found: dict[str, Any] = {**numpy, **found}

    def look_up(self, module: str, name: str = "") -> Any:
        full = f"{module}.{name}"
        if full not in self._found:
            if len(self._found) > MOST_NAMES or not (self._passes_over and _is_data(module, full)):
                raise RefusedError(self._refused(full))
            self._found[full] = type("Unbuilt", (Unbuilt,), {"name": full})
        return self._found[full]

    def _encode(self, text: object, encoding: object) -> bytes:
        """Stand in for codecs.encode: how old pickle protocols write bytes."""
        if not isinstance(text, str) or encoding != "latin1":
            raise RefusedError("codecs.encode for something else than bytes: refused, not executed")
        self._bytes_left -= len(text)
        if self._bytes_left < 0:
            raise RefusedError("the pickle would unpack to more than its size: refused")
        return text.encode("latin1")


def _is_data(module: str, name: str) -> bool:
    """Tell whether a name may be passed over: of the standard library, only what holds data."""
    top = module.split(".")[0]
    is_standard = top in sys.stdlib_module_names or top == "__builtin__"
    return name in _DATA or top in _PASSED_OVER or not is_standard


class StandIn:
    """A function that the file may call, and do nothing else with."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def __call__(self, *args: object) -> Any:
        """Call the function."""
        return self._call(*args)

    def __setstate__(self, state: object) -> None:
        raise RefusedError("the pickle changes what it may only call: refused, not executed")


class _DType:
    """Stands in for numpy.dtype: plain numbers only."""

    def __init__(self, code: object, *_: object) -> None:
        if not isinstance(code, str) or not re.fullmatch(r"[<>|=]?[biufc][0-9]{1,2}", code):
            raise RefusedError(f"an array of {str(code)[:40]!r} is more than numbers: refused")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        if state[1] in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(state[1])


class Array:
    """Stands in for numpy.ndarray: empty until its state comes."""

    values: NDArray[Any] | None = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, fortran, data = state
        self.values = _array(data, dtype, shape, "F" if fortran else "C")


def _array(data: object, dtype: object, shape: object, order: object) -> NDArray[Any]:
    if not isinstance(data, bytes | bytearray) or not isinstance(dtype, _DType):
        raise RefusedError("an array that holds Python objects: refused, not executed")
    if not isinstance(shape, tuple) or not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError("an array's shape is no tuple of sizes")
    if math.prod(shape) * dtype.dtype.itemsize != len(data):
        raise ValueError(f"an array of shape {shape} does not hold as many bytes as that needs")
    return np.frombuffer(data, dtype.dtype).reshape(shape, order="F" if order == "F" else "C")


def _from_buffer(data: object, dtype: object, shape: object, order: object, *_: object) -> Array:
    array = Array()
    array.values = _array(data, dtype, shape, order)
    return array
