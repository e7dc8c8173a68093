"""Lines of a one-byte label and numbers, made in place."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nncli.tables.cells import labelled_lines, number_rows

FINITE = st.floats(allow_nan=False, allow_infinity=False, width=32)


@pytest.mark.parametrize("separator", [b",", b"\t"])
@settings(max_examples=60, deadline=None)
@given(matrix=arrays.arrays(np.float32, st.tuples(st.integers(1, 20), st.integers(1, 5)), elements=FINITE))
def test_the_lines_are_label_and_numbers(separator, matrix):
    """Each line is the label, a separator and the row as `number_rows` spells it."""
    labels = np.frombuffer(bytes(97 + i % 26 for i in range(len(matrix))), np.uint8)
    text = labelled_lines(labels, matrix, separator)
    rows = [
        bytes([label]) + separator + row
        for label, row in zip(labels, number_rows(matrix, None, separator), strict=True)
    ]
    assert text.tobytes() == b"\n".join(rows) + b"\n"
