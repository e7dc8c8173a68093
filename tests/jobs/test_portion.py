"""Small files that are run together give what each gives alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nncli.errors import NncliError
from nncli.jobs import portion
from nncli.jobs.job import Job
from nncli.jobs.journal import Done, FileTask
from nncli.jobs.portion import run_portion
from nncli.models import open_model

LAYERS = "layers:\n  - {units: 5, activation: relu}\n  - {units: 3, activation: softmax}\n"
SPECS = {
    "float64": f"inputs: 2\n{LAYERS}",
    "float32": f"inputs: [x0, x1]\ndtype: float32\n{LAYERS}",
    "nnfs": f"inputs: 2\nnnfs: true\n{LAYERS}",
    "named": f"inputs: 2\noutputs: [a, 'b, b', 'c\\n']\n{LAYERS.replace('[', '(')}",
    "huge": "inputs: 2\nlayers: [{weights: [[1e308, 1e308]]}]\n",
}
HEADER = "id,x0,x1\n"

numbers = st.sampled_from(["1", "-2.5", "1e3", "9", "0.1"])
odd = st.sampled_from(["", " 1", "abc", '"1"', "nan", "true", "1,5"])
ids = st.sampled_from(["a", "é", "", "007", " b ", "NA", '"q, q"', "#"])
plain_rows = st.tuples(ids, numbers, numbers)
rows = st.tuples(ids, numbers | odd, numbers)
ends = st.sampled_from(["\n", "\n", "\n", "\r\n", "\n\n"])
plain_texts = st.lists(plain_rows, min_size=1, max_size=5).map(lambda rows: text_of(rows))
texts = st.builds(
    lambda header, rows, end, cut: text_of(rows, header, end)[:cut],
    st.sampled_from(
        [HEADER, HEADER, HEADER, "x0,id,x1\n", "id,x0,x1,more\n", "id,x0,x1\r\n", "\ufeff" + HEADER]
    ),
    st.lists(rows, max_size=4),
    ends,
    st.sampled_from([None, None, -1, 3]),
)


def text_of(rows, header=HEADER, end="\n"):
    """Return the text of a file."""
    return header + "".join(",".join(row) + end for row in rows)


def run(job, network, folder, texts, *, together):
    """Run files in a folder; return what is told of each, and the results' bytes."""
    tasks = []
    for i, text in enumerate(texts):
        place = folder / f"in-{i}.csv"
        if not together:  # the same state for both
            place.write_bytes(text.encode())
        name = f"out-{i}.{job.format}"
        (folder / name).unlink(missing_ok=True)
        tasks.append(FileTask(str(place), str(folder / name), name, place.stat().st_size))
    told: dict[str, object] = {}

    def finished(task: FileTask, result: Done | NncliError) -> None:
        assert task.name not in told
        told[task.name] = result if isinstance(result, Done) else result.problems

    run_portion(job, network, tasks, finished, together=together)
    bytes_of = {task.name: Path(task.result).read_bytes() for task in tasks if Path(task.result).exists()}
    return told, bytes_of


@pytest.mark.parametrize("spec", SPECS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(plain_texts, min_size=2, max_size=5),
    st.lists(texts, max_size=3),
    st.sampled_from(["csv", "csv", "tsv", "jsonl", "json", "parquet"]),
    st.sampled_from(["error", "null", 0.5]),
    st.booleans(),
)
def test_together_is_as_one_by_one(tmp_path, spec, plain, others, format, missing, trace):
    """The same bytes, counts, warnings and errors, whatever stands in the files."""
    path = tmp_path / "net.yaml"
    path.write_text(SPECS[spec].replace("(", "["))
    network = open_model(path).network
    job = Job(path, format=format, missing=missing, trace=trace, n_jobs=1)
    files = [*plain, *others]
    alone = run(job, network, tmp_path, files, together=False)
    assert run(job, network, tmp_path, files, together=True) == alone


@pytest.mark.parametrize("spec", ["float64", "float32"])
def test_plain_files_are_run_together(tmp_path, monkeypatch, spec):
    """All of them: not one is left to the slow way."""
    path = tmp_path / "net.yaml"
    path.write_text(SPECS[spec])
    monkeypatch.setattr(portion, "run_file", None)
    texts = [f"{HEADER}a,1,{i}\n" for i in range(9)]
    for i, text in enumerate(texts):
        (tmp_path / f"in-{i}.csv").write_text(text)
    told, results = run(Job(path, n_jobs=1), open_model(path).network, tmp_path, texts, together=True)
    assert [result.n_rows for result in told.values()] == [1] * 9
    assert len(results) == 9
