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

    def __init__(self, *arguments: Any) -> None:
        self._arguments = arguments

    def __getattr__(self, name: str) -> Any:
        return getattr(_compile(*self._arguments), name)  # it keeps what it has compiled


def _lazy_for_yaml(*arguments: Any) -> Any:
    """Do as `re.compile`, but for PyYAML; another thread may be importing something else."""
    caller = sys._getframe(1).f_globals["__name__"]
    return (_Lazy if caller.startswith("yaml.") else _compile)(*arguments)


re.compile = _lazy_for_yaml  # type: ignore[assignment]
try:
    import yaml
finally:
    re.compile = _compile

__all__ = ["yaml"]
