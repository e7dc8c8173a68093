"""The page's scripts and style without what only their authors read: comments and idle white space.

A page is sent by mail and kept in archives, a third of it would be that. Names are left alone, so that
the page's own console still speaks in them.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)"
    r"|(?P<space>\s+)"
    r"""|(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
    r"|(?P<template>`)"
    r"|(?P<word>[\w$]+)"
    r"|(?P<regex>/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n\[])+/[a-z]*)"
    r"|(?P<sign>.)",
    re.DOTALL,
)
_GOES_ON_AFTER = frozenset("{([,;=>*&|?:!<")  # no statement ends here, or a sign says that it does
_GOES_ON_BEFORE = frozenset("})].,;?:=&|*<>")


def script(text: str) -> str:
    """Return JavaScript without comments and idle white space; texts and templates stay as they are."""
    out: list[str] = []
    last, gap, at = ";", "", 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        assert found is not None  # any character is a sign at least
        kind, token = found.lastgroup, found[0]
        if kind == "regex" and (last[-1] in ")]}" or (_is_word(last) and last != "return")):
            kind, token = "sign", "/"  # a division
        elif kind == "template":
            token = text[at : _template_end(text, at + 1)]
        at += len(token)
        if kind in ("comment", "space"):
            gap += token
            continue
        out += [_between(last, gap, token), token]
        last, gap = token, ""
    return "".join(out)


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


def _template_end(text: str, at: int) -> int:
    """Return where the template that begins before ``at`` ends; there may be others in its ${}."""
    while text[at] != "`":
        if text.startswith("${", at):
            at = _code_end(text, at + 2)
        else:
            at += 2 if text[at] == "\\" else 1
    return at + 1


def _code_end(text: str, at: int) -> int:
    """Return where the code of a ${} ends."""
    depth = 1
    while depth:
        found = _TOKEN.match(text, at)
        assert found is not None
        at = _template_end(text, found.end()) if found[0] == "`" else found.end()
        depth += {"{": 1, "}": -1}.get(found[0], 0)
    return at


def style(text: str) -> str:
    """Return CSS without comments and idle white space."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s*([{};,])\s*|\s+", lambda found: found[1] or " ", text)
    return re.sub(r";}", "}", re.sub(r": +", ":", text)).strip()
