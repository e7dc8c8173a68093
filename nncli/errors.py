"""What can be wrong, told in one line each.

::

    NncliError            exit 1
    ├── SpecError         the network spec is at fault
    ├── DataError         the input rows are at fault
    ├── ModelError        a weights or model file is at fault
    ├── OutputError       the result can't be written
    ├── MissingExtraError a feature needs an optional package
    ├── CheckFailed       the work is done and the answer is no (--min-accuracy, compare)
    └── UsageError        the command line is at fault; exit 2

Raise one at the place that knows the cause; `nncli.cli.main` alone prints them.
"""

from __future__ import annotations

from collections.abc import Iterable


class NncliError(Exception):
    """Base of everything that nncli raises on purpose.

    Parameters
    ----------
    *problems
        One line each: what is wrong, where, and what would be right. A line starts with its
        place where there is one: ``net.yaml:7:5: layers[1]: unknown key 'activaton'``.
    """

    exit_code = 1

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SpecError(NncliError):
    """The network spec is at fault."""


class DataError(NncliError):
    """The input rows are at fault."""


class ModelError(NncliError):
    """A weights or model file is at fault."""


class OutputError(NncliError):
    """The result can't be written."""


class MissingExtraError(NncliError):
    """A feature needs a package that is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an optional package: pip install 'nncli-inference[{extra}]'")


class CheckFailed(NncliError):  # noqa: N818 - the work went well; the answer is no
    """A check that the user asked for has failed."""


class UsageError(NncliError):
    """The command line is at fault."""

    exit_code = 2


def near_miss(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, list(known), n=1)), None)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` (did you mean 'relu'?)`` for a near miss, else nothing."""
    meant = near_miss(word, known)
    return f" (did you mean '{meant}'?)" if meant else ""


class NncliWarning(UserWarning):
    """Something that the user should know about a result that is given."""
