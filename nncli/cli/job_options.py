"""How a command takes a job in place of the options that make it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter
from typing import Any, NamedTuple

from typer.models import ArgumentInfo, OptionInfo

from nncli.cli import options

_OF_JOB = {
    "spec": (options.SpecArgument, Parameter.empty),
    "data": (options.DataArgument, None),
    "output": (options.Output, None),
    "set_values": (options.SetValue, None),
    "seed": (options.Seed, None),
    "dtype": (options.DType, None),
    "activations": (options.Activations, None),
    "label": (options.Label, None),
    "limit": (options.Limit, None),
    "on_missing": (options.OnMissing, "error"),
    "header": (options.Header, False),
    "no_header": (options.NoHeader, False),
    "delimiter": (options.Delimiter, None),
    "decimal": (options.Decimal, "."),
    "missing": (options.Missing, None),
    "features": (options.Features, None),
    "keep": (options.Keep, None),
    "trace": (options.Trace, False),
    "decimals": (options.Decimals, None),
    "file_column": (options.FileColumn, None),
    "rejects": (options.Rejects, None),
    "max_rejects": (options.MaxRejects, None),
    "jobs": (options.Jobs, None),
    "cluster": (options.Cluster, None),
}
"""What makes a job, with the default, in the help's order."""

_IF_NAMED = {
    *("output", "limit", "on_missing", "keep", "trace", "decimals", "file_column"),
    *("rejects", "max_rejects", "jobs", "cluster"),
}
"""What a command takes where it says so; every command that reads rows takes the others."""


class Given(NamedTuple):
    """The words of a command line that say which network and which rows are meant.

    Attributes
    ----------
    spec, data
        The arguments.
    network, rows
        The options.
    """

    spec: str
    data: list[str]
    network: list[str]
    rows: list[str]


def with_job(*names: str, **instead: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options that a job has, and call it with the job that they make.

    A command with a parameter ``given`` gets the words that made the job, too.

    Parameters
    ----------
    names
        The options besides those of every command that reads rows.
    instead
        Aliases of the command's own for some of all these.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        # `Job` is known to type checkers alone: to import it takes NumPy, which the help does without.
        signature = inspect.signature(command, eval_str=True, locals={"Job": object})
        own = [parameter for name, parameter in signature.parameters.items() if name not in ("job", "given")]
        own_arguments = [parameter for parameter in own if _is_argument(parameter)]
        spec, data, *shared = (
            Parameter(name, Parameter.KEYWORD_ONLY, annotation=instead.get(name, alias), default=default)
            for name, (alias, default) in _OF_JOB.items()
            if name in names or name not in _IF_NAMED
        )
        own_options = [parameter for parameter in own if not _is_argument(parameter)]
        of_job = [parameter.name for parameter in (spec, data, *shared)]

        @wraps(command)
        def taking(**values: Any) -> None:
            from nncli.cli.inputs import make_job

            made = {name: values.pop(name) for name in of_job}
            if "given" in signature.parameters:
                values["given"] = _words(made)
            command(job=make_job(**made), **values)

        taking.__signature__ = inspect.Signature(  # type: ignore[attr-defined] # what Typer reads
            [
                parameter.replace(kind=Parameter.KEYWORD_ONLY)
                for parameter in (spec, *own_arguments, data, *shared, *own_options)
            ]
        )
        taking.__annotations__ = {}  # the signature has them all
        return taking

    return decorate


def _words(made: Mapping[str, Any]) -> Given:
    """Return the words that make these values again, in any command that reads rows."""
    options_given: dict[str | None, list[str]] = {}
    for name, value in made.items():
        alias, default = _OF_JOB[name]
        said = alias.__metadata__[0]  # type: ignore[attr-defined] # an Annotated's own
        if not isinstance(said, OptionInfo) or name in _IF_NAMED or value == default:
            continue
        # Typer takes an option's first spelling for its default.
        spellings = map(str, (said.default, *(said.param_decls or ())))
        option = next((text for text in spellings if text.startswith("--")), f"--{name}")
        words = options_given.setdefault(said.rich_help_panel, [])
        for each in value if isinstance(value, list) else [value]:
            words += [option] if each is True else [option, str(each)]
    network = options_given.pop("The network", [])
    data = made["data"]
    return Given(
        spec=str(made["spec"]),
        data=data if isinstance(data, list) else [] if data is None else [data],
        network=network,
        rows=[word for words in options_given.values() for word in words],
    )


def _is_argument(parameter: Parameter) -> bool:
    return any(isinstance(said, ArgumentInfo) for said in parameter.annotation.__metadata__)
