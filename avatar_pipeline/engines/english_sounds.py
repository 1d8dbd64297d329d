"""English words as phonetic symbols, by the dictionary that comes with the voice in the box and our own corrections to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import Final

from avatar_pipeline.engines.english_words import sounds_of
from avatar_pipeline.engines.phoneme_times import Token, trimmed
from avatar_pipeline.text.reading import Reading

SCRIPTS: Final = frozenset({"LATIN"})


@lru_cache(maxsize=1)
def symbol_numbers() -> dict[str, int]:
    """The alphabet of the house's voices: each symbol's number in their models. Kokoro taught the voice in the box, so both share it."""
    numbers: dict[str, int] = json.loads(resources.files("hibari").joinpath("assets/vocab.json").read_text("utf-8"))
    return numbers


class EnglishSounds:
    """The dictionary, loaded once (about half a second) and shared by all threads."""

    def __init__(self) -> None:
        from hibari.g2p import G2P

        self._pronounce = G2P()
        self._known = symbol_numbers()
        self._lock = threading.Lock()  # the dictionary fills caches as it reads

    def tokens(self, readings: Sequence[Reading]) -> list[Token]:
        """Turn words into symbols. The dictionary reads the whole sentence, since `read` depends on its neighbours."""
        said = [(index, words) for index, reading in enumerate(readings) if (words := _expand(reading.said))]
        owner = [index for index, words in said for _ in range(len(words) + 1)]
        with self._lock:
            cut = self._pronounce.tokenize(" ".join(words for _, words in said))
            for token in cut:
                token.phonemes = sounds_of(token.text)
            spoken = self._pronounce.phonemize_tokens(cut)
        tokens: list[Token] = []
        offset = 0
        for token in spoken:
            reading = owner[min(offset, len(owner) - 1)]
            tokens += [Token(symbol, reading) for symbol in token.phonemes or "" if symbol in self._known]
            offset += len(token.text) + len(token.whitespace)
            if token.whitespace:
                tokens.append(Token(" ", -1))
        return trimmed(tokens)


@lru_cache(maxsize=4096)
def _expand(said: str) -> str:
    """Let the package's own dictionary of abbreviations have its say on what our rules left as it was.

    Square brackets become round ones: the package reads `[word](/sounds/)` as an order how to say a word, and an answer
    must not be able to give orders.
    """
    from hibari.g2p.normalize import normalize

    return str(normalize(said)).replace("[", "(").replace("]", ")")


_LOADING: Final = threading.Lock()


def english_sounds() -> EnglishSounds:
    """The one dictionary of this process."""
    with _LOADING:
        return _load()


@lru_cache(maxsize=1)
def _load() -> EnglishSounds:
    return EnglishSounds()
