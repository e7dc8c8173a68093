"""The command: how it starts and ends."""

from __future__ import annotations

import gc
import os
import signal
import sys


def command() -> None:
    """Run ``nncli`` and end the process at once: half of a small run would be imports and teardown."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback of the imports; main has its own way
    gc.set_threshold(100_000)  # imports and rows make little garbage; looking for it is a tenth of the start
    from nncli.cli.main import main

    try:
        main()
    except SystemExit as ended:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the end already
        exit_code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
        ended.__traceback__ = ended.__context__ = None  # frees what a signal kept from being cleaned up
        sys.stderr.flush()
        os._exit(exit_code)  # main has flushed standard output; there is nothing else to tear down


if __name__ == "__main__":
    command()
