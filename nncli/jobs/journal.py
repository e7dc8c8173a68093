"""What a folder of results says of how they were made: a line of JSON for each, in ``.nncli.jsonl``.

A line is added when its result is whole, and never before, so a process may be killed at any moment: what
is not in the journal is made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from nncli.errors import OutputError, Remedy
from nncli.jobs.block import Aside
from nncli.jobs.job import Job
from nncli.nn.network import Network
from nncli.stores import Stamp, open_output, reason, shown_place, stamp
from nncli.stores.lines import Lines, add_to, read_lines
from nncli.stores.places import join

NAME = ".nncli.jsonl"

_NO_OPTIONS = {
    *("spec", "overrides", "activations", "data", "output"),
    *("rejects", "max_rejects", "n_jobs", "cluster", "base"),
}
"""What a job has that is in the network, in the line itself, or does not show in a result."""

_AGAIN = Remedy("begin_again", "{problem}; resume=False makes all of them again")

_WITH = Remedy("made_with", "{problem} with {field}={value!r}")
_WITHOUT = Remedy("made_without", "{problem} with another {field}")

Entry = Mapping[str, Any]


class FileTask(NamedTuple):
    """A file of rows, and where its results go.

    Attributes
    ----------
    name
        The result's path below the folder of results.
    size
        About how many bytes the rows take; 0 where that is unknown.
    """

    place: str
    result: str
    name: str
    size: int = 0


class Done(NamedTuple):
    """What is left of a file whose results are written.

    Attributes
    ----------
    n_rows
        How many rows it had.
    warnings
        What there is to say of them, a line each.
    read
        The state in which the file was read; None for what has no state.
    size
        How many bytes the result has.
    aside
        The wrong rows, where the job sets them aside.
    """

    n_rows: int
    warnings: tuple[str, ...]
    read: Stamp | None
    size: int
    aside: Aside | None = None


def digest(network: Network) -> str:
    """Return a short text that differs where a network's results or their names could."""
    found = hashlib.sha256()
    for layer in network.layers:
        kind = (layer.activation, layer.alpha, str(layer.sum_dtype), str(layer.weights.dtype))
        found.update(repr((*kind, layer.weights.shape)).encode())
        found.update(layer.weights.tobytes())
        found.update(layer.biases.tobytes())
    for scale in (network.mean, network.std):
        found.update(b"" if scale is None else repr(scale.tolist()).encode())
    found.update(repr((network.inputs, network.named_inputs, network.outputs, network.task)).encode())
    return found.hexdigest()[:16]


def options_of(job: Job) -> dict[str, Any]:
    """Return what is said of a job besides its network and its files, as JSON holds it."""
    said = {
        name: value
        for name, value in job._asdict().items()
        if name not in _NO_OPTIONS and value != Job._field_defaults[name]
    }
    return json.loads(json.dumps(said))  # tuples become lists


