"""The catalogues of translations: read from locale/LANGUAGE/LC_MESSAGES/dashboard.po once, and compiled in memory.

A sentence of a room below arrives finished, its values already in it: "Only 3 codes are left." It is found by the shape of its
catalogue entry, "Only %(count)s codes are left.", and the values are carried over.
"""

import gettext
import io
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER: Final = Path(__file__).parent / "locale"
PLACEHOLDER: Final = re.compile(r"%\((\w+)\)[sd]")
SENTENCE_END: Final = re.compile(r"(?<=[.?!:]) (?=[A-Z(])")
LIST_GAP: Final = re.compile(r", | and ")
TELLING_LETTERS: Final = 12
DOUBTFUL_LETTERS: Final = 8
FIXED_LETTERS_MIN: Final = 3
"""A shape with few letters of its own fits many texts: it is tried last, and with very few only inside another sentence."""
SENTENCES_KEPT: Final = 4096
"""How many sentences are remembered with their translations; the same reasons stand on many lines."""
TEXT_LENGTH_MAX: Final = 4000
"""A longer text is a document and no sentence of ours; it is not looked up."""


def path_of(language: str) -> Path:
    """Where a language's catalogue lies."""
    return FOLDER / language / "LC_MESSAGES" / "dashboard.po"


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """A language's translations; the source language has none."""
    if not path_of(language).is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, entries(language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def entries(language: str) -> Catalog:
    """A language's catalogue as it is written, with comments and places."""
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def said_of(language: str, text: str) -> str:
    """Translate a text the rooms made: whole, or sentence by sentence; a sentence nobody knows stays as it is."""
    if not path_of(language).is_file() or not text or len(text) > TEXT_LENGTH_MAX:
        return text
    parts, said, at = SENTENCE_END.split(text), "", 0
    while at < len(parts):
        texts = [(end, " ".join(parts[at:end])) for end in range(at + 1, len(parts) + 1)]
        spans = ((end, _sentence(language, span, letters)) for letters in (TELLING_LETTERS, DOUBTFUL_LETTERS) for end, span in texts)
        end, found = next(((end, found) for end, found in spans if found is not None), (at + 1, None))
        said += found if found is not None else f"{' ' if said else ''}{parts[at]}"
        at = end
    return said


@lru_cache(maxsize=SENTENCES_KEPT)
def _sentence(language: str, sentence: str, letters: int) -> str | None:
    """One entry of the catalogue, by its words or by a shape with at least so many letters; None when it has no translation."""
    whole = catalogue(language).gettext(sentence) if sentence else ""
    if whole != sentence or not sentence:
        return whole
    title = catalogue(language).gettext(sentence.removesuffix(".")) if len(sentence) > 1 else sentence
    if title != sentence.removesuffix("."):
        return f"{title}。"  # a clause's title before its text
    for shape in _shapes(language):
        found = shape.values_in(sentence) if shape.letters >= letters else None
        if found is not None:
            return shape.said % {name: _value(language, value) for name, value in found.items()}
    return None


def _value(language: str, value: str) -> str:
    """A value inside a sentence: words of ours are translated, also in a list ("tax, tips and shipping"), anything else is kept."""
    items = LIST_GAP.split(value)
    said = [_sentence(language, item, FIXED_LETTERS_MIN) for item in items]
    if None not in said:
        return "、".join(one for one in said if one is not None)
    known = _sentence(language, value, FIXED_LETTERS_MIN)
    return value if known is None else known


@dataclass(frozen=True)
class Shape:
    """An entry with values in it: how many letters are its own, what it begins and ends with, and its translation."""

    letters: int
    head: str
    tail: str
    pattern: re.Pattern[str]
    said: str

    def values_in(self, sentence: str) -> dict[str, str] | None:
        """The values, if the sentence has this shape; none of them reaches over the end of a sentence."""
        if not (sentence.startswith(self.head) and sentence.endswith(self.tail)):
            return None
        found = self.pattern.fullmatch(sentence)
        values = found.groupdict() if found else None
        return None if values is None or any(SENTENCE_END.search(value) for value in values.values()) else values


@cache
def _shapes(language: str) -> list[Shape]:
    """Entries with values in them, the most telling first."""
    found = []
    for message in entries(language):
        said = message.string if isinstance(message.string, str) else (message.string or ("",))[0]
        for source in (message.id,) if isinstance(message.id, str) else message.id:
            letters = sum(character.isalpha() for character in PLACEHOLDER.sub("", source))
            if said and PLACEHOLDER.search(source) and letters >= FIXED_LETTERS_MIN:
                found.append(_shape_of(source, letters, said))
    return sorted(found, key=lambda one: -one.letters)


def _shape_of(message: str, letters: int, said: str) -> Shape:
    fixed = [part.replace("%%", "%") for part in PLACEHOLDER.split(message)]  # text, name, text, name, ... text
    parts: list[str] = []
    for at, part in enumerate(fixed):
        is_again = at % 2 and part in fixed[1:at:2]
        parts.append(re.escape(part) if at % 2 == 0 else f"(?P={part})" if is_again else f"(?P<{part}>.*?)")
    return Shape(letters, fixed[0], fixed[-1], re.compile("".join(parts), re.DOTALL), said)
