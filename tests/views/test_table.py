"""Rows as a table for people."""

import io

import numpy as np

from nncli.tables.columns import Labels, Texts
from nncli.tables.rows import Results
from nncli.views.table import ScreenWriter


def text(names, parts, decimals=None, width=1000):
    """Return what the table looks like."""
    file = io.BytesIO()
    writer = ScreenWriter(names, decimals, width, "-o FILE or a pipe gives all")
    writer.write(file, map(writer.spell, parts))
    return file.getvalue().decode()


def test_the_columns_are_aligned():
    """Text stands to the left, numbers to the right, below their names."""
    results = Results(
        kept=[Texts(["a", "long text"])],
        prediction=Labels(np.array([1, 0]), ["no", "yes"], quoted=True),
        outputs=np.array([[0.25], [100.5]]),
    )
    assert text(["id", "prediction", "probability"], [results]) == (
        "id         prediction  probability\n"
        "a          yes                0.25\n"
        "long text  no                100.5\n"
    )


def test_the_first_rows_and_how_many_more():
    """Twenty rows are shown, over the blocks' borders; a line counts the others."""
    whole = Results([], np.arange(1030.0)[:, None])
    lines = text(["output_0"], [whole[:15], whole[15:30], whole[30:]]).splitlines()
    assert len(lines) == 22
    assert lines[21] == "… 1,010 more rows; -o FILE or a pipe gives all"


def test_a_wide_table_keeps_both_ends():
    """Columns that the terminal has no room for are left out in the middle, and counted."""
    names = [f"output_{i}" for i in range(100)]
    results = Results([], np.full((1, 100), 0.5))
    header, _, note = text(names, [results], width=60).splitlines()
    assert header == "output_0  output_1  output_2  …  output_98  output_99"
    assert note == "… 95 more columns; -o FILE or a pipe gives all"
    assert len(header) <= 60


def test_a_missing_row_is_empty():
    """A row without features has no numbers and no prediction."""
    results = Results(
        kept=[],
        missing=np.array([True, False]),
        prediction=Labels(np.array([-1, 0]), ["no", "yes"], quoted=True),
        outputs=np.array([[0.0], [0.25]]),
    )
    assert text(["prediction", "probability"], [results]).splitlines()[1:] == [
        "",
        "no                 0.25",
    ]


def test_numbers_are_the_shortest_of_their_dtype():
    """A float32 is not printed as the float64 it widens to; --decimals rounds."""
    results = Results([], np.array([[1 / 3, 1e-7]], dtype="float32"))
    assert text(["a", "b"], [results]).splitlines()[1].split() == ["0.33333334", "1e-7"]
    assert text(["a", "b"], [results], decimals=3).splitlines()[1].split() == ["0.333", "0.000"]


def test_control_characters_do_not_reach_the_terminal():
    """A cell's escape sequences and newlines are shown, not obeyed."""
    results = Results([Texts(["\x1b[31mred\nline"])], np.zeros((1, 1)))
    assert "\\x1b[31mred\\nline" in text(["id", "output_0"], [results])
