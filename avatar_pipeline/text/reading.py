"""How a written sentence is read aloud, word by word: `$4.50` is read "four dollars and fifty cents".

Each reading keeps the words as written beside the words as said, so captions show what the shop wrote while the voice
says what a person would. The rules stand in `sayings.py`; this file walks over the sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from avatar_pipeline.text.rule import Rule
from avatar_pipeline.text.sayings import RULES, first_matches

Say: TypeAlias = Callable[[str], Iterator[tuple[int, int, str]]]
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"\S+")
_MARKUP = re.compile(r"[*`~#|^\\]")
_CLOSING = frozenset({"Po", "Pe", "Pf", "Pd"})
_SAYABLE = re.compile(r"[^\W_]")  # at least one letter or digit of any language


@dataclass(frozen=True)
class Reading:
    """One written word (or group that is read together, such as "March 3rd") and the words said for it."""

    written: str
    said: str


def read_sentence(sentence: str, own: Sequence[Rule] = ()) -> tuple[Reading, ...]:
    """Cut a sentence into readings. Joined by spaces, the written parts give the sentence back, white space aside.

    `own` are rules that come before the house's (own_sayings.py).
    """
    rules = (*own, *RULES)
    return _read(_SPACE.sub(" ", sentence).strip(), _spaced_words, lambda text: first_matches(rules, text))


def read_words(sentence: str, cut: Callable[[str], list[str]], say: Say) -> tuple[Reading, ...]:
    """The same for a language that puts no space between words: `cut` gives the words, which joined are the text again.

    A comma or a closing bracket is no word of its own: it stays with the word before it.
    """

    def spans(text: str) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        position = 0
        for word in cut(text):
            start, position = position, position + len(word)
            if found and found[-1][1] == start and all(unicodedata.category(sign) in _CLOSING for sign in word):
                found[-1] = (found[-1][0], position)
            elif not word.isspace():
                found.append((start, position))
        return found

    return _read(_SPACE.sub(" ", sentence).strip(), spans, say)


def _read(text: str, spans: Callable[[str], list[tuple[int, int]]], say: Say) -> tuple[Reading, ...]:
    said = list(say(text))
    groups = _join(spans(text), [(start, end) for start, end, _ in said])
    return tuple(Reading(text[start:end], _plain(_replace(text, start, end, said))) for start, end in groups)


def _spaced_words(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _WORD.finditer(text)]


def _join(words: list[tuple[int, int]], matches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Put together the words that one rule reads as a whole; a price keeps the comma that follows it."""
    groups: list[tuple[int, int]] = []
    for start, end in words:
        if groups and any(low < groups[-1][1] and high > start for low, high in matches):
            groups[-1] = (groups[-1][0], end)
        else:
            groups.append((start, end))
    return groups


def _replace(text: str, start: int, end: int, said: list[tuple[int, int, str]]) -> str:
    pieces, position = [], start
    for low, high, words in said:
        if start <= low and high <= end:
            pieces += [text[position:low], words]
            position = high
    words = re.sub(r"\.\.(?!\.)", ".", "".join([*pieces, text[position:end]]))  # "P.M." closes a sentence by itself
    return words if end < len(text) or words[-1:] in ".!?" or text[-1] not in ".!?" else words + text[-1]  # "... at 7 a.m."


def is_sayable(text: str) -> bool:
    """Tell whether there is anything in the text for a voice to say: a letter or a digit."""
    return _SAYABLE.search(text) is not None


def clean_text(text: str) -> str:
    """Bring text from the outside into one form: NFC, no control or formatting characters, line ends kept."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(_clean_character(character) for character in composed)


def _clean_character(character: str) -> str:
    if character in "\n\t \u200d":  # the joiner inside emoji families stays
        return character
    category = unicodedata.category(character)
    if character == "\r" or category in ("Zl", "Zp"):
        return "\n"
    return " " if category == "Cc" else "" if category in ("Cf", "Cs", "Co", "Cn") else character


def _plain(words: str) -> str:
    """Drop what no voice reads (emoji, arrows, Markdown signs) but keep punctuation, which shapes the melody."""
    kept = "".join(_figure(character) for character in words if unicodedata.category(character) not in ("So", "Sk", "Mn", "Me"))
    return _MARKUP.sub("", kept).replace("_", " ").strip()


def _figure(character: str) -> str:
    """Turn figures of any writing (circled, raised, Arabic) into 0 to 9, which is all that dictionaries of words expect."""
    if character.isascii() or not unicodedata.category(character).startswith("N"):
        return character
    digit = unicodedata.digit(character, None)
    return unicodedata.normalize("NFKC", character).replace("⁄", "/") if digit is None else str(digit)
