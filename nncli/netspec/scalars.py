"""The scalars of YAML 1.2's core schema, as a spec reads them."""

from __future__ import annotations

import math
import re

from nncli.netspec.tree import SpelledFloat, SpelledInt

_NUMBER = re.compile(
    r"""(?P<whole>[-+]?[0-9]+)
      | (?P<octal>0o[0-7]+)
      | (?P<hexadecimal>0x[0-9a-fA-F]+)
      | (?P<real>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)
      | (?P<infinity>[-+]?\.(?:inf|Inf|INF))
      | (?P<nan>\.(?:nan|NaN|NAN))""",
    re.VERBOSE,
)
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "false": False}
_MAX_LENGTH = 4000
"""Nobody writes longer numbers, and Python reads whole ones of up to 4300 digits."""


def read_scalar(text: str) -> str | float | bool | None:
    """Return the value of a plain (unquoted) scalar.

    Whole numbers are int, other numbers float, ``true`` and ``false`` bool, empty and ``null``
    None; all else is text. Unlike YAML 1.1, ``no`` is text, ``1e-3`` a number and ``012`` twelve.
    """
    if text in _WORDS:
        return _WORDS[text]
    match = _NUMBER.fullmatch(text) if len(text) <= _MAX_LENGTH else None
    if match is None:
        return text
    match match.lastgroup:
        case "whole":
            return _spelled_int(int(text), text)
        case "octal":
            return _spelled_int(int(text[2:], 8), text)
        case "hexadecimal":
            return _spelled_int(int(text[2:], 16), text)
        case "real":
            return _spelled_float(float(text), text)
        case "infinity":
            return _spelled_float(-math.inf if text.startswith("-") else math.inf, text)
        case _:
            return _spelled_float(math.nan, text)


def _spelled_int(value: int, text: str) -> int:
    if str(value) == text:
        return value
    spelled = SpelledInt(value)
    spelled.spelling = text
    return spelled


def _spelled_float(value: float, text: str) -> float:
    if repr(value) == text:
        return value
    spelled = SpelledFloat(value)
    spelled.spelling = text
    return spelled
