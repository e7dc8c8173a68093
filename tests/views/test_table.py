"""Rows as a table for people."""

import io
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nncli.tables.columns import Labels, Numbers, Texts
from nncli.tables.rows import Results
from nncli.text import width_of
from nncli.views.table import AlignedWriter, Screen, ScreenWriter


def text(names, parts, decimals=None, width=1000, height=23, trace=False):
    """Return what the table looks like."""
    file = io.BytesIO()
    screen = Screen(width, height, "-o FILE or a pipe gives all")
    writer = ScreenWriter(names, decimals, screen, trace)
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
    """As many as the terminal has lines for, over the blocks' borders; a line counts the others."""
    whole = Results([], np.arange(1030.0)[:, None])
    lines = text(["output_0"], [whole[:15], whole[15:30], whole[30:]]).splitlines()
    assert len(lines) == 22
    assert lines[21] == "… 1,010 more rows; -o FILE or a pipe gives all"
    lines = text(["output_0"], [whole], height=50).splitlines()
    assert (len(lines), lines[-1]) == (49, "… 983 more rows; -o FILE or a pipe gives all")


@given(st.lists(st.integers(1, 30), max_size=12), st.integers(1, 30), st.booleans(), st.integers(60, 120))
def test_results_stay_where_columns_must_go(kept, n_outputs, predicts, width):
    """On any width a line fits, and no result goes before a column that was only kept."""
    columns: list[Any] = [Texts(["x" * size] * 2) for size in kept]
    prediction = Labels(np.array([0, 1]), ["no", "yes"], quoted=True) if predicts else None
    results = Results(columns, np.full((2, n_outputs), 0.5), prediction=prediction)
    own = ["prediction"] * predicts + [f"output_{i}" for i in range(n_outputs)]
    names = [f"k{i}" for i in range(len(kept))] + own
    header, *rows = text(names, [results], width=width).splitlines()
    assert max(map(width_of, (header, *rows[:2]))) <= width
    shown = [name for name in header.split() if name != "…"]
    assert shown == [name for name in names if name in shown]
    assert set(own) <= set(shown) or set(shown) <= set(own)
    left_out = len(names) - len(shown)
    assert (f"… {left_out} more column" in rows[-1]) == (left_out > 0)


def test_a_row_that_does_not_fit_is_a_list():
    """A single row that would be cut, or every layer's numbers, come as names and values."""
    names = [f"output_{i}" for i in range(100)]
    outputs = np.full((3, 100), 1 / 3)
    lines = text(names, [Results([], outputs[:1])], width=60).splitlines()
    assert lines == [f"{name:<9}  0.333333" for name in names]
    results = Results([], outputs[:, :1], trace=outputs[:, :10])
    names = [f"layer0_z_{i}" for i in range(10)] + ["output_0"]
    lines = text(names, [results], width=60, trace=True, height=30).splitlines()
    assert lines[:2] + lines[12:14] == [
        "row 0", "layer0_z_0  0.333333", "row 1", "layer0_z_0  0.333333",
    ]  # fmt: skip
    assert lines[24:] == ["… 1 more row; -o FILE or a pipe gives all"]
    assert text(names, [results], trace=True).splitlines()[0].startswith("layer0_z_0  layer0_z_1")


def test_a_cell_is_no_wider_than_the_terminal():
    """A long text is cut in the middle."""
    results = Results([Texts(["y" * 200])], np.zeros((1, 0)))
    assert max(map(len, text(["id"], [results], width=60).splitlines())) == 60


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


def test_numbers_have_six_digits():
    """The network's and generated ones; kept text stays as it is, and --decimals decides otherwise."""
    kept: list[Any] = [Texts(["0.123456789"]), Numbers(np.array([2 / 3])), Numbers(np.array([12345678]))]
    results = Results(kept, np.array([[1 / 3, 1e-7]], dtype="float32"))
    names = ["text", "x0", "label", "a", "b"]
    numbers = ["0.123456789", "0.666667", "12345678", "0.333333", "1e-7"]
    assert text(names, [results]).splitlines()[1].split() == numbers
    numbers = ["0.123456789", "0.667", "12345678", "0.333", "0.000"]
    assert text(names, [results], decimals=3).splitlines()[1].split() == numbers


def test_a_table_in_a_file_has_all_digits():
    """A float32 is not printed as the float64 it widens to."""
    results = Results([Numbers(np.array([2 / 3]))], np.array([[1 / 3, 1e-7]], dtype="float32"))
    file = io.BytesIO()
    writer = AlignedWriter(["x0", "a", "b"], None)
    writer.write(file, [writer.spell(results)])
    assert file.getvalue().split()[3:] == [b"0.6666666666666666", b"0.33333334", b"1e-7"]


def test_control_characters_do_not_reach_the_terminal():
    """A cell's escape sequences and newlines are shown, not obeyed."""
    results = Results([Texts(["\x1b[31mred\nline"])], np.zeros((1, 1)))
    assert "\\x1b[31mred\\nline" in text(["id", "output_0"], [results])
