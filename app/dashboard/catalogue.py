"""The catalogues of translations: read from locale/LANGUAGE/LC_MESSAGES/dashboard.po once, and compiled in memory.

A sentence of a room below arrives finished, its values already in it: "Only 3 codes are left." It is found by the shape of its
catalogue entry, "Only %(count)s codes are left.", and the values are carried over.
"""

import gettext
import io
import re
from functools import cache
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


def _sentence(language: str, sentence: str, letters: int) -> str | None:
    """One entry of the catalogue, by its words or by a shape with at least so many letters; None when it has no translation."""
    whole = catalogue(language).gettext(sentence) if sentence else ""
    if whole != sentence or not sentence:
        return whole
    title = catalogue(language).gettext(sentence.removesuffix(".")) if len(sentence) > 1 else sentence
    if title != sentence.removesuffix("."):
        return f"{title}。"  # a clause's title before its text
    for count, shape, translated in _shapes(language):
        found = shape.fullmatch(sentence) if count >= letters else None
        if found and not any(SENTENCE_END.search(value) for value in found.groupdict().values()):
            return translated % {name: _value(language, value) for name, value in found.groupdict().items()}
    return None


def _value(language: str, value: str) -> str:
    """A value inside a sentence: words of ours are translated, also in a list ("tax, tips and shipping"), anything else is kept."""
    items = LIST_GAP.split(value)
    said = [_sentence(language, item, FIXED_LETTERS_MIN) for item in items]
    if None not in said:
        return "、".join(one for one in said if one is not None)
    known = _sentence(language, value, FIXED_LETTERS_MIN)
    return value if known is None else known


@cache
def _shapes(language: str) -> list[tuple[int, re.Pattern[str], str]]:
    """Entries with values in them, each with the number of its own letters; the most telling first."""
    found = []
    for message in entries(language):
        said = message.string if isinstance(message.string, str) else (message.string or ("",))[0]
        for source in (message.id,) if isinstance(message.id, str) else message.id:
            fixed = PLACEHOLDER.sub("", source)
            letters = sum(character.isalpha() for character in fixed)
            if said and fixed != source and letters >= FIXED_LETTERS_MIN:
                found.append((letters, _shape_of(source), said))
    return sorted(found, key=lambda one: -one[0])


def _shape_of(message: str) -> re.Pattern[str]:
    parts, at, named = [], 0, set()
    for place in PLACEHOLDER.finditer(message):
        parts.append(re.escape(message[at : place.start()].replace("%%", "%")))
        name = place[1]
        parts.append(f"(?P={name})" if name in named else f"(?P<{name}>.*?)")
        named.add(name)
        at = place.end()
    return re.compile("".join([*parts, re.escape(message[at:].replace("%%", "%"))]), re.DOTALL)
