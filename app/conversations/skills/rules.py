"""Answer from the house rules in the shop's own words: the one or two sentences of the best passage that answer, quoted and cited."""

import numpy as np

from app.conversations.knowledge.calibration import ANSWER_CONFIDENCE_MIN, CLARIFY_CONFIDENCE_MIN
from app.conversations.knowledge.index import KnownPassage
from app.conversations.knowledge.language import language_of
from app.conversations.knowledge.sentences import spoken
from app.conversations.knowledge.weekdays import days_asked, days_in, sentences_for
from app.conversations.knowledge.words import CONCEPT_MARK, content_terms, terms
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.frames import phrase
from app.conversations.thoughts import Citation, Said

SENTENCES_MAX = 2
DAYS_SENTENCES_MAX = 3
"""Opening hours are often three sentences (weekdays, Saturday, Sunday), and two of them would mislead."""
HOURS = CONCEPT_MARK + "hours"
HOURS_AND_DAYS = frozenset(CONCEPT_MARK + concept for concept in ("hours", "weekend", "holiday", "monday"))
NEAR = 0.02
"""A second sentence is said when it is this near to the best one in closeness, and speaks of what was asked."""
SHARED_WORD_WORTH = 0.05


def quote_rule(ask: Ask) -> Reply | None:
    """Answer when the surest candidate is a rule and sure enough."""
    best = next(iter(ask.candidates), None)
    if best is None or best.passage.product:
        return None
    if best.confidence < (CLARIFY_CONFIDENCE_MIN if _is_about_hours(ask, best.passage) else ANSWER_CONFIDENCE_MIN):
        return None
    return Reply("rule", best.confidence, f'passage "{best.passage.heading}"', tuple(say_passage(ask, best.passage)))


def say_passage(ask: Ask, passage: KnownPassage) -> list[Said]:
    """The sentences of a passage that answer best, in their own order, each divided so that it can be spoken."""
    said: list[Said] = []
    for sentence in best_sentences(ask, passage):
        cited = (Citation(passage.passage_id, passage.document_name, sentence),)
        said += [Said(part, cited) for part in spoken(sentence)]
    if ask.language != language_of(" ".join(passage.sentences)):
        said.insert(0, Said(phrase("quote", ask.language, document=passage.heading.rpartition(" > ")[2] or passage.document_name)))
    return said


def best_sentences(ask: Ask, passage: KnownPassage) -> list[str]:
    """Choose by the day that was asked for; else by meaning and shared terms, at most two, the second only when it adds to the first."""
    of_days = _sentences_of_days(ask, passage)
    if of_days:
        return of_days
    if len(passage.sentences) <= 1 or len(passage.vectors) != len(passage.sentences) + 1:
        return list(passage.sentences[:SENTENCES_MAX])
    wanted = set(content_terms(ask.spelled))
    whole = sum(ask.index.rarity(term) for term in wanted) or 1.0
    shared = [sum(ask.index.rarity(term) for term in wanted & set(terms(sentence))) / whole for sentence in passage.sentences]
    worth = passage.vectors[1:].astype(np.float64) @ ask.vector + SHARED_WORD_WORTH * np.array(shared)
    order = np.argsort(-worth)[:SENTENCES_MAX]
    chosen = sorted(int(place) for place in order if worth[place] >= worth[order[0]] - NEAR)
    return [passage.sentences[place] for place in chosen]


def _is_about_hours(ask: Ask, passage: KnownPassage) -> bool:
    """Opening hours are a fact of their own kind: nothing but hours (and days) is asked, and the passage's heading promises them."""
    asked = set(content_terms(ask.spelled))
    return HOURS in asked and asked <= HOURS_AND_DAYS and HOURS in terms(passage.heading.rpartition(" > ")[2])


def _sentences_of_days(ask: Ask, passage: KnownPassage) -> list[str]:
    """The sentences about the day asked for; about every day, when hours are asked and no day is named. Empty where days do not matter."""
    dated = [sentence for sentence in passage.sentences if days_in(sentence)]
    if not dated:
        return []
    asked = days_asked(ask.spelled, ask.now)
    if asked:
        return sentences_for(asked, dated)[:DAYS_SENTENCES_MAX]
    wanted = content_terms(ask.spelled)
    is_whole = len(dated) > 1 and wanted == [HOURS]
    return dated[:DAYS_SENTENCES_MAX] if is_whole else []
