"""Tables as people have them: what is read as it is, and what the rest is told."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

CASES = Path(__file__).with_name("cases")
NETWORK = "inputs: [x0, x1]\nlayers:\n  - {weights: [[1, 10]], biases: [100]}\n"


class Case(NamedTuple):
    """A command in the folder of a case, and what it prints; a message where it ends with 1."""

    command: str
    stdout: str = ""
    message: str = ""


TABLE = {
    "01-bool-dummies-csv": Case("run net.yaml rows.csv", "output_0\n101.0\n110.0\n"),
    "03-backslash-N": Case("run net.yaml rows.csv --on-missing null", 'output_0\n121.0\n""\n'),
    "05-unicode-minus": Case("run net.yaml rows.csv", "output_0\n79.0\n"),
    "07-duplicate-unused-header": Case("run net.yaml rows.csv", "note,note,output_0\na,b,121.0\n"),
    "08-index-column-by-position": Case("run pos.yaml rows.csv", ",output_0\n0,121.0\n1,143.0\n"),
    "09-csv-is-a-zip": Case(
        "run net.yaml rows.csv",
        message="rows.csv: it is a zip archive: unpack it first (gzip, zstd, bzip2 and xz",
    ),
    "11-jsonl-rows": Case("run net.yaml rows.jsonl", "output_0\n121.0\n143.0\n"),
    "14-quotes-after-space": Case("run net.yaml rows.csv", "output_0\n121.0\n"),
    "19-semicolon-no-option": Case("run net.yaml rows.csv", "output_0\n121.0\n"),
    "20-sep-line": Case("run net.yaml rows.csv", "output_0\n121.0\n"),
    "25-eval-true-false-label": Case("eval net.yaml rows.csv --label churn --limit 2", "accuracy"),
    "2a-header-case": Case("run net.yaml rows.csv", message="rows.csv: "),
    "32-xlsx-rows": Case(
        "run net.yaml rows.xlsx", message="rows.xlsx: it is an Excel workbook: save it as CSV"
    ),
    "38-nfd-header": Case("run net.yaml rows.csv", "output_0\n121.0\n"),
    "40-parquet-decimal": Case("run net.yaml rows.parquet", "output_0\n121.5\n143.25\n"),
    "42-parquet-big-int-with-null": Case(
        "run net.yaml rows.parquet --on-missing 0", "output_0\n9007199254741112.0\n140.0\n"
    ),
    "44-parquet-binary-kept": Case("run net.yaml rows.parquet", "sha,output_0\nff0080,121.0\nfe01,143.0\n"),
    "48-parquet-pq-suffix": Case("run net.yaml rows.pq", "output_0\n121.0\n143.0\n"),
    "53-feather-rows": Case("run net.yaml rows.feather", "output_0\n121.0\n143.0\n"),
    "58-parquet-uuid-kept": Case(
        "run net.yaml rows.parquet -f jsonl",
        '{"id":"12345678-1234-5678-1234-567812345678","output_0":121.0}\n',
    ),
    "g1-no-header-silent": Case(
        "run pos.yaml rows.csv", message="rows.csv:1: the header is all numbers: 5.1,3.5; say --no-header"
    ),
    "g3-comment-lines": Case("run net.yaml rows.csv", "output_0\n121.0\n"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder with a network of x0 + 10 x1 + 100."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NETWORK)
    return tmp_path


@pytest.mark.parametrize("name", TABLE)
def test_a_first_try_works_or_says_what_would(folder, cli, name):
    """The result, or one line that names the file and the way out."""
    shutil.copytree(CASES / name, folder, dirs_exist_ok=True)
    case = TABLE[name]
    result = cli(*case.command.split())
    assert result.stderr.startswith(case.message)
    assert result.stderr.count("\n") == bool(case.message)
    assert (result.exit_code, case.stdout in result.stdout) == (bool(case.message), True)


def test_every_case_is_tested():
    """No folder of cases is forgotten."""
    assert {path.name for path in CASES.iterdir()} == set(TABLE)
