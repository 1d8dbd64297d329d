"""Which language a sentence is in, as far as a voice must know: by its writing, not by its words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_KANA: Final = re.compile(r"[\u3040-\u30ff]")
_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_WITHOUT_SPACES: Final = re.compile(r"[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff00-\uff60]")
_LATIN: Final = re.compile(r"[A-Za-zÀ-ɏ]")
_LATIN_LETTERS_PER_CHARACTER: Final = 3  # a Chinese character says about as much as three Latin letters


def language_of(text: str) -> str:
    """ "ja" when there is any kana, "zh" when Chinese characters say most of it, else "en"."""
    if _KANA.search(text):
        return "ja"
    return "zh" if len(_HAN.findall(text)) * _LATIN_LETTERS_PER_CHARACTER > len(_LATIN.findall(text)) else "en"


def spoken_length(text: str) -> int:
    """How long a text takes to say, in Latin letters."""
    return len(text) + (_LATIN_LETTERS_PER_CHARACTER - 1) * (len(_HAN.findall(text)) + len(_KANA.findall(text)))


def joined(words: Iterable[str]) -> str:
    """Words as they are written one after another: with a space between them, except where Chinese or Japanese meets anything."""
    text = ""
    for word in words:
        is_close = bool(text) and bool(_WITHOUT_SPACES.match(text[-1]) or _WITHOUT_SPACES.match(word[:1]))
        text += word if is_close or not text else f" {word}"
    return text


def columns_of(text: str) -> int:
    """How wide a text is written, in Latin letters: a Chinese or Japanese character is as wide as two."""
    return len(text) + len(_WITHOUT_SPACES.findall(text))
