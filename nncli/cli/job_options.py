"""How a command takes a job in place of the options that make it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from inspect import Parameter
from typing import Any

from typer.models import ArgumentInfo

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
    "jobs": (options.Jobs, None),
}
"""What makes a job, with the default, in the help's order."""

_IF_NAMED = {"output", "limit", "on_missing", "keep", "trace", "decimals", "jobs"}
"""What a command takes where it says so; every command that reads rows takes the others."""


def with_job(*names: str, **instead: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options that a job has, and call it with the job that they make.

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
        own = [parameter for name, parameter in signature.parameters.items() if name != "job"]
        own_arguments = [parameter for parameter in own if _is_argument(parameter)]
        spec, data, *shared = (
            Parameter(name, Parameter.KEYWORD_ONLY, annotation=instead.get(name, alias), default=default)
            for name, (alias, default) in _OF_JOB.items()
            if name in names or name not in _IF_NAMED
        )
        own_options = [parameter for parameter in own if not _is_argument(parameter)]
        of_job = [parameter.name for parameter in (spec, data, *shared)]

        @wraps(command)
        def taking(**given: Any) -> None:
            from nncli.cli.inputs import make_job

            command(job=make_job(**{name: given.pop(name) for name in of_job}), **given)

        taking.__signature__ = inspect.Signature(  # type: ignore[attr-defined] # what Typer reads
            [
                parameter.replace(kind=Parameter.KEYWORD_ONLY)
                for parameter in (spec, *own_arguments, data, *shared, *own_options)
            ]
        )
        taking.__annotations__ = {}  # the signature has them all
        return taking

    return decorate


def _is_argument(parameter: Parameter) -> bool:
    return any(isinstance(said, ArgumentInfo) for said in parameter.annotation.__metadata__)
