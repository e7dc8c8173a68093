"""Whether the first line names the columns."""

from pathlib import Path

import pytest

POSITIONS = "inputs: 2\nlayers:\n  - {weights: [[1, 10]], biases: [100]}\n"
NAMES = POSITIONS.replace("inputs: 2", "inputs: [width, height]")
QUESTION = "; is the first line data? Then say --no-header\n"

COMMANDS = {
    "run": [],
    "eval": ["--label", "3"],
    "compare": ["--with", "results.csv"],
    "explain": [],
    "plot data": ["-o", "plot.svg"],
    "draw": [],
    "summary": [],
    "report": [],
    "bench": ["--seconds", "0"],
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in a folder with a network by position and one by names."""
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(POSITIONS)
    Path("named.yaml").write_text(NAMES)
    Path("results.csv").write_text("output_0\n135\n")


def write(text, name="rows.csv"):
    """Write a file of rows and return its path."""
    Path(name).write_text(text)
    return name


@pytest.mark.parametrize("name", COMMANDS)
def test_a_header_of_numbers_is_asked_about(cli, name):
    """Every command that takes DATA shows the line and both options; each of them answers."""
    rows = write("5.1,3.5,3\n" * 2 if name == "eval" else "5.1,3.5\n" * 2)
    words = [*name.split(), "net.yaml", rows, *COMMANDS[name]]
    asked = cli(*words)
    line = "5.1,3.5,3" if name == "eval" else "5.1,3.5"
    assert (asked.exit_code, asked.stdout) == (1, "")
    assert asked.stderr == (
        f"rows.csv:1: the header is all numbers: {line}; say --no-header if this line is data,"
        " or --header if it names the columns\n"
    )
    assert cli(*words, "--header").exit_code == (name == "compare")  # whose numbers are others
    answer = ["--no-header", "--label", "column_2"] if name == "eval" else ["--no-header"]
    assert "header" not in cli(*words, *answer).stderr
    both = cli(*words, "--header", "--no-header")
    assert (both.exit_code, both.stdout) == (2, "")
    assert both.stderr == (
        f"nncli {words[0]}: --header and --no-header: the first line is either names or data;"
        " give one of them\n"
    )


@pytest.mark.parametrize(
    ("line", "label", "asks"),
    [
        ("1,2", None, True),
        ("1,0", None, True),
        ("0.0,1.0", None, True),
        ("-1e3, .5", None, True),
        ('"7","8"', None, True),
        ("5,", None, True),  # a value is missing
        ("NA,5", None, True),
        ("5.1,3.5,0", "0", True),
        ("0,1", None, False),  # as pandas numbers columns
        ("0,1,2", "2", False),
        ("NA,nan", None, False),
        ("2020,y2021", None, False),
        ("1_000,2_000", None, False),
        ("5,6,kind", "kind", False),
    ],
)
def test_which_headers_are_asked_about(cli, line, label, asks):
    """Those of numbers and missing values alone, but for 0, 1, 2, …; a label by another name tells, too."""
    words = ["run", "net.yaml", write(f"{line}\n4.9,3.0{',0' if label else ''}\n"), "--keep", "none"]
    words += ["--label", label] if label else []
    result = cli(*words)
    if asks:
        assert (result.exit_code, result.stdout) == (1, "")
        assert "the header is all numbers" in result.stderr
        result = cli(*words, "--header")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "output_0\n134.9\n", "")


def test_no_header_is_the_other_answer(cli):
    """The first line is a row like any other."""
    rows = write("5.1,3.5\n4.9,3.0\n6.2,3.4\n")
    assert cli("run", "net.yaml", rows, "--no-header").stdout == "output_0\n140.1\n134.9\n140.2\n"


def test_the_line_is_the_files(cli):
    """Behind blank lines it has their number, it looks as in the file, and a long one is cut."""
    rows = write("\n\n 5.1;3.5\n4.9;3.0\n")
    result = cli("run", "net.yaml", rows, "--delimiter", ";")
    assert result.stderr.startswith("rows.csv:3: the header is all numbers:  5.1;3.5; say")
    wide = ["--set", "inputs=1000", "--set", "layers.0={units: 1}"]
    result = cli("run", "net.yaml", write(",".join(f"{i}.5" for i in range(1000)) + "\n"), *wide)
    assert result.exit_code == 1
    assert len(result.stderr) < 300
    assert "0.5,1.5,2.5" in result.stderr


def test_the_specs_own_file_is_asked_about_too(cli):
    """It is a file like any other."""
    write("5.1,3.5\n4.9,3.0\n")
    Path("own.yaml").write_text(POSITIONS + "data: {file: rows.csv}\n")
    result = cli("run", "own.yaml")
    assert result.exit_code == 1
    assert "rows.csv:1: the header is all numbers: 5.1,3.5" in result.stderr
    assert len(cli("run", "own.yaml", "--no-header").stdout.splitlines()) == 3


def test_names_that_match_are_no_question(cli):
    """Columns found by name are what they say, and other columns may be called as they like."""
    rows = write("x1,2020,x0\n3,7,1\n")
    assert cli("run", "net.yaml", rows).stdout == "2020,output_0\n7,131.0\n"
    numbered = POSITIONS.replace("inputs: 2", 'inputs: ["7", "8"]')
    Path("numbered.yaml").write_text(numbered)
    assert cli("run", "numbered.yaml", write("8,7\n3,1\n")).stdout == "output_0\n131.0\n"


def test_a_format_that_has_names_is_not_asked_about(cli):
    """In a Parquet file no row can pass for the names."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"5.1": [1.0], "3.5": [3.0]}), "rows.parquet")
    assert cli("run", "net.yaml", "rows.parquet").stdout == "output_0\n131.0\n"


@pytest.mark.parametrize(
    ("spec", "rows", "options", "asks"),
    [
        ("named.yaml", "5.1,3.5\n4.9,3.0\n", [], True),
        ("named.yaml", "5.1,3.5,setosa\n4.9,3.0,setosa\n", [], True),
        ("net.yaml", "5.1,3.5,setosa\n4.9,3.0,setosa\n", [], True),
        ("net.yaml", "5.1,3.5,setosa\n4.9,3.0,setosa\n", ["--label", "species"], True),
        ("net.yaml", "1,1\n4.9,3.0\n", [], True),  # the same name twice
        ("named.yaml", "0,1\n4.9,3.0\n", [], True),
        ("named.yaml", "5.1,3.5\n4.9,3.0\n", ["--header"], False),
        ("net.yaml", "5.1,3.5,setosa\n4.9,3.0,setosa\n", ["--header", "--label", "species"], False),
        ("net.yaml", "1,1\n4.9,3.0\n", ["--header"], False),
        ("named.yaml", "breadth,height\n4.9,3.0\n", [], False),
        ("named.yaml", "id,2020,height\n1,4.9,3.0\n", [], False),
    ],
)
def test_a_first_line_that_does_not_fit_may_be_data(cli, spec, rows, options, asks):
    """Where names are missing and the line has numbers for the inputs, the error names --no-header."""
    result = cli("run", spec, write(rows), *options)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith(QUESTION) == asks
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("line", ["inf,1.5", "-Infinity,1.5", "1e999,1.5", "1.5,INF"])
def test_a_header_of_infinite_numbers_is_asked_about(cli, line):
    """An infinite number in the first row is wrong as in any other, and no name."""
    asked = cli("run", "net.yaml", write(f"{line}\n5.1,3.5\n"))
    assert (asked.exit_code, asked.stdout) == (1, "")
    assert asked.stderr.startswith(f"rows.csv:1: the header is all numbers: {line}; ")


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Report of 2024\nwidth,height\n1,2\n", True),
        ("Report of 2024\n\nwidth,height\n1,2\n", True),
        ("width\n1\n", False),
        ("Report;\nwidth;height\n1;2\n", False),
    ],
)
def test_a_title_above_the_names_is_asked_about(cli, text, asks):
    """A single word, and below it other cells or nothing: the line with the names comes later."""
    told = cli("run", "named.yaml", write(text)).stderr
    assert told.endswith("; is its first line a title? The line with the names comes first\n") == asks


