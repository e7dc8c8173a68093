"""What can be wrong, told in one line each.

::

    NncliError            exit 1
    ├── SpecError         the network spec is at fault
    ├── DataError         the input rows are at fault
    ├── ModelError        a weights or model file is at fault
    ├── OutputError       the result can't be written
    ├── MissingExtraError a feature needs an optional package
    ├── CheckFailed       the work is done and the answer is no (an accuracy too low, results that differ)
    └── UsageError        what is asked for makes no sense; exit 2

Raise one at the place that knows the cause; `nncli.cli.main` alone prints them. What would help is a
`Remedy`: said in Python's words here, and by the command line in its own (`nncli.cli.remedies`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple


class Remedy(NamedTuple):
    """What would help, or which argument is at fault.

    Attributes
    ----------
    name
        The command line has its own words for it, and finds them by this name.
    words
        The problem and the remedy, in Python's words: ``{problem}; say header=False``.
    values
        What else such words may need.
    """

    name: str
    words: str
    values: Mapping[str, Any] = {}


def of_argument(name: str) -> list[Remedy]:
    """Return what puts the name of the argument that is at fault before a problem."""
    return [Remedy("argument", "{argument}: {problem}", {"argument": name})]


class NncliError(Exception):
    """Base of everything that nncli raises on purpose.

    Parameters
    ----------
    *problems
        One line each: what is wrong, where, and what would be right. A line starts with its
        place where there is one: ``net.yaml:7:5: layers[1]: unknown key 'activaton'``.
    remedies
        What would help, where that depends on how nncli is used.
    """

    exit_code = 1

    def __init__(self, *problems: str, remedies: Sequence[Remedy] = ()) -> None:
        super().__init__(*problems)
        self.remedies = tuple(remedies)

    @property
    def problems(self) -> tuple[str, ...]:
        """The lines, with the remedies in Python's words."""
        lines = self.args
        for _, words, values in self.remedies:
            lines = tuple(words.format(problem=line, **values) for line in lines)
        return lines

    def __str__(self) -> str:
        return "\n".join(self.problems)


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
        self._made_of = feature, extra

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        """Let a copy be made of what this one is made of, not of its line."""
        return MissingExtraError, self._made_of


class CheckFailed(NncliError):  # noqa: N818 - the work went well; the answer is no
    """A check that the user asked for has failed."""


class UsageError(NncliError):
    """What is asked for makes no sense: the call or the command line is at fault."""

    exit_code = 2


_LOOKALIKES = str.maketrans("аеорсухіАВЕКМНОРСТХΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "aeopcyxiABEKMHOPCTXABEZHIKMNOPTYXo")
"""Letters of Cyrillic and Greek that look as those of Latin do."""


def near_miss(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant."""
    from difflib import get_close_matches

    by_look: dict[str, str] = {}
    for name in known:
        if name != word:
            by_look.setdefault(_look(name), name)
    meant = get_close_matches(_look(word), list(by_look), n=1)
    return by_look[meant[0]] if meant else None


def _look(word: str) -> str:
    """Return a word without what is easily overlooked: case, width, other alphabets."""
    if word.isascii():
        return word.lower()
    from unicodedata import normalize

    return normalize("NFKC", word).translate(_LOOKALIKES).casefold()


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` (did you mean 'relu'?)`` for a near miss, else nothing."""
    meant = near_miss(word, known)
    if meant is None:
        return ""
    odd = next((c for c in meant if not c.isascii() and c.translate(_LOOKALIKES) != c), None)
    where = "" if odd is None or odd in word else f", whose '{odd}' is U+{ord(odd):04X}"
    return f" (did you mean '{meant}'{where}?)"


class NncliWarning(UserWarning):
    """Something that the user should know about a result that is given."""
