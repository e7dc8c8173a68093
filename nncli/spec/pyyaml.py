"""PyYAML, imported without its regular expressions.

It compiles a dozen at import, one of them over all of Unicode: together they take 5 ms, a twentieth of
a small run, and the C parser uses none. Here each is compiled when somebody first asks it something.
"""

from __future__ import annotations

import re
import sys
from functools import cached_property
from typing import Any

_compile: Any = re.compile


class _Lazy:
    """A regular expression that is not compiled yet."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self._written = pattern, flags

    @cached_property
    def _compiled(self) -> Any:
        return _compile(*self._written)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._compiled, name)


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
