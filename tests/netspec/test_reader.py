"""The text of a spec is not trusted: what it may be, and what it may not."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli import netspec as room
from nncli.errors import NncliError, SpecError
from nncli.netspec import parse_spec, read_spec

NET = "inputs: 2\nlayers: [{units: 3}]\n"


def problem(text: str) -> str:
    """Return the one problem of a spec."""
    with pytest.raises(SpecError) as raised:
        parse_spec(text, "net.yaml")
    (line,) = raised.value.problems
    return line


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "a: [", "[{a: "])
def test_a_hundred_thousand_levels_do_not_crash_the_process(opening: str) -> None:
    """Nesting is refused at a fixed depth, long before any stack ends."""
    code = f"from nncli.netspec import parse_spec\nparse_spec({opening!r} * 100_000, 'net.yaml')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "SpecError: net.yaml:1:" in done.stderr


def test_sixty_four_levels_are_enough() -> None:
    """The depth that is refused is named."""
    assert problem("[" * 65) == "net.yaml:1:65: nested more than 64 levels deep"


def test_an_alias_stands_for_its_anchor() -> None:
    """A simple alias is read as if its anchor's value were written again."""
    text = "inputs: 2\nlayers:\n  - &hidden {units: 3, activation: relu}\n  - *hidden\n  - {units: 1}\n"
    spec = parse_spec(text, "net.yaml")
    assert spec.layers[0] == spec.layers[1]
    assert spec.place("layers", 1) == "net.yaml:4:5"


def test_an_override_changes_one_of_two_aliased_layers() -> None:
    """What aliases share is copied before an override changes it."""
    text = "inputs: 2\nlayers:\n  - &hidden {units: 3}\n  - *hidden\n"
    spec = parse_spec(text, "net.yaml", overrides=["layers.0.units=8"])
    assert [layer.units for layer in spec.layers] == [8, 3]


def test_an_alias_bomb_is_refused() -> None:
    """A billion values out of ten lines are never built."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    assert "aliases repeat more than 100000 values" in problem("\n".join(lines))


def test_aliases_can_not_pile_up_depth() -> None:
    """Levels count through aliases too."""
    lines = ["a0: &a0 [" + "[" * 30 + "]" * 31] + [f"a{i}: &a{i} [[*a{i - 1}]]" for i in range(1, 40)]
    assert "nested more than 64 levels deep" in problem("\n".join(lines))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" + "1," * 5_100 + "]", "more than 5000 values; put weights in a file"),
        ("[" + "[]," * 600 + "]", "more than 500 lists and mappings; put weights in a file"),
        ("{" + "".join(f"k{i}: 1, " for i in range(1100)) + "}", "more than 1000 keys in one mapping"),
    ],
)
def test_a_spec_can_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch, text: str, message: str) -> None:
    """Values, containers and keys are counted while they come."""
    monkeypatch.setattr("nncli.netspec.reader.MAX_VALUES", 5_000)
    monkeypatch.setattr("nncli.netspec.reader.MAX_CONTAINERS", 500)
    assert message in problem(text)


def write(path: Path, content: bytes) -> Path:
    """Write a file and return its path."""
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"inputs: 2\nname: \xff\n",
            ":2:7: byte 0xff is not UTF-8; a spec is YAML text (give a model file by its own name)",
        ),
        (NET.encode("utf-16"), ":1:1: the text is UTF-16; save it as UTF-8"),
        (
            b"\x93NUMPY\x01\x00",
            ":1:1: byte 0x93 is not UTF-8; a spec is YAML text (give a model file by its own name)",
        ),
        (b"PK\x03\x04\x00", r":1:3: the character '\x03' is not allowed in YAML"),
        (b"", ": the spec is empty; it needs 'inputs' and 'layers'"),
    ],
)
def test_a_file_that_is_no_utf8_text_is_told_so(tmp_path: Path, content: bytes, message: str) -> None:
    """Bytes that are no text are named with their line and column."""
    path = write(tmp_path / "net.yaml", content)
    with pytest.raises(SpecError) as raised:
        read_spec(path)
    assert raised.value.problems == (f"{path}{message}",)


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf" + NET.encode(), NET.replace("\n", "\r\n").encode()])
def test_a_byte_order_mark_and_windows_lines_are_fine(tmp_path: Path, content: bytes) -> None:
    """What editors on Windows add is no problem."""
    assert read_spec(write(tmp_path / "net.yaml", content)).inputs == 2


def test_a_missing_file_is_the_specs_fault(tmp_path: Path) -> None:
    """A spec that is not there is one line."""
    with pytest.raises(SpecError, match=r"net\.yaml: no such file$"):
        read_spec(tmp_path / "net.yaml")


def test_a_folder_is_no_spec(tmp_path: Path) -> None:
    """A folder is told to be one."""
    with pytest.raises(SpecError, match=r"is a folder; a network is a YAML file or a model file$"):
        read_spec(tmp_path)


def test_a_path_that_no_file_can_have_is_one_line() -> None:
    """A NUL in a path is no traceback."""
    with pytest.raises(SpecError, match="no name has a null character"):
        read_spec("net\0.yaml")


def test_no_more_than_the_limit_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device without an end is refused at the limit, not at the end of the memory."""
    monkeypatch.setattr(room, "MAX_BYTES", 2**20)
    with pytest.raises(SpecError, match=r"^/dev/zero: more than 1 MiB; put weights in a weights file$"):
        read_spec("/dev/zero")


def test_a_fifo_is_read_like_a_file(tmp_path: Path) -> None:
    """A spec may come out of a pipe with a name."""
    path = tmp_path / "net.yaml"
    os.mkfifo(path)
    writer = threading.Thread(target=write, args=(path, NET.encode()))
    writer.start()
    assert read_spec(path).inputs == 2
    writer.join()


@settings(max_examples=100, deadline=None)
@given(st.text() | st.text(alphabet="ab01:-[]{},&*!|>'\"#%@`?~ \n\t"))
def test_any_text_is_a_spec_or_a_spec_error(text: str) -> None:
    """No text at all raises anything that is not ours."""
    with suppress(NncliError):
        parse_spec(text, "net.yaml")


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_damaged_spec_is_a_spec_or_a_spec_error(configs_text: list[str], data: st.DataObject) -> None:
    """A spec with a piece cut out or put in raises nothing that is not ours."""
    text = data.draw(st.sampled_from(configs_text))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    piece = data.draw(
        st.sampled_from(["", "-1", "1e999", "[", "}", ": ", "\n", "~", "&a ", "*a", "0", ".nan", "x"])
    )
    with suppress(NncliError):
        parse_spec(text[:start] + piece + text[end:], "net.yaml")


@pytest.fixture(scope="module")
def configs_text() -> list[str]:
    """Return the text of every spec that comes with the project."""
    folder = Path(__file__).parents[2] / "configs"
    return [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))]
