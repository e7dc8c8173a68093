"""Standard input that the command line does not name: read where there are no other rows, else noticed."""

from __future__ import annotations

import os
import select
import stat
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nncli.cli.printing import say
from nncli.tables.source import STDIN, STDIN_NAME

if TYPE_CHECKING:
    from nncli.netspec.model import Spec

PATIENCE = 2.0
"""How many seconds a command that needs no rows waits for a pipe, which may stay empty for ever."""


def rows_given(spec: Spec, data: Sequence[str], *, needed: bool = True) -> Sequence[str]:
    """Return DATA, or ``-`` where neither it nor the spec gives rows and standard input holds some.

    A pipe's other end may be slow: it is waited for as long as it takes where rows are ``needed``.
    """
    if not data and spec.data is None and (descriptor := descriptor_for_rows(spec)) is not None:
        if not _is_ready(descriptor, None if needed else PATIENCE):
            say("warning: nothing came from standard input, and it was not read (- as DATA waits for it)")
        elif _holds_bytes(descriptor):
            return (STDIN,)
    return data


def descriptor_for_rows(spec: Spec) -> int | None:
    """Return standard input's descriptor; None where the spec came from there, or it is a terminal."""
    if spec.name == STDIN_NAME or sys.stdin.isatty():
        return None
    try:
        return sys.stdin.fileno()
    except OSError:  # a stand-in without a descriptor
        return None


def warn_of_unread(spec: Spec, data: Sequence[str]) -> None:
    """Say on standard error where no DATA was asked for and standard input holds some all the same."""
    if not data and (descriptor := descriptor_for_rows(spec)) is not None and _holds_bytes(descriptor):
        say("warning: standard input was not read (to run its rows, give - as DATA)")


def _is_ready(descriptor: int, patience: float | None) -> bool:
    """Wait till a pipe has bytes or has ended, for so many seconds at most; anything else is ready."""
    if not _is_pipe(descriptor) or sys.platform == "win32":
        return True
    return bool(select.select([descriptor], [], [], patience)[0])


def _holds_bytes(descriptor: int) -> bool:
    """Tell whether a file or a pipe has bytes left, without waiting for any."""
    if _is_pipe(descriptor):
        if sys.platform == "win32":  # there is no look into a pipe
            return False
        import fcntl
        import termios

        return any(fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4)))
    status = os.fstat(descriptor)
    return stat.S_ISREG(status.st_mode) and os.lseek(descriptor, 0, os.SEEK_CUR) < status.st_size


def _is_pipe(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
