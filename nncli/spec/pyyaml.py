"""PyYAML, imported without its regular expressions.

It compiles a dozen at import, one of them over all of Unicode: together they take 5 ms, a twentieth of
a small run, and the C parser uses none. Here each is compiled when somebody first asks it something.
"""

from __future__ import annotations

import re
import sys
from typing import Any

_compile: Any = re.compile


class _Lazy:
    """A regular expression that is not compiled yet."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self._written = pattern, flags

    def __getattr__(self, name: str) -> Any:
        value = getattr(_compile(*self._written), name)
        setattr(self, name, value)  # from now on it is found without us
        return value

    def __reduce__(self) -> Any:
        return _compile, self._written  # a copy is a real one


def _lazy_for_yaml(pattern: Any, flags: Any = 0) -> Any:
    """Do as `re.compile`, but for PyYAML; another thread may be importing something else."""
    caller = sys._getframe(1).f_globals.get("__name__", "")
    return (_Lazy if caller.startswith("yaml.") else _compile)(pattern, flags)


re.compile = _lazy_for_yaml
try:
    import yaml
finally:
    re.compile = _compile

__all__ = ["yaml"]
