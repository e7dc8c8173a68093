"""What the command line says of each remedy, by its name: library rooms know no option."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Sequence
from typing import Any

from nncli.errors import NncliError

WORDS = {
    # which argument is at fault
    "argument": "--{argument}: {problem}",
    "biases": "--biases: {biases} files for the {weights} of --weights",
    "asked": "{table}: --{asker}: {problem}",
    "top_k": "--top-k {k}: {problem}",
    "weights_and_biases": "--weights and --biases: {problem}",
    # how a table is read
    "decimal": "{problem} (--decimal , reads a decimal comma)",
    "decimal_or_thousands": "{problem} (it looks like a number with thousands separators; write it without"
    " them; --decimal , reads a decimal comma)",
    "missing_word": "{problem}; if it means a missing value, say --missing {word}",
    "may_be_data": "{problem}; is the first line data? Then say --no-header",
    "missing": "{problem} (--on-missing null or a number would let it pass)",
    "names_or_data": "{problem}; say --no-header if this line is data, or --header if it names the columns",
    "delimiter": "{problem}; are its cells separated by {mark!r}? Then say --delimiter {mark!r}",
    "features": "{problem}; {say} which go in, for example --features {features}",
    "set_label": "{problem}; leave out the labels: --label {label}",
    "max_rejects": "{problem}; with it {found} wrong, more than --max-rejects {most}",
    "max_rejects_share": "{problem}, more than --max-rejects {most}; they are in {path}",
    # what labels are for
    "label": "{problem} with --label COLUMN",
    "name_classes": "{problem}; --set outputs=[NAME,…] names them, in the network's order",
    "label_for_each": "{problem}: give as many label columns (--label a,b),"
    " or a network that ends in softmax, log_softmax or linear to judge classes",
    # what is written
    "format": "{problem} (known: {known}; or say --format)",
    "same_columns": "{problem}; say which columns to copy, for example --keep {common}",
    "made_with": "{problem} with {option}{its_value}",
    "made_without": "{problem} without {option}",
    "begin_again": "{problem}; without --resume all of them are made again",
    "leave_out": "{problem}; leave its column out with --keep",
    "one_name": "{problem}; choose columns: --keep {rest}",
    "name_taken": "{table}: --keep {keep}: {problem}, or leave it out: --keep {rest}",
    # how a model file is read
    "activations": "{problem}: say the activation of each layer, for example --activations {example}",
    "activations_or_spec": "{problem}: say the activation of each layer, for example --activations {example};"
    " or make a spec of it: nncli convert {file} net.yaml --activations {example}",
    "layout": "{problem} (the spec's key layout; --layout in convert)",
    "order": "{problem}: say it with --order in nncli convert",
    "output": "{problem}: choose one with convert's --output",
    "reading": "{problem}; say --order {order} or another one and --layout in nncli convert,"
    " or number their names: np.savez('net.npz', W1=…, W2=…)",
    "reading_by_order": "{problem}; say --order {order} or another one in nncli convert,"
    " or number their names: np.savez('net.npz', W1=…, W2=…)",
}
"""The problem with its remedy; a list of names among the values comes as options take it."""

_CALLED = {"missing": "on-missing", "missing_words": "missing", "labels": "label"}
"""Which option makes a job's field, where they differ in name."""


def told(error: NncliError) -> list[str]:
    """Return an error's lines in words of the command line."""
    lines = [*error.args]
    for name, words, values in error.remedies:
        here = {key: option_of(value) if isinstance(value, list) else value for key, value in values.items()}
        if "field" in values:
            here |= _given(values["field"], here["value"])
        lines = [WORDS.get(name, words).format(problem=line, **here) for line in lines]
    return lines


def _given(field: str, value: Any) -> dict[str, str]:
    """Return the option that gives a job's field this value, and what stands behind it."""
    name = _CALLED.get(field, field).replace("_", "-")
    if isinstance(value, bool):
        return {"option": f"--{name}" if value else f"--no-{name}", "its_value": ""}
    return {"option": f"--{name}", "its_value": f" {value}"}


def option_of(names: Sequence[str]) -> str:
    """Return names as the value of an option: with commas, quoted as in CSV, and for the shell."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(names)
    return shlex.quote(text.getvalue())
