"""Time two things side by side; watch a process's memory."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent


def paired(one, other, runs, *, settled=False):
    """Return the medians of both, in seconds, from runs that take turns.

    ``settled`` calls each once more before it is timed: onnxruntime's threads spin on for a while
    after a call, and would take a processor from whoever comes next.
    """
    times: tuple[list[float], list[float]] = ([], [])
    one(), other()  # files into the cache, bytecode compiled
    for run in range(runs):
        for which in (0, 1) if run % 2 else (1, 0):
            if settled:
                (one, other)[which]()
            began = time.perf_counter()
            (one, other)[which]()
            times[which].append(time.perf_counter() - began)
    return statistics.median(times[0]), statistics.median(times[1])


def process(*command, stdin=None):
    """Return a function that runs a whole process, its output thrown away."""

    def run():
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, stdin=stdin)

    return run


def peak_memory(command, stdin=None):
    """Return the most memory, in bytes, that a process and its children held; mapped files don't count."""
    running = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stdin=stdin)
    peak = 0
    while running.poll() is None:
        peak = max(peak, _anonymous(running.pid))
        time.sleep(0.003)
    if running.returncode:
        raise RuntimeError(f"{command}: exit code {running.returncode}")
    return peak


def _anonymous(pid):
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    own = sum(
        int(line.split()[1]) for line in status.splitlines() if line.startswith(("RssAnon", "RssShmem"))
    )
    return own * 1024 + sum(_anonymous(int(child)) for child in children)


def row(what, ours, theirs, goal):
    """Return a row of the table: times, their ratio, and the ratio that we want."""
    return what, seconds(ours), seconds(theirs), f"{ours / theirs:.2f}", f"≤ {goal}" if goal else ""


def compared(what, one, other, goal, runs=5):
    """Return the row of two runs that take turns."""
    ours, theirs = paired(one, other, runs)
    return row(what, ours, theirs, goal)


def seconds(value):
    """Return a time in the unit that suits it."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"