def test_blanks_around_a_name_do_not_count(cli):
    """What is named one way in the network, the file or an option is found under the other."""
    Path("blank.yaml").write_text(NAMES.replace("[width", "['width '"))
    expected = "output_0\n121.0\n"
    rows = write("id, width,height \n7,1,2\n"), write('{"id": 7, " width": 1, "height ": 2}\n', "rows.jsonl")
    for file in rows:
        for spec in "named.yaml", "blank.yaml":
            assert cli("run", spec, file, "--keep", "none").stdout == expected
        assert (
            cli("run", "net.yaml", file, "--features", '"width "," height"', "--keep", "none").stdout
            == expected
        )


def test_of_names_that_differ_by_blanks_alone_each_is_found(cli):
    """A file that tells them apart has a column for each."""
    Path("net.yaml").write_text(POSITIONS.replace("inputs: 2", "inputs: ['a', 'a ']"))
    rows = write('{"a ": 2, "a": 1}\n', "rows.jsonl")
    assert cli("run", "net.yaml", rows).stdout == "output_0\n121.0\n"


def test_names_that_messages_list_can_be_copied_into_an_option(cli):
    """A name with a comma, quotes or blanks around it stands there as an option takes it."""
    rows = write('{"a, \\"b\\"": 1, "\\"c\\"": 2, " d": 3}\n', "rows.jsonl")
    told = cli("run", "net.yaml", rows, "--keep", "none").stderr
    assert 'the columns are "a, ""b""", """c""", " d" (3)' in told
    for name, number in ('"a, ""b"""', 1), ('"""c"""', 2), ('" d"', 3):
        other = '" d"' if number == 2 else '"""c"""'
        result = cli("run", "net.yaml", rows, "--features", f"{name},{other}", "--keep", "none")
        assert result.stdout == f"output_0\n{number + 10 * (3 if number == 2 else 2) + 100}.0\n"


def test_a_label_is_proposed_only_where_none_was_given(cli):
    """Which of the columns too many is to be left out nothing tells; the label that was given stays."""
    rows = write("id,a,b,y\n1,2,3,4\n")
    assert "leave out the labels" not in cli("eval", "net.yaml", rows, "--label", "y").stderr
    assert "leave out the labels: --label b;" in cli("run", "net.yaml", write("id,a,b\n1,2,3\n")).stderr
