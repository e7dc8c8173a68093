"""What the names of tensors tell about the order of layers: numbers, and words like input and output."""

from __future__ import annotations

import re
from itertools import zip_longest

Piece = str | int

_WORDS = {
    word: stage
    for stage, words in enumerate((
        "input inputs inp in encoder enc encode first bottom bot stem body trunk backbone base extractor "
        "feature features",
        "hidden hid mid middle latent bottleneck",
        "output outputs out decoder dec decode last final top head tail classifier regressor predictor "
        "prediction predictions readout logits",
    ))
    for word in words.split()
}  # fmt: skip
"""Where in a network a word is: 0 at its input, 1 in between, 2 at its output."""
_LETTERS = {"i": 0, "x": 0, "h": 1, "o": 2, "y": 2}
"""The same for the letters of short names: `wih`, `Why`, `b_o`."""
_SHORT = re.compile(rf"([wb]?)([{''.join(_LETTERS)}]{{1,2}}|{'|'.join(_WORDS)})")
_WEIGHTS = {"w", "weight", "weights", "kernel", "matrix", "coef", "coefs", "theta"}
_BIASES = {"b", "bias", "biases", "intercept", "intercepts"}


def pieces(name: str) -> tuple[Piece, ...]:
    """Return a name's numbers and what stands between them: ``fc_1.out`` is ``fc, 1, out``."""
    spaced = re.sub("([a-z])([A-Z])", r"\1_\2", name)
    parts = (part.strip("_- ") for part in re.findall("[0-9]+|[^0-9./:]+", spaced))
    # int() refuses very long texts.
    return tuple(int(part[-1000:]) if part.isdecimal() else part.lower() for part in parts if part)


def comes_before(one: tuple[Piece, ...], other: tuple[Piece, ...]) -> bool:
    """Tell whether one name's layer comes before the other's; of most names neither does.

    The first piece that differs decides: numbers by their size, words by where in a network they are.
    """
    for a, b in zip_longest(one, other, fillvalue=-1):  # `dense` comes before `dense_1`
        if a != b:
            if isinstance(a, int) and isinstance(b, int):
                return a < b
            return _rank(a) < _rank(b)
    return False


def of_layer(name: str) -> tuple[Piece, ...]:
    """Return what a name says beside "weights" and "biases": the same for the two tensors of a layer."""
    found: list[Piece] = []
    for piece in pieces(name):
        for word in [piece] if isinstance(piece, int) else re.findall(r"[a-z]+|[^a-z\W_]+", piece):
            if isinstance(word, int):
                found.append(word)
            elif word not in _WEIGHTS | _BIASES:
                short = _SHORT.fullmatch(word)
                found.append(short[2] if short else word)
    return tuple(found)


def numbers(name: str) -> tuple[int, ...]:
    """Return the numbers in a name."""
    return tuple(piece for piece in pieces(name) if isinstance(piece, int))


def target(name: str) -> int | None:
    """Return what a tensor's layer computes: 1, the hidden units, of `wih` and `bh`; 2 of `who` and `bo`."""
    return max((stage for piece in pieces(name) for stage in _stages(piece)), default=None)


def is_bias(name: str) -> bool:
    """Tell whether a name says that its tensor holds biases."""
    words = [word for piece in pieces(name) for word in re.findall("[a-z]+", str(piece))]
    return any(word in _BIASES or ((short := _SHORT.fullmatch(word)) and short[1] == "b") for word in words)


def _rank(piece: Piece) -> float:
    """Return where in a network a piece of a name is; numbers and most words are in between."""
    stages = _stages(piece)
    return sum(stages) / len(stages) if stages else 1


def _stages(piece: Piece) -> list[int]:
    words = re.findall("[a-z]+", str(piece))
    if len(words) == 1 and len(words[0]) == 1:
        return []  # one letter alone is a name like any other
    stages: list[int] = []
    for word in words:
        if short := _SHORT.fullmatch(word):
            letters = short[2]
            stages += [_WORDS[letters]] if letters in _WORDS else [_LETTERS[letter] for letter in letters]
        else:
            stages += [_WORDS[part] for part in re.findall("input|hidden|output|encoder|decoder", word)]
    return stages
