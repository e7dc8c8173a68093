"""The bar that follows long work."""

from __future__ import annotations

import io
import re
import sys

import pytest

from nncli.cli import progress
from nncli.cli.progress import Progress
from nncli.tables import ArrayTable


class Terminal(io.StringIO):
    """A standard error that is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.mark.parametrize("columns", [70, 80, 120])
def test_a_long_name_is_cut_and_not_the_time_left(monkeypatch, columns):
    """On every width the share, the rate and the time left are whole."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress, "PATIENCE", -1)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    table = ArrayTable("a folder/with a name that goes on/and on/rows of the experiment.csv", {})
    table.n_rows = 10_000_000
    with Progress(table, quiet=False) as bar:
        bar.show(2_500_000)
        bar.show(5_000_000)
    shown = re.sub("\x1b\\[[0-9;?]*[a-zA-Z]", "", terminal.getvalue())
    last = [line for line in re.split("[\r\n]", shown) if "5,000,000 rows" in line][-1]
    assert re.search(
        r"a f.*….*\.csv +\S+ +50% 5,000,000 rows, [0-9,]+/s ([0-9]:[0-9]{2}:[0-9]{2}|-:--:--)", last
    )
    assert len(last) <= columns - 2  # the ^C of whoever is tired of it does not take a line
