"""Damaged files of every kind, through every command that reads them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
INPUTS = 1000


def fuzz(first: int) -> str:
    """Run some inputs; return what the fuzzer says of those that ended wrong."""
    command = [sys.executable, "-m", "tests.fuzz.fuzzer", str(first), str(first + INPUTS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


def test_whatever_a_file_holds_it_ends_in_a_clear_line():
    """No traceback, no crash, no words of Python's, nothing slow or huge; NNCLI_FUZZ_MINUTES=30 for more."""
    end = time.monotonic() + 60 * float(os.environ.get("NNCLI_FUZZ_MINUTES", "0"))
    first, wrong = 0, fuzz(0)
    while time.monotonic() < end:
        first += INPUTS
        wrong += fuzz(first)
    assert not wrong, wrong
