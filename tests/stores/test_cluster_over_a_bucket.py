"""The whole of it: many files in a bucket, on a cluster, with a worker and the client killed on the way."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

N_FILES = 500
SPEC = "inputs: 2\nlayers:\n  - {units: 8, activation: relu}\n  - {units: 3, activation: softmax}\n"


def test_one_resume_after_two_kills_gives_the_bytes_of_an_undisturbed_run(
    s3: Any,
    tmp_path: Path,
    shell: Any,
    dask: Callable[..., AbstractContextManager[tuple[str, list[subprocess.Popen[bytes]]]]],
) -> None:
    """500 files, two workers, of which one is killed, and the client once too."""
    (tmp_path / "net.yaml").write_text(SPEC)
    (tmp_path / "in").mkdir()
    for number in range(N_FILES):
        rows = "".join(f"{number}-{k},{k % 97 / 7 - number},{k % 89 / 9}\n" for k in range(20))
        text = f"id,x0,x1\n{rows}"
        (tmp_path / f"in/part-{number}.csv").write_text(text)
        s3.put(f"in/part-{number}.csv", text)
    assert shell("run", "net.yaml", "in/*.csv", "-o", "here/", cwd=tmp_path).exit_code == 0
    words = ["run", "net.yaml", f"{s3.url}/in/*.csv", "-o", f"{s3.url}/out/"]

    def results() -> list[str]:
        return [name for name in s3.names() if name.startswith("out/") and name.endswith(".csv")]

    with dask(tmp_path / "workers") as (address, processes):
        run = subprocess.Popen(
            [sys.executable, "-m", "nncli", *words, "--cluster", address],
            cwd=tmp_path,
        )
        for n_there, victim in ((40, processes[1]), (120, run)):
            while len(results()) < n_there:
                assert run.poll() is None
                time.sleep(0.3)  # the server has other things to do than to list its objects
            victim.kill()
        run.wait()
        assert len(results()) < N_FILES
        again = shell(*words, "--cluster", address, "--resume", cwd=tmp_path)
    assert (again.exit_code, again.stdout, again.stderr) == (0, "", "")
    here = {f"out/{path.name}": path.read_bytes() for path in (tmp_path / "here").glob("*.csv")}
    assert {name: s3.get(name) for name in results()} == here
    assert s3.uploads() == []
