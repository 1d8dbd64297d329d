"""Words into search terms: small English and French stems, character pairs for Chinese and Japanese, and *concepts* from the lexicon.

The lexicon (lexicon.csv) is what any shop assistant knows before the first day: that "refund", "money back", "退款" and "返金" speak of
returns. It holds no shop's facts. Concepts let a question in one language find a rule in another, and let the mind notice that a
question is about something (parking, gift cards) that no passage speaks of.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from typing import Final

CONCEPT_MARK = "§"
TEXTS_KEPT: Final = 2_000
"""Texts whose terms are kept: the steps of one answer ask some thirty times, of the question and of a few headings."""
_WORD = re.compile(r"[0-9]+(?:[.,:][0-9]+)*|[^\W\d_]+(?:['’][^\W\d_]{1,2}(?![^\W\d_]))?(?:-[^\W\d_]+)*")
_CJK_RUN = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff々ー]+")
PHRASE_WORDS_MAX = 4
_ENDINGS = (
    ("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", "")
)  # fmt: skip
_STOP_TEXT = """
    a an the and or but if so to of in on at for from by with without about as into than then too very just also only please
    i me my mine we us our you your yours he she it its they them their this that these those there here
    is are was were be been am do does did done have has had having can could will would shall should may might must
    what which who whom whose when how why not no yes any some all much many more most other another such same own
    get got give gives want wanted wants need needs like likes know tell say help hi hello hey thanks thank ok okay well
    sell sells selling buy buying shop store place thing things something anything someone one ones item items product products
    let sure really right now today i'm i'd i'll i've it's that's what's you're do you've don't doesn't can't isn't aren't im ive whats dont
    le la les un une des du de d l au aux et ou mais si je tu il elle on nous vous ils elles mon ma mes votre vos notre nos ce cet cette ces
    est sont suis êtes ai as a avez avons ont être avoir que qui quoi quel quelle quels quelles comment quand pourquoi ne pas plus y en
    se sa son ses leur leurs pour par avec sans dans sur chez est-ce qu c j s n m t puis-je peux peut pouvez faites fait faire
    quelque quelques chose choses autre autres
    offer offers offered
    going go bring allowed allow come take takes accept use work find make time way tell wonder possible stuff lot pls
    bit kind etc still ever soon long far often until around near nearby
    going go there's per each both while during before after
"""
STOP_WORDS = frozenset(_STOP_TEXT.split())


def words(text: str) -> list[str]:
    """Divide a text into case-folded words; compatibility forms (full-width letters) become ordinary ones."""
    return [word.replace("’", "'") for word in _WORD.findall(_folded(text))]


def terms(text: str) -> list[str]:
    """Search terms of a text, in order and with repeats: stems, character pairs, and concepts marked with §."""
    folded = _folded(text)
    found: list[str] = []
    for run in _CJK_RUN.findall(folded):
        found += [run[place : place + 2] for place in range(len(run) - 1)] or [run]
    found += [stem(word) for word in _plain_words(folded) if word not in STOP_WORDS]
    return found + [CONCEPT_MARK + concept for concept in concepts(text)]


def content_terms(text: str) -> list[str]:
    """The distinct terms a good answer must speak of: concepts, and stems that belong to no concept."""
    return list(_content_terms(text))


@lru_cache(maxsize=TEXTS_KEPT)
def _content_terms(text: str) -> tuple[str, ...]:
    spoken = concepts(text)
    stems = [stem(word) for word in _plain_words(_folded(text)) if word not in STOP_WORDS]
    named = {part for phrase in spoken.values() for part in phrase}
    rest = [part for part in stems if part not in named and not part.replace(".", "").isdigit()]
    return tuple(dict.fromkeys([*(CONCEPT_MARK + concept for concept in spoken), *rest]))


def concepts(text: str) -> dict[str, tuple[str, ...]]:
    """Concepts a text speaks of, each with the stems (or characters) that showed it. Longer phrases win over their parts."""
    return dict(_concepts(text))


@lru_cache(maxsize=TEXTS_KEPT)
def _concepts(text: str) -> Mapping[str, tuple[str, ...]]:
    folded = _folded(text)
    western, eastern = _lexicon()
    stems = [stem(word) for word in _plain_words(folded)]
    found: dict[str, tuple[str, ...]] = {}
    taken: set[int] = set()
    for length in range(PHRASE_WORDS_MAX, 0, -1):
        for start in range(len(stems) - length + 1):
            places = set(range(start, start + length))
            phrase = tuple(stems[start : start + length])
            if phrase in western and not places & taken:
                taken |= places
                for concept in western[phrase]:
                    found[concept] = found.get(concept, ()) + phrase
    return found | _eastern_concepts(folded, eastern, found) if _CJK_RUN.search(folded) else found


def _eastern_concepts(
    folded: str, eastern: Iterable[tuple[str, tuple[str, ...]]], known: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Concepts of the Chinese and Japanese phrases in a text; what a longer one has taken says nothing more: 烟花 are no flowers."""
    found: dict[str, tuple[str, ...]] = {}
    for phrase, spoken in eastern:
        if phrase in folded:
            folded = folded.replace(phrase, " ")
            found |= {concept: (*found.get(concept, ()), phrase) for concept in spoken if concept not in known}
    return found


@lru_cache(maxsize=1)
def lexicon_words() -> frozenset[str]:
    """Every Western word of the lexicon, to which a mistyped word may be corrected."""
    return frozenset(word for row in _lexicon_rows() for word in _plain_words(_folded(f"{row['en']}/{row['fr']}")))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Take the commonest endings off an English or French word; short words stay."""
    base = word[:-2] if word.endswith("'s") else word
    base = re.sub(r"^(?:qu|[ldjsnmtc])'", "", base)
    for ending, left in _ENDINGS:
        if base.endswith(ending) and len(base) - len(ending) >= 3 and not base.endswith("ss"):
            base = base[: len(base) - len(ending)] + left
            break
    if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "aeiouls":
        base = base[:-1]
    base = base[:-1] if len(base) > 4 and base.endswith("e") else base
    return f"{base[:-1]}i" if len(base) > 3 and base.endswith("y") else base  # berry, berries; cookie, cookies


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _plain_words(folded: str) -> Iterable[str]:
    return (word.replace("’", "'") for word in _WORD.findall(_CJK_RUN.sub(" ", folded)))


@lru_cache(maxsize=1)
def _lexicon_rows() -> tuple[dict[str, str], ...]:
    with resources.files(__package__).joinpath("lexicon.csv").open(encoding="utf-8") as lines:
        return tuple(csv.DictReader(lines))


@lru_cache(maxsize=1)
def _lexicon() -> tuple[dict[tuple[str, ...], tuple[str, ...]], tuple[tuple[str, tuple[str, ...]], ...]]:
    """Read lexicon.csv once: stemmed Western phrases to concepts, and Eastern phrases (longest first) with theirs."""
    western: dict[tuple[str, ...], tuple[str, ...]] = {}
    eastern: dict[str, tuple[str, ...]] = {}
    for row in _lexicon_rows():
        for phrase in filter(None, f"{row['en']}/{row['fr']}".split("/")):
            key = tuple(stem(word) for word in _plain_words(_folded(phrase)))
            western[key] = tuple(dict.fromkeys((*western.get(key, ()), row["concept"])))
        for phrase in map(_folded, filter(None, f"{row['zh']}/{row['ja']}".split("/"))):
            eastern[phrase] = tuple(dict.fromkeys((*eastern.get(phrase, ()), row["concept"])))
    return western, tuple(sorted(eastern.items(), key=lambda pair: -len(pair[0])))
