"""Patterns and what they stand for."""

from __future__ import annotations

import errno
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.errors import DataError
from nncli.stores.places import Found, Stamp, expand, natural_order, stamp


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Work in a folder with some files."""
    monkeypatch.chdir(tmp_path)
    for path in (
        "in/part-2.csv",
        "in/part-10.csv",
        "in/a/b/x.csv",
        "in/a/x.tsv",
        "in/.hidden.csv",
        "[1].csv",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x\n1\n")
    return tmp_path


def places(*given):
    """Return the paths that patterns stand for."""
    return [found.place for found in expand(given)]


def test_numbers_in_names_are_counted(tree):
    """part-2 comes before part-10."""
    assert places("in/*.csv") == ["in/part-2.csv", "in/part-10.csv"]


@given(st.lists(st.integers(0, 10**6), unique=True))
def test_natural_order_is_that_of_the_numbers(numbers):
    """Whatever the numbers' lengths."""
    names = [f"in/part-{number}.csv" for number in numbers]
    assert sorted(names, key=natural_order) == [f"in/part-{number}.csv" for number in sorted(numbers)]


def test_what_is_given_keeps_its_order(tree):
    """Only the files of one pattern are sorted; a file that is not there is left to its reader."""
    assert places("z.csv", "in/part-10.csv", "-", "in/part-?.csv", "s3://bucket/rows.csv") == [
        "z.csv",
        "in/part-10.csv",
        "-",
        "in/part-2.csv",
        "s3://bucket/rows.csv",
    ]


def test_two_stars_are_any_folders(tree):
    """None, too; what is below them is kept of the path, else the name alone."""
    assert expand(["in/**/*.csv"]) == [
        Found("in/a/b/x.csv", "a/b/x.csv", "in"),
        Found("in/part-2.csv", "part-2.csv", "in"),
        Found("in/part-10.csv", "part-10.csv", "in"),
    ]
    assert expand([f"{tree}/i?/a/**"]) == [
        Found(f"{tree}/in/a/b/x.csv", "b/x.csv", f"{tree}"),
        Found(f"{tree}/in/a/x.tsv", "x.tsv", f"{tree}"),
    ]
    assert expand(["in/*/*/*.csv"]) == [Found("in/a/b/x.csv", "x.csv", "in")]


def test_each_file_comes_once(tree):
    """However many ways through a pattern lead to it; a link back into its own folder is no way."""
    os.symlink(".", "in/a/again")
    assert places("**/a/**/**/*.csv", "in/a/**/x.*") == ["in/a/b/x.csv"] * 2 + ["in/a/x.tsv"]


def test_a_name_that_is_there_is_no_pattern(tree):
    """Though it has a pattern's characters."""
    assert expand(["[1].csv"]) == [Found("[1].csv", "[1].csv")]


def test_hidden_files_are_named(tree):
    """A pattern that begins with a dot finds them."""
    assert places("in/.*.csv") == ["in/.hidden.csv"]


@pytest.mark.parametrize(
    ("place", "problem"),
    [
        ("in/*.json", "in/*.json: no file matches"),
        ("nowhere/*.csv", "nowhere/*.csv: no file matches"),
        ("in/part-2.csv/*", "in/part-2.csv/*: no file matches"),
        ("i*", "i*: no file matches"),
        ("in", "in: is a folder; give its files as a glob in quotes: 'in/*.csv'"),
        ("in/a/", "in/a/: is a folder; give its files as a glob in quotes: 'in/a/*.tsv'"),
        ("*\0", "*\0: no file matches"),
    ],
)
def test_what_is_no_file_is_refused(tree, place, problem):
    """A pattern without a match, and a folder, which is told to be a pattern."""
    with pytest.raises(DataError) as refused:
        expand([place])
    assert refused.value.problems == (problem,)


def test_a_folder_that_may_not_be_read_is_told(tree, monkeypatch):
    """Else its files would be missing from the result in silence."""
    scan = os.scandir

    def refuse(folder):
        if folder == "in/a":
            raise PermissionError(errno.EACCES, "Permission denied")
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DataError, match="in/a: permission denied"):
        expand(["in/**/*.csv"])


def test_a_stamp_changes_with_the_file(tree):
    """Its size or its time; what is no file has none."""
    before = stamp("[1].csv")
    assert before == Stamp(4, os.stat("[1].csv").st_mtime_ns)
    os.utime("[1].csv", ns=(0, 1))
    assert stamp("[1].csv") == Stamp(4, 1) != before
    assert [stamp(place) for place in ("in", "nowhere", "/dev/null", "\0")] == [None] * 4
