"""What is wrong with a command line, in one line: Typer's own errors, unknown commands, swapped files."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import PurePath
from typing import Any

import typer

from nncli.cli.printing import say
from nncli.errors import UsageError, did_you_mean

MEANT = {
    "predict": "run",
    "infer": "run",
    "inference": "run",
    "forward": "run",
    "evaluate": "eval",
    "score": "eval",
    "test": "eval",
    "validate": "check",
    "info": "summary",
    "show": "draw",
    "export": "convert",
    "import": "convert",
}
"""Other tools' names of our commands."""

_FILES = ("-o", "--output", "--with", "--rejects")
"""Options whose value is a file."""

_TRAINING = ("train", "fit", "learn")

NETWORKS = (".yaml", ".yml", ".onnx", ".keras", ".h5", ".hdf5", ".pt", ".pth", ".ckpt", ".safetensors")
_ROWS = (".csv", ".tsv", ".parquet", ".pq", ".arrow", ".feather", ".jsonl", ".ndjson", ".npy")
"""Suffixes that say on which side a file stands; others may be either."""


def understood(args: Sequence[str], commands: Iterable[str]) -> list[str]:
    """Return the arguments with the words ``help`` and ``version`` as the options that they mean.

    Raises
    ------
    UsageError
        There is no such command.
    """
    if not args:
        return []
    first, *rest = args
    if first == "help":
        asked = [word for word in rest if not word.startswith("-")][:1]
        return [*understood(asked, commands), "--help"]
    if first == "version":
        return ["--version"]
    if first.startswith("-") or first in commands:
        check_names(rest)
        return list(args)
    if first in _TRAINING:
        raise UsageError(
            f"no such command '{first}': nncli does not train networks, it runs trained ones"
            " (nncli run model.onnx points.csv)"
        )
    if _suffix(first) in NETWORKS:
        raise UsageError(f"no such command '{first}' (did you mean 'nncli run {first}'?)")
    if _suffix(first) in _ROWS:
        raise UsageError(f"no such command '{first}'; rows come behind a network: nncli run SPEC {first}")
    meant = f" (did you mean '{MEANT[first]}'?)" if first in MEANT else did_you_mean(first, commands)
    raise UsageError(f"no such command '{first}'{meant or '; nncli --help lists them'}")


def check_names(args: Sequence[str]) -> None:
    """Refuse a file without a name, as a variable of the shell leaves it where nobody has set it.

    Raises
    ------
    UsageError
        There is one.
    """
    for before, arg in pairwise(["", *args]):
        option = before if before in _FILES else arg.removesuffix("=") if arg[:-1] in _FILES else None
        if (not arg and (option or not before.startswith("-"))) or (option and arg == f"{option}="):
            what = f"{option}: " if option else ""
            raise UsageError(f"{what}the name of a file is empty (is a variable of the shell not set?)")


def check_order(values: Mapping[str, Any], command: str) -> None:
    """Refuse rows where the network belongs.

    Raises
    ------
    UsageError
        They are swapped, or there are rows alone.
    """
    network, rows = values.get("spec"), values.get("other") or values.get("data")
    if network is None or "data" not in values or _suffix(network) not in _ROWS:
        return
    files = rows if isinstance(rows, list) else [rows] if rows else []
    meant = next((file for file in files if _suffix(file) in NETWORKS), None)
    if not files:
        raise UsageError(
            f"'{network}' is a file of rows; the network comes first: {command} net.yaml {network}"
        )
    if meant is not None and len(files) == 1:
        raise UsageError(
            f"'{network}' and '{meant}' are swapped; the network comes first: {command} {meant} {network}"
        )
    raise UsageError(
        f"'{network}' is a file of rows; the network comes first: {command} {meant or 'net.yaml'} …"
    )


def hint_of_waiting(values: Mapping[str, Any]) -> None:
    """Say at a terminal that a command waits for what is typed there."""
    named = [values.get(name) for name in ("spec", "data", "other", "results")] + (values.get("specs") or [])
    named += values["data"] if isinstance(values.get("data"), list) else []
    if "-" in map(str, named) and sys.stdin.isatty() and sys.stderr.isatty() and not values.get("quiet"):
        say("waiting for standard input; Ctrl-D ends it")


def _suffix(path: Any) -> str:
    return PurePath(str(path)).suffix.lower()


def told(error: typer.TyperException) -> str:
    """Return what Typer says of a command line, in our voice."""
    context = getattr(error, "ctx", None)
    if isinstance(error, typer.BadParameter) and error.param is not None:
        return _bad_value(error)
    if (option := getattr(error, "option_name", None)) and "No such option" in error.message:
        known = [name for parameter in context.command.params for name in parameter.opts] if context else []
        known += context.help_option_names if context else []
        return f"no such option '{option}'{did_you_mean(option, known)}"
    if found := re.match(r"Got unexpected extra (arguments?)(?:\(s\))? \((.*)\)", error.message):
        return f"unexpected {found[1]} '{found[2]}' (usage: {_usage(context)})"
    return error.message[:1].lower() + error.message[1:].rstrip(".")


def _bad_value(error: typer.BadParameter) -> str:
    """Return what is wrong with the value of an option or an argument, or that there is none."""
    parameter: Any = error.param
    is_argument = parameter.param_type_name == "argument"
    name = parameter.human_readable_name if is_argument else max(parameter.opts, key=len)
    source = error.ctx.get_parameter_source(parameter.name) if error.ctx else None
    if source is not None and source.name == "ENVIRONMENT":
        name = parameter.envvar
    if not error.message:
        what = "argument" if is_argument else "option"
        return f"missing {what} {name.strip('[]')} (usage: {_usage(error.ctx)})"
    message, kind = error.message.rstrip("."), parameter.type
    value = message.partition(" is not ")[0]
    if "is not a valid int" in message:
        message = f"{value} is not a whole number"
    elif "is not a valid float" in message:
        message = f"{value} is not a number"
    elif "is not in the range" in message:
        least, most = kind.min, kind.max
        message = f"{value} is not {least} or more" if most is None else f"{value} is not {least} to {most}"
    elif "is not one of" in message:
        known = ", ".join(kind.choices)
        message = f"{value} is not one of {known}{did_you_mean(value.strip(chr(39)), kind.choices)}"
    return f"{name}: {message}"


def _usage(context: Any) -> str:
    return " ".join([context.command_path, *context.command.collect_usage_pieces(context)])
