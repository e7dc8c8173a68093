"""PyYAML as we import it: the same for everybody else."""

from __future__ import annotations

import copy
import datetime
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nncli.spec.pyyaml import yaml


def test_a_run_compiles_none_of_its_expressions(configs: Path) -> None:
    """The C parser of a small run asks none of them anything."""
    code = """
import re, sys
from re import _compiler
compiled, really = [], _compiler.compile
_compiler.compile = lambda pattern, flags=0: compiled.append(str(pattern)) or really(pattern, flags)
from nncli.cli.main import main
try: main(["run", *sys.argv[1:]])
except SystemExit: pass
import yaml
of_the_run = list(compiled)
known = [yaml.reader.Reader.NON_PRINTABLE.pattern, yaml.constructor.SafeConstructor.timestamp_regexp.pattern]
print(len(of_the_run) > 5, any(pattern in of_the_run for pattern in known), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code, configs / "relu.yaml"], capture_output=True, text=True)
    assert done.stderr.split() == ["True", "False"]


def test_another_import_at_the_same_time_notices_nothing() -> None:
    """Whoever compiles an expression while yaml is imported gets a real one, however it asks."""
    code = """
import re, sys
class Other:
    def find_spec(self, name, path=None, target=None):
        if name == "yaml.error":
            global found
            found = [re.compile("a", flags=re.I), re.compile(pattern="b"), re.compile("c", re.X)]
sys.meta_path.insert(0, Other())
import nncli.spec
print({type(pattern) for pattern in found} == {re.Pattern})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_whoever_else_uses_it_notices_nothing() -> None:
    """Its own parser reads as ever, and `re.compile` is the one that it was."""
    assert re.compile.__module__ == "re"
    text = "{a: 0x1F, b: 1.5e+3, c: no, d: 2001-12-14, e: ~, f: 190:20:30, <<: {g: 012}}"
    day = datetime.date(2001, 12, 14)
    read = {"g": 10, "a": 31, "b": 1500.0, "c": False, "d": day, "e": None, "f": 685230}
    assert yaml.safe_load(text) == read
    expression = yaml.reader.Reader.NON_PRINTABLE
    assert type(copy.copy(expression)) is type(pickle.loads(pickle.dumps(expression))) is re.Pattern
    with pytest.raises(yaml.reader.ReaderError):
        yaml.safe_load("\x01")
