"""Between two alphabets: the recogniser hears American sounds (ARPAbet), the face moves by the house's phonetic symbols.

The house's dictionary also says what the recogniser's does not know: where a word is stressed, and how a name sounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar_pipeline.engines.english_sounds import english_sounds
from avatar_pipeline.engines.phoneme_times import timed_phonemes
from avatar_pipeline.engines.speech import SILENCE
from avatar_pipeline.text.reading import Reading

VOWELS: Final[dict[str, str]] = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "W", "AY": "I", "EH": "ɛ", "ER": "ɜ", "EY": "A", "IH": "ɪ", "IY": "i", "OW": "O",
    "OY": "Y", "UH": "ʊ", "UW": "u",
}  # fmt: skip
SYMBOLS: Final[dict[str, str]] = VOWELS | {
    "B": "b", "CH": "ʧ", "D": "d", "DH": "ð", "F": "f", "G": "ɡ", "HH": "h", "JH": "ʤ", "K": "k", "L": "l", "M": "m", "N": "n", "NG": "ŋ",
    "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ", "T": "t", "TH": "θ", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ",
}  # fmt: skip
_NEAREST: Final = {"ə": "AH", "ᵊ": "AH", "ɐ": "AH", "ɚ": "ER", "ᵻ": "IH", "ɒ": "AA", "a": "AA", "o": "OW", "e": "EY", "T": "T", "ɾ": "T"}
_PHONES: Final = {symbol: phone for phone, symbol in SYMBOLS.items()} | _NEAREST


@dataclass(frozen=True)
class Spelled:
    """A word, its sounds in ARPAbet (none: nobody knows), and the stress of each of its vowels (0 none, 1 secondary, 2 primary)."""

    word: str
    phones: tuple[str, ...]
    stresses: tuple[int, ...]


def spell(words: Sequence[str]) -> list[Spelled]:
    """How the house's dictionary says the words in this sequence: "read" depends on its neighbours."""
    tokens = english_sounds().tokens([Reading(word, word) for word in words])
    spelled = []
    for index, word in enumerate(words):
        own = [token.symbol for token in tokens if token.reading == index]
        sounds = [one for one in timed_phonemes(own, np.zeros(len(own) + 1)) if one.symbol != SILENCE]
        known = [(_PHONES[one.symbol], one.stress) for one in sounds if one.symbol in _PHONES]
        spelled.append(Spelled(word, tuple(phone for phone, _ in known), tuple(stress for phone, stress in known if phone in VOWELS)))
    return spelled
