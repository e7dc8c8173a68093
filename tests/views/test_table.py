"""Rows as a table for people."""

import io

import numpy as np

from nncli.tables.batch import Batch, Labels
from nncli.views import table


def text(names, batches, **options):
    """Return what the table looks like."""
    file = io.StringIO()
    table.write(file, names, batches, **options)
    return file.getvalue()


def test_the_columns_are_aligned():
    """Text stands to the left, numbers to the right, below their names."""
    batch = Batch(
        np.zeros((2, 1)),
        kept=[["a", "long text"]],
        prediction=Labels(np.array([1, 0]), ["no", "yes"], quoted=True),
        outputs=np.array([[0.25], [100.5]]),
    )
    assert text(["id", "prediction", "probability"], [batch]) == (
        "id         prediction  probability\n"
        "a          yes                0.25\n"
        "long text  no                100.5\n"
    )


def test_the_first_rows_and_how_many_more():
    """Twenty rows are shown, over the batches' borders; a line counts the others."""
    batches = [Batch(np.zeros((n, 1)), outputs=np.arange(n)[:, None] * 1.0) for n in (15, 15, 1000)]
    lines = text(["output_0"], batches).splitlines()
    assert len(lines) == 22
    assert lines[21] == "… 1,010 more rows; -o FILE or a pipe gives all"


def test_a_wide_table_keeps_both_ends():
    """Columns that the terminal has no room for are left out in the middle, and counted."""
    names = [f"output_{i}" for i in range(100)]
    batch = Batch(np.zeros((1, 1)), outputs=np.full((1, 100), 0.5))
    header, _, note = text(names, [batch], width=60).splitlines()
    assert header == "output_0  output_1  output_2  …  output_98  output_99"
    assert note == "… 95 more columns; -o FILE or a pipe gives all"
    assert len(header) <= 60


def test_a_missing_row_is_empty():
    """A row without features has no numbers and no prediction."""
    batch = Batch(
        np.zeros((2, 1)),
        missing=np.array([True, False]),
        prediction=Labels(np.array([-1, 0]), ["no", "yes"], quoted=True),
        outputs=np.array([[0.0], [0.25]]),
    )
    assert text(["prediction", "probability"], [batch]).splitlines()[1:] == [
        "",
        "no                 0.25",
    ]


def test_numbers_are_the_shortest_of_their_dtype():
    """A float32 is not printed as the float64 it widens to; --decimals rounds."""
    batch = Batch(np.zeros((1, 1)), outputs=np.array([[1 / 3, 1e-7]], dtype="float32"))
    assert text(["a", "b"], [batch]).splitlines()[1].split() == ["0.33333334", "1e-7"]
    assert text(["a", "b"], [batch], decimals=3).splitlines()[1].split() == ["0.333", "0.000"]


def test_control_characters_do_not_reach_the_terminal():
    """A cell's escape sequences and newlines are shown, not obeyed."""
    batch = Batch(np.zeros((1, 1)), kept=[["\x1b[31mred\nline"]], outputs=np.zeros((1, 1)))
    assert "\\x1b[31mred\\nline" in text(["id", "output_0"], [batch])
