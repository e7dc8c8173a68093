"""The page's scripts and style without what only their authors read: comments, idle white space, long names.

A page is sent by mail and kept in archives; half of it would be that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise, product
from string import ascii_letters
from typing import NamedTuple

_TOKEN = re.compile(
    r"(?P<idle>//[^\n]*|/\*.*?\*/|\s+)"
    r"""|(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
    r"|(?P<word>[\w$]+)"
    r"|(?P<regex>/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n\[])+/[a-z]*)"
    r"|(?P<sign>.)",
    re.DOTALL,
)
_PIECE = re.compile(r"(?:\\.|(?!\$\{)[^`\\])*(?:`|\$\{)", re.DOTALL)  # of a template, up to code or its end
_GOES_ON_AFTER = frozenset("{([,;=>*&|?:!<")  # no statement ends here, or a sign says that it does
_GOES_ON_BEFORE = frozenset("})].,;?:=&|*<>")


class _Token(NamedTuple):
    kind: str | None
    text: str
    gap: str  # the white space and the comments before it


def script(text: str) -> str:
    """Return JavaScript that does the same in fewer characters; texts and templates stay as they are."""
    tokens = list(_tokens(text))
    uses = list(_uses(tokens))
    names = _short_names(tokens, uses)
    out: list[str] = []
    last, gap = ";", ""
    for (_, token, before), use, after in zip(tokens, uses, [*tokens[1:], None], strict=True):
        gap += before
        if after is not None and _is_idle(last, token, after.text):
            continue
        short = token if use == "property" else names.get(token, token)
        if use == "both" and short != token:
            short = f"{token}:{short}"
        out += [_between(last, gap, short), short]
        last, gap = short, ""
    return "".join(out)


def _is_idle(before: str, token: str, after: str) -> bool:
    """Tell whether a sign does nothing: a comma before a list's end, a semicolon before a block's."""
    if token == ";":
        return after == "}"  # our scripts have no empty statements
    return token == "," and after in (")", "]", "}") and before not in ("[", ",")


def _tokens(text: str) -> Iterator[_Token]:
    """Give what a script consists of; a template is its pieces and the code between them."""
    last, gap, at = ";", "", 0
    open_braces: list[int] = []  # in each ${} that we are in
    while at < len(text):
        found = _TOKEN.match(text, at)
        assert found is not None  # any character is a sign at least
        kind, token = found.lastgroup, found[0]
        if token == "`" or (token == "}" and open_braces and not open_braces[-1]):
            piece = _PIECE.match(text, at + 1)
            assert piece is not None  # templates end
            kind, token = "piece", token + piece[0]
            if token[0] == "}":
                open_braces.pop()
            if token.endswith("${"):
                open_braces.append(0)
        elif kind == "regex" and (last[-1] in ")]}" or (_is_word(last) and last != "return")):
            kind, token = "sign", "/"  # a division
        elif open_braces and token in "{}":
            open_braces[-1] += 1 if token == "{" else -1
        at += len(token)
        if kind == "idle":
            gap += token
        else:
            yield _Token(kind, token, gap)
            last, gap = token, ""


def _between(last: str, gap: str, token: str) -> str:
    """Return what must stand between two tokens where there was white space."""
    if not gap:
        return ""
    if "\n" in gap and last[-1] not in _GOES_ON_AFTER and token[0] not in _GOES_ON_BEFORE:
        return "\n"
    apart = (_is_word(last[-1]) and _is_word(token[0])) or (last[-1] == token[0] and token[0] in "+-")
    return " " if apart else ""


def _is_word(token: str) -> bool:
    return re.fullmatch(r"[\w$]+", token) is not None


def _short_names(tokens: list[_Token], uses: list[str]) -> dict[str, str]:
    """Return shorter names for variables and functions that the script declares.

    The same name becomes the same short one everywhere, so that nobody has to know in which scope it is.
    """
    words = Counter(token.text for token in tokens if token.kind == "word")
    counts = Counter(token.text for token, use in zip(tokens, uses, strict=True) if use != "property")
    declared = {
        name.text
        for word, name in pairwise(tokens)
        if word.text in ("const", "let", "function") and name.kind == "word"
    }
    declared |= {token.text for token, use in zip(tokens, uses, strict=True) if use == "both"}
    own = sorted((name for name in declared if len(name) > 2), key=lambda name: (-counts[name], name))
    short = (first + second for first, second in product(ascii_letters, ["", *ascii_letters]))
    free = (name for name in sorted(short, key=len) if name not in words and name not in _KEPT)
    return {**dict(zip(own, free, strict=False)), "const": "let"}


_KEPT = {"do", "if", "in", "of", "as"}
_BEFORE_BLOCKS = {")", ">", "else", "try", "finally", "catch", ";", "{", "}"}  # ">" of an arrow


def _uses(tokens: list[_Token]) -> Iterator[str]:
    """Say of each token whether it names a property, or in {name} a property and a variable: ``both``."""
    brackets = [""]
    texts = [";", ";", *(token.text for token in tokens), ";"]
    for at, token in enumerate(tokens):
        earlier, before, after = texts[at], texts[at + 1], texts[at + 3]
        if token.kind == "piece":
            if token.text[0] == "}":
                brackets.pop()
            if token.text.endswith("${"):
                brackets.append("${")
        elif token.text in ("(", "[", "{"):
            brackets.append("block" if token.text == "{" and before in _BEFORE_BLOCKS else token.text)
        elif token.text in (")", "]", "}"):
            brackets.pop()
        use = ""
        if token.kind == "word":
            in_object = brackets[-1] == "{" and before in ("{", ",")
            after_a_dot = before == "." and earlier != "."  # and not after the three of a spread
            if after_a_dot or (in_object and after in (":", "(")):
                use = "property"
            elif in_object and after in (",", "}", "="):
                use = "both"
        yield use


def style(text: str) -> str:
    """Return CSS without comments and idle white space."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s*([{};,])\s*|\s+", lambda found: found[1] or " ", text)
    return re.sub(r";}", "}", re.sub(r": +", ":", text)).strip()
