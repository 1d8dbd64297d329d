"""How Kokoro's voices read: English by the house's dictionary, Chinese word by word with English left in between, Japanese in kana."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from avatar_pipeline.engines.chinese_sounds import cut_words, sounds_of_word
from avatar_pipeline.engines.english_sounds import SCRIPTS, english_sounds
from avatar_pipeline.engines.japanese_sounds import read_japanese, sounds_of_kana
from avatar_pipeline.engines.phoneme_times import PAUSE_SYMBOLS, Token, trimmed
from avatar_pipeline.text.chinese import say_chinese
from avatar_pipeline.text.reading import Reading, read_sentence, read_words
from avatar_pipeline.text.rule import Rule

_STRETCH: Final = re.compile(r"(?P<han>[\u3400-\u9fff]+)|(?P<latin>[A-Za-z][A-Za-z0-9'’.\- ]*)|(?P<sign>[^\s])")
_SIGNS: Final = {
    "，": ",", "、": ",", "。": ".", "．": ".", "！": "!", "？": "?", "：": ":", "；": ";", "（": "(", "）": ")", "《": "“", "》": "”",
    "「": "“", "」": "”", "『": "“", "』": "”", "【": "“", "】": "”", "～": "—", "·": " ", "\"": "“",
}  # fmt: skip
_OPENING: Final = frozenset("(“")


class Reader:
    """How one language is read. `language` is "en", "zh" or "ja"; raises KeyError for another."""

    def __init__(self, language: str) -> None:
        self.scripts = SCRIPTS | {"en": frozenset(), "zh": {"CJK"}, "ja": {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}}[language]
        self._language = language

    def read(self, sentence: str, own: Sequence[Rule] = ()) -> tuple[Reading, ...]:
        """Cut a sentence into words and say how each is read."""
        if self._language == "zh":
            return read_words(sentence, cut_words, lambda text: say_chinese(text, own))
        return read_japanese(sentence, own) if self._language == "ja" else read_sentence(sentence, own)

    def tokens(self, readings: Sequence[Reading]) -> list[Token]:
        """Turn words into the model's symbols."""
        if self._language == "en":
            return english_sounds().tokens(readings)
        tokens: list[Token] = []
        for index, reading in enumerate(readings):
            if self._language == "ja":
                _append(tokens, [sounds_of_kana(reading.said)], index)
                continue
            for stretch in _STRETCH.finditer(reading.said):
                _append(tokens, _symbols(stretch), index)
        return trimmed(tokens)


def _symbols(stretch: re.Match[str]) -> list[str]:
    """The words of one stretch, each as its symbols; signs stand alone."""
    if stretch["han"]:
        return [sounds_of_word(word) for word in cut_words(stretch["han"])]
    if stretch["latin"]:
        spoken = english_sounds().tokens([Reading(stretch[0], stretch[0])])
        return "".join(token.symbol for token in spoken).split(" ")
    return [_SIGNS.get(stretch["sign"], stretch["sign"])]


def _append(tokens: list[Token], words: list[str], reading: int) -> None:
    """Add words after those that are there: a gap between two words, none before a comma or after an opening bracket."""
    for word in words:
        is_sign = word in PAUSE_SYMBOLS and word not in _OPENING
        if tokens and not is_sign and tokens[-1].symbol not in _OPENING | {" "}:
            tokens.append(Token(" ", -1))
        tokens += [Token(symbol, reading) for symbol in word]
