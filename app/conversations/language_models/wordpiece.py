"""Divide English text into the pieces the small reading model knows (WordPiece, the uncased vocabulary of BERT: Apache-2.0, see NOTICE).

The vocabulary lies beside this file, because the weights' package does not carry it. Its words stand in the order of how common they
are, so a piece's number also tells how telling it is.
"""

import gzip
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources

UNKNOWN, START, END = 100, 101, 102
WORD_LENGTH_MAX = 100
_IDEOGRAPHS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FA1F))


def pieces(text: str) -> list[tuple[str, int]]:
    """The pieces of a text, each with its number in the vocabulary; an unreadable word is one unknown piece."""
    return [piece for word in _words(text) for piece in _divided(word)]


def is_word(word: str) -> bool:
    """Say whether a small-letter word is one of the commonest of English, so that it stands in the vocabulary whole."""
    return word in _vocabulary()


@lru_cache(maxsize=20_000)
def _divided(word: str) -> tuple[tuple[str, int], ...]:
    known, found, start = _vocabulary(), list[tuple[str, int]](), 0
    if len(word) > WORD_LENGTH_MAX:
        return (("[UNK]", UNKNOWN),)
    while start < len(word):
        mark = "##" if start else ""
        end = next((end for end in range(len(word), start, -1) if mark + word[start:end] in known), 0)
        if not end:
            return (("[UNK]", UNKNOWN),)
        found.append((mark + word[start:end], known[mark + word[start:end]]))
        start = end
    return tuple(found)


def _words(text: str) -> Iterator[str]:
    plain = "".join(letter for letter in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(letter) != "Mn")
    word = ""
    for letter in plain:
        if letter.isspace() or _stands_alone(letter):
            if word:
                yield word
            word = ""
            if not letter.isspace():
                yield letter
        else:
            word += letter
    if word:
        yield word


def _stands_alone(letter: str) -> bool:
    code = ord(letter)
    is_sign = code < 128 and not letter.isalnum() and letter.isprintable()
    return is_sign or unicodedata.category(letter).startswith("P") or any(low <= code <= high for low, high in _IDEOGRAPHS)


@lru_cache(maxsize=1)
def _vocabulary() -> dict[str, int]:
    packed = resources.files(__package__).joinpath("wordpiece_vocabulary.txt.gz").read_bytes()
    return {piece: number for number, piece in enumerate(gzip.decompress(packed).decode("utf-8").split("\n"))}
