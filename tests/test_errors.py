"""What errors carry, and what library rooms say."""

import ast
import copy
import pickle
import re
from pathlib import Path

import pytest

from nncli import errors
from nncli.cli.remedies import WORDS
from nncli.errors import DataError, MissingExtraError, NncliError, Remedy, UsageError, of_argument

ROOT = Path(errors.__file__).parent
LIBRARY = [path for path in ROOT.rglob("*.py") if ROOT / "cli" not in path.parents]


def tree(kind=NncliError):
    """Return the class and all that stand below it."""
    return [kind, *(below for child in kind.__subclasses__() for below in tree(child))]


@pytest.mark.parametrize("kind", tree())
def test_errors_pickle_to_themselves(kind):
    """Class, lines, remedies and exit code cross the border of a process whole."""
    if kind is MissingExtraError:
        error = kind("a chart", "plot")
    else:
        remedies = [Remedy("x", "{problem}; say x={x}", {"x": [1]}), *of_argument("y")]
        error = kind("a.csv:1: {wrong}", "a.csv:2: %s", remedies=remedies)
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is kind
        assert (again.problems, again.remedies) == (error.problems, error.remedies)
        assert (str(again), again.exit_code) == (str(error), kind.exit_code)


def test_an_error_says_its_remedy_in_words_of_python():
    """Braces in what a user wrote are no slots."""
    remedies = [Remedy("x", "{problem}; say x={x!r}", {"x": ["{a}", "b"]}), *of_argument("{y}")]
    error = DataError("{0}", remedies=remedies)
    assert error.problems == ("{y}: {0}; say x=['{a}', 'b']",)
    assert str(error) == error.problems[0]


def test_an_error_without_remedies_is_its_lines():
    """One line for each problem."""
    assert UsageError("a", "b").problems == ("a", "b")
    assert str(UsageError("a", "b")) == "a\nb"


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: str(path.relative_to(ROOT)))
def test_library_rooms_know_no_command_line(path):
    """No text names an option, and nobody looks at the process's arguments."""
    text = path.read_text(encoding="utf-8")
    assert not re.findall(r"(?<![\w-])--[a-z][\w-]*", text)
    assert "sys.argv" not in text
    told = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    assert not [each for each in told if isinstance(each, str) and re.search(r"(^|[ `'])-[a-z] [A-Z]", each)]


def test_the_command_line_has_words_for_every_remedy():
    """Whatever remedy a room names, the table knows it; and it knows no others."""
    calls = [
        node
        for path in LIBRARY
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Remedy"
    ]
    named = {
        constant.value
        for call in calls
        for constant in ast.walk(call.args[0])
        if isinstance(constant, ast.Constant)
    }
    assert named == WORDS.keys()
