"""Damaged files through the whole command line: whatever they hold, it ends in one clear line.

The supervisor hands numbers of inputs to a worker process. The worker makes the input of each number,
always the same one, runs it and judges how it ended; the supervisor sees where it crashed or got stuck::

    python -m tests.fuzz.fuzzer 10000           the inputs 0 to 9999
    python -m tests.fuzz.fuzzer 10000 20000     those from 10000 on
    python -m tests.fuzz.fuzzer --again 4711    one of them; its files stay for a closer look
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import re
import resource
import select
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz import commands, mutations, seeds

SECONDS = 8
BYTES = 1 << 30
LIFETIME = 3000
"""Inputs of one worker: files that an error left open must not become too many."""

_WRONG = re.compile(r"Traceback|Exception ignored|\.py:\d+: \w*Warning|not enough memory")
"""What no message may hold: Python's own words."""


class Worker:
    """Runs inputs in this process, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        from nncli.cli.main import main

        os.chdir(folder)
        self._main = main
        self._captured = [tempfile.TemporaryFile(), tempfile.TemporaryFile()]  # noqa: SIM115 - to the end
        warnings.simplefilter("always")
        self.names = seeds.plant(folder, self.run)
        self.contents = {name: Path(name).read_bytes() for name in self.names}
        self._made = {str(path): path.read_bytes() for path in Path("made").iterdir()}
        self._times = {name: Path(name).stat().st_mtime_ns for name in self.names}
        gc.freeze()

    def run(self, *args: str, stdin: str = os.devnull) -> tuple[object, str]:
        """Run a command; return its exit code, or the exception that escaped, and its messages."""
        number = os.open(stdin, os.O_RDONLY)
        os.dup2(number, 0)
        os.close(number)
        saved = [os.dup(1), os.dup(2)]
        for file, descriptor in zip(self._captured, (1, 2), strict=True):
            file.truncate(0)
            file.seek(0)
            os.dup2(file.fileno(), descriptor)
        code: object = None
        try:
            self._main(args)
        except SystemExit as ended:
            code = ended.code or 0
        except BaseException:
            code = traceback.format_exc()
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        sys.stderr.flush()
        for copy, descriptor in zip(saved, (1, 2), strict=True):
            os.dup2(copy, descriptor)
            os.close(copy)
        self._captured[1].seek(0)
        return code, self._captured[1].read().decode(errors="replace")

    def damage(self, number: int) -> tuple[str, list[str], str]:
        """Damage the file of an input; return its name, a command line that reads it, and standard input."""
        random = Random(number)
        name = random.choice(self.names)
        other = self.contents[random.choice(self.names)]
        Path(name).write_bytes(mutations.mutated(name, self.contents[name], random, other))
        return name, *commands.choose(name, random)

    def one(self, number: int) -> str | None:
        """Run the input of a number; return what is wrong with its end, if anything."""
        name, args, stdin = self.damage(number)
        _forget_peak()
        start = time.process_time()  # not the clock's: the machine may have other things to do
        code, messages = self.run(*args, stdin=stdin)
        seconds, peak = time.process_time() - start, _peak()
        self._restore({name: self.contents[name]} | (self._made if "made/" in args else {}))
        wrong = _verdict(code, messages, seconds, peak)
        return None if wrong is None else f"{_shown(name, args, stdin)}\n{wrong}"

    def _restore(self, contents: dict[str, bytes]) -> None:
        """Put files back as they were, with their times: ``--resume`` looks at these."""
        shutil.rmtree("out", ignore_errors=True)
        for name, content in contents.items():
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).write_bytes(content)
            if name in self._times:
                os.utime(name, ns=(self._times[name],) * 2)


def _verdict(code: object, messages: str, seconds: float, peak: int) -> str | None:
    if code not in (0, 1, 2):
        return f"ended with {code}\n{messages[-2000:]}"
    if _WRONG.search(messages) or (code and not messages.strip()):
        return f"exit {code} and the message {messages[-3000:]!r}"
    if seconds > SECONDS:
        return f"took {seconds:.1f} s of the processor"
    if peak > BYTES:
        return f"took {peak >> 20} MiB"
    return None


def _shown(name: str, args: list[str], stdin: str) -> str:
    return f"nncli {shlex.join(args)} < {stdin}  # {name} is damaged"


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) << 10 if found else 0


def work(folder: str) -> None:
    """Run the inputs whose numbers come in, from the first to before the last; say each before it runs."""
    lines = os.fdopen(os.dup(1), "w", buffering=1)  # standard output itself is the command's
    numbers = range(*map(int, sys.stdin.readline().split()))
    resource.setrlimit(resource.RLIMIT_AS, (16 * BYTES, 16 * BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    worker = Worker(Path(folder))
    for number in numbers:
        print(json.dumps({"number": number}), file=lines)
        if wrong := worker.one(number):
            print(json.dumps({"number": number, "wrong": wrong}), file=lines)
    print(json.dumps({"number": numbers.stop}), file=lines)
    os._exit(0)


def supervise(first: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield the numbers of inputs that ended wrong, and how."""
    while first < end:
        stop = min(end, first + LIFETIME)
        with tempfile.TemporaryDirectory(prefix="nncli-fuzz-") as folder:
            worker = subprocess.Popen(
                [sys.executable, "-m", "tests.fuzz.fuzzer", "--work", folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=seeds.ROOT,
            )
            with worker:
                print(first, stop, file=worker.stdin, flush=True)
                last = first
                for said in _said(worker):
                    last = said["number"]
                    if "wrong" in said:
                        yield last, said["wrong"]
        if last < stop:
            yield last, f"crashed or got stuck: exit {worker.returncode}"
        first = last if last == stop else last + 1
        print(f"{first:,} done", file=sys.stderr)


def _said(worker: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """Yield what a worker says; end it when it says nothing for long."""
    assert worker.stdout is not None
    while select.select([worker.stdout], [], [], 8 * SECONDS)[0] and (line := worker.stdout.readline()):
        yield json.loads(line)
    worker.kill()


def again(number: int) -> None:
    """Run one input; its files stay."""
    folder = Path(tempfile.mkdtemp(prefix="nncli-fuzz-"))
    worker = Worker(folder)
    wrong = worker.one(number)
    print(f"cd {folder}\n{_shown(*worker.damage(number))}\n{wrong or 'ended well'}")


if __name__ == "__main__":
    if sys.argv[1] == "--work":
        work(sys.argv[2])
    elif sys.argv[1] == "--again":
        again(int(sys.argv[2]))
    else:
        first, end = (0, *map(int, sys.argv[1:]))[-2:]
        n_wrong = 0
        for number, wrong in supervise(first, end):
            n_wrong += 1
            print(f"--- {number}: {wrong}", flush=True)
        print(f"{n_wrong} of {end - first:,} ended wrong")
        sys.exit(n_wrong > 0)
