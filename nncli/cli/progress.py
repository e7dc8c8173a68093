"""A progress bar on standard error for work that takes longer than a second."""

from __future__ import annotations

import os
import stat
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from nncli.text import shorten

if TYPE_CHECKING:
    from nncli.jobs.several import Reach
    from nncli.tables import Table

PATIENCE = 1.0
"""Seconds of silence before the bar appears."""

PER_SECOND = 10
"""How often it is drawn again."""


class Progress:
    """Follows the rows of a table, and shows on a terminal how far they are.

    Only where the results go to a file: else they, or what a pipe's reader makes of them, could come to
    the same terminal and meet the bar.

    The total is the table's rows where they are known, else the bytes of its file, else unknown.
    """

    def __init__(self, table: Table[Any] | Reach, output: str | None, *, quiet: bool) -> None:
        self.table = table
        self.wanted = not quiet and _can_erase() and _is_file(output)
        self.started = time.monotonic()
        self.n_rows = 0
        self._shown = 0.0
        self._bar: Any = None

    def show(self, n_rows: int) -> None:
        """Show that so many rows are done."""
        self.n_rows = n_rows
        now = time.monotonic()
        if self.wanted and now - self.started > PATIENCE and now - self._shown > 1 / PER_SECOND:
            self._shown = now
            self._show()

    def _show(self) -> None:
        done, total = self.n_rows, self.table.n_rows
        if total is None:
            done, total = self.table.bytes_read, self.table.n_bytes
        if self._bar is None:
            self._bar = _bar()
            name = shorten(self.table.name, self._bar.console.width // 5)  # the rest is what one looks for
            self._task = self._bar.add_task(name, total=total, rows="")
            self._bar.start()
        rate = self.n_rows / (time.monotonic() - self.started)
        files = f"{self.table.of_files}, " if hasattr(self.table, "of_files") else ""
        rows = f"{files}{self.n_rows:,} rows, {rate:,.0f}/s"
        self._bar.update(self._task, completed=done, total=total, rows=rows)
        self._bar.refresh()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


def _can_erase() -> bool:
    """Whether standard error is a terminal from which a bar can be taken away again."""
    return sys.stderr.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def _is_file(output: str | None) -> bool:
    """Whether results go to a regular file or a folder, or will when they are there."""
    try:
        status = os.fstat(sys.stdout.fileno()) if output is None else os.stat(output)
    except FileNotFoundError:
        return True
    except (OSError, ValueError):  # a stand-in, or what can't be written
        return False
    return stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    console.width -= 2  # room for the ^C that a terminal adds: else it takes a line, and the bar stays
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[rows]}"),
        TimeRemainingColumn(),
        console=console,
        auto_refresh=False,  # by a thread, which no process may be forked beside
        transient=True,
        expand=True,
    )
