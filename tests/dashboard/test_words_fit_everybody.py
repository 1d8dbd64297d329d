"""An employee may be anybody: no sentence of the pages, the guide, the letters or the README says "she" or "he" of one."""

import re
from collections.abc import Iterator
from pathlib import Path

from app.dashboard.extraction import template

HOUSE = Path(__file__).parents[2]
PRONOUN = re.compile(r"\b(she|her|hers|herself|he|him|his|himself)\b", re.IGNORECASE)
CHINESE = re.compile("她|(?<!其)(?<!吉)他(?!们|人)")
OF_A_CERTAIN_FACE = {"Early forties, steady and dry: he has fitted a thousand kitchens."}
"""Sentences about one face of the catalogue, which is somebody's."""
ROOMS = ("app/dashboard", "app/guide", "app/installation", "app/demo", "app/outgoing", "app/studio", "billing", "tenants")


def sentences() -> Iterator[str]:
    """What the rooms that speak to the people of a shop say in English."""
    for message in template():
        places = {place for place, _line in message.locations}
        if message.id and any(place.startswith(ROOMS) for place in places):
            yield from [message.id] if isinstance(message.id, str) else message.id


def test_no_sentence_of_the_pages_says_she_or_he() -> None:
    found = [one for one in sentences() if PRONOUN.search(one) and one not in OF_A_CERTAIN_FACE]
    assert not found, found


def test_the_guide_and_the_readme_say_neither() -> None:
    pages = [HOUSE / "README.md", *(HOUSE / "app/guide/en").glob("*")]
    found = [f"{page.name}: {line}" for page in pages for line in page.read_text(encoding="utf-8").splitlines() if PRONOUN.search(line)]
    assert not found, "\n".join(found)


def test_chinese_says_neither() -> None:
    catalogue = HOUSE / "app/dashboard/locale/zh/LC_MESSAGES/dashboard.po"
    pages = [catalogue, *(HOUSE / "app/guide/zh").glob("*")]
    found = [f"{page.name}: {line}" for page in pages for line in page.read_text(encoding="utf-8").splitlines() if CHINESE.search(line)]
    assert not found, "\n".join(found)
