"""Whole rows of a block, told apart by the bytes alone; no answer where that leaves a doubt."""

from __future__ import annotations

import numpy as np

from nncli.tables.text_table import MAX_RECORD

QUOTE, RETURN = b'"\r'
_LF = ord("\n")
_BOM = b"\xef\xbb\xbf"  # pyarrow would drop it; behind the file's first bytes it is text


def whole_rows(data: bytes, delimiter: str, *, at_end: bool) -> int:
    """Return where the last whole row ends: 0 if there is none, or if that is in doubt."""
    end = len(data) if at_end else data.rfind(b"\n") + 1
    if QUOTE in data:
        end = _whole_quoted_rows(data, delimiter, at_end=at_end)
    if end > MAX_RECORD:
        return 0  # one row may be too long
    lone_returns = RETURN in data and data.count(b"\r", 0, end) != data.count(b"\r\n", 0, end)
    if lone_returns or data.find(b"\0", 0, end) >= 0 or data.startswith(_BOM) or not _is_text(data[:end]):
        return 0
    return end


def _is_text(data: bytes) -> bool:
    """Whether the bytes are UTF-8."""
    if data.isascii():
        return True
    try:
        str(data, "utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _whole_quoted_rows(data: bytes, delimiter: str, *, at_end: bool) -> int:
    """Return where the last row ends outside quotes; 0 where a quote is not where RFC 4180 has it.

    Quotes open and close in turns; a doubled one closes and opens again. That is the whole truth
    if each opening one stands at the beginning of a cell and each closing one at the end of one.
    """
    array = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(array == QUOTE)
    opening, closing = quotes[0::2], quotes[1::2]
    before = array[opening[opening > 0] - 1]
    after = array[closing[closing < len(array) - 1] + 1]
    separators = [ord(delimiter), _LF, QUOTE]
    if not np.isin(before, separators).all() or not np.isin(after, [*separators, RETURN]).all():
        return 0
    if at_end:
        return len(data) if len(quotes) % 2 == 0 else 0
    end = len(data)
    while (end := data.rfind(b"\n", 0, end)) >= 0:
        n_before = int(np.searchsorted(quotes, end))
        if n_before % 2 == 0:
            return end + 1
        end = int(quotes[n_before - 1])
    return 0
