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
SENTENCE_LENGTH_MAX: Final = 2000
"""A longer text is nobody's sentence, but a document; it is not looked up."""


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


def said_of(language: str, sentence: str) -> str:
    """Translate a finished sentence; unknown ones come back as they are."""
    if not path_of(language).is_file() or not sentence or len(sentence) > SENTENCE_LENGTH_MAX:
        return sentence
    whole = catalogue(language).gettext(sentence)
    if whole != sentence:
        return whole
    for shape, translated in _shapes(language):
        found = shape.fullmatch(sentence)
        if found:
            return translated % found.groupdict()
    return sentence


@cache
def _shapes(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Entries with values in them, the most telling first: the one with the most fixed letters."""
    found = []
    for message in entries(language):
        if (
            message.id
            and isinstance(message.id, str)
            and isinstance(message.string, str)
            and message.string
            and PLACEHOLDER.search(message.id)
        ):
            fixed = PLACEHOLDER.sub("", message.id)
            if sum(character.isalpha() for character in fixed) >= 4:
                found.append((len(fixed), _shape_of(message.id), message.string))
    return [(shape, text) for _, shape, text in sorted(found, key=lambda one: -one[0])]


def _shape_of(message: str) -> re.Pattern[str]:
    parts, at, named = [], 0, set()
    for place in PLACEHOLDER.finditer(message):
        parts.append(re.escape(message[at : place.start()].replace("%%", "%")))
        name = place[1]
        parts.append(f"(?P={name})" if name in named else f"(?P<{name}>.+?)")
        named.add(name)
        at = place.end()
    return re.compile("".join([*parts, re.escape(message[at:].replace("%%", "%"))]), re.DOTALL)
