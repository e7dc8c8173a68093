"""The list of commands, and the one door through which every error leaves."""

from __future__ import annotations

import functools
import importlib
import io
import os
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from nncli.cli import completion, mistakes
from nncli.cli.help import Command, Group
from nncli.cli.printing import say, say_where
from nncli.errors import NncliError, NncliWarning, UsageError
from nncli.nn import blas

# One BLAS thread: NumPy starts faster, and we bring threads or processes of our own, a tile each.
_n_threads = [os.environ.setdefault(f"{kind}_NUM_THREADS", "1") for kind in ("OPENBLAS", "MKL", "BLIS")]
blas.began_with_one = "numpy" not in sys.modules and set(_n_threads) == {"1"}
# pyarrow's own allocator keeps some 30 MB more than the system's and is no faster in our blocks.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

GROUPS = {
    "Run": ("run", "spiral", "eval", "compare", "bench"),
    "Look inside": ("summary", "explain", "draw", "plot", "report"),
    "Write and convert networks": ("init", "check", "schema", "convert"),
}
"""The commands under the headings of the help; ``x`` is the function ``x`` of ``nncli.cli.x``."""
COMMANDS = tuple(name for names in GROUPS.values() for name in names)

_COMPLETION = {"_NNCLI_COMPLETE"}
"""What a shell sets that asks for completions, of options too."""

STOPPING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""What else ends a run; on Windows a terminal that is closed sends nothing."""

_show_pythons = warnings.showwarning
INTERRUPTED = 130
"""The exit code of Ctrl-C: 128 + SIGINT, as shells count."""


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    args = sys.argv[1:] if args is None else list(args)
    _replace_closed_streams()
    _let_output_take_every_character()
    warnings.showwarning = _show_warning  # Python's own way to put something in its place
    for number in STOPPING:
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup has SIGHUP ignored
            signal.signal(number, _stop)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # till now Ctrl-C just ended the process
        signal.signal(signal.SIGINT, signal.default_int_handler)
    named = f"nncli {args[0]}" if args and args[0] in COMMANDS else "nncli"
    through_the_door(run_command_line, named)(args)


def run_command_line(args: Sequence[str]) -> None:
    """Run the command that the arguments name.

    Raises
    ------
    UsageError
        The command line is at fault.
    """
    completing = _COMPLETION & os.environ.keys()
    if completing:
        completion.mend_words()
    args = args if completing else mistakes.understood(args, COMMANDS)
    app = build_app(args, only_listed=not completing and not any(arg in COMMANDS for arg in args))
    if any(arg.startswith(("--show-completion", "--install-completion")) for arg in args):
        completion.use_own_script()
    try:
        exit_code = app(args=args or ["--help"], prog_name="nncli", standalone_mode=False)
    except typer.TyperException as error:
        raise UsageError(mistakes.told(error)) from error
    except SystemExit:
        if "complete_bash" in map(os.environ.get, completing) and not _takes_file(app):
            sys.exit(completion.NO_FILE)
        raise
    sys.exit(exit_code or (0 if args else UsageError.exit_code))


def _takes_file(app: typer.Typer) -> bool:
    group: Any = typer.main.get_command(app)
    words = os.environ.get("COMP_WORDS", "").split()
    command = group.commands.get(words[1]) if len(words) > 1 else None
    return completion.takes_file(command or group)


def _show_warning(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
    """Print a warning of ours as the line that it is, without the place in the code."""
    if issubclass(category, NncliWarning):
        say(str(message))
    else:
        _show_pythons(message, category, *rest, **more)


def _replace_closed_streams() -> None:
    """Open something in place of a closed standard stream: no file gets its number, and using it fails."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # Data can't come from there or go there: the null device, opened the wrong way round,
            # says so. Messages may be lost.
            descriptor = os.open(os.devnull, os.O_RDONLY if name == "stdout" else os.O_WRONLY)
            setattr(sys, name, open(descriptor, mode, closefd=False))  # noqa: SIM115 - to the end


def _let_output_take_every_character() -> None:
    """Write UTF-8 to pipes and files, whatever the locale; let a terminal replace what it can't show."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # not a stand-in, as in tests
        if sys.stdout.isatty():
            sys.stdout.reconfigure(errors="replace")
        else:
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")


def build_app(args: Sequence[str] = (), *, only_listed: bool = False) -> typer.Typer:
    """Return the command line: the one command that ``args`` name, or all of them.

    A command's own module is all that its start has to pay for; help and completion list every one.
    To list them takes no parameters: reading those of all commands would be a fifth of the help's time.
    """
    app = typer.Typer(
        add_completion=not (args and args[0] in COMMANDS),
        cls=Group,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(nncli)
    wanted = args[:1] if args and args[0] in COMMANDS else COMMANDS
    for heading, names in GROUPS.items():
        for name in names:
            if name in wanted:
                function = getattr(importlib.import_module(f"nncli.cli.{name}"), name)
                command = _named(function) if only_listed else through_the_door(function, f"nncli {name}")
                app.command(name, cls=Command, rich_help_panel=heading)(command)
    return app


def _named(function: Callable[..., Any]) -> Callable[[], None]:
    """Return a command that can be listed, with what the function says of itself."""

    def command() -> None: ...

    command.__doc__ = function.__doc__
    return command


def _print_version(wanted: bool) -> None:
    if wanted:
        from nncli import __version__

        print(f"nncli {__version__}")
        raise typer.Exit


def nncli(
    version: Annotated[
        bool,
        typer.Option("-V", "--version", callback=_print_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Run the forward pass of a dense neural network.

    \b
    nncli spiral                             the notebook's last cell
    nncli spiral --data-only -o points.csv   its points, as a file of rows
    nncli init net.yaml                      a network to start from, as a spec
    nncli run net.yaml points.csv            the network's results for the rows
    nncli help run                           what a command does, with examples
    """


def through_the_door(function: Callable[..., Any], command: str) -> Callable[..., Any]:
    """Return the function with its errors turned into lines on standard error and an exit code.

    It stands around the reading of the command line, and around each command: what passes through Typer
    on its way out, Ctrl-C or a closed pipe, would come out as something else.
    """

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            mistakes.check_order(kwargs, command)
            mistakes.hint_of_waiting(kwargs)
            result = function(*args, **kwargs)
            sys.stdout.flush()
            return result
        except NncliError as error:
            from nncli.cli.remedies import told

            lines = told(error)
            if isinstance(error, UsageError):  # the command line is its own place
                lines = [f"{command}: {line}" for line in lines]
            _fail(lines, error.exit_code)
        except BrokenPipeError:  # the reader of our output has closed it, as `head` does
            _leave_quietly()
        except KeyboardInterrupt:
            _leave_quietly(INTERRUPTED)
        except MemoryError:
            _fail(["not enough memory"], NncliError.exit_code)
        except OSError as error:  # a folder, a full disk, a vanished file that nobody below expected
            _drop_output()
            place = f"{error.filename}: " if error.filename else ""
            _fail([f"{place}{error.strerror or error}"], NncliError.exit_code)

    return wrapped


def _fail(problems: Sequence[str], exit_code: int) -> None:
    for problem in problems:
        say_where(problem)
    sys.exit(exit_code)


def _leave_quietly(exit_code: int = 0) -> None:
    """End with nothing more written."""
    _drop_output()
    sys.exit(exit_code)


def _drop_output() -> None:
    """Let what is still buffered go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _stop(signum: int, frame: object) -> None:
    """Leave by the way of exceptions, so that temporary files are removed."""
    sys.exit(128 + signum)
