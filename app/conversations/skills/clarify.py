"""Half sure is neither an answer nor nothing: show the shop's nearest words as a question, and answer only when the shopper says yes."""

from dataclasses import replace
from typing import Final

from app.conversations.knowledge.calibration import ANSWER_CONFIDENCE_MIN, CLARIFY_CONFIDENCE_MIN
from app.conversations.knowledge.index import KnownPassage
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.finder import tell_of
from app.conversations.skills.frames import phrase, say, yes_or_no
from app.conversations.skills.phrases import has
from app.conversations.skills.rules import best_sentences, say_passage
from app.conversations.thoughts import Citation, MessageWanted

CLARIFY_STEP: Final = "clarify"
"""A turn that only asked back. It is no answer, so it earns no touch."""
QUOTE_CHARACTERS_MAX: Final = 200
"""A longer sentence is not read out on a mere suspicion; its subject is named."""


def ask_back(ask: Ask) -> Reply | None:
    """Quote the likeliest sentence, or name the likeliest product, as a question. Nothing is claimed: the words are the shop's own.

    A quotation saves the shopper a turn where it is the answer, and is plainly said to be in doubt where it is not.
    """
    best = next(iter(ask.candidates), None)
    if best is None or not CLARIFY_CONFIDENCE_MIN <= best.confidence < ANSWER_CONFIDENCE_MIN:
        return None
    topic = _called(best.passage)
    why = f'only {best.confidence:.2f} sure of "{topic}"'
    quote = "" if best.passage.product else next(iter(best_sentences(ask, best.passage)), "")
    cited = (Citation(best.passage.passage_id, best.passage.document_name, quote or topic),)
    if quote and len(quote) <= QUOTE_CHARACTERS_MAX:
        doubt = say("clarify_quote", ask.language, quote=quote, citations=cited)
        return Reply(CLARIFY_STEP, best.confidence, why, (doubt, say("clarify_ask", ask.language), yes_or_no(ask.language)))
    asked = say("clarify", ask.language, topic=topic, citations=cited), yes_or_no(ask.language)
    return Reply(CLARIFY_STEP, best.confidence, why, asked)


def hear_answer(ask: Ask) -> Reply | None:
    """After asking back: "yes" is answered from the passage that was named; "no" is honest ignorance, and a message to the staff."""
    last = ask.history[-1] if ask.history else None
    if last is None or CLARIFY_STEP not in last.steps or last.by_person:
        return None
    if has("no", ask.text):
        said = (say("unknown", ask.language), MessageWanted(phrase("message_prompt", ask.language)))
        return Reply("unknown", 1.0, "the shopper meant something else", said)
    named = next(iter(ask.topic), None)
    if named is None or not has("more", ask.text):
        return None  # a new question: answer that instead
    asked = replace(ask, text=last.question, history=ask.history[:-1])
    why = f'the shopper said yes to "{_called(named)}"'
    return tell_of(asked, named, why) if named.product else Reply("rule", 1.0, why, tuple(say_passage(asked, named)))


def _called(passage: KnownPassage) -> str:
    return passage.product.name if passage.product else passage.heading.rpartition(" > ")[2] or passage.document_name
