"""What a row says of a product besides price, stock and allergens: its weight, size, colour, and whether such a fact is asked at all.

"How heavy is the down jacket?" is answered by "350 g" and by nothing else in the row: told the price, a shopper has been told nothing. So
each kind of fact is known by how it is asked and by how rows write it (facts_asked.json, in four languages), and counts ("how many
pockets") by the thing that is counted. A row that does not hold the kind that is asked does not answer, whatever else it says.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

from app.conversations.knowledge.pieces import ProductFact
from app.conversations.knowledge.words import CONCEPT_MARK, STOP_WORDS, concepts, stem, terms, words
from app.conversations.skills.phrases import has

COUNT: Final = "count"
_NUMBER: Final = (
    r"(?:\d[\d.,]*|\b(?:half a|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty|fifty|sixty|eighty"
    r"|a hundred|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|vingt)\b|[一二两三四五六七八九十百]+)"
)
_CLAUSES: Final = re.compile(r"[;；。、，|]|[.,](?!\d)|\b(?:mais|but)\b")
_NUMBERED: Final = re.compile(_NUMBER, re.IGNORECASE)
_COUNTED: Final = re.compile(
    r"\bhow many (?P<en>(?:[\w-]+ ){0,3}?[\w-]+?) (?:(?:does|do|has|have) (?:the|your|a|an|one|this|that|it|each)\b(?! you)"
    r"|(?:are|is|come|comes) (?:there )?(?:in|on|with|inside)\b)"
    r"|\bcombien de (?P<fr>[\w-]+) (?:(?:a|ont|comporte|contient|compte)\b|(?:y )?a-t-(?:il|elle|on)\b|(?:il y a )?(?:dans|sur)\b)"
    r"|有(?:几|多少)(?:个|条|层|片|只|根|块|支|粒)?(?P<zh>[\u3400-\u9fff]{1,4}?)(?=[呢吗的？?]|$)"
    r"|(?P<ja>[\u30a0-\u30ff\u3400-\u9fff々]{1,8})(?:は|が)?(?:いくつ|何(?:個|枚|本|つ|層))",
    re.IGNORECASE,
)
_LEFT_OVER: Final = re.compile(
    r"\b(?:weigh|hold|have|has|made (?:of|from|out of|in)|come (?:in|from)|a-t-(?:il|elle)|y)\b|的$|は$|って", re.IGNORECASE
)
_BULK: Final = re.compile(r"big|large|多大|大き", re.IGNORECASE)
_PACK: Final = re.compile(
    r"\b(?:box|pack|set|tray|bag|half dozen|dozen|boîte|paquet|lot) (?:of|de)\b|\d ?(?:pieces|pack|tablets|pcs)\b|[盒包袋]装|入り?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class FactAsked:
    """A kind of fact that is asked. `rest` is the question without the words that ask for it, so what it is asked of;
    `thing` is counted. `is_of_bulk`: of "how big" the litres that a thing holds are an answer, too, and not of "how tall".
    """

    kind: str
    rest: str
    thing: str = ""
    is_of_bulk: bool = False


def fact_asked(text: str) -> FactAsked | None:
    """The kind of fact a question asks of a product; None where it asks none of them, or something else by the same words."""
    for kind, known in _kinds().items():
        found = known.asked.search(text)
        if found and not known.not_asked.search(text):
            rest = _LEFT_OVER.sub(" ", known.asked.sub(" ", text)).strip()
            return FactAsked(kind, rest, is_of_bulk=kind == "dimensions" and bool(_BULK.search(found.group())))
    counted = _COUNTED.search(text)
    if counted is None or has("purchase", text):
        return None
    return FactAsked(COUNT, f"{text[: counted.start()]} {text[counted.end() :]}".strip(), next(filter(None, counted.groups())))


def told_in(fact: ProductFact, asked: FactAsked) -> str:
    """What a row says of the kind that is asked, in its own words; empty where it says nothing of it."""
    if asked.kind == COUNT:
        return _counted_in(fact, asked.thing)
    return _told_of(fact, asked.kind) or (_told_of(fact, "capacity") if asked.is_of_bulk else "")


def is_of_row(fact: ProductFact, asked: FactAsked) -> bool:
    """Say whether a row is where the answer would stand: what food is made of, its whole description tells."""
    return asked.kind != "material" or fact.allergens is None


def _told_of(fact: ProductFact, kind: str) -> str:
    known = _kinds()[kind]
    for clause in _clauses(fact.description):
        if known.told.search(clause):
            return clause
    named = known.name.search(fact.name)
    return named.group() if named else ""


def _counted_in(fact: ProductFact, thing: str) -> str:
    """The clause that says how many of a thing there are: "two zipped pockets", or "Box of six" of what the name itself calls eggs."""
    wanted = _of_thing(thing)
    for clause in (*_clauses(fact.description), fact.name):
        if wanted and wanted & _all_terms(clause) and _NUMBERED.search(clause):
            return clause
    if wanted & _all_terms(fact.name):
        return next((one for one in (*_clauses(fact.description), fact.name) if _PACK.search(one) and _NUMBERED.search(one)), "")
    return ""


def _of_thing(thing: str) -> frozenset[str]:
    """The terms of a counted thing: its concept where the lexicon has one, else its last word, which says what it is."""
    known = concepts(thing)
    if known:
        return frozenset(CONCEPT_MARK + one for one in known)
    return frozenset([stem(word) for word in words(thing) if word not in STOP_WORDS][-1:])


def _all_terms(text: str) -> frozenset[str]:
    return frozenset(terms(text)) | frozenset(stem(word) for word in words(text))


def _clauses(text: str) -> list[str]:
    return [clause for part in _CLAUSES.split(text) if (clause := part.strip(" ."))]


@dataclass(frozen=True)
class _Kind:
    asked: re.Pattern[str]
    not_asked: re.Pattern[str]
    told: re.Pattern[str]
    name: re.Pattern[str]


@lru_cache(maxsize=1)
def _kinds() -> Mapping[str, _Kind]:
    listed = json.loads(resources.files(__package__).joinpath("facts_asked.json").read_text(encoding="utf-8"))
    return {
        kind: _Kind(_any(held["asked"]), _any(held.get("not", [])), _any(held["told"]), _any(held.get("name", [])))
        for kind, held in listed.items()
    }  # fmt: skip


def _any(patterns: list[str]) -> re.Pattern[str]:
    """One pattern of several; of none one that never fits."""
    return re.compile("|".join(patterns or [r"(?!)"]).replace("NUMBER", _NUMBER), re.IGNORECASE)
