"""What a shelf is called in the shopper's language: a price list says "Cold drinks" where a Chinese shopper looks for 冷饮.

shelf_names.csv holds the names that shelves of shops usually have, the same thing in one row. A name it does not hold is left as the
list has it: a wrong translation sends people to the wrong shelf.
"""

import csv
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources

from app.conversations.skills.frames import LANGUAGES, phrase

_END_SIGNS = " ?!.？！。"


def shelf_name(category: str, language: str) -> str:
    """A shelf's name for a shopper of this language; unchanged where the table does not hold it, or it is in that language already."""
    row = _rows().get(category.strip().casefold())
    if row is None or language not in row or category.strip().casefold() in row[language]:
        return category
    return row[language][0]


def as_listed(text: str, categories: Iterable[str], language: str) -> str:
    """The question with the list's own name of a shelf, when a translated one was pressed or is all that was said; else unchanged."""
    asked = text.strip(_END_SIGNS).casefold()
    for category in categories:
        name = shelf_name(category, language)
        pressed = phrase("reply_kind", language, kind=name).strip(_END_SIGNS).casefold()
        if name != category and asked in {pressed, name.casefold()}:
            return phrase("reply_kind", language, kind=category)
    return text


@lru_cache(maxsize=1)
def _rows() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Every name, case-folded, to the names of its row by language, the usual one first."""
    found: dict[str, Mapping[str, tuple[str, ...]]] = {}
    with resources.files(__package__).joinpath("shelf_names.csv").open(encoding="utf-8") as lines:
        for line in csv.DictReader(lines):
            row = {language: tuple(line[language].split("/")) for language in LANGUAGES}
            for name in (name for names in row.values() for name in names):
                found.setdefault(name.casefold(), row)
    return found