class Journal:
    """The journal of one folder.

    Parameters
    ----------
    folder
        Where the results are.
    job, network
        What the results are made by.
    """

    def __init__(self, folder: str, job: Job, network: Network) -> None:
        self.folder = folder
        self.path = join(folder, NAME)
        self._work: dict[str, Any] = {"network": digest(network), "options": options_of(job)}
        self._entries = _read(self.path)
        self._lines: Lines | None = None

    @property
    def names(self) -> Iterable[str]:
        """The results that it knows."""
        return self._entries.keys()

    def finished(self, tasks: Sequence[FileTask]) -> list[FileTask]:
        """Return the tasks whose results are there, whole and made by this work of what is there now.

        Raises
        ------
        OutputError
            Some were made by another network, or under other options.
        """
        known = [(task, self._entries[task.name]) for task in tasks if task.name in self._entries]
        for _, entry in known:
            self._check(entry)
        return [
            task
            for task, entry in known
            if _is_of(entry, task)
            and _size_of(task.result) == entry["result_size"]
            and not entry.get("rejects")  # nobody has kept them: they are found again
        ]

    def n_rows(self, task: FileTask) -> int:
        """Return how many rows the file of a result that is there had."""
        return int(self._entries[task.name].get("rows", 0))

    def begin(self, again: Iterable[FileTask]) -> None:
        """Open the journal for further lines; those of results that are made again go first.

        Raises
        ------
        OutputError
            It can't be written.
        """
        for task in again:
            self._entries.pop(task.name, None)
        self._write()
        try:
            self._lines = add_to(self.path)
        except OSError as error:
            raise OutputError(f"{self.path}: {reason(error)}") from error

    def add(self, task: FileTask, done: Done) -> None:
        """Add the line of a result that is whole; any process of the run may do so."""
        assert self._lines is not None
        line = _line(self._entry(task, done))
        try:
            self._lines.append(line)
        except OSError as error:
            raise OutputError(f"{self.path}: {reason(error)}") from error

    def finish(self, tasks: Sequence[FileTask]) -> None:
        """Put the lines into the order of the tasks: which process was quicker must not show."""
        if self._lines is None:
            return
        try:
            self._lines.close()
        except OSError as error:
            raise OutputError(f"{self.path}: {reason(error)}") from error
        self._lines = None
        found = _read(self.path)
        mine = {task.name: found.pop(task.name) for task in tasks if task.name in found}
        self._entries = found | mine
        self._write()

    def _entry(self, task: FileTask, done: Done) -> dict[str, Any]:
        entry: dict[str, Any] = {"input": shown_place(task.place)}
        if done.read is not None:
            entry["size"] = done.read.size
            entry["time" if isinstance(done.read.version, int) else "etag"] = done.read.version
        entry |= {"rows": done.n_rows, "warnings": list(done.warnings)}
        if done.aside is not None and done.aside.n_rejects:
            entry["rejects"] = done.aside.n_rejects
        return entry | {"result": task.name, "result_size": done.size} | self._work

    def _check(self, entry: Entry) -> None:
        if entry["network"] != self._work["network"]:
            problem = f"{self.folder}: its results were made by another network"
            raise OutputError(problem, remedies=[_AGAIN])
        if entry["options"] == self._work["options"]:
            return
        before, now = entry["options"], self._work["options"]
        names = [name for name in Job._fields if before.get(name) != now.get(name)]
        name = names[0] if names else "?"
        said = before.get(name)
        made, value = (_WITHOUT, now.get(name)) if said is None else (_WITH, said)
        values = {"field": name, "value": value}
        problem = f"{self.folder}: its results were made"
        raise OutputError(problem, remedies=[made._replace(values=values), _AGAIN])

    def _write(self) -> None:
        with open_output(self.path) as stream:
            stream.writelines(map(_line, self._entries.values()))


def _read(path: str) -> dict[str, Entry]:
    """Return the lines by their results; what is no whole line is as if it were not there."""
    try:
        lines = (read_lines(path) or b"").split(b"\n")
    except OSError as error:
        raise OutputError(f"{path}: {reason(error)}") from error
    entries: dict[str, Entry] = {}
    for line in lines:
        if (entry := _entry_in(line)) is not None:
            entries.pop(entry["result"], None)
            entries[entry["result"]] = entry
    return entries


def _entry_in(line: bytes) -> Entry | None:
    try:
        entry = orjson.loads(line)
    except ValueError:
        try:
            entry = json.loads(line)  # a name of a file that is no text
        except (ValueError, RecursionError):
            return None
    kinds = {"input": str, "result": str, "result_size": int, "network": str, "options": dict}
    if not isinstance(entry, dict) or not all(isinstance(entry.get(k), t) for k, t in kinds.items()):
        return None
    return entry


def _line(entry: Entry) -> bytes:
    try:
        return orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # a name of a file that is no text
        return json.dumps(entry).encode() + b"\n"


def _is_of(entry: Entry, task: FileTask) -> bool:
    """Whether a line is of a task's file as it is now."""
    now = stamp(task.place, recent=True)
    return (
        now is not None
        and entry["input"] == shown_place(task.place)
        and (entry.get("size"), entry.get("time", entry.get("etag"))) == tuple(now)
    )


def _size_of(result: str) -> int | None:
    found = stamp(result, recent=True)
    return None if found is None else found.size
