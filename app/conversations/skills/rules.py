"""Answer from the house rules in the shop's own words: the one or two sentences of the best passage that answer, quoted and cited."""

import numpy as np

from app.conversations.knowledge.calibration import ANSWER_CONFIDENCE_MIN
from app.conversations.knowledge.index import Candidate, KnownPassage
from app.conversations.knowledge.language import language_of
from app.conversations.knowledge.measurements import kinds_of_answer
from app.conversations.knowledge.sentences import spoken
from app.conversations.knowledge.weekdays import days_asked, days_in, sentences_for
from app.conversations.knowledge.words import CONCEPT_MARK, content_terms, terms
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.frames import phrase
from app.conversations.skills.phrases import has
from app.conversations.thoughts import Citation, Said

SENTENCES_MAX = 2
DAYS_SENTENCES_MAX = 3
"""Opening hours are often three sentences (weekdays, Saturday, Sunday), and two of them would mislead."""
HOURS = CONCEPT_MARK + "hours"
HOURS_AND_DAYS = frozenset(CONCEPT_MARK + concept for concept in ("hours", "weekend", "holiday", "monday"))
PROMISED_CONFIDENCE_MIN, TITLED_CONFIDENCE_MIN = 0.4, 0.01
"""Enough where a heading names all that is asked, and where it names nothing else besides. Of twenty-six shops left out, from these to
the usual threshold 10 passages answered such a question, 1 did not, and none of the unanswerable ones came in. The second alone: from 0.02
to 0.2 nothing came in of either kind, once a document's own title ("Tram Museum") promises nothing; it serves shops of few passages."""
HELD_CONFIDENCE_MIN = 0.7
"""Enough where the passage says every word that is asked. Of shops left out, from this to the usual threshold: 21 answered, 1 did not, and
2 questions came in that nothing answers."""
NEVER = 1.1
ASKING_TERMS = frozenset(CONCEPT_MARK + concept for concept in ("price", "hours"))
"""What is asked of a thing and not what it is about: told by the kind of answer that is there."""
REDUCED = frozenset({CONCEPT_MARK + "discount"})
"""The same where the passage speaks of it: "a discount on a second pair" under the heading "A second pair"."""
NEAR = 0.02
"""A second sentence is said when it is this near to the best one in closeness, and speaks of what was asked."""
SHARED_WORD_WORTH = 0.05


def quote_rule(ask: Ask) -> Reply | None:
    """Answer when the surest candidate is a rule and sure enough."""
    best = _of_hours(ask) or next(iter(ask.candidates), None)
    if best is None or not answers(ask, best):
        return None
    return Reply("rule", best.confidence, f'the passage "{best.passage.heading}" answers it', tuple(say_passage(ask, best.passage)))


def answers(ask: Ask, candidate: Candidate) -> bool:
    """Say whether a candidate is a house rule, and one is sure enough that it answers."""
    return candidate.passage.product is None and candidate.confidence >= _needed(ask, candidate.passage)


def _of_hours(ask: Ask) -> Candidate | None:
    """The rule about opening hours, wherever it stands among the candidates, when nothing but hours (and days) is asked."""
    return next((one for one in ask.candidates if _is_about_hours(ask, one.passage)), None)


def _needed(ask: Ask, passage: KnownPassage) -> float:
    """How sure one must be: less where nothing is asked beyond what the passage's own heading promises, and that kind of answer is there.

    Only in the shop's own language: of another one the lexicon knows too few words to say that nothing else was asked.
    """
    if _is_about_hours(ask, passage):
        return TITLED_CONFIDENCE_MIN
    heading = passage.heading.rpartition(" > ")[2]
    wanted = set(content_terms(ask.spelled)) - ASKING_TERMS - (REDUCED & set(terms(passage.text)))
    asked, held = _kinds(ask.spelled, passage.text)
    if has("complaint", ask.text) and not wanted & set(terms(passage.text)):
        return NEVER  # "this is too much, I want to complain" asks for no rule, however near one lies
    if not wanted or asked != held or ask.index.is_introduction(passage) or ask.language != language_of(" ".join(passage.sentences)):
        return ANSWER_CONFIDENCE_MIN
    if not wanted <= set(terms(heading)):
        return HELD_CONFIDENCE_MIN if wanted <= set(terms(passage.text)) else ANSWER_CONFIDENCE_MIN
    return TITLED_CONFIDENCE_MIN if wanted == set(content_terms(heading)) - ASKING_TERMS else PROMISED_CONFIDENCE_MIN


def _kinds(question: str, text: str) -> tuple[int, int]:
    """How many kinds of answer (a price, a time, a number) are asked, and how many of these the text holds."""
    signs = kinds_of_answer(question, text, has_price=False)
    half = len(signs) // 2
    return int(sum(signs[:half])), int(sum(signs[half:]))


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
