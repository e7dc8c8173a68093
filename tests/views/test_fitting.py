"""Text that fits a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from nncli.text import width_of
from nncli.views.fitting import fitted


@given(st.text("ab *·→語 ", max_size=300), st.integers(60, 120))
def test_every_line_fits_and_words_stay(text, width):
    """Whatever the text, lines are no wider; unless the last one says that some are cut, no word is lost."""
    result = fitted(text, width)
    assert all(width_of(line) <= width for line in result.splitlines())
    if "lines are cut" not in result:
        assert result.split() == text.split()


def test_a_sentence_goes_on_below_where_it_began():
    """Behind a star, behind columns, or as a line of its own."""
    assert fitted("* aaaa bbbb cccc dddd", 12) == "* aaaa bbbb\n  cccc dddd\n"
    assert fitted("key  1  aaaa bbbb cc dddd", 18) == "key  1  aaaa bbbb\n        cc dddd\n"
    assert fitted("aaaa bbbb cccc dddd", 10) == "aaaa bbbb\n  cccc\n  dddd\n"


def test_a_table_is_cut_and_says_so():
    """Its columns stay columns; the last line says what would show all."""
    assert fitted("aaaa  1111  2222\nb     1     2\n", 12, ", -o net.svg") == (
        "aaaa  1111 …\nb     1    …\n… lines are cut: 16 columns, -o net.svg or a pipe show all\n"
    )
