"""Helpers for tables: write bytes, read them back as plain Python values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from pickle import PickleBuffer, dumps, loads
from typing import Any

import numpy as np
import pytest

from nncli import tables
from nncli.tables import Results, Rows, Size
from nncli.tables.columns import Labels, Numbers, Texts


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, so that messages name files without their folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def read(parsed: Callable[..., Iterator[Rows]]) -> Callable[..., list[tuple[Any, ...]]]:
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
            for part in parsed(table, features, list(kept), limit):
                missing = ~part.present
                texts = [column.cells() for column in part.kept]
                for i in range(len(part)):
                    numbers = None if missing[i] else tuple(part.features[i].tolist())
                    rows.append((numbers, *(text[i] for text in texts)))
        return rows

    return run


@pytest.fixture
def parsed() -> Callable[..., Iterator[Rows]]:
    """Return a function that yields the rows of a table, block by block."""

    def run(
        table: Any,
        features: Sequence[int],
        kept: Sequence[int] = (),
        limit: int | None = None,
        size: Size | None = None,
    ) -> Iterator[Rows]:
        for block in table.blocks(features, kept, size or Size(), limit):
            yield table.parse(block, features, kept)

    return run


@pytest.fixture(scope="session")
def sent() -> Callable[[Any], Any]:
    """Return a function that gives what arrives in another process: buffers travel beside the pickle."""

    def run(value: Any) -> Any:
        buffers: list[PickleBuffer] = []
        head = dumps(value, 5, buffer_callback=buffers.append)
        return loads(head, buffers=[memoryview(bytes(buffer.raw())) for buffer in buffers])

    return run


@pytest.fixture
def write() -> Callable[..., None]:
    """Return a function that writes results in the format that a path's suffix names."""

    def run(
        path: str | Path, names: Sequence[str], results: Iterable[Results], decimals: int | None = None
    ) -> None:
        format = tables.format_of(path)
        writer = tables.writer_of(format, names, decimals)
        tables.write(path, format, writer, map(writer.spell, results))

    return run


@pytest.fixture
def results() -> Results:
    """Return three rows as they leave the network, the second without features."""
    return Results(
        kept=[Texts(["007", "a,b", 'say "hi"']), Numbers(np.array([1, 2, 3], dtype=np.uint8))],
        missing=np.array([False, True, False]),
        prediction=Labels(np.array([0, -1, 1]), ["red", "blue"], quoted=True),
        outputs=np.array([[0.1, 1e-7], [0, 0], [1 / 3, np.inf]], dtype=np.float32),
    )


@pytest.fixture
def names() -> list[str]:
    """Return the column names of `results`."""
    return ["id", "n", "prediction", "p_red", "p_blue"]
