"""From the symbols a voice model was given, and how long it held each, to phonemes and words with times.

The models of the house were trained on one alphabet: letters of the International Phonetic Alphabet with marks for stress,
length, aspiration and tone beside them. A mark is no sound of its own; its time belongs to the sound it marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.speech import SILENCE, TimedPhoneme, TimedWord
from avatar_pipeline.text.reading import Reading

PAUSE_SYMBOLS: Final = frozenset(' ;:,.!?—…"()“”')
SYMBOLS_PER_RUN: Final = 400  # longer readings are made of several runs: models were trained on at most some 500
_STRESS: Final = {"ˈ": 2, "ˌ": 1}
_MARKS: Final = frozenset("ːʲᵝ↓→↗↘\u0303")  # length, palatal and compressed lips, tones, nasality: said with the sound before
_ASPIRATION: Final = "ʰ"  # a sound of its own to the lips: they are open again
_VOWELS: Final = frozenset("AIOQWYaiuæɑɒɔəɚɛɜɪʊʌᵻɐᵊɤɨɯyeo")


@dataclass(frozen=True)
class Token:
    """One symbol the model is given, and which reading it belongs to (-1: a pause between words)."""

    symbol: str
    reading: int


EDGE: Final = Token(SILENCE, -1)


def trimmed(tokens: list[Token]) -> list[Token]:
    """Drop the gaps between words that nothing follows."""
    while tokens and tokens[-1].symbol == " ":
        tokens.pop()
    return tokens


def runs_of(tokens: list[Token], longest: int = SYMBOLS_PER_RUN) -> list[list[Token]]:
    """Cut a very long reading at word gaps, so that no run of the model is longer than it was trained for."""
    runs: list[list[Token]] = []
    rest = tokens
    while len(rest) > longest:
        gaps = [place for place in range(1, longest) if rest[place].symbol == " "]
        cut = gaps[-1] if gaps else longest
        runs.append(rest[:cut])
        rest = rest[cut:]
    return [*runs, rest]


def timed_phonemes(symbols: Sequence[str], bounds: NDArray[np.float64]) -> tuple[TimedPhoneme, ...]:
    """Join symbols to phonemes without gaps; `bounds` has one more entry than `symbols`, in seconds.

    A stress mark's time belongs to the vowel after it, any other mark's to the sound before it. A gap between words is no
    pause in fluent speech: its time is shared by its neighbours; beside punctuation it is part of the pause.
    """
    sounds: list[TimedPhoneme] = []
    begin, stress = 0.0, 0
    for index, symbol in enumerate(symbols):
        end = float(bounds[index + 1])
        last = sounds[-1] if sounds else None
        if symbol in _STRESS:
            stress = _STRESS[symbol]
            continue
        pause = symbol in PAUSE_SYMBOLS or symbol == SILENCE
        if last and (symbol in _MARKS or (pause and last.symbol == SILENCE)):
            sounds[-1] = replace(last, end_s=end)
        elif last and symbol == " " and symbols[index + 1 : index + 2] not in ([SILENCE], []):
            begin = (begin + end) / 2
            sounds[-1] = replace(last, end_s=begin)
            continue
        else:
            sounds.append(TimedPhoneme(SILENCE if pause else _sound(symbol), begin, end, stress if symbol in _VOWELS else 0))
            stress = 0 if symbol in _VOWELS else stress
        begin = end
    return tuple(sounds)


def _sound(symbol: str) -> str:
    return "h" if symbol == _ASPIRATION else symbol


def timed_words(readings: Sequence[Reading], tokens: Sequence[Token], bounds: NDArray[np.float64]) -> tuple[TimedWord, ...]:
    """When each written word is heard. A word nothing is said for (an emoji) stands where the word before it ends."""
    words: list[TimedWord] = []
    last_s = 0.0
    for index, reading in enumerate(readings):
        own = [place for place, token in enumerate(tokens) if token.reading == index and token.symbol not in PAUSE_SYMBOLS]
        start_s, end_s = (float(bounds[own[0]]), float(bounds[own[-1] + 1])) if own else (last_s, last_s)
        words.append(TimedWord(reading.written, start_s, end_s))
        last_s = end_s
    return tuple(words)
