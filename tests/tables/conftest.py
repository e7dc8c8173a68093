"""Helpers for tables: write bytes, read them back as plain Python values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncli import tables
from nncli.tables import Batch, Labels


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, so that messages name files without their folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def read() -> Callable[..., list[tuple[Any, ...]]]:
    """Return a function that reads a file: a tuple per row of features, kept cells and missing."""

    def run(
        path: str | Path,
        features: list[int],
        kept: Iterable[int] = (),
        limit: int | None = None,
        **options: Any,
    ) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        with tables.open_table(path, **options) as table:
            for batch in table.batches(features, list(kept), limit):
                missing = np.zeros(len(batch), bool) if batch.missing is None else batch.missing
                texts = [c if isinstance(c, list) else c.tolist() for c in batch.kept]
                for i in range(len(batch)):
                    numbers = None if missing[i] else tuple(batch.features[i].tolist())
                    rows.append((numbers, *(text[i] for text in texts)))
        return rows

    return run


@pytest.fixture
def results() -> Batch:
    """Return three rows as they leave the network, the second without features."""
    return Batch(
        features=np.zeros((3, 2)),
        kept=[["007", "a,b", 'say "hi"'], np.array([1, 2, 3], dtype=np.uint8)],
        missing=np.array([False, True, False]),
        prediction=Labels(np.array([0, -1, 1]), ["red", "blue"], quoted=True),
        outputs=np.array([[0.1, 1e-7], [0, 0], [1 / 3, np.inf]], dtype=np.float32),
    )


@pytest.fixture
def names() -> list[str]:
    """Return the column names of `results`."""
    return ["id", "n", "prediction", "p_red", "p_blue"]
