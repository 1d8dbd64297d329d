"""The language model's rung: asked only where the house's own judge is in doubt, and never believed without a check.

It is asked twice. First whether the surest passage states the answer: what it says is weighed together with the judge's own confidence
(calibration.py), and below the threshold the next rung asks back. Then a fluent one puts the answer into words, which stream: each sentence
is spoken only when the passage supports it (guardrails/support.py), and when none is, the passage is quoted. Prices and stock are never
worded: products are told by their template. A model that is busy, slow to load or gone is done without.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from app.conversations.guardrails.support import source_of
from app.conversations.knowledge.calibration import ANSWER_CONFIDENCE_MIN, CLARIFY_CONFIDENCE_MIN, confidence_with
from app.conversations.knowledge.index import Candidate, KnownPassage
from app.conversations.knowledge.sentences import split_sentences, spoken
from app.conversations.language_models import chat
from app.conversations.language_models.chat import LanguageModel, LanguageModelFailed
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.finder import tell_of
from app.conversations.skills.rules import say_passage
from app.conversations.thoughts import WORDED_STEP, Citation, Said

TOKENS_MAX: Final = 90
SENTENCES_MAX: Final = 3
PASSAGE_CHARACTERS_MAX: Final = 1500


def answer_in_words(ask: Ask) -> Reply | None:
    """Answer from a passage that is only half trusted, when the language model agrees that it answers."""
    model, best = ask.powers.language_model, next(iter(ask.candidates), None)
    if model is None or best is None or not CLARIFY_CONFIDENCE_MIN <= best.confidence < ANSWER_CONFIDENCE_MIN:
        return None  # sure enough to do without it, or too far off for it to help
    try:
        agreement = model.agreement(chat.Ask(_asked(ask, best.passage), tokens_max=1, spent=ask.powers.tokens_spent))
    except LanguageModelFailed:
        return None
    sure = confidence_with(best.confidence, agreement)
    return _answer(ask, best, model, sure, agreement) if sure >= ANSWER_CONFIDENCE_MIN else None


def _answer(ask: Ask, best: Candidate, model: LanguageModel, sure: float, agreement: float) -> Reply:
    """The answer from a passage that is trusted now: a product by its template, a rule in words, or quoted when none of them held."""
    why = f"{best.confidence:.2f} sure by itself, {sure:.2f} with the language model's {agreement:+.1f}"
    if best.passage.product:
        return replace(tell_of(ask, best.passage, why), step=WORDED_STEP, confidence=sure)
    worded = _worded(ask, best.passage, model) if model.is_fluent else iter(())
    first = next(worded, None)
    if first is None:
        return Reply(WORDED_STEP, sure, why, tuple(say_passage(ask, best.passage)))
    return Reply(WORDED_STEP, sure, why, (first,), worded)


def _asked(ask: Ask, passage: KnownPassage) -> tuple[chat.Said, ...]:
    """The task, its examples, and this question. Both texts are data: whatever they order, only Yes or No is read."""
    told, turns = _told(), [chat.Said("system", _told()["task"])]
    for example, question, verdict in told["examples"]:
        turns += [chat.Said("user", told["question"].format(passage=example, question=question)), chat.Said("assistant", verdict)]
    text = passage.text[:PASSAGE_CHARACTERS_MAX]
    return (*turns, chat.Said("user", told["question"].format(passage=text, question=ask.spelled)))


def _worded(ask: Ask, passage: KnownPassage, model: LanguageModel) -> Iterator[Said]:
    """Sentences that the passage supports, as they are made."""
    language = _told()["languages"].get(ask.language, "English")
    place, text = _told()["place"].format(language=language), passage.text[:PASSAGE_CHARACTERS_MAX]
    turns = chat.Said("system", place), chat.Said("user", _told()["answer"].format(passage=text, question=ask.spelled))
    said: set[str] = set()
    for sentence in _sentences(model, chat.Ask(turns, tokens_max=TOKENS_MAX, spent=ask.powers.tokens_spent)):
        source = source_of(sentence, passage, ask.spelled, ask.embed)
        if source is None or sentence in said:
            continue
        said.add(sentence)
        cited = (Citation(passage.passage_id, passage.document_name, source),)
        yield from (Said(part, cited) for part in spoken(sentence))
        if len(said) == SENTENCES_MAX:
            return


def _sentences(model: LanguageModel, request: chat.Ask) -> Iterator[str]:
    """A model's whole sentences, each as soon as the next one begins. One that broke off is left out."""
    heard = ""
    try:
        with closing(model.stream(request)) as pieces:
            for piece in pieces:
                heard += piece
                *whole, begun = split_sentences(heard) or [""]
                if whole:
                    yield from whole
                    heard = heard[heard.rindex(begun) :]
    except LanguageModelFailed:
        return
    if heard.rstrip().endswith((".", "!", "?", "。", "！", "？")):
        yield heard.strip()


@lru_cache(maxsize=1)
def _told() -> dict[str, Any]:
    text: dict[str, Any] = json.loads(resources.files(__package__).joinpath("doubt.json").read_text(encoding="utf-8"))
    return text
